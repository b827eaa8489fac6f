/** What an explanation looks like: sizes of dots, bars of a strip, places on a map. Pure. */

import type { Why } from "./report";

/** Whose joints are drawn, and each one's signed part in the label. */
export interface JointParts {
  trackId: number;
  shares: Readonly<Record<string, number>>;
}

export interface Dot {
  /** Place in the track's keypoints. */
  keypoint: number;
  /** Radius in thicknesses of a bone: the dot's area is as large as the part. */
  size: number;
  isFor: boolean;
}

/** Parts below this are not drawn: a few dots tell more than seventeen. */
export const LEAST_SHARE = 0.03;

/** Skeletons differ in what they call the tip of the foot. */
const ALIASES: Readonly<Record<string, string>> = {
  left_big_toe: "left_foot_index",
  right_big_toe: "right_foot_index",
};

export function dotsOf(
  keypoints: readonly string[],
  shares: Readonly<Record<string, number>>,
): Dot[] {
  return keypoints.flatMap((name, keypoint) => {
    const share = shares[name] ?? shares[ALIASES[name] ?? ""] ?? 0;
    if (Math.abs(share) < LEAST_SHARE) return [];
    return [{ keypoint, size: 1 + 5 * Math.sqrt(Math.abs(share)), isFor: share > 0 }];
  });
}

export interface Bar {
  /** Shares of the strip's width. */
  left: number;
  width: number;
  /** 0..1, of the strongest moment. */
  height: number;
  isFor: boolean;
  start_s: number;
}

/** Moments as bars over the segment they belong to. */
export function barsOf(why: Why, start_s: number, end_s: number): Bar[] {
  const length_s = end_s - start_s;
  const highest = Math.max(...why.moments.map(([, weight]) => Math.abs(weight)), 1e-9);
  return why.moments.map(([t_s, weight]) => {
    const from_s = Math.max(start_s, t_s - why.bin_s / 2);
    const to_s = Math.min(end_s, t_s + why.bin_s / 2);
    return {
      left: (from_s - start_s) / length_s,
      width: Math.max(0, to_s - from_s) / length_s,
      height: Math.abs(weight) / highest,
      isFor: weight > 0,
      start_s: from_s,
    };
  });
}

export interface MapPoint {
  report: string;
  title: string;
  filmed_at: string;
  segment_id: string;
  technique: string;
  start_s: number;
  end_s: number;
  x: number;
  y: number;
}

export interface MapAnswer {
  club: string;
  is_waiting: boolean;
  points: MapPoint[];
}

/** Hues that stay apart on light and dark paper; a further technique takes a shape of its own. */
export const HUES = ["#0b7a70", "#d1600a", "#6650c7", "#b8326f", "#3f74d6", "#7f7a1f"];
export const SHAPES = ["circle", "square", "diamond"] as const;

export interface Mark {
  colour: string;
  shape: (typeof SHAPES)[number];
}

/** Every technique's mark, in the order of their names: the same whatever came first. */
export function marksOf(points: readonly MapPoint[]): Map<string, Mark> {
  const techniques = [...new Set(points.map((point) => point.technique))].sort();
  return new Map(
    techniques.map((technique, i) => [
      technique,
      {
        colour: HUES[i % HUES.length] as string,
        shape: SHAPES[Math.floor(i / HUES.length) % SHAPES.length] as Mark["shape"],
      },
    ]),
  );
}

/** Where a point leads: its report, opened at the repetition. */
export function addressOf(point: MapPoint): string {
  return `/reports/${point.report}/#segment-${point.segment_id}`;
}
