import { describe, expect, it } from "vitest";
import { packed } from "./fixtures";
import { pointsAt, unpack } from "./poses";

describe("unpack", () => {
  const poses = unpack(packed([400, 40, -4, 802, -32768, -32768, 8, 8], [100, 50, 255, 90]));
  const track = poses.tracks[0]!;

  it("reads quarter pixels and hundredths, little-endian, negative too", () => {
    expect(pointsAt(track, 2)).toEqual([
      { x: 100, y: 10, score: 1 },
      { x: -1, y: 200.5, score: 0.5 },
    ]);
  });
  it("leaves the unseen out instead of drawing it in the corner", () => {
    expect(pointsAt(track, 3)).toEqual([null, { x: 2, y: 2, score: 0.9 }]);
  });
  it("shows nobody before and after the track", () => {
    expect(pointsAt(track, 1)).toEqual([null, null]);
    expect(pointsAt(track, 4)).toEqual([null, null]);
  });
  it("refuses another format and cut arrays", () => {
    expect(() => unpack({ ...packed([0, 0, 0, 0], [1, 1]), format: "x" })).toThrow("sportsbr.poses/1");
    expect(() => unpack(packed([0, 0, 0, 0], [1]))).toThrow("expected 2 points");
  });
});
