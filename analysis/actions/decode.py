"""From curves to repetitions: excursions with prominence and hysteresis, and who wins an overlap.

Pure; works on real timestamps at any rate, and never across a gap.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from analysis.schema import Float

MAX_GAP_S: Final = 0.5  # a longer stretch without sight ends what was under way
MIN_GAP_FRAMES: Final = 3  # at low frame rates a gap is this many frames
PLATEAU: Final = 0.15  # what lies within this share of the depth from the top is the resting level
SWAY_SPREADS: Final = 4.0  # median deviations of the rest that are still rest
MOST_FRACTION: Final = 0.08
RETURN: Final = 0.5  # an excursion that comes back less than this far was no repetition


@dataclass(frozen=True, slots=True)
class Excursion:
    """A curve leaves its resting level, turns, and comes back."""

    start_s: float
    peak_s: float
    end_s: float
    size: float  # from the resting level to the turn, in the curve's unit


@dataclass(frozen=True, slots=True)
class Repetition:
    """A candidate: one repetition of one technique, and how well the evidence fits (0..1)."""

    technique: str
    start_s: float
    peak_s: float
    end_s: float
    size: float
    score: float
    side: str = ""  # of the hand that swings, where one does


def runs(time_s: Float, values: Float) -> Iterator[tuple[Float, Float]]:
    """Stretches of finite samples without a gap longer than a person may be lost from sight."""
    seen = np.isfinite(values)
    times, kept = time_s[seen], values[seen]
    if times.size < 2:
        return
    longest_s = max(MAX_GAP_S, MIN_GAP_FRAMES * float(np.median(np.diff(time_s))))
    cuts = np.flatnonzero(np.diff(times) > longest_s) + 1
    for part_times, part in zip(np.split(times, cuts), np.split(kept, cuts), strict=True):
        if part_times.size > 2:
            yield part_times, part


def dips(
    time_s: Float, values: Float, *, prominence: float, fraction: float = 0.05
) -> list[Excursion]:
    """Times when a curve sinks by at least `prominence` from its resting level and comes back.

    The borders are where it leaves and regains `fraction` of the depth (interpolated).
    """
    found = []
    for times, curve in runs(time_s, values):
        turns = _turning_points(curve, threshold=prominence)
        for i in range(1, len(turns) - 1):
            if curve[turns[i]] < curve[turns[i - 1]]:
                first = turns[i - 2] if i > 1 else 0
                last = turns[i + 2] if i + 2 < len(turns) else curve.size - 1
                dip = _dip(times, curve, first=first, valley=turns[i], last=last, fraction=fraction)
                if dip is not None:
                    found.append(dip)
    return found


def rises(
    time_s: Float, values: Float, *, prominence: float, fraction: float = 0.05
) -> list[Excursion]:
    """Times when a curve climbs by at least `prominence` and comes back: dips upside down."""
    return dips(time_s, -values, prominence=prominence, fraction=fraction)


def crossing_s(times: Float, curve: Float, *, start: int, step: int, level: float) -> float:
    """First time at which a curve reaches `level` from below, walking from `start` by `step`.

    Interpolated between samples; NaN where it never does.
    """
    index = start
    while 0 <= index + step < curve.size:
        here, there = curve[index], curve[index + step]
        if there >= level:
            share = (level - here) / (there - here) if there != here else 0.0
            share = float(np.clip(share, 0.0, 1.0))
            return float(times[index] + share * (times[index + step] - times[index]))
        index += step
    return float("nan")


def resting_level(curve: Float, *, depth: float) -> float:
    """The level a curve rests at before it moves: the median of what is close to its top."""
    return float(np.median(curve[curve >= curve.max() - PLATEAU * depth]))


def leaving_level(curve: Float, *, depth: float, fraction: float) -> float:
    """The level at which a curve has left its rest: `fraction` of the depth below it.

    Lower where the rest itself is unsteady (swaying, noise), so that swaying is no start.
    """
    rest = curve[curve >= curve.max() - PLATEAU * depth]
    level = float(np.median(rest))
    sway = SWAY_SPREADS * float(np.median(np.abs(rest - level)))
    return level - max(fraction * depth, min(sway, MOST_FRACTION * depth))


def stretches(
    time_s: Float, prob: Float, *, least: float, merge_gap_s: float, min_duration_s: float
) -> list[tuple[int, int]]:
    """Frames [start, stop) in which a probability (F,) holds at `least`.

    Drops of up to `merge_gap_s` do not end a stretch; one that is shorter than `min_duration_s`
    once merged is none.
    """
    inside = np.flatnonzero(prob >= least)
    if inside.size == 0:
        return []
    apart_s = np.diff(time_s[inside])
    cuts = np.flatnonzero((apart_s > merge_gap_s) & (np.diff(inside) > 1)) + 1
    parts = np.split(inside, cuts)
    return [
        (int(part[0]), int(part[-1]) + 1)
        for part in parts
        if time_s[part[-1]] - time_s[part[0]] >= min_duration_s
    ]


def non_overlapping(candidates: Sequence[Repetition]) -> list[Repetition]:
    """The best candidates of which no two overlap, in order of time; better scores win."""
    chosen: list[Repetition] = []
    for candidate in sorted(candidates, key=lambda c: (-c.score, c.start_s)):
        if all(c.end_s <= candidate.start_s or candidate.end_s <= c.start_s for c in chosen):
            chosen.append(candidate)
    return sorted(chosen, key=lambda c: c.start_s)


def _turning_points(curve: Float, *, threshold: float) -> list[int]:
    """Indices of alternating highs and lows that differ by at least `threshold`."""
    turns: list[int] = []
    high = low = 0
    rising: bool | None = None
    for index in range(1, curve.size):
        if curve[index] >= curve[high]:
            high = index
        if curve[index] < curve[low]:
            low = index
        if rising is not False and curve[high] - curve[index] >= threshold:
            turns.append(high)
            rising, low = False, index
        elif rising is not True and curve[index] - curve[low] >= threshold:
            turns.append(low)
            rising, high = True, index
    if rising is not None:
        turns.append(high if rising else low)
    return turns


def _dip(
    times: Float, curve: Float, *, first: int, valley: int, last: int, fraction: float
) -> Excursion | None:
    """The dip at `valley`, between its neighbours (or the ends of the run)."""
    before, after = curve[first : valley + 1], curve[valley : last + 1]
    down = float(before.max() - curve[valley])
    up = float(after.max() - curve[valley])
    if min(down, up) < RETURN * max(down, up):
        return None
    start_s = crossing_s(
        times,
        curve,
        start=valley,
        step=-1,
        level=leaving_level(before, depth=down, fraction=fraction),
    )
    end_s = crossing_s(
        times, curve, start=valley, step=1, level=leaving_level(after, depth=up, fraction=fraction)
    )
    if not start_s < times[valley] < end_s:
        return None
    return Excursion(start_s, float(times[valley]), end_s, down)
