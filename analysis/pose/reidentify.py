"""The same person again, after a cut or a long absence: only where the clothes leave no doubt."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial, reduce
from typing import TYPE_CHECKING, Final

import numpy as np

from analysis.pose.boxes import overlap_each
from analysis.pose.look import distance
from analysis.pose.people import surer

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from analysis.config import PoseConfig
    from analysis.schema import Float, Int, Observations

    Look = Callable[[Int], Float]  # rows (N,) of the observations → looks (N, L), NaN if unknown

APART_IOU: Final = 0.3  # two boxes that overlap more may be two readings of one body
APART_FRAMES: Final = 2  # in which they may be apart, and …
APART_SHARE: Final = 0.2  # of the frames with both in which they may be apart all the same
WIDEST: Final = 1.6  # times the largest distance, within one person and between overlapping boxes
RIVAL: Final = 0.5  # times the largest distance: by so much others must look less alike
MIN_ROWS: Final = 8  # a track of fewer sightings is too short to be known again


@dataclass(frozen=True, slots=True, eq=False)
class Wardrobe:
    """What was worn, in the rows of the observations that were looked at."""

    rows: Int  # (N,) rising
    looks: Float  # (N, L)

    def middle(self, chain: Int) -> Float:
        """The median look (L,) of a chain; NaN where it is unknown or changes too much."""
        part = self.looks[np.isin(self.rows, chain, assume_unique=True)]
        return _median(part)

    def spread(self, chain: Int) -> float:
        """How far a chain's looks lie from their median; infinite if none is known."""
        part = self.looks[np.isin(self.rows, chain, assume_unique=True)]
        off = distance(part, _median(part)[None])[:, 0] if part.size else part
        off = off[np.isfinite(off)]
        return float(np.median(off)) if off.size else np.inf


def look_around(
    observations: Observations, chains: Sequence[Int], *, look: Look | None, config: PoseConfig
) -> Wardrobe:
    """What the people of all chains wear; nothing where there is no `look`, or nobody to tell."""
    longest = sorted((c for c in chains if c.size >= MIN_ROWS), key=lambda c: -c.size)
    chosen = [
        rows_to_look_at(observations, rows, count=config.look_frames)
        for rows in longest[: config.look_tracks]
    ]
    if look is None or config.look_frames < 1 or len(chosen) < 2:
        return Wardrobe(rows=np.zeros(0, dtype=np.int64), looks=np.zeros((0, 1)))
    rows = np.sort(np.concatenate(chosen))
    return Wardrobe(rows=rows, looks=look(rows))


def reidentify(
    observations: Observations, chains: Sequence[Int], *, worn: Wardrobe, config: PoseConfig
) -> list[Int]:
    """Chains of rows put together that are surely one person; their order does not matter.

    Two chains are one person when they are never seen apart in one frame, look alike (their looks
    are at most `config.same_look` apart) and nobody who is seen beside either of them looks nearly
    as much like the other: of a team in one kit nobody is known again.
    """
    if len(chains) < 2 or not worn.rows.size:
        return list(chains)
    unknown = np.full(worn.looks.shape[1], np.nan)
    looks = np.stack(
        [worn.middle(c) if worn.spread(c) <= config.same_look else unknown for c in chains]
    )
    apart = distance(looks, looks)
    together, touching = _together(observations, chains)
    groups = {i: [i] for i in range(len(chains))}
    owner = list(groups)
    for i, j in _nearest_first(apart, limit=np.where(touching, WIDEST, 1.0) * config.same_look):
        first, second = owner[i], owner[j]
        if first != second and _surely_one(
            groups[first], groups[second], apart=apart, together=together, config=config
        ):
            for chain in groups[second]:
                owner[chain] = first
            groups[first] += groups.pop(second)
    return [
        reduce(partial(surer, observations), (chains[i] for i in members))
        for members in groups.values()
    ]


def rows_to_look_at(observations: Observations, rows: Int, *, count: int) -> Int:
    """At most `count` rows of a chain, spread over it: the surest of each part."""
    sure = np.nanmean(observations.score[rows], axis=1)
    parts = np.array_split(np.arange(rows.size), min(count, rows.size))
    return np.array([rows[part[np.argmax(sure[part])]] for part in parts], dtype=np.int64)


def _median(part: Float) -> Float:
    """Median (L,) of each column that has a value."""
    columns = [column[np.isfinite(column)] for column in part.T]
    return np.array([np.median(column) if column.size else np.nan for column in columns])


def _together(observations: Observations, chains: Sequence[Int]) -> tuple[Int, NDArray[np.bool_]]:
    """Frames (N, N) in which two are seen apart, and whether they are seen as one (N, N).

    Where a body has two readings for a while, their boxes overlap in nearly all of these frames.
    """
    frames = [observations.frame[rows] for rows in chains]
    spans = [(int(f.min()), int(f.max())) for f in frames]
    count = np.zeros((len(chains), len(chains)), dtype=np.int64)
    touching = np.zeros(count.shape, dtype=bool)
    for i in range(len(chains)):
        for j in range(i + 1, len(chains)):
            if spans[i][0] <= spans[j][1] and spans[j][0] <= spans[i][1]:
                _, here, there = np.intersect1d(frames[i], frames[j], return_indices=True)
                boxes = (
                    observations.box_px[chains[i][here]],
                    observations.box_px[chains[j][there]],
                )
                apart = int((overlap_each(*boxes) < APART_IOU).sum())
                if apart > max(APART_FRAMES, APART_SHARE * here.size):
                    count[i, j] = count[j, i] = apart
                elif here.size:
                    touching[i, j] = touching[j, i] = True
    return count, touching


def _nearest_first(apart: Float, *, limit: Float) -> list[tuple[int, int]]:
    rows, columns = np.nonzero(np.triu(np.nan_to_num(apart, nan=np.inf) <= limit, k=1))
    order = np.argsort(apart[rows, columns], kind="stable")
    return [(int(rows[k]), int(columns[k])) for k in order]


def _surely_one(
    first: list[int], second: list[int], *, apart: Float, together: Int, config: PoseConfig
) -> bool:
    block = np.ix_(np.array(first), np.array(second))
    if together[block].any():
        return False
    between = np.nan_to_num(apart[block], nan=np.inf)
    if between.max() > WIDEST * config.same_look:
        return False
    own = float(np.median(between))
    return not (
        _has_rival(first, second, own=own, apart=apart, together=together, config=config)
        or _has_rival(second, first, own=own, apart=apart, together=together, config=config)
    )


def _has_rival(
    one: list[int],
    other: list[int],
    *,
    own: float,
    apart: Float,
    together: Int,
    config: PoseConfig,
) -> bool:
    """Whether somebody seen beside `one`, so not `one`, looks nearly as much like `other`."""
    beside = np.flatnonzero(together[one].any(axis=0))
    rivals = [k for k in beside if k not in other]
    if not rivals:
        return False
    nearest = apart[np.ix_(np.array(rivals), np.array(other))]
    return bool(np.any(nearest < own + RIVAL * config.same_look))
