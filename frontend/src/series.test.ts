import { expect, it } from "vitest";
import { checked, drawable, firstChoice, withBand, type Signal } from "./series";

const knee: Signal = { name: "left_knee_flexion", unit: "deg", values: [10, null, 30], sd: [2, 2, null] };
const empty: Signal = { name: "hidden", unit: "deg", values: [null, null], sd: [null, null] };

it("draws the error bar and leaves gaps where value or sd is unknown", () => {
  expect(withBand(knee)).toEqual({ values: [10, null, 30], high: [12, null, null], low: [8, null, null] });
});

it("lists only signals that were measured", () => {
  expect(drawable({ track_id: 1, time_s: [0, 1], signals: [knee, empty] })).toEqual([knee]);
});

it("begins with the wished curves, else with angles", () => {
  const speed = { ...knee, name: "speed", unit: "bh/s" };
  expect(firstChoice([speed, knee], ["speed", "gone"])).toEqual(["speed"]);
  expect(firstChoice([speed, knee], ["gone"])).toEqual(["left_knee_flexion"]);
});

it("refuses a format it does not know", () => {
  expect(() => checked({ format: "sportsbr.signals/9", tracks: [] })).toThrow("sportsbr.signals/1");
});
