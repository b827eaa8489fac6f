"""Observations put together, and kept between tasks as plain arrays."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from analysis.schema import Observations

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from analysis.schema import Float, Int

    Stretch = Callable[[], Observations]  # reads one stretch of observations, each time anew

FORMAT: Final = "sportsbr.observations/2"
_ARRAYS: Final = ("frame", "box_px", "xy_px", "xyz_m", "score")
_CAMERA: Final = ("camera_frame", "camera")


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


class Joined:
    """Stretches given in any order as one sequence of rows, of which little is held in memory.

    A match's observations are gigabytes; each stretch is read when it is needed and let go.
    """

    def __init__(self, stretches: Sequence[Stretch]) -> None:
        """Look into every stretch once.

        Raises:
            ValueError: no stretch, different skeletons, or a frame that two stretches both saw.
        """
        if not stretches:
            raise ValueError("expected at least one stretch of observations")
        looked = [_Extent.of(stretch) for stretch in stretches]
        skeletons = {extent.skeleton for extent in looked}
        if len(skeletons) != 1:
            raise ValueError(f"expected one skeleton, got {sorted(skeletons)}")
        self._filled = sorted((e for e in looked if e.rows), key=lambda e: e.first)
        for before, after in itertools.pairwise(self._filled):
            if before.last >= after.first:
                raise ValueError(f"expected stretches apart, but frame {after.first} is in two")
        self._parts = self._filled or looked[:1]
        self._starts = np.cumsum([0, *(e.rows for e in self._parts)])
        self._cut = np.unique(np.concatenate([extent.cut for extent in looked]))
        self._camera_frame, self._camera = _chained([extent.camera for extent in looked])

    def outline(self) -> Observations:
        """All rows without depth (`xyz_m` is NaN), in single precision: enough to tell who is who.

        A frame's place in the picture keeps better than a thousandth of a pixel.
        """
        parts = [_single(e.read()) for e in self._parts]
        arrays = {name: _frozen([p[name] for p in parts]) for name in parts[0]}
        unknown = np.broadcast_to(np.nan, (*arrays["score"].shape, 3))
        return self._whole(xyz_m=unknown, **arrays)

    def pick(self, rows: Int) -> Observations:
        """Rows (N,) of the whole sequence, rising, with all that was seen in them."""
        picked: list[dict[str, Any]] = []
        for extent, start in zip(self._parts, self._starts, strict=False):
            own = rows[(rows >= start) & (rows < start + extent.rows)] - start
            if own.size or not (picked or rows.size):
                seen = extent.read()
                picked.append({name: getattr(seen, name)[own] for name in _ARRAYS})
        return self._whole(**{name: _frozen([p[name] for p in picked]) for name in _ARRAYS})

    def _whole(self, **arrays: Any) -> Observations:
        return Observations(
            skeleton=self._parts[0].skeleton,
            cut=self._cut,
            camera_frame=self._camera_frame,
            camera=self._camera,
            **arrays,
        )


@dataclass(frozen=True, slots=True)
class _Extent:
    """What has to be known of a stretch to find its place."""

    read: Stretch
    skeleton: str
    rows: int
    first: int
    last: int
    cut: Int
    camera: tuple[Int, Float]

    @classmethod
    def of(cls, read: Stretch) -> _Extent:
        seen = read()
        rows = int(seen.frame.size)
        ends = (int(seen.frame.min()), int(seen.frame.max())) if rows else (0, 0)
        camera = (seen.camera_frame, seen.camera)
        return cls(read, seen.skeleton, rows, *ends, cut=seen.cut, camera=camera)


def _single(seen: Observations) -> dict[str, Any]:
    """The arrays of an outline."""
    small = {n: getattr(seen, n).astype(np.float32) for n in ("box_px", "xy_px", "score")}
    return {"frame": seen.frame, **small}


def _frozen(parts: Sequence[Any]) -> Any:
    """Put together and read-only, so that a record takes it without a copy."""
    whole = np.concatenate(parts)
    whole.setflags(write=False)
    return whole


def join(chunks: Sequence[Observations]) -> Observations:
    """One sequence of stretches given in any order, all of it in memory.

    Raises:
        ValueError: no stretch, different skeletons, or a frame that two stretches both saw.
    """
    joined = Joined([partial(_itself, chunk) for chunk in chunks])
    return joined.pick(np.arange(sum(chunk.frame.size for chunk in chunks)))


def _itself(chunk: Observations) -> Observations:
    return chunk


def _chained(parts: Sequence[tuple[Int, Float]]) -> tuple[Int, Float]:
    """The camera over all stretches: each one's picture is the last frame of the one before.

    A stretch without it leaves the camera unknown altogether.
    """
    if any(not frame.size for frame, _ in parts):
        return np.empty(0, dtype=np.int64), np.empty((0, 4))
    ordered = sorted(parts, key=lambda part: int(part[0][0]))
    laid = []
    base = np.array([1.0, 0.0, 0.0, 0.0])
    for _, camera in ordered:
        a, b, x, y = base
        c, d, u, v = camera.T
        laid.append(
            np.stack((a * c - b * d, a * d + b * c, a * u - b * v + x, b * u + a * v + y), axis=1)
        )
        base = laid[-1][-1]
    return np.concatenate([frame for frame, _ in ordered]), np.concatenate(laid)


def save(observations: Observations, path: Path) -> None:
    """Write to an .npz file that `load` reads without unpickling anything."""
    arrays = {name: getattr(observations, name) for name in (*_ARRAYS, *_CAMERA, "cut")}
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
        there = (*_ARRAYS, *(name for name in (*_CAMERA, "cut") if name in stored))
        arrays = {name: stored[name] for name in there}
        return Observations(skeleton=str(stored["skeleton"]), **arrays)
