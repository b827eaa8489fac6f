import { describe, expect, it } from "vitest";
import { contain, limbsAt, sideOf } from "./draw";
import { unpack } from "./poses";
import { packed } from "./fixtures";

describe("contain", () => {
  it("centres a tall picture in a wide stage", () => {
    expect(contain({ width: 100, height: 200 }, { width: 400, height: 200 })).toEqual({
      x: 150, y: 0, width: 100, height: 200,
    });
  });
  it("centres a wide picture in a tall stage", () => {
    expect(contain({ width: 200, height: 100 }, { width: 100, height: 100 })).toEqual({
      x: 0, y: 25, width: 100, height: 50,
    });
  });
  it("draws nothing of a picture without size", () => {
    expect(contain({ width: 0, height: 0 }, { width: 9, height: 9 }).width).toBe(0);
  });
});

describe("limbsAt", () => {
  const box = { x: 10, y: 20, width: 400, height: 200 };
  it("scales to the stage and shifts past the black bars", () => {
    const track = unpack(packed([400, 40, 40, 80], [100, 80])).tracks[0]!;
    expect(limbsAt(track, 2, box, 200)).toEqual([
      { x1: 210, y1: 40, x2: 30, y2: 60, side: "left", score: 0.8 },
    ]);
  });
  it("leaves out a bone with an uncertain end", () => {
    const track = unpack(packed([400, 40, 40, 80], [100, 29])).tracks[0]!;
    expect(limbsAt(track, 2, box, 200)).toEqual([]);
  });
});

it("colours by the athlete's own side", () => {
  expect(sideOf("left_hip", "left_knee")).toBe("left");
  expect(sideOf("nose", "right_ear")).toBe("right");
  expect(sideOf("left_hip", "right_hip")).toBe("middle");
});
