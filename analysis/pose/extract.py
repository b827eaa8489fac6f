"""Observations put together, and kept between tasks as plain arrays."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Final

import numpy as np

from analysis.schema import Observations

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from analysis.schema import Float

FORMAT: Final = "sportsbr.observations/2"
_ARRAYS: Final = ("frame", "box_px", "xy_px", "xyz_m", "score")


def collect(
    *,
    skeleton: str,
    keypoints: int,
    frame: Sequence[int],
    box_px: Sequence[Float],
    xy_px: Sequence[Float],
    xyz_m: Sequence[Float],
    score: Sequence[Float],
) -> Observations:
    """Observations of one row per person and frame; right shapes even when there is none."""
    rows = len(frame)
    return Observations(
        skeleton=skeleton,
        frame=np.array(frame, dtype=np.int64),
        box_px=np.array(box_px, dtype=np.float64).reshape(rows, 4),
        xy_px=np.array(xy_px, dtype=np.float64).reshape(rows, keypoints, 2),
        xyz_m=np.array(xyz_m, dtype=np.float64).reshape(rows, keypoints, 3),
        score=np.array(score, dtype=np.float64).reshape(rows, keypoints),
    )


def join(chunks: Sequence[Observations]) -> Observations:
    """One sequence of stretches given in any order.

    Raises:
        ValueError: no stretch, different skeletons, or a frame that two stretches both saw.
    """
    if not chunks:
        raise ValueError("join: expected at least one stretch of observations")
    skeletons = {chunk.skeleton for chunk in chunks}
    if len(skeletons) != 1:
        raise ValueError(f"join: expected one skeleton, got {sorted(skeletons)}")
    filled = sorted((c for c in chunks if c.frame.size), key=lambda c: int(c.frame.min()))
    for before, after in itertools.pairwise(filled):
        if before.frame.max() >= after.frame.min():
            raise ValueError(
                f"join: expected stretches apart, but frame {after.frame.min()} is in two"
            )
    parts = filled or [chunks[0]]
    arrays = {name: np.concatenate([getattr(c, name) for c in parts]) for name in _ARRAYS}
    cut = np.unique(np.concatenate([chunk.cut for chunk in chunks]))
    return Observations(skeleton=chunks[0].skeleton, cut=cut, **arrays)


def save(observations: Observations, path: Path) -> None:
    """Write to an .npz file that `load` reads without unpickling anything."""
    arrays = {name: getattr(observations, name) for name in (*_ARRAYS, "cut")}
    with path.open("wb") as file:  # an open file, or numpy would add a suffix of its own
        np.savez_compressed(
            file, format=np.str_(FORMAT), skeleton=np.str_(observations.skeleton), **arrays
        )


def load(path: Path) -> Observations:
    """Read what `save` wrote.

    Raises:
        ValueError: the file is of another format.
    """
    with np.load(path, allow_pickle=False) as stored:
        found = str(stored["format"]) if "format" in stored else "nothing"
        if found != FORMAT:
            raise ValueError(f"{path}: expected {FORMAT}, got {found}")
        arrays = {name: stored[name] for name in (*_ARRAYS, "cut")}
        return Observations(skeleton=str(stored["skeleton"]), **arrays)
