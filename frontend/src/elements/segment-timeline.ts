import { element } from "../dom";
import { clockText } from "../format";
import { clamp, label, lanes, span, ticks } from "../layout";
import { chosen, reportData, seek, type ReportData, type ReportFinding, type ReportSegment } from "../report";
import { word } from "../words";

/** Every repetition with its phases along the clip; a click shows that moment. */
export class SegmentTimeline extends HTMLElement {
  private data: ReportData | null = null;
  private head!: HTMLElement;
  private track!: HTMLElement;
  private readonly ended = new AbortController();
  private readonly resized = new ResizeObserver(() => this.fit());

  connectedCallback(): void {
    this.data = reportData();
    if (!this.data || this.track) return;
    this.setAttribute("role", "group");
    this.ariaLabel = word("timeline");
    this.head = element("div", { className: "playhead" });
    this.track = element("div", { className: "lanes" }, ...this.lanes(), ...this.cuts(), this.scale(), this.head);
    this.append(this.track);
    this.scrub();
    const { signal } = this.ended;
    document.addEventListener("sportsbr:shown", (event) => this.move(event.detail.time_s), { signal });
    this.resized.observe(this.track);
    window.addEventListener("hashchange", () => this.openAddressed(), { signal });
    // The elements after this one are not there yet.
    queueMicrotask(() => this.openAddressed());
  }

  disconnectedCallback(): void {
    this.ended.abort();
    this.resized.disconnect();
  }

  private lanes(): HTMLElement[] {
    const data = this.data as ReportData;
    const all = lanes(data.segments);
    return all.flatMap((lane) =>
      lane.rows.map((row, index) => {
        const made = element("div", { className: "lane" });
        if (all.length > 1 && index === 0) {
          made.append(element("span", { className: "who", textContent: row[0]?.who ?? String(lane.trackId) }));
        }
        made.append(...row.map((segment) => this.segment(segment, data)));
        return made;
      }),
    );
  }

  private cuts(): HTMLElement[] {
    const { cuts_s = [], duration_s } = this.data as ReportData;
    return cuts_s.map((cut_s) => {
      const made = element("i", { className: "cut", title: `${word("cut")} ${clockText(cut_s, 1)}` });
      made.style.left = `${100 * clamp(cut_s / (duration_s || 1))}%`;
      return made;
    });
  }

  private segment(segment: ReportSegment, data: ReportData): HTMLElement {
    const made = element("button", { type: "button", className: "segment" });
    place(made, span(segment.start_s, segment.end_s, data.duration_s));
    made.dataset["segment"] = segment.id;
    made.dataset["number"] = String(data.segments.indexOf(segment) + 1);
    made.title = `${made.dataset["number"]} · ${segment.name} ${clockText(segment.start_s)}–${clockText(segment.end_s)}`;
    made.ariaLabel = made.title;
    const length_s = segment.end_s - segment.start_s;
    for (const phase of segment.phases) {
      const part = element("span", { className: "phase", title: phase.name });
      place(part, span(phase.start_s - segment.start_s, phase.end_s - segment.start_s, length_s));
      made.append(part);
    }
    made.append(element("span", { className: "name", textContent: segment.name }));
    const own = data.findings.filter((finding) => finding.segment_id === segment.id);
    made.append(...own.map((finding) => mark(finding, segment)));
    made.addEventListener("click", () => this.choose(made, segment));
    return made;
  }

  /** Label each bar with what it has room for at the present width. */
  private fit(): void {
    const context = document.createElement("canvas").getContext("2d");
    const names = new Map(this.data?.segments.map((segment) => [segment.id, segment.name]));
    for (const made of this.querySelectorAll<HTMLElement>(".segment")) {
      const text = made.querySelector<HTMLElement>(".name");
      if (!text || !context) continue;
      const style = getComputedStyle(text);
      context.font = style.font;
      const room_px = made.clientWidth - 2 * Number.parseFloat(style.paddingLeft);
      text.textContent = label(
        names.get(made.dataset["segment"] ?? "") ?? "",
        Number(made.dataset["number"]),
        room_px,
        (words) => context.measureText(words).width,
      );
    }
  }

  private choose(made: HTMLElement, segment: ReportSegment): void {
    for (const other of this.querySelectorAll(".segment.chosen")) other.classList.remove("chosen");
    made.classList.add("chosen");
    seek({ time_s: segment.start_s, clip: { start_s: segment.start_s, end_s: segment.end_s } });
    chosen(segment);
  }

  /** An address that ends in #segment-s3 opens that repetition. */
  private openAddressed(): void {
    const id = /^#segment-(\w+)$/.exec(location.hash)?.[1];
    const segment = this.data?.segments.find((each) => each.id === id);
    const made = id ? this.querySelector<HTMLElement>(`[data-segment="${id}"]`) : null;
    if (!segment || !made) return;
    this.choose(made, segment);
    // Without this script the address leads to the row of the table; the player shows more.
    document.getElementById(`segment-${segment.id}`)?.removeAttribute("id");
    document.querySelector("pose-player")?.scrollIntoView({ block: "start" });
  }

  private scale(): HTMLElement {
    const { duration_s } = this.data as ReportData;
    // The element itself is hidden, and so without width, until it holds its lanes.
    const most = Math.max(3, Math.floor((this.parentElement?.clientWidth ?? 0) / 70));
    const marks = ticks(duration_s, most).map((time_s) => {
      const made = element("span", { textContent: clockText(time_s, time_s % 1 ? 1 : 0) });
      made.style.left = `${(100 * time_s) / duration_s}%`;
      if (time_s > 0.95 * duration_s) made.className = "last";
      return made;
    });
    return element("div", { className: "scale" }, ...marks);
  }

  /** Press anywhere between the segments and drag to look through the clip. */
  private scrub(): void {
    const at = (event: PointerEvent): void => {
      const box = this.track.getBoundingClientRect();
      const { duration_s } = this.data as ReportData;
      seek({ time_s: clamp((event.clientX - box.left) / box.width) * duration_s });
    };
    this.track.addEventListener("pointerdown", (event) => {
      if ((event.target as HTMLElement).closest(".segment")) return;
      this.track.setPointerCapture(event.pointerId);
      at(event);
    });
    this.track.addEventListener("pointermove", (event) => {
      if (this.track.hasPointerCapture(event.pointerId)) at(event);
    });
  }

  private move(time_s: number): void {
    const { duration_s } = this.data as ReportData;
    this.head.style.left = `${100 * clamp(time_s / (duration_s || 1))}%`;
  }
}

function place(made: HTMLElement, where: { left: number; width: number }): void {
  made.style.left = `${100 * where.left}%`;
  made.style.width = `${100 * where.width}%`;
}

function mark(finding: ReportFinding, segment: ReportSegment): HTMLElement {
  const made = element("i", { className: `mark ${finding.verdict}`, title: finding.label });
  const share = (finding.at_s - segment.start_s) / (segment.end_s - segment.start_s);
  made.style.left = `${100 * clamp(share)}%`;
  return made;
}
