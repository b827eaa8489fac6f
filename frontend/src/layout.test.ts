import { expect, it } from "vitest";
import { label, lanes, span, ticks } from "./layout";
import type { ReportSegment } from "./report";

function segment(id: string, track_id: number, start_s: number, end_s: number): ReportSegment {
  return { id, track_id, name: id, start_s, end_s, phases: [] };
}

it("gives shares of the width, held inside it", () => {
  expect(span(2, 4, 8)).toEqual({ left: 0.25, width: 0.25 });
  expect(span(-1, 99, 8)).toEqual({ left: 0, width: 1 });
  expect(span(0, 1, 0)).toEqual({ left: 0, width: 1 });
});

it("gives each person a lane and overlapping segments rows of their own", () => {
  const found = lanes([
    segment("s2", 1, 1, 3), segment("s1", 1, 0, 2), segment("s3", 1, 2, 4), segment("t", 2, 0, 1),
  ]);
  expect(found.map((lane) => [lane.trackId, lane.rows.map((row) => row.map((s) => s.id))])).toEqual([
    [1, [["s1", "s3"], ["s2"]]],
    [2, [["t"]]],
  ]);
});

it("says of a segment what there is room for, and never half a name", () => {
  const width_px = (text: string): number => 7 * text.length;
  const said = [200, 35, 34, 14, 13, 0].map((room_px) => label("Squat", 12, room_px, width_px));
  expect(said).toEqual(["Squat", "Squat", "12", "12", "", ""]);
});

it("marks round seconds, not too many", () => {
  expect(ticks(7.7, 8)).toEqual([0, 1, 2, 3, 4, 5, 6, 7].filter((t) => t % 1 === 0));
  expect(ticks(5400, 8)).toEqual([0, 1200, 2400, 3600, 4800]);
});
