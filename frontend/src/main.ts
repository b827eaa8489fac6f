import "uplot/dist/uPlot.min.css";
import "./style.css";
import htmx from "htmx.org";
import { ExplanationStrip } from "./elements/explanation-strip";
import { PosePlayer } from "./elements/pose-player";
import { SegmentMap } from "./elements/segment-map";
import { SegmentTimeline } from "./elements/segment-timeline";
import { SignalChart } from "./elements/signal-chart";
import { UploadField } from "./elements/upload-field";
import { seek } from "./report";

htmx.config.includeIndicatorStyles = false;
htmx.config.allowEval = false;

customElements.define("pose-player", PosePlayer);
// Before the timeline, which may choose a repetition at once.
customElements.define("explanation-strip", ExplanationStrip);
customElements.define("segment-map", SegmentMap);
customElements.define("segment-timeline", SegmentTimeline);
customElements.define("signal-chart", SignalChart);
customElements.define("upload-field", UploadField);

// Without this script such a link opens the video file at its moment.
document.addEventListener("click", (event) => {
  const link = (event.target as Element).closest<HTMLElement>("[data-seek-s]");
  if (!link || event.ctrlKey || event.metaKey) return;
  event.preventDefault();
  const start_s = Number(link.dataset["startS"] ?? Number.NaN);
  const end_s = Number(link.dataset["endS"] ?? Number.NaN);
  const time_s = Number(link.dataset["seekS"]);
  seek(Number.isFinite(start_s + end_s) ? { time_s, clip: { start_s, end_s } } : { time_s });
  const player = document.querySelector("pose-player");
  player?.scrollIntoView({ behavior: "smooth", block: "nearest" });
});

// Who was pressed in the picture is shown in the list of people.
document.addEventListener("sportsbr:person", (event) => {
  const row = document.getElementById(`person-${event.detail.trackId}`);
  if (!row) return;
  for (const other of document.querySelectorAll(".person.pressed")) other.classList.remove("pressed");
  row.classList.add("pressed");
  row.scrollIntoView({ behavior: "smooth", block: "center" });
  row.querySelector("select")?.focus({ preventScroll: true });
});
