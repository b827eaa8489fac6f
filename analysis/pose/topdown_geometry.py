"""Arithmetic of looking at one person at a time: boxes, crops, and keypoints read from a crop.

Boxes are left, top, right, bottom in px of the picture. Pure: arrays in, arrays out.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from analysis.schema import Float, Int

    Single = NDArray[np.float32]

PADDING: Final = 1.25  # RTMPose was trained on boxes made so much larger
# MMPose's normalisation of RGB in 0..255 (ImageNet's).
MEAN_RGB: Final = (123.675, 116.28, 103.53)
STD_RGB: Final = (58.395, 57.12, 57.375)
SAME_BODY: Final = 0.08  # of the body's diagonal: points nearer than this are the same
SEEN_SCORE: Final = 0.3  # a keypoint counts for its person's box from here


def crop_matrix(box_px: Float, *, size_px: tuple[int, int]) -> Float:
    """The map (2, 3) from picture to a crop of `size_px` (width, height) around a box.

    The box is padded, then widened or heightened to the crop's shape about its centre, as MMPose's
    GetBBoxCenterScale and TopdownAffine do without rotation.
    """
    width_px, height_px = size_px
    centre = (box_px[:2] + box_px[2:]) / 2
    spans = np.maximum(box_px[2:] - box_px[:2], 1.0) * PADDING
    wide = max(float(spans[0]), float(spans[1]) * width_px / height_px)
    scale = width_px / wide
    shift = np.array([width_px, height_px]) / 2 - scale * centre
    return np.array([[scale, 0.0, shift[0]], [0.0, scale, shift[1]]])


def to_picture(xy: Float, matrix: Float) -> Float:
    """Points (..., 2) of a crop back in the picture, for a map of `crop_matrix`."""
    return np.asarray((xy - matrix[:, 2]) / matrix[0, 0], dtype=np.float64)


def decode_simcc(x: Single, y: Single, *, bins_per_px: float) -> tuple[Float, Float]:
    """Points (N, K, 2) in px of the crop and scores (N, K) from SimCC's (N, K, bins) per axis.

    The fullest bin of each axis; the score is the smaller of the two responses, and a point whose
    score is not above 0 is unseen (NaN), as in MMPose's get_simcc_maximum.
    """
    places = np.stack((x.argmax(axis=2), y.argmax(axis=2)), axis=2) / bins_per_px
    score = np.minimum(x.max(axis=2), y.max(axis=2)).astype(np.float64)
    seen = score > 0
    return np.where(seen[:, :, None], places, np.nan), np.clip(score, 0.0, 1.0)


def mirrored_back(
    x: Single, y: Single, *, pairs: Sequence[tuple[int, int]]
) -> tuple[Single, Single]:
    """What a mirrored crop answered, as the upright one would have: sides and x turned round."""
    order = np.arange(x.shape[1])
    for left, right in pairs:
        order[left], order[right] = right, left
    return x[:, order, ::-1], y[:, order]


def body_box(xy_px: Float, score: Float, *, size_px: tuple[int, int]) -> Float | None:
    """Box around the keypoints (K, 2) seen well enough, inside the picture; None for too few."""
    seen = np.isfinite(xy_px).all(axis=1) & (score >= SEEN_SCORE)
    if seen.sum() < 3:
        return None
    low, high = xy_px[seen].min(axis=0), xy_px[seen].max(axis=0)
    corners = np.clip(np.stack((low, high)), 0.0, np.array(size_px, dtype=np.float64))
    box = np.concatenate((corners[0], corners[1]))
    return box if (box[2:] - box[:2] > 1.0).all() else None


def same_body(a_px: Float, b_px: Float) -> bool:
    """Whether two readings (K, 2) are of one body: half of their points lie on each other."""
    both = np.isfinite(a_px).all(axis=1) & np.isfinite(b_px).all(axis=1)
    if not both.any():
        return False
    spans = np.ptp(a_px[both], axis=0)
    apart = np.hypot(*(a_px[both] - b_px[both]).T)
    return bool(np.median(apart) < SAME_BODY * max(float(np.hypot(*spans)), 1.0))


def overlap(a: Float, b: Float) -> Float:
    """Intersection over union (N, M) of boxes (N, 4) and (M, 4)."""
    low = np.maximum(a[:, None, :2], b[None, :, :2])
    high = np.minimum(a[:, None, 2:], b[None, :, 2:])
    inner = np.clip(high - low, 0.0, None).prod(axis=2)
    areas = [np.clip(c[:, 2:] - c[:, :2], 0.0, None).prod(axis=1) for c in (a, b)]
    outer = areas[0][:, None] + areas[1][None] - inner
    return np.asarray(np.divide(inner, outer, out=np.zeros_like(inner), where=outer > 0))


def surest(boxes: Float, scores: Float, *, max_overlap: float) -> Int:
    """Rows to keep, surest first: greedy non-maximum suppression."""
    kept: list[int] = []
    left = np.argsort(-scores, kind="stable")
    while left.size:
        kept.append(int(left[0]))
        others = left[1:]
        left = others[overlap(boxes[left[:1]], boxes[others])[0] <= max_overlap]
    return np.array(kept, dtype=np.int64)
