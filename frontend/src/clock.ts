/** Which frame is shown at a moment. Times are presentation seconds, in rising order. */

/** Media times come rounded to a microsecond, currentTime to a little less. */
const ROUNDING_S = 0.0005;

/** Index of the last frame that has begun at `time_s`; 0 before the first, -1 without frames. */
export function frameAt(times_s: ArrayLike<number>, time_s: number): number {
  if (times_s.length === 0) return -1;
  let low = 0;
  let high = times_s.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((times_s[middle] as number) <= time_s + ROUNDING_S) low = middle;
    else high = middle - 1;
  }
  return low;
}

/**
 * Where to seek so that exactly this frame is shown: a quarter into it, because a seek to its very
 * first instant may be rounded down into the frame before.
 */
export function seekTime(times_s: ArrayLike<number>, frame: number): number {
  if (times_s.length === 0) return 0;
  const index = Math.min(Math.max(frame, 0), times_s.length - 1);
  const start = times_s[index] as number;
  const next = times_s[index + 1];
  const gap = next === undefined ? start - (times_s[index - 1] ?? start) : next - start;
  return start + gap / 4;
}
