/** The skeleton's geometry, and painting it. */

import { dotsOf, type Dot, type JointParts } from "./explain";
import { pointsAt, type Poses, type Track } from "./poses";

export interface Box {
  x: number;
  y: number;
  width: number;
  height: number;
}

export interface Limb {
  x1: number;
  y1: number;
  x2: number;
  y2: number;
  side: Side;
  score: number;
}

export type Side = "left" | "right" | "middle";

/** Two hues that stay apart for every kind of colour vision; white for what has no side. */
export const SIDE_COLOURS: Record<Side, string> = {
  left: "#ffb02e",
  right: "#38c6ff",
  middle: "#ffffff",
};

/** Of what spoke for a label; apart from both sides' hues. */
export const FOR_COLOUR = "#f0308a";

/** Points seen with less confidence are left out, as the measurements leave them out. */
export const MIN_SCORE = 0.3;

/** Where a picture lies in a stage that shows all of it (object-fit: contain). */
export function contain(
  picture: { width: number; height: number },
  stage: { width: number; height: number },
): Box {
  if (picture.width <= 0 || picture.height <= 0) return { x: 0, y: 0, width: 0, height: 0 };
  const scale = Math.min(stage.width / picture.width, stage.height / picture.height);
  const width = picture.width * scale;
  const height = picture.height * scale;
  return { x: (stage.width - width) / 2, y: (stage.height - height) / 2, width, height };
}

export function sideOf(first: string, second: string): Side {
  const isLeft = first.startsWith("left_") || second.startsWith("left_");
  const isRight = first.startsWith("right_") || second.startsWith("right_");
  if (isLeft === isRight) return "middle";
  return isLeft ? "left" : "right";
}

/** The drawn bones of one person in one frame, in px of the stage. */
export function limbsAt(track: Track, frame: number, box: Box, widthPx: number): Limb[] {
  const points = pointsAt(track, frame);
  const scale = box.width / widthPx;
  const limbs: Limb[] = [];
  for (const [a, b] of track.edges) {
    const from = points[a];
    const to = points[b];
    if (!from || !to || Math.min(from.score, to.score) < MIN_SCORE) continue;
    limbs.push({
      x1: box.x + from.x * scale,
      y1: box.y + from.y * scale,
      x2: box.x + to.x * scale,
      y2: box.y + to.y * scale,
      side: sideOf(track.keypoints[a] ?? "", track.keypoints[b] ?? ""),
      score: Math.min(from.score, to.score),
    });
  }
  return limbs;
}

/** Paint everybody of one frame; returns how many bones were drawn. */
export function paint(
  context: CanvasRenderingContext2D,
  poses: Poses,
  frame: number,
  stage: { width: number; height: number },
  parts?: JointParts,
): number {
  context.clearRect(0, 0, stage.width, stage.height);
  const box = contain({ width: poses.widthPx, height: poses.heightPx }, stage);
  const thickness = Math.max(2, Math.min(box.width, box.height) / 130);
  let drawn = 0;
  context.lineCap = "round";
  for (const track of poses.tracks) {
    const limbs = limbsAt(track, frame, box, poses.widthPx);
    drawn += limbs.length;
    // A dark rim first: the lines must be seen over grass, snow and a white shirt alike.
    for (const limb of limbs) stroke(context, limb, "rgb(0 0 0 / 55%)", thickness + 2.5);
    for (const limb of limbs) stroke(context, limb, SIDE_COLOURS[limb.side], thickness);
    for (const limb of limbs) joint(context, limb, thickness);
    if (parts?.trackId === track.trackId) {
      const points = pointsAt(track, frame);
      const scale = box.width / poses.widthPx;
      for (const dot of dotsOf(track.keypoints, parts.shares)) {
        const point = points[dot.keypoint];
        if (!point || point.score < MIN_SCORE) continue;
        share(context, dot, { x: box.x + point.x * scale, y: box.y + point.y * scale }, thickness);
      }
    }
    if (poses.tracks.length > 1 && limbs.length > 0) number(context, track.trackId, limbs, thickness);
  }
  context.globalAlpha = 1;
  return drawn;
}

function stroke(context: CanvasRenderingContext2D, limb: Limb, colour: string, width: number): void {
  context.globalAlpha = 0.45 + 0.55 * Math.min(1, limb.score);
  context.strokeStyle = colour;
  context.lineWidth = width;
  context.beginPath();
  context.moveTo(limb.x1, limb.y1);
  context.lineTo(limb.x2, limb.y2);
  context.stroke();
}

function joint(context: CanvasRenderingContext2D, limb: Limb, thickness: number): void {
  context.globalAlpha = 1;
  context.fillStyle = "#ffffff";
  for (const [x, y] of [
    [limb.x1, limb.y1],
    [limb.x2, limb.y2],
  ] as const) {
    context.beginPath();
    context.arc(x, y, thickness * 0.72, 0, Math.PI * 2);
    context.fill();
  }
}

/** A joint's part in a label: a filled dot speaks for it, a ring against it. */
function share(
  context: CanvasRenderingContext2D,
  dot: Dot,
  at: { x: number; y: number },
  thickness: number,
): void {
  context.globalAlpha = 0.9;
  context.beginPath();
  context.arc(at.x, at.y, thickness * dot.size, 0, Math.PI * 2);
  context.lineWidth = 2;
  context.strokeStyle = "#ffffff";
  if (dot.isFor) {
    context.fillStyle = FOR_COLOUR;
    context.fill();
  }
  context.stroke();
  context.globalAlpha = 1;
}

function number(
  context: CanvasRenderingContext2D,
  trackId: number,
  limbs: Limb[],
  thickness: number,
): void {
  const top = limbs.reduce((best, limb) => (limb.y1 < best.y1 ? limb : best));
  context.font = `600 ${Math.max(13, thickness * 4)}px system-ui, sans-serif`;
  context.textAlign = "center";
  context.lineWidth = 3;
  context.strokeStyle = "rgb(0 0 0 / 70%)";
  context.strokeText(String(trackId), top.x1, top.y1 - thickness * 4);
  context.fillText(String(trackId), top.x1, top.y1 - thickness * 4);
}
