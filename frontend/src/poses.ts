/** Skeletons as the server packs them for the browser: "sportsbr.poses/1". */

export const FORMAT = "sportsbr.poses/1";
const UNITS_PER_PX = 4;
const UNSEEN_XY = -32768;
const UNSEEN_SCORE = 255;

export interface PackedTrack {
  track_id: number;
  keypoints: string[];
  edges: [number, number][];
  first_frame: number;
  frames: number;
  xy: string;
  score: string;
}

export interface PackedPoses {
  format: string;
  width_px: number;
  height_px: number;
  time_s: number[];
  tracks: PackedTrack[];
}

export interface Track {
  trackId: number;
  keypoints: readonly string[];
  edges: readonly (readonly [number, number])[];
  firstFrame: number;
  frames: number;
  /** frames × keypoints × 2, quarter pixels. */
  xy: Int16Array;
  /** frames × keypoints, hundredths. */
  score: Uint8Array;
}

export interface Poses {
  widthPx: number;
  heightPx: number;
  timeS: Float64Array;
  tracks: Track[];
}

export interface Point {
  x: number;
  y: number;
  /** 0..1 */
  score: number;
}

function bytes(base64: string): Uint8Array {
  const text = atob(base64);
  const out = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i += 1) out[i] = text.charCodeAt(i);
  return out;
}

/** Little-endian whatever the machine's own order is. */
function int16(base64: string): Int16Array {
  const raw = bytes(base64);
  const view = new DataView(raw.buffer);
  const out = new Int16Array(raw.length >> 1);
  for (let i = 0; i < out.length; i += 1) out[i] = view.getInt16(i * 2, true);
  return out;
}

function unpackTrack(packed: PackedTrack): Track {
  const points = packed.frames * packed.keypoints.length;
  const xy = int16(packed.xy);
  const score = bytes(packed.score);
  if (xy.length !== points * 2 || score.length !== points) {
    throw new Error(
      `track ${packed.track_id}: expected ${points} points, got ${xy.length / 2} and ${score.length}`,
    );
  }
  return {
    trackId: packed.track_id,
    keypoints: packed.keypoints,
    edges: packed.edges,
    firstFrame: packed.first_frame,
    frames: packed.frames,
    xy,
    score,
  };
}

export function unpack(packed: PackedPoses): Poses {
  if (packed.format !== FORMAT) throw new Error(`expected ${FORMAT}, got ${packed.format}`);
  return {
    widthPx: packed.width_px,
    heightPx: packed.height_px,
    timeS: Float64Array.from(packed.time_s),
    tracks: packed.tracks.map(unpackTrack),
  };
}

/** One person's keypoints (px of the video) in a frame of the footage; null where unseen. */
export function pointsAt(track: Track, frame: number): (Point | null)[] {
  const row = frame - track.firstFrame;
  const count = track.keypoints.length;
  if (row < 0 || row >= track.frames) return new Array<Point | null>(count).fill(null);
  return Array.from({ length: count }, (_, k) => {
    const at = row * count + k;
    const x = track.xy[at * 2] as number;
    const y = track.xy[at * 2 + 1] as number;
    const score = track.score[at] as number;
    if (x === UNSEEN_XY || y === UNSEEN_XY || score === UNSEEN_SCORE) return null;
    return { x: x / UNITS_PER_PX, y: y / UNITS_PER_PX, score: score / 100 };
  });
}

/** Room around a body that still counts as the body, in its own heights. */
const ROOM = 0.12;

/** Whose body lies under a point (px of the video) in a frame: the nearest middle, or null. */
export function personAt(poses: Poses, frame: number, x: number, y: number): number | null {
  let found: number | null = null;
  let nearest = Infinity;
  for (const track of poses.tracks) {
    const points = pointsAt(track, frame).filter((point) => point !== null);
    if (points.length === 0) continue;
    const xs = points.map((point) => point.x);
    const ys = points.map((point) => point.y);
    const [left, right, top, bottom] = [Math.min(...xs), Math.max(...xs), Math.min(...ys), Math.max(...ys)];
    const room = ROOM * Math.max(right - left, bottom - top);
    if (x < left - room || x > right + room || y < top - room || y > bottom + room) continue;
    const off = Math.hypot(x - (left + right) / 2, y - (top + bottom) / 2);
    if (off < nearest) [found, nearest] = [track.trackId, off];
  }
  return found;
}
