import { describe, expect, it } from "vitest";
import { addressOf, barsOf, dotsOf, marksOf, type MapPoint } from "./explain";

const point = (technique: string): MapPoint => ({
  report: "r1", title: "Serves", filmed_at: "2026-11-01", segment_id: "s3", technique,
  start_s: 1, end_s: 2, x: 0, y: 0,
});

describe("dots", () => {
  it("have an area as large as the part, and leave out what hardly counts", () => {
    const dots = dotsOf(["nose", "left_knee", "right_knee"], { nose: 0.01, left_knee: 0.16, right_knee: -0.04 });
    expect(dots.map((dot) => [dot.keypoint, dot.isFor])).toEqual([[1, true], [2, false]]);
    expect(((dots[0]?.size ?? 0) - 1) / ((dots[1]?.size ?? 0) - 1)).toBeCloseTo(2);
  });

  it("find the foot by either name", () => {
    expect(dotsOf(["left_big_toe"], { left_foot_index: 0.5 })).toHaveLength(1);
  });
});

describe("bars", () => {
  it("cover the segment and keep their sign", () => {
    const why = { text: "", joints: {}, moments: [[1.1, 0.2], [1.3, -0.1]] as [number, number][], bin_s: 0.2 };
    const bars = barsOf(why, 1, 1.4);
    expect(bars.map((bar) => bar.left)).toEqual([0, expect.closeTo(0.5)]);
    expect(bars[0]?.width).toBeCloseTo(0.5);
    expect(bars.map((bar) => [bar.height, bar.isFor])).toEqual([[1, true], [0.5, false]]);
  });

  it("never reach beyond the segment", () => {
    const why = { text: "", joints: {}, moments: [[1.02, 1]] as [number, number][], bin_s: 0.2 };
    expect(barsOf(why, 1, 2)[0]).toMatchObject({ left: 0, start_s: 1 });
  });
});

describe("the map", () => {
  it("marks techniques apart, whatever comes first", () => {
    const names = Array.from({ length: 8 }, (_, i) => `t${i}`);
    const marks = marksOf(names.map(point));
    expect(new Set([...marks.values()].map((mark) => mark.colour + mark.shape)).size).toBe(8);
    expect(marksOf([...names].reverse().map(point))).toEqual(marks);
  });

  it("leads to the repetition in its report", () => {
    expect(addressOf(point("a"))).toBe("/reports/r1/#segment-s3");
  });
});
