/** Packed poses for tests. */

import type { PackedPoses } from "./poses";

function base64(bytes: Uint8Array): string {
  return btoa(String.fromCharCode(...bytes));
}

export function packed(xy: number[], score: number[], first = 2): PackedPoses {
  const raw = new DataView(new ArrayBuffer(xy.length * 2));
  xy.forEach((value, i) => raw.setInt16(i * 2, value, true));
  return {
    format: "sportsbr.poses/1",
    width_px: 200,
    height_px: 100,
    time_s: [0, 0.1, 0.2, 0.3],
    tracks: [
      {
        track_id: 1,
        keypoints: ["left_hip", "left_knee"],
        edges: [[0, 1]],
        first_frame: first,
        frames: xy.length / 4,
        xy: base64(new Uint8Array(raw.buffer)),
        score: base64(Uint8Array.from(score)),
      },
    ],
  };
}
