"""The arithmetic around BlazePose's two networks: arrays in, arrays out.

Sources: Bazarevsky et al. 2020, "BlazePose: On-device Real-time Body Pose tracking", and the
published description of MediaPipe Pose: a detector finds the middle of the hips and a point on the
circle around the whole body; the square crop they span, turned so that the body is upright, goes
to the landmark network, whose two auxiliary landmarks span the next frame's crop.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from analysis.schema import Float

DETECTOR_PX: Final = 224
LANDMARK_PX: Final = 256
STRIDES_PX: Final = (8, 16, 32, 32, 32)
ROI_SCALE: Final = 1.25
LANDMARKS: Final = 39
BODY: Final = 33  # the first 33 landmarks are the body; 33 and 34 span the next crop
REFINE_KERNEL: Final = 7
REFINE_MIN_CONFIDENCE: Final = 0.5
NMS_IOU: Final = 0.3

# How far people place each keypoint apart, relative to the body: COCO's constants (face 0.026,
# shoulder 0.079, elbow 0.072, wrist 0.062, hip 0.107, knee 0.087, ankle 0.089), hands and feet
# with the wrist's and the ankle's.
KEYPOINT_SIGMA: Final = np.array(
    [0.026] * 11 + [0.079] * 2 + [0.072] * 2 + [0.062] * 8 + [0.107] * 2 + [0.087] * 2 + [0.089] * 6
)


@dataclass(frozen=True, slots=True)
class Roi:
    """A square in the picture: centre, side in px, and its turn (clockwise as seen, radians)."""

    x_px: float
    y_px: float
    side_px: float
    turn_rad: float


def sigmoid(x: Float) -> Float:
    """Logistic function, safe for large |x|."""
    return np.asarray(0.5 * (1 + np.tanh(0.5 * np.asarray(x, dtype=np.float64))))


def anchors() -> Float:
    """Anchor centres (2254, 2) in 0..1, in the order of the detector's outputs.

    Layers of equal stride share a grid; each layer puts two anchors in every cell.
    """
    centres = []
    for stride in sorted(set(STRIDES_PX)):
        cells = math.ceil(DETECTOR_PX / stride)
        each = 2 * STRIDES_PX.count(stride)
        axis = (np.arange(cells) + 0.5) / cells
        grid = np.stack(np.meshgrid(axis, axis, indexing="xy"), axis=-1).reshape(-1, 2)
        centres.append(np.repeat(grid, each, axis=0))
    return np.concatenate(centres)


def decode(
    raw: Float, logits: Float, *, centres: Float, min_score: float
) -> tuple[Float, Float, Float]:
    """Detections above `min_score`: boxes (N, 4) l t r b, points (N, 4, 2), scores (N,).

    Coordinates are in 0..1 of the detector's square. `raw` (A, 12) holds centre, size and four
    points relative to the anchor, in pixels of that square; `logits` (A,).
    """
    scores = sigmoid(np.clip(logits, -100, 100))
    keep = np.flatnonzero(scores >= min_score)
    values = raw[keep].astype(np.float64) / DETECTOR_PX
    middle = values[:, :2] + centres[keep]
    half = values[:, 2:4] / 2
    points = values[:, 4:].reshape(-1, 4, 2) + centres[keep][:, None]
    return np.concatenate([middle - half, middle + half], axis=1), points, scores[keep]


def box_iou(a: Float, b: Float) -> Float:
    """Intersection over union (N, M) of boxes (N, 4) and (M, 4)."""
    low = np.maximum(a[:, None, :2], b[None, :, :2])
    high = np.minimum(a[:, None, 2:], b[None, :, 2:])
    inner = np.prod(np.clip(high - low, 0, None), axis=2)
    area_a = np.prod(np.clip(a[:, 2:] - a[:, :2], 0, None), axis=1)
    area_b = np.prod(np.clip(b[:, 2:] - b[:, :2], 0, None), axis=1)
    outer = area_a[:, None] + area_b[None, :] - inner
    return np.asarray(np.divide(inner, outer, out=np.zeros_like(inner), where=outer > 0))


def blend(boxes: Float, points: Float, scores: Float) -> tuple[Float, Float]:
    """Weighted non-maximum suppression: points (M, 4, 2) and scores (M,), best first.

    What overlaps the best box of a group is not dropped but averaged into it by score, which
    steadies the points (Bazarevsky et al. 2019, "BlazeFace").
    """
    left = np.argsort(-scores, kind="stable")
    blended, best = [], []
    while left.size:
        near = box_iou(boxes[left[:1]], boxes[left])[0] > NMS_IOU
        near[0] = True
        group = left[near]
        weight = scores[group] / scores[group].sum()
        blended.append(np.tensordot(weight, points[group], axes=1))
        best.append(scores[left[0]])
        left = left[~near]
    return np.array(blended).reshape(-1, 4, 2), np.array(best)


def roi_from_points(centre_px: Float, rim_px: Float) -> Roi:
    """The square around a body whose hips are at `centre_px` and whose circle passes `rim_px`.

    The turn brings the direction from hips to rim to straight up.
    """
    dx, dy = float(rim_px[0] - centre_px[0]), float(rim_px[1] - centre_px[1])
    turn = math.pi / 2 - math.atan2(-dy, dx)
    turn = (turn + math.pi) % (2 * math.pi) - math.pi
    side = 2 * ROI_SCALE * math.hypot(dx, dy)
    return Roi(float(centre_px[0]), float(centre_px[1]), side, turn)


def circle_px(xy_px: Float) -> Float:
    """Width (F,) in px of the circle around whole bodies (F, 33, 2), its middle in the hips'.

    What the network's two auxiliary landmarks tell, from the body's own: the farthest of them lies
    5 % inside that circle in the median of 65 frames of squats, 2 % outside to 16 % inside in most.
    """
    middle = xy_px[:, 23:25].mean(axis=1, keepdims=True)
    return np.asarray(2.1 * np.linalg.norm(xy_px - middle, axis=-1).max(axis=1))


def crop_matrix(roi: Roi) -> Float:
    """Affine (2, 3) from px of the picture to px of the landmark network's square."""
    c, s = math.cos(roi.turn_rad), math.sin(roi.turn_rad)
    scale = LANDMARK_PX / roi.side_px
    turn = scale * np.array([[c, s], [-s, c]])
    shift = LANDMARK_PX / 2 - turn @ np.array([roi.x_px, roi.y_px])
    return np.concatenate([turn, shift[:, None]], axis=1)


def to_picture(xy: Float, roi: Roi) -> Float:
    """Points (K, 2) in 0..1 of the crop to px of the picture: the inverse of `crop_matrix`."""
    c, s = math.cos(roi.turn_rad), math.sin(roi.turn_rad)
    centred = (xy - 0.5) * roi.side_px
    return np.asarray(centred @ np.array([[c, s], [-s, c]]) + [roi.x_px, roi.y_px])


def turn_back(xyz: Float, roi: Roi) -> Float:
    """World coordinates (K, 3) of the turned crop, as the upright camera sees them."""
    c, s = math.cos(roi.turn_rad), math.sin(roi.turn_rad)
    turned = np.array(xyz, dtype=np.float64)
    turned[:, :2] = turned[:, :2] @ np.array([[c, s], [-s, c]])
    return turned


def refine(xy: Float, heat: Float) -> Float:
    """Landmarks (K, 2) in 0..1 moved to the centre of mass of their heat maps (H, W, K) logits.

    Only where the map is sure: its window of 7 × 7 cells around the landmark has a peak of at
    least 0.5. Landmarks outside the crop stay.
    """
    height, width, _ = heat.shape
    refined = np.array(xy, dtype=np.float64)
    cell = (refined * [width, height]).astype(np.int64)  # column, row
    reach = np.arange(REFINE_KERNEL) - (REFINE_KERNEL - 1) // 2
    columns, rows = cell[:, :1] + reach, cell[:, 1:] + reach  # (K, 7) each
    inner_x, inner_y = (columns >= 0) & (columns < width), (rows >= 0) & (rows < height)
    place = np.arange(cell.shape[0])[:, None, None]
    window = sigmoid(
        heat[rows.clip(0, height - 1)[:, :, None], columns.clip(0, width - 1)[:, None, :], place]
    )
    window *= inner_y[:, :, None] & inner_x[:, None, :]
    inside = ((cell >= 0) & (cell < [width, height])).all(axis=1)
    sure = inside & (window.max(axis=(1, 2)) >= REFINE_MIN_CONFIDENCE)
    total = np.where(sure, window.sum(axis=(1, 2)), 1.0)
    middle_x = np.einsum("kij,kj->k", window, columns) / total / width
    middle_y = np.einsum("kij,ki->k", window, rows) / total / height
    refined[sure] = np.stack([middle_x, middle_y], axis=1)[sure]
    return refined


def bounding_box(xy_px: Float, *, width_px: int, height_px: int) -> Float:
    """Box (4,) l t r b around body keypoints (K, 2), a tenth wider, kept inside the picture."""
    low, high = xy_px.min(axis=0), xy_px.max(axis=0)
    margin = 0.05 * (high - low)
    bounds = np.array([width_px, height_px], dtype=np.float64)
    low, high = np.clip(low - margin, 0, bounds), np.clip(high + margin, 0, bounds)
    return np.concatenate([low, high])


def trunk(xy_px: Float) -> Float:
    """Middle of the shoulders and of the hips (2, 2) of a body (33, 2)."""
    return np.stack([xy_px[11:13].mean(axis=0), xy_px[23:25].mean(axis=0)])


def keypoint_similarity(a_px: Float, b_px: Float, *, area_px2: float) -> float:
    """Object keypoint similarity 0..1 of two bodies (33, 2): 1 = the same (COCO's definition)."""
    squared = ((a_px - b_px) ** 2).sum(axis=1)
    spread = 2 * area_px2 * (2 * KEYPOINT_SIGMA) ** 2
    return float(np.exp(-squared / np.maximum(spread, 1e-9)).mean())
