/** Where things lie on the timeline: shares of its width, 0..1. */

import type { ReportSegment } from "./report";

export interface Span {
  left: number;
  width: number;
}

export function span(start_s: number, end_s: number, duration_s: number): Span {
  if (duration_s <= 0) return { left: 0, width: 1 };
  const left = clamp(start_s / duration_s);
  return { left, width: clamp(end_s / duration_s) - left };
}

export function clamp(share: number): number {
  return Math.min(1, Math.max(0, share));
}

export interface Lane {
  trackId: number;
  rows: ReportSegment[][];
}

/** One lane a person; segments that overlap in time go to rows of their own. */
export function lanes(segments: readonly ReportSegment[]): Lane[] {
  const byTrack = new Map<number, ReportSegment[][]>();
  for (const segment of [...segments].sort((a, b) => a.start_s - b.start_s)) {
    const rows = byTrack.get(segment.track_id) ?? [];
    byTrack.set(segment.track_id, rows);
    const free = rows.find((row) => (row.at(-1)?.end_s ?? 0) <= segment.start_s);
    if (free) free.push(segment);
    else rows.push([segment]);
  }
  return [...byTrack].sort(([a], [b]) => a - b).map(([trackId, rows]) => ({ trackId, rows }));
}

/**
 * What a segment's bar has room to say: its name, its number in the report's table, or nothing.
 * Half a name would be taken for another one.
 */
export function label(
  name: string,
  number: number,
  room_px: number,
  width_px: (text: string) => number,
): string {
  return [name, String(number)].find((text) => width_px(text) <= room_px) ?? "";
}

/** Round marks in seconds, at most `most` of them. */
export function ticks(duration_s: number, most: number): number[] {
  const steps = [0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 1200, 1800, 3600];
  const step = steps.find((s) => duration_s / s <= most) ?? 7200;
  const count = Math.floor(duration_s / step + 1e-9);
  return Array.from({ length: count + 1 }, (_, i) => Number((i * step).toFixed(3)));
}
