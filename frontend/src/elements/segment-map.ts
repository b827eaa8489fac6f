import { element } from "../dom";
import { addressOf, marksOf, type MapAnswer, type MapPoint, type Mark } from "../explain";
import { clockText } from "../format";
import { word } from "../words";

const SVG = "http://www.w3.org/2000/svg";
const ASK_AGAIN_MS = 3000;
const MOST_ASKED = 40;

/** All repetitions of a club, alike ones close together; each is a link to its moment. */
export class SegmentMap extends HTMLElement {
  private asked = 0;
  private timer = 0;

  connectedCallback(): void {
    void this.load();
  }

  disconnectedCallback(): void {
    clearTimeout(this.timer);
  }

  private async load(): Promise<void> {
    try {
      const answer = await fetch(this.dataset["map"] ?? "", { headers: { Accept: "application/json" } });
      if (!answer.ok) throw new Error(`status ${answer.status}`);
      this.show((await answer.json()) as MapAnswer);
    } catch (error) {
      console.info("map not shown:", error);
      this.replaceChildren(note("map_missing"));
    }
  }

  private show(map: MapAnswer): void {
    const parts: Node[] = [];
    if (map.points.length > 0) {
      const marks = marksOf(map.points);
      parts.push(plot(map.points, marks), legend(map.points, marks));
    } else if (!map.is_waiting) parts.push(note("map_empty"));
    if (map.is_waiting) {
      parts.push(note("map_waiting"));
      this.asked += 1;
      if (this.asked < MOST_ASKED) this.timer = window.setTimeout(() => void this.load(), ASK_AGAIN_MS);
    }
    this.replaceChildren(...parts);
  }
}

function note(name: "map_empty" | "map_waiting" | "map_missing"): HTMLElement {
  const made = element("p", { className: "soft", textContent: word(name) });
  made.setAttribute("role", "status");
  return made;
}

function nameOf(technique: string): string {
  const text = document.getElementById("technique-names")?.textContent;
  const names = text ? (JSON.parse(text) as Record<string, string>) : {};
  return names[technique] ?? technique;
}

function plot(points: readonly MapPoint[], marks: Map<string, Mark>): SVGSVGElement {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", "-108 -72 216 144");
  svg.setAttribute("role", "group");
  svg.setAttribute("aria-label", word("map"));
  const names = new Map([...marks.keys()].map((key) => [key, nameOf(key)]));
  for (const point of points) {
    const link = document.createElementNS(SVG, "a");
    link.setAttribute("href", addressOf(point));
    const told = `${names.get(point.technique)} · ${point.title} · ${clockText(point.start_s)}`;
    link.setAttribute("aria-label", told);
    const title = document.createElementNS(SVG, "title");
    title.textContent = told;
    const at = `translate(${(100 * point.x).toFixed(2)} ${(66 * point.y).toFixed(2)})`;
    link.setAttribute("transform", at);
    link.append(title, shape(marks.get(point.technique)));
    svg.append(link);
  }
  return svg;
}

function shape(mark: Mark | undefined): SVGElement {
  const round = mark?.shape === "circle" || !mark;
  const made = document.createElementNS(SVG, round ? "circle" : "rect");
  if (round) made.setAttribute("r", "2.2");
  else for (const [name, value] of [["x", "-2"], ["y", "-2"], ["width", "4"], ["height", "4"]] as const) made.setAttribute(name, value);
  if (mark?.shape === "diamond") made.setAttribute("transform", "rotate(45)");
  made.setAttribute("fill", mark?.colour ?? "currentColor");
  return made;
}

function legend(points: readonly MapPoint[], marks: Map<string, Mark>): HTMLElement {
  const rows = [...marks].map(([technique, mark]) => {
    const svg = document.createElementNS(SVG, "svg");
    svg.setAttribute("viewBox", "-3 -3 6 6");
    svg.setAttribute("aria-hidden", "true");
    svg.append(shape(mark));
    const count = points.filter((point) => point.technique === technique).length;
    return element("li", {}, svg, `${nameOf(technique)} × ${count}`);
  });
  return element("ul", { className: "legend" }, ...rows);
}
