/** What the report page hands to its elements, and how they speak to each other. */

export interface ReportPhase {
  name: string;
  start_s: number;
  end_s: number;
}

export interface ReportSegment {
  id: string;
  track_id: number;
  /** The athlete's name, or the number again. */
  who?: string;
  name: string;
  start_s: number;
  end_s: number;
  phases: ReportPhase[];
  /** Why it was named so; null but for the learned model's segments. */
  why?: Why | null;
}

/** Signed parts: above 0 spoke for the label. */
export interface Why {
  text: string;
  /** By keypoint; sizes make 1. */
  joints: Record<string, number>;
  /** Middle of each moment in s, and its weight. */
  moments: [number, number][];
  bin_s: number;
}

export interface ReportFinding {
  id: string;
  segment_id: string;
  at_s: number;
  verdict: string;
  label: string;
}

export interface ReportData {
  duration_s: number;
  /** When a new shot begins. */
  cuts_s?: number[];
  segments: ReportSegment[];
  findings: ReportFinding[];
  signals: Record<string, string>;
  chosen: string[];
}

/** The page's data, or null on a page without a report. */
export function reportData(): ReportData | null {
  const text = document.getElementById("report-data")?.textContent;
  return text ? (JSON.parse(text) as ReportData) : null;
}

/** A wish to see a moment; the player answers it. */
export interface Seek {
  time_s: number;
  /** The stretch to repeat while looping is on. */
  clip?: { start_s: number; end_s: number };
}

/** The frame that is on the screen now. */
export interface Shown {
  time_s: number;
  frame: number;
}

declare global {
  interface DocumentEventMap {
    "sportsbr:seek": CustomEvent<Seek>;
    "sportsbr:shown": CustomEvent<Shown>;
    "sportsbr:segment": CustomEvent<ReportSegment>;
    "sportsbr:person": CustomEvent<{ trackId: number }>;
  }
}

export function seek(detail: Seek): void {
  document.dispatchEvent(new CustomEvent("sportsbr:seek", { detail }));
}

export function shown(detail: Shown): void {
  document.dispatchEvent(new CustomEvent("sportsbr:shown", { detail }));
}

/** A repetition was chosen on the timeline. */
export function chosen(detail: ReportSegment): void {
  document.dispatchEvent(new CustomEvent("sportsbr:segment", { detail }));
}

/** Somebody in the picture was pressed. */
export function pressed(trackId: number): void {
  document.dispatchEvent(new CustomEvent("sportsbr:person", { detail: { trackId } }));
}
