import { describe, expect, it } from "vitest";
import { frameAt, seekTime } from "./clock";

// A phone's clock: the gaps differ, and one frame was dropped.
const TIMES = [0, 0.033367, 0.0667, 0.1334, 0.1501, 0.2];

describe("frameAt", () => {
  it("finds every frame by its own presentation time", () => {
    expect(TIMES.map((t) => frameAt(TIMES, t))).toEqual([0, 1, 2, 3, 4, 5]);
  });
  it("keeps showing a frame until the next begins, over a dropped one too", () => {
    expect(frameAt(TIMES, 0.12)).toBe(2);
    expect(frameAt(TIMES, 99)).toBe(5);
  });
  it("forgives rounding to a microsecond", () => {
    expect(frameAt(TIMES, 0.033366)).toBe(1);
  });
  it("starts at the first frame and knows when there is none", () => {
    expect(frameAt([0.5, 0.6], 0)).toBe(0);
    expect(frameAt([], 1)).toBe(-1);
  });
  it("agrees with a linear search on 2,000 random moments", () => {
    let state = 7;
    const random = () => (state = (state * 48271) % 2147483647) / 2147483647;
    const times = Array.from({ length: 300 }, random)
      .map((gap) => gap * 0.05 + 0.004)
      .map(((sum) => (gap: number) => (sum += gap))(0));
    for (let i = 0; i < 2000; i += 1) {
      const t = random() * 10;
      const linear = Math.max(0, times.filter((x) => x <= t + 0.0005).length - 1);
      expect(frameAt(times, t)).toBe(linear);
    }
  });
});

describe("seekTime", () => {
  it("lands inside the wished frame, never before it", () => {
    TIMES.forEach((_, frame) => {
      const t = seekTime(TIMES, frame);
      expect(frameAt(TIMES, t)).toBe(frame);
      expect(t).toBeGreaterThan(TIMES[frame] as number);
    });
  });
  it("stays within the footage", () => {
    expect(frameAt(TIMES, seekTime(TIMES, -3))).toBe(0);
    expect(frameAt(TIMES, seekTime(TIMES, 99))).toBe(5);
    expect(seekTime([], 2)).toBe(0);
  });
});
