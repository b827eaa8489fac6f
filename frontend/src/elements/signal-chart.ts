import type uPlot from "uplot";
import { element } from "../dom";
import { clockText } from "../format";
import { reportData, seek, type Seek } from "../report";
import { checked, drawable, firstChoice, withBand, type Signal, type Signals, type SignalTrack } from "../series";
import { word } from "../words";

const COLOURS = ["#0f8a7e", "#e07a1f", "#5b6ee1", "#c2417a", "#7a8b1f", "#2c88c9", "#9a5bc7", "#b3541e"];
const UNIT_TEXT: Record<string, string> = { deg: "°", "deg/s": "°/s" };
const HEIGHT_PX = 260;

/** Curves of chosen angles; pressing on them shows that moment, and the video moves their cursor. */
export class SignalChart extends HTMLElement {
  private signals: Signals | null = null;
  private track: SignalTrack | null = null;
  private chosen = new Set<string>();
  private plot: uPlot | null = null;
  private Plot: typeof uPlot | null = null;
  private area = element("div", { className: "plot" });
  private choices = element("div", { className: "chips" });
  private now_s = 0;
  private line = element("div", { className: "now" });
  private whole = element("button", { type: "button", className: "quiet", textContent: word("whole"), hidden: true });
  private readonly ended = new AbortController();
  private resized: ResizeObserver | null = null;

  connectedCallback(): void {
    void this.load();
  }

  disconnectedCallback(): void {
    this.ended.abort();
    this.resized?.disconnect();
    this.plot?.destroy();
  }

  private async load(): Promise<void> {
    try {
      const url = this.dataset["signals"];
      if (!url) throw new Error("no address");
      const answer = await fetch(url, { headers: { Accept: "application/json" } });
      if (!answer.ok) throw new Error(`status ${answer.status}`);
      this.signals = checked((await answer.json()) as Signals);
      this.Plot = (await import("uplot")).default;
    } catch (error) {
      console.info("curves not shown:", error);
      const note = element("p", { className: "note", textContent: word("charts_missing") });
      note.setAttribute("role", "status");
      this.append(note);
      return;
    }
    this.begin(this.signals);
  }

  private begin(signals: Signals): void {
    const { signal } = this.ended;
    document.addEventListener("sportsbr:shown", (event) => this.move(event.detail.time_s), { signal });
    document.addEventListener("sportsbr:seek", (event) => this.zoom(event.detail), { signal });
    this.whole.addEventListener("click", () => this.zoom(null));
    this.append(this.choices, this.area, this.whole);
    if (signals.tracks.length > 1) this.prepend(this.trackChoice(signals.tracks));
    this.use(signals.tracks[0] ?? null);
    this.resized = new ResizeObserver(() => {
      if (this.plot) this.plot.setSize({ width: this.area.clientWidth, height: HEIGHT_PX });
      this.move(this.now_s);
    });
    this.resized.observe(this.area);
  }

  private trackChoice(tracks: SignalTrack[]): HTMLElement {
    const options = tracks.map((track, index) =>
      element("option", { value: String(index), textContent: `${word("athlete")} ${track.track_id}` }),
    );
    const choice = element("select", { ariaLabel: word("athlete") }, ...options);
    choice.addEventListener("change", () => this.use(tracks[Number(choice.value)] ?? null));
    return choice;
  }

  private use(track: SignalTrack | null): void {
    this.track = track;
    if (!track) return;
    const there = drawable(track);
    this.chosen = new Set(firstChoice(there, reportData()?.chosen ?? []));
    this.choices.replaceChildren(...there.map((signal) => this.chip(signal)));
    this.draw();
  }

  private chip(signal: Signal): HTMLElement {
    const box = element("input", { type: "checkbox", checked: this.chosen.has(signal.name) });
    box.addEventListener("change", () => {
      if (box.checked) this.chosen.add(signal.name);
      else this.chosen.delete(signal.name);
      this.draw();
    });
    const made = element("label", { className: "chip" }, box, this.labelOf(signal));
    made.style.setProperty("--colour", this.colourOf(signal));
    return made;
  }

  private labelOf(signal: Signal): string {
    return reportData()?.signals[signal.name] ?? signal.name.replaceAll("_", " ");
  }

  private colourOf(signal: Signal): string {
    const place = this.track ? drawable(this.track).indexOf(signal) : 0;
    return COLOURS[place % COLOURS.length] as string;
  }

  private draw(): void {
    this.plot?.destroy();
    this.plot = null;
    const { track, Plot } = this;
    const picked = track ? drawable(track).filter((signal) => this.chosen.has(signal.name)) : [];
    if (!track || !Plot || picked.length === 0) {
      this.area.replaceChildren(element("p", { className: "note", textContent: word("no_signals") }));
      return;
    }
    this.area.replaceChildren();
    const drawn = picked.map((signal) => withBand(signal));
    const data = [track.time_s, ...drawn.flatMap((d) => [d.values, d.high, d.low])];
    this.plot = new Plot(this.options(picked), data as uPlot.AlignedData, this.area);
    this.plot.over.append(this.line);
    this.press(this.plot);
    this.move(this.now_s);
  }

  private options(picked: Signal[]): uPlot.Options {
    const style = getComputedStyle(this);
    const ink = style.getPropertyValue("--ink-soft").trim();
    const grid = { stroke: style.getPropertyValue("--line").trim(), width: 1 };
    const units = [...new Set(picked.map((signal) => signal.unit))];
    const value = (unit: string) => (_: uPlot, raw: number | null) =>
      raw === null ? "–" : `${raw.toFixed(unit === "deg" ? 0 : 2)}${unitText(unit)}`;
    return {
      width: this.area.clientWidth,
      height: HEIGHT_PX,
      scales: { x: { time: false } },
      cursor: { drag: { x: false, y: false }, points: { size: 7 } },
      legend: { live: true },
      series: [
        { label: "t", value: (_, raw: number | null) => (raw === null ? "–" : clockText(raw, 2)) },
        ...picked.flatMap((signal): uPlot.Series[] => [
          {
            label: this.labelOf(signal),
            scale: signal.unit,
            stroke: this.colourOf(signal),
            width: 2,
            value: value(signal.unit),
          },
          { scale: signal.unit, stroke: "transparent", points: { show: false } },
          { scale: signal.unit, stroke: "transparent", points: { show: false } },
        ]),
      ],
      bands: picked.map((signal, i) => ({
        series: [3 * i + 2, 3 * i + 3] as [number, number],
        fill: `${this.colourOf(signal)}2b`,
      })),
      axes: [
        { stroke: ink, grid, ticks: grid, values: (_, marks) => marks.map((t) => clockText(t, t % 1 ? 1 : 0)) },
        ...units.map((unit, i): uPlot.Axis => ({
          scale: unit,
          side: i % 2 === 0 ? 3 : 1,
          stroke: ink,
          grid: i === 0 ? grid : { show: false },
          ticks: grid,
          size: 48,
          values: (_, marks) => marks.map((mark) => `${mark}${unitText(unit)}`),
        })),
      ],
    };
  }

  private press(plot: uPlot): void {
    const at = (event: PointerEvent): void => {
      const box = plot.over.getBoundingClientRect();
      seek({ time_s: plot.posToVal(event.clientX - box.left, "x") });
    };
    plot.over.addEventListener("pointerdown", (event) => {
      plot.over.setPointerCapture(event.pointerId);
      at(event);
    });
    plot.over.addEventListener("pointermove", (event) => {
      if (plot.over.hasPointerCapture(event.pointerId)) at(event);
    });
  }

  private move(time_s: number): void {
    this.now_s = time_s;
    if (!this.plot) return;
    const x = this.plot.valToPos(time_s, "x");
    this.line.hidden = x < 0 || x > this.plot.over.clientWidth;
    this.line.style.transform = `translateX(${x}px)`;
  }

  /** A chosen repetition fills the chart; null shows the whole clip again. */
  private zoom(wish: Seek | null): void {
    const times = this.track?.time_s;
    if (!this.plot || !times || (wish && !wish.clip)) return;
    const margin_s = wish?.clip ? (wish.clip.end_s - wish.clip.start_s) * 0.15 : 0;
    const min = wish?.clip ? wish.clip.start_s - margin_s : (times[0] ?? 0);
    const max = wish?.clip ? wish.clip.end_s + margin_s : (times.at(-1) ?? 1);
    this.plot.setScale("x", { min, max });
    this.whole.hidden = !wish;
    this.move(this.now_s);
  }
}

function unitText(unit: string): string {
  return UNIT_TEXT[unit] ?? ` ${unit}`;
}
