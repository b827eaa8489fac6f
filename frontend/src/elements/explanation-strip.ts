import { element } from "../dom";
import { barsOf } from "../explain";
import { clockText } from "../format";
import { seek, type ReportSegment } from "../report";
import { word } from "../words";

/** When the chosen repetition's label was decided: a strip under the timeline. */
export class ExplanationStrip extends HTMLElement {
  private readonly ended = new AbortController();
  private segment: ReportSegment | null = null;
  private head: HTMLElement | null = null;

  connectedCallback(): void {
    const { signal } = this.ended;
    document.addEventListener("sportsbr:segment", (event) => this.show(event.detail), { signal });
    document.addEventListener("sportsbr:shown", (event) => this.move(event.detail.time_s), { signal });
  }

  disconnectedCallback(): void {
    this.ended.abort();
  }

  private show(segment: ReportSegment): void {
    this.segment = segment;
    const { why } = segment;
    if (!why) {
      this.replaceChildren();
      return;
    }
    const bars = barsOf(why, segment.start_s, segment.end_s).map((bar) => {
      const made = element("i", { className: bar.isFor ? "for" : "against" });
      made.style.left = `${100 * bar.left}%`;
      made.style.width = `${100 * bar.width}%`;
      made.style.height = `${100 * bar.height}%`;
      return made;
    });
    this.head = element("i", { className: "playhead" });
    const strip = element("div", { className: "strip", title: word("decided") }, ...bars, this.head);
    strip.addEventListener("click", (event) => {
      const box = strip.getBoundingClientRect();
      const share = (event.clientX - box.left) / box.width;
      seek({ time_s: segment.start_s + share * (segment.end_s - segment.start_s) });
    });
    const text = element("p", { textContent: why.text });
    text.setAttribute("role", "status");
    const ends = [segment.start_s, segment.end_s].map((time_s) => element("span", { textContent: clockText(time_s, 1) }));
    this.replaceChildren(text, strip, element("div", { className: "ends" }, ...ends));
  }

  private move(time_s: number): void {
    if (!this.head || !this.segment) return;
    const { start_s, end_s } = this.segment;
    const share = (time_s - start_s) / (end_s - start_s);
    this.head.hidden = share < 0 || share > 1;
    this.head.style.left = `${100 * share}%`;
  }
}
