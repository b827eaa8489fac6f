/** The page's own words, in its language: the server writes them into `#words`. */

const ENGLISH = {
  play: "Play",
  pause: "Pause",
  back: "One frame back",
  forward: "One frame forward",
  speed: "Speed",
  skeleton: "Skeleton",
  loop: "Repeat",
  fullscreen: "Full screen",
  poses_missing: "The skeleton is not available for this report; the video plays without it.",
  charts_missing: "The angle curves are not available for this report.",
  video_missing: "The video cannot be played. It may have been deleted, or the connection was lost.",
  whole: "Whole video",
  athlete: "Athlete",
  timeline: "Timeline",
  cut: "Cut",
  no_signals: "Choose at least one curve.",
  waiting: "Waiting",
  left: "{time} left",
  finished: "Uploaded",
  failed: "Stopped: {reason}",
  retry: "Try again",
  remove: "Remove",
  offline: "the connection was lost. What was sent is kept; try again to go on from there.",
  resumed: "Going on where it stopped",
  open: "Open",
  several: "{count} videos chosen",
  decided: "When it was decided",
  map: "Map of repetitions",
  map_empty: "No repetition was named by the learned model yet. Analyse a recording with it.",
  map_waiting: "The map is being drawn.",
  map_missing: "The map is not available at the moment.",
};

export type Word = keyof typeof ENGLISH;

let words: Partial<Record<string, string>> | null = null;

export function word(name: Word, values: Record<string, string | number> = {}): string {
  if (words === null) {
    const text = document.getElementById("words")?.textContent;
    words = text ? (JSON.parse(text) as Record<string, string>) : {};
  }
  const text = words[name] ?? ENGLISH[name];
  return text.replace(/\{(\w+)\}/g, (all, key: string) => String(values[key] ?? all));
}
