"""How alike two sightings are: boxes and bodies in pixels. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from analysis.schema import Float

SIGMA: Final = 0.1  # spread of a keypoint between two frames, relative to the body's size


def similarity(a_px: Float, b_px: Float, *, size_px: Float) -> Float:
    """Keypoint similarity (N, M) in 0..1 of bodies (N, K, 2) and (M, K, 2); sizes (M,) in px.

    exp(-d² / 2 (σ size)²), averaged over the keypoints that both have.
    """
    squared = ((a_px[:, None] - b_px[None]) ** 2).sum(axis=3)
    spread = 2 * (SIGMA * np.maximum(size_px, 1.0)) ** 2
    each = np.exp(-squared / spread[None, :, None])
    both = np.isfinite(each)
    total = np.where(both, each, 0).sum(axis=2)
    count = both.sum(axis=2)
    return np.asarray(np.divide(total, count, out=np.zeros_like(total), where=count > 0))


def overlap(a: Float, b: Float) -> Float:
    """Intersection over union (N, M) of boxes (N, 4) and (M, 4), left top right bottom."""
    low = np.maximum(a[:, None, :2], b[None, :, :2])
    high = np.minimum(a[:, None, 2:], b[None, :, 2:])
    inner = np.clip(high - low, 0, None).prod(axis=2)
    outer = area(a)[:, None] + area(b)[None] - inner
    return np.asarray(np.divide(inner, outer, out=np.zeros_like(inner), where=outer > 0))


def overlap_each(a: Float, b: Float) -> Float:
    """Intersection over union (N,) of boxes (N, 4) and (N, 4), row by row."""
    low, high = np.maximum(a[:, :2], b[:, :2]), np.minimum(a[:, 2:], b[:, 2:])
    inner = np.clip(high - low, 0, None).prod(axis=1)
    return np.asarray(inner / np.maximum(area(a) + area(b) - inner, 1e-9))


def inside(a: Float, b: Float) -> Float:
    """Share (N,) of each box of `a` (N, 4) that lies within the box of the same row of `b`."""
    low, high = np.maximum(a[:, :2], b[:, :2]), np.minimum(a[:, 2:], b[:, 2:])
    inner = np.clip(high - low, 0, None).prod(axis=1)
    return np.asarray(inner / np.maximum(area(a), 1e-9))


def area(box_px: Float) -> Float:
    """Areas (N,) in px² of boxes (N, 4)."""
    return np.asarray(np.clip(box_px[:, 2:] - box_px[:, :2], 0, None).prod(axis=1))


def size(box_px: Float) -> Float:
    """Side in px of the square as large as each box (N,)."""
    return np.asarray(np.sqrt(area(box_px)))
