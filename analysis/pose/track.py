"""Who is who: rows of observations become one track per person. Pure: arrays in, tracks out."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

import numpy as np
from scipy.optimize import linear_sum_assignment

from analysis.pose.boxes import overlap, similarity, size
from analysis.pose.look import distance
from analysis.pose.people import athletes, fused, handed_over, is_static, without_parts
from analysis.pose.reidentify import look_around, reidentify
from analysis.schema import PoseTrack

if TYPE_CHECKING:
    from collections.abc import Sequence

    from analysis.config import PoseConfig
    from analysis.pose.reidentify import Look, Wardrobe
    from analysis.schema import Float, Footage, Int, Observations

MIN_AFFINITY: Final = 0.15  # below this two sightings are two people
VELOCITY_MEMORY_S: Final = 0.15  # time constant of the velocity's smoothing
LINK_GAP_S: Final = 0.2  # frame by frame matching bridges no longer gap than this …
LINK_GAP_FRAMES: Final = 2.5  # … or than so many frames
COAST_S: Final = 0.3  # a person out of sight is expected to move on no longer than this
LOST_SPEED: Final = 2.0  # box diagonals per second that a person out of sight may have moved
END_S: Final = 0.25  # of a track's end that tells how it moves there …
MIN_END_ROWS: Final = 4  # … if it has as many sightings
LOST_REACH: Final = 0.4  # box diagonals that a body's middle moves by a change of posture alone
OTHER_LOOK: Final = 1.8  # times the difference up to which clothes are the same: certainly others
SAME_SPOT: Final = 0.25  # of the reach: who comes back there may look …
BLURRED_LOOK: Final = 1.5  # … so many times more unlike: clothes blur in flight
UNKNOWN_REACH: Final = 0.6  # of the reach, for those whose clothes are unknown
LOST_GROWTH: Final = 1.8  # factor by which a person may have grown or shrunk in the picture


@dataclass(frozen=True, slots=True, eq=False)
class Sighted:
    """Which rows of the observations show each person who counts, the most prominent first."""

    people: tuple[Int, ...]  # rows of each, rising in time
    too_brief: int  # people left out because they were in view too briefly


@dataclass(slots=True)
class _Open:
    """A track being built: rows of the observations, and where it was going."""

    rows: list[int] = field(default_factory=list)
    time_s: float = 0.0
    velocity_px_s: Float = field(default_factory=lambda: np.zeros(2))


def associate(
    observations: Observations, *, footage: Footage, config: PoseConfig, look: Look | None = None
) -> tuple[PoseTrack, ...]:
    """The people of `follow` as tracks.

    Every track has a row for each frame of the footage, NaN where the person was not seen.
    """
    found = follow(observations, footage=footage, config=config, look=look)
    return tuple(
        track_of(observations, rows, track_id=i, time_s=footage.time_s)
        for i, rows in enumerate(found.people, start=1)
    )


def follow(
    observations: Observations, *, footage: Footage, config: PoseConfig, look: Look | None = None
) -> Sighted:
    """Everybody seen long and surely enough, the most prominent first.

    Sightings are joined frame by frame to the tracks that expect them (optimal assignment on box
    overlap and keypoint similarity, each track moving on at its own velocity). A track ends at a
    cut, and when its person is unseen for more than `config.max_gap_s`. With `look`, which gives
    the colours of what the people in some rows wear, somebody who comes back is known again where
    that is sure. Depth is not looked at.

    Raises:
        ValueError: an observation lies outside the footage.
    """
    frame, time_s = observations.frame, footage.time_s
    if frame.size and (frame.min() < 0 or frame.max() >= time_s.size):
        raise ValueError(
            f"follow: expected frames in 0..{time_s.size - 1}, got {frame.min()}..{frame.max()}"
        )
    # After a longer gap it takes more than the nearest sighting to say who it is.
    step_s = float(np.median(np.diff(time_s))) if time_s.size > 1 else 0.0
    gap_s = min(config.max_gap_s, max(LINK_GAP_S, LINK_GAP_FRAMES * step_s))
    chains = _chains(observations, time_s=time_s, max_gap_s=gap_s)
    chains = without_parts(observations, handed_over(observations, chains, time_s=time_s))
    worn = look_around(observations, chains, look=look, config=config)
    chains = _stitched(observations, chains, worn=worn, time_s=time_s, config=config)
    chains = fused(observations, chains)
    still = [rows for rows in chains if is_static(observations, rows)]
    moving = [rows for rows in chains if not is_static(observations, rows)]
    chains = reidentify(observations, moving, worn=worn, config=config) + still
    chains, too_brief = athletes(observations, chains, footage=footage, config=config)
    return Sighted(people=tuple(chains), too_brief=too_brief)


def _shots(observations: Observations, rows: Int) -> Int:
    """Number of the shot that each row (N,) lies in."""
    return np.searchsorted(observations.cut, observations.frame[rows], side="right")


def _chains(observations: Observations, *, time_s: Float, max_gap_s: float) -> list[Int]:
    """Rows of each track, in order of time."""
    order = np.argsort(observations.frame, kind="stable")
    borders = np.flatnonzero(np.diff(observations.frame[order])) + 1
    running: list[_Open] = []
    ended: list[_Open] = []
    shots = _shots(observations, order)
    shot = -1
    for rows, now in (
        zip(np.split(order, borders), shots[np.r_[0, borders]], strict=True) if order.size else ()
    ):
        if now != shot:
            ended, running, shot = ended + running, [], int(now)
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
        bodies, observations.xy_px[rows], size_px=size(seen_boxes)
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
    observations: Observations,
    chains: Sequence[Int],
    *,
    worn: Wardrobe,
    time_s: Float,
    config: PoseConfig,
) -> list[Int]:
    """Join a track that broke off to the one that begins near by soon after.

    For what frame by frame matching cannot bridge: somebody in full flight, or behind another
    person. The likeliest pair by place, motion and clothes is joined first; each end and each
    beginning is used once. Two that wear quite different things are not joined.
    """
    if not chains:
        return []
    looks = np.stack([worn.middle(c) for c in chains])
    apart = distance(looks, looks) / (OTHER_LOOK * config.same_look)
    # Where clothes are told at all, those whose clothes are unknown are not looked for far off.
    near = np.where(np.isnan(apart) & bool(worn.rows.size), UNKNOWN_REACH, 1.0)
    apart = np.nan_to_num(apart)
    ends = [_end(observations, c[::-1], time_s=time_s) for c in chains]
    starts = [_end(observations, c, time_s=time_s) for c in chains]
    begun_s = np.array([start.at_s for start in starts])
    order = np.argsort(begun_s, kind="stable")
    options = []
    for i, end in enumerate(ends):
        low, high = np.searchsorted(
            begun_s[order], (end.at_s, end.at_s + config.max_gap_s), "right"
        )
        for j in order[low:high]:
            cost = _strangeness(end, starts[j])
            unlike = BLURRED_LOOK if cost <= SAME_SPOT else 1.0
            if cost <= near[i, j] and apart[i, j] <= unlike:
                options.append((cost + float(apart[i, j]), i, int(j)))
    following: dict[int, int] = {}
    taken: set[int] = set()
    for _, i, j in sorted(options):
        if i not in following and j not in taken:
            following[i] = j
            taken.add(j)
    joined = []
    for first in (i for i in range(len(chains)) if i not in taken):
        run, at = [chains[first]], first
        while at in following:
            at = following[at]
            run.append(chains[at])
        joined.append(np.concatenate(run))
    return joined


@dataclass(frozen=True, slots=True, eq=False)
class _End:
    """Where a chain begins or ends, and how it moves there."""

    at_s: float
    middle_px: Float  # (2,)
    velocity_px_s: Float  # (2,)
    diagonal_px: float
    shot: int


def _end(observations: Observations, rows: Int, *, time_s: Float) -> _End:
    """Of the first of `rows`, which run away from that end."""
    box = observations.box_px[rows[0]]
    times = time_s[observations.frame[rows]]
    near = rows[np.abs(times - times[0]) <= END_S]
    bodies = observations.xy_px[near]
    velocity = np.zeros(2)
    if near.size >= MIN_END_ROWS:
        # Of the median keypoint: limbs swing, and the box with them.
        past_s = time_s[observations.frame[near]] - times[0]
        past_s = past_s - past_s.mean()
        slopes = np.nansum(past_s[:, None, None] * bodies, axis=0) / (past_s**2).sum()
        velocity = np.nanmedian(slopes, axis=0)
    return _End(
        at_s=float(times[0]),
        middle_px=np.nanmedian(bodies[0], axis=0),
        velocity_px_s=velocity,
        # The diagonal changes less than the area between a crouch and a stretch.
        diagonal_px=float(np.hypot(*(box[2:] - box[:2]))),
        shot=int(_shots(observations, rows[:1])[0]),
    )


def _strangeness(before: _End, after: _End) -> float:
    """How far off the second is of where the first may have got to: 1 is the border.

    It may have stayed, or gone on as it went; the smaller distance counts.
    """
    smaller, larger = sorted((before.diagonal_px, after.diagonal_px))
    if before.shot != after.shot or larger > LOST_GROWTH * max(smaller, 1e-9):
        return np.inf
    gap_s = after.at_s - before.at_s
    moved = after.middle_px - before.middle_px
    drift = (before.velocity_px_s + after.velocity_px_s) / 2 * gap_s
    off = min(float(np.hypot(*moved)), float(np.hypot(*(moved - drift))))
    turn = float(np.hypot(*(after.velocity_px_s - before.velocity_px_s))) * gap_s / 2
    reach = larger * (LOST_REACH + LOST_SPEED * gap_s)
    return max(off, 0.5 * (off + turn)) / max(reach, 1e-9)


def track_of(
    observations: Observations, rows: Int, *, track_id: int, time_s: Float, first_frame: int = 0
) -> PoseTrack:
    """The track of one person from their rows, over the frames of `time_s` (F,) from `first_frame`.

    `first_frame` is the number, in the footage, of the first of these frames.
    """
    frame = observations.frame[rows] - first_frame

    def spread_out(values: Float) -> Float:
        full = np.full((time_s.size, *values.shape[1:]), np.nan)
        full[frame] = values[rows]
        full.setflags(write=False)
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
