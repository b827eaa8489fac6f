import { describe, expect, it } from "vitest";
import { packed } from "./fixtures";
import { personAt, pointsAt, unpack } from "./poses";

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

describe("personAt", () => {
  // One body from (100, 10) to (110, 60), the other from (120, 10) to (130, 60).
  const first = packed([400, 40, 440, 240], [90, 90]);
  const second = packed([480, 40, 520, 240], [90, 90]);
  second.tracks[0]!.track_id = 2;
  const poses = unpack({ ...first, tracks: [...first.tracks, ...second.tracks] });

  it("finds whose body lies there, the nearer where two do", () => {
    expect(personAt(poses, 2, 102, 30)).toBe(1);
    expect(personAt(poses, 2, 114, 30)).toBe(1);
    expect(personAt(poses, 2, 116, 30)).toBe(2);
  });
  it("finds nobody beside them and in other frames", () => {
    expect(personAt(poses, 2, 160, 30)).toBeNull();
    expect(personAt(poses, 1, 102, 30)).toBeNull();
  });
});
