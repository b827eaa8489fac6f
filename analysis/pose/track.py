"""Who is who: rows of observations become one track per person. Pure: arrays in, tracks out."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

import numpy as np
from scipy.optimize import linear_sum_assignment

from analysis.schema import PoseTrack

if TYPE_CHECKING:
    from collections.abc import Sequence

    from analysis.config import PoseConfig
    from analysis.schema import Float, Footage, Int, Observations

MIN_AFFINITY: Final = 0.15  # below this two sightings are two people
SIGMA: Final = 0.1  # spread of a keypoint between two frames, relative to the body's size
VELOCITY_MEMORY_S: Final = 0.15  # time constant of the velocity's smoothing
COAST_S: Final = 0.3  # a person out of sight is expected to move on no longer than this
STATIC_SPREAD: Final = 0.03  # a thing that moves less than this share of its height …
STATIC_SCORE: Final = 0.65  # … and looks less like a person than this is no person
DOUBLE_IOU: Final = 0.6
TOGETHER: Final = 0.6  # share of a track's frames in which the other must be in view as well
BYSTANDER_SIZE: Final = 0.6  # of the other's size; a smaller person …
BYSTANDER_STIR: Final = 0.45  # … who moves less than this, in own sizes, only looks on
MIN_SIGHTINGS: Final = 3
STILL_S: Final = 0.04
LOST_SPEED: Final = 2.0  # box diagonals per second that a person out of sight may have moved
LOST_REACH: Final = 0.4  # box diagonals that a body's middle moves by a change of posture alone
LOST_GROWTH: Final = 1.8  # factor by which a person may have grown or shrunk in the picture


@dataclass(slots=True)
class _Open:
    """A track being built: rows of the observations, and where it was going."""

    rows: list[int] = field(default_factory=list)
    time_s: float = 0.0
    velocity_px_s: Float = field(default_factory=lambda: np.zeros(2))


def associate(
    observations: Observations, *, footage: Footage, config: PoseConfig
) -> tuple[PoseTrack, ...]:
    """Tracks of everybody seen long and surely enough, the most prominent first.

    Sightings are joined frame by frame to the tracks that expect them (optimal assignment on box
    overlap and keypoint similarity, each track moving on at its own velocity). A track ends when
    its person is unseen for more than `config.max_gap_s`. Every track has a row for each frame of
    the footage, NaN where the person was not seen.

    Raises:
        ValueError: an observation lies outside the footage.
    """
    frame, frames = observations.frame, footage.time_s.size
    if frame.size and (frame.min() < 0 or frame.max() >= frames):
        raise ValueError(
            f"associate: expected frames in 0..{frames - 1}, got {frame.min()}..{frame.max()}"
        )
    chains = _chains(observations, time_s=footage.time_s, max_gap_s=config.max_gap_s)
    chains = _stitched(observations, chains, time_s=footage.time_s, max_gap_s=config.max_gap_s)
    chains = [
        c for c in chains if _is_person(observations, c, time_s=footage.time_s, config=config)
    ]
    chains.sort(key=lambda rows: -_prominence(observations, rows, time_s=footage.time_s))
    chains = _main_people(observations, chains)
    return tuple(
        _track(observations, rows, track_id=i, time_s=footage.time_s)
        for i, rows in enumerate(chains, start=1)
    )


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
    outer = _area(a)[:, None] + _area(b)[None] - inner
    return np.asarray(np.divide(inner, outer, out=np.zeros_like(inner), where=outer > 0))


def _area(box_px: Float) -> Float:
    return np.asarray(np.clip(box_px[:, 2:] - box_px[:, :2], 0, None).prod(axis=1))


def _size(box_px: Float) -> Float:
    return np.asarray(np.sqrt(_area(box_px)))


def _chains(observations: Observations, *, time_s: Float, max_gap_s: float) -> list[Int]:
    """Rows of each track, in order of time."""
    order = np.argsort(observations.frame, kind="stable")
    borders = np.flatnonzero(np.diff(observations.frame[order])) + 1
    running: list[_Open] = []
    ended: list[_Open] = []
    for rows in np.split(order, borders) if order.size else []:
        now_s = float(time_s[observations.frame[rows[0]]])
        ended.extend(t for t in running if now_s - t.time_s > max_gap_s)
        running = [t for t in running if now_s - t.time_s <= max_gap_s]
        matched = _match(observations, running, rows, now_s=now_s)
        for track, row in matched:
            _extend(track, observations, row, now_s=now_s)
        taken = {row for _, row in matched}
        running.extend(_Open(rows=[int(r)], time_s=now_s) for r in rows if r not in taken)
    return [np.array(t.rows, dtype=np.int64) for t in (*ended, *running)]


def _match(
    observations: Observations, running: Sequence[_Open], rows: Int, *, now_s: float
) -> list[tuple[_Open, int]]:
    if not running:
        return []
    last = np.array([t.rows[-1] for t in running])
    coast_s = np.array([min(now_s - t.time_s, COAST_S) for t in running])
    moved = np.stack([t.velocity_px_s for t in running]) * coast_s[:, None]
    boxes = observations.box_px[last] + np.tile(moved, 2)
    bodies = observations.xy_px[last] + moved[:, None]
    seen_boxes = observations.box_px[rows]
    affinity = 0.5 * overlap(boxes, seen_boxes) + 0.5 * similarity(
        bodies, observations.xy_px[rows], size_px=_size(seen_boxes)
    )
    pairs = zip(*linear_sum_assignment(affinity, maximize=True), strict=True)
    return [(running[int(i)], int(rows[j])) for i, j in pairs if affinity[i, j] >= MIN_AFFINITY]


def _extend(track: _Open, observations: Observations, row: int, *, now_s: float) -> None:
    step_s = now_s - track.time_s
    moved = np.nanmean(observations.xy_px[row] - observations.xy_px[track.rows[-1]], axis=0)
    weight = 1 - np.exp(-step_s / VELOCITY_MEMORY_S)
    if np.all(np.isfinite(moved)):
        track.velocity_px_s = (1 - weight) * track.velocity_px_s + weight * moved / step_s
    track.rows.append(row)
    track.time_s = now_s


def _stitched(
    observations: Observations, chains: Sequence[Int], *, time_s: Float, max_gap_s: float
) -> list[Int]:
    """Join a track that broke off to the one that begins near by soon after.

    For what frame by frame matching cannot bridge: somebody in full flight, or behind another
    person. The nearest in time is joined first; each end and each beginning is used once.
    """
    ends = [_end(observations, c[-1], time_s=time_s) for c in chains]
    starts = [_end(observations, c[0], time_s=time_s) for c in chains]
    options = [
        (starts[j][0] - ends[i][0], i, j)
        for i in range(len(chains))
        for j in range(len(chains))
        if i != j and _could_be(ends[i], starts[j], max_gap_s=max_gap_s)
    ]
    following: dict[int, int] = {}
    for _, i, j in sorted(options):
        if i not in following and j not in following.values():
            following[i] = j
    joined = []
    for first in (i for i in range(len(chains)) if i not in following.values()):
        run, at = [chains[first]], first
        while at in following:
            at = following[at]
            run.append(chains[at])
        joined.append(np.concatenate(run))
    return joined


_End = tuple[float, float, float, float]  # time in s, middle x and y in px, diagonal in px


def _end(observations: Observations, row: int, *, time_s: Float) -> _End:
    box = observations.box_px[row]
    middle = (box[:2] + box[2:]) / 2
    at_s = float(time_s[observations.frame[row]])
    # The diagonal changes less than the area between a crouch and a stretch.
    return at_s, float(middle[0]), float(middle[1]), float(np.hypot(*(box[2:] - box[:2])))


def _could_be(before: _End, after: _End, *, max_gap_s: float) -> bool:
    gap_s = after[0] - before[0]
    if not 0 < gap_s <= max_gap_s:
        return False
    smaller, larger = sorted((before[3], after[3]))
    moved = float(np.hypot(after[1] - before[1], after[2] - before[2]))
    near = moved <= larger * (LOST_REACH + LOST_SPEED * gap_s)
    return near and larger <= LOST_GROWTH * max(smaller, 1e-9)


def _is_person(observations: Observations, rows: Int, *, time_s: Float, config: PoseConfig) -> bool:
    score = float(np.nanmean(observations.score[rows]))
    seen_s = rows.size * _frame_s(time_s)
    whole_s = float(time_s[-1] - time_s[0]) + _frame_s(time_s)
    if rows.size < min(MIN_SIGHTINGS, time_s.size) or seen_s < min(
        config.min_track_s, 0.5 * whole_s
    ):
        return False
    if score < config.min_track_score:
        return False
    if time_s.size < MIN_SIGHTINGS:
        return True  # too short to tell a thing by its standing still
    return not (score < STATIC_SCORE and _spread(observations, rows) < STATIC_SPREAD)


def _frame_s(time_s: Float) -> float:
    """How long a frame is shown; a still counts as a moment."""
    return float(np.median(np.diff(time_s))) if time_s.size > 1 else STILL_S


def _spread(observations: Observations, rows: Int) -> float:
    """How far the median keypoint gets about, relative to the body's size."""
    low, high = np.nanpercentile(observations.xy_px[rows], (5, 95), axis=0)
    size = float(np.median(_size(observations.box_px[rows])))
    return float(np.nanmedian(np.hypot(*(high - low).T)) / max(size, 1.0))


def _prominence(observations: Observations, rows: Int, *, time_s: Float) -> float:
    """Seconds in view, times size in the picture, times how surely seen."""
    span_s = rows.size * _frame_s(time_s)
    size = float(np.median(_size(observations.box_px[rows])))
    return span_s * size * float(np.nanmean(observations.score[rows]))


def _main_people(observations: Observations, chains: Sequence[Int]) -> list[Int]:
    """Leave out tracks that lie on a more prominent one, and bystanders beside one."""
    kept: list[Int] = []
    for rows in chains:
        if not any(_is_beside_the_point(observations, rows, of=other) for other in kept):
            kept.append(rows)
    return kept


def _is_beside_the_point(observations: Observations, rows: Int, *, of: Int) -> bool:
    """Whether a track is a second reading of a more prominent one, or a bystander.

    A bystander is much smaller than somebody in view at the same time, and hardly stirs: a far
    player is small too, but moves.
    """
    _, here, there = np.intersect1d(
        observations.frame[rows], observations.frame[of], return_indices=True
    )
    if here.size < TOGETHER * rows.size:
        return False
    own, other = observations.box_px[rows[here]], observations.box_px[of[there]]
    low, high = np.maximum(own[:, :2], other[:, :2]), np.minimum(own[:, 2:], other[:, 2:])
    inner = np.clip(high - low, 0, None).prod(axis=1)
    outer = np.maximum(_area(own) + _area(other) - inner, 1e-9)
    if float(np.median(inner / outer)) > DOUBLE_IOU:
        return True
    ratio = float(np.median(_size(own)) / max(float(np.median(_size(other))), 1e-9))
    return ratio < BYSTANDER_SIZE and _stir(observations, rows) < BYSTANDER_STIR


def _stir(observations: Observations, rows: Int) -> float:
    """How far the livelier keypoints get about relative to the body's middle, in body sizes."""
    xy = observations.xy_px[rows]
    own = xy - np.nanmedian(xy, axis=1, keepdims=True)
    low, high = np.nanpercentile(own, (5, 95), axis=0)
    size = float(np.median(_size(observations.box_px[rows])))
    return float(np.nanpercentile(np.hypot(*(high - low).T), 75) / max(size, 1.0))


def _track(observations: Observations, rows: Int, *, track_id: int, time_s: Float) -> PoseTrack:
    frame = observations.frame[rows]

    def spread_out(values: Float) -> Float:
        full = np.full((time_s.size, *values.shape[1:]), np.nan)
        full[frame] = values[rows]
        return full

    known = bool(np.isfinite(observations.xyz_m[rows]).any())
    return PoseTrack(
        track_id=track_id,
        skeleton=observations.skeleton,
        time_s=time_s,
        box_px=spread_out(observations.box_px),
        xy_px=spread_out(observations.xy_px),
        xyz_m=spread_out(observations.xyz_m) if known else None,
        score=spread_out(observations.score),
    )
