"""What repeats within one stretch: steps of a run, bounces of a ball. Pure.

Every answer is (value, sd, moment), or None where too little was seen.
"""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Final

import numpy as np
from scipy.signal import find_peaks

if TYPE_CHECKING:
    from analysis.schema import Float, Int

    Answer = tuple[float, float, float] | None

LEAST_SHARE: Final = 0.35  # of the curve's usual range that makes a cycle
LEAST_CYCLES: Final = 2
LEAST_SAMPLES: Final = 8


def rate(time_s: Float, values: Float, *, step_s: float) -> Answer:
    """Cycles a minute: peaks of a curve (F,) over the time from the first to the last."""
    tops = _tops(values)
    if tops.size < LEAST_CYCLES + 1:
        return None
    whole_s = float(time_s[tops[-1]] - time_s[tops[0]])
    per_min = 60.0 * (tops.size - 1) / whole_s
    # Each end lies anywhere within one step: a uniform error of step / sqrt(12), twice.
    return per_min, per_min * step_s / np.sqrt(6.0) / whole_s, float(time_s[tops[-1]])


def oscillation(time_s: Float, values: Float, *, sd: Float) -> Answer:
    """Mean height of a curve's peaks over the lowest point before the next, in its unit."""
    tops = _tops(values)
    if tops.size < LEAST_CYCLES + 1:
        return None
    lows = [a + int(np.argmin(values[a:b])) for a, b in itertools.pairwise(tops)]
    sizes = values[tops[:-1]] - values[lows]
    noise = float(np.hypot(np.median(sd[tops]), np.median(sd[lows])))
    return float(sizes.mean()), noise / np.sqrt(sizes.size), float(time_s[tops[0]])


def contact(time_s: Float, foot: Float, *, level: float, step_s: float) -> Answer:
    """Mean time for which a foot's height stays below `level`, whole stances only."""
    stances = _stances(time_s, foot, level=level)
    if not stances:
        return None
    lasting = np.array([end - start for start, end in stances])
    error_s = step_s / np.sqrt(6.0) / np.sqrt(lasting.size)
    return float(lasting.mean()), error_s, stances[-1][1]


def at_touchdown(
    time_s: Float, values: Float, *, sd: Float, foot_time_s: Float, foot: Float, level: float
) -> Answer:
    """Mean value of a curve in the moments in which the foot comes down through `level`."""
    starts = [start for start, _ in _stances(foot_time_s, foot, level=level)]
    near = [s for s in starts if time_s.size and time_s[0] <= s <= time_s[-1]]
    if not near:
        return None
    at = np.interp(near, time_s, values)
    spread = float(np.interp(near, time_s, sd).mean())
    slope = np.interp(near, time_s, np.abs(np.gradient(values)))
    error = np.hypot(spread, float(slope.mean()) / np.sqrt(12.0)) / np.sqrt(at.size)
    return float(at.mean()), float(error), float(near[-1])


def _tops(values: Float) -> Int:
    if values.size < LEAST_SAMPLES:
        return np.empty(0, dtype=np.int64)
    usual = float(np.ptp(np.percentile(values, [5, 95])))
    tops: Int = find_peaks(values, prominence=max(LEAST_SHARE * usual, 1e-9))[0]
    return tops


def _stances(time_s: Float, foot: Float, *, level: float) -> list[tuple[float, float]]:
    """(start, end) of each stretch below the level that begins and ends within the curve."""
    if foot.size < 2:
        return []
    down = foot < level
    landed = np.flatnonzero(~down[:-1] & down[1:])
    left = np.flatnonzero(down[:-1] & ~down[1:])
    found = []
    for at in landed:
        after = left[left > at]
        if after.size:
            off = int(after[0])
            found.append(
                (_crossing(time_s, foot, int(at), level), _crossing(time_s, foot, off, level))
            )
    return found


def _crossing(time_s: Float, curve: Float, at: int, level: float) -> float:
    share = (level - curve[at]) / (curve[at + 1] - curve[at])
    return float(time_s[at] + share * (time_s[at + 1] - time_s[at]))
