"""Where a repetition begins and ends, once its decisive moment is known."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from analysis.actions.decode import crossing_s, resting_level

if TYPE_CHECKING:
    from analysis.schema import Float

JUMP_LEAD_S: Final = 1.5  # a countermovement begins at most so long before take-off
JUMP_TAIL_S: Final = 1.5  # standing again at most so long after touchdown
LEAST_DIP: Final = 0.02  # body heights; less is no countermovement
LEFT_STANDING: Final = 0.02  # share of the depth at which standing is left
STANDING_AGAIN: Final = 0.10
QUIET: Final = 0.12  # share of the peak speed below which the hand rests
QUIET_S: Final = 0.35  # the pause at the end of a take-back is shorter than a rest
SETTLED: Final = 0.2  # share of the peak speed at which a swing is over
SWING_TAIL_S: Final = 1.2


def jump_borders(
    time_s: Float, pelvis: Float, *, takeoff_s: float, landing_s: float
) -> tuple[float, float]:
    """From leaving standing before the countermovement to standing again after the landing.

    `pelvis` is the pelvis height (F,); NaN is skipped. Without sight of it the flight itself is
    the repetition.
    """
    seen = np.isfinite(pelvis)
    times, curve = time_s[seen], pelvis[seen]
    return (
        _jump_start(times, curve, takeoff_s=takeoff_s),
        _jump_end(times, curve, takeoff_s=takeoff_s, landing_s=landing_s),
    )


def swing_borders(
    time_s: Float, speed: Float, *, contact_s: float, lead_s: float
) -> tuple[float, float]:
    """From the hand's last rest before the stroke (at most `lead_s` before) to its slowing down."""
    seen = np.isfinite(speed)
    times, curve = time_s[seen], speed[seen]
    contact = int(np.argmin(np.abs(times - contact_s)))
    peak = curve[contact]
    start_s = max(contact_s - lead_s, float(times[0]))
    quiet_end: float | None = None
    for index in range(contact, -1, -1):
        if times[index] < start_s:
            break
        if curve[index] > QUIET * peak:
            quiet_end = None
            continue
        quiet_end = float(times[index]) if quiet_end is None else quiet_end
        if quiet_end - times[index] >= QUIET_S:
            start_s = quiet_end
            break
    after = (times > contact_s) & (times <= contact_s + SWING_TAIL_S)
    slow = times[after & (curve < SETTLED * peak)]
    last_s = float(times[after][-1]) if after.any() else contact_s
    return start_s, float(slow[0]) if slow.size else last_s


def _jump_start(times: Float, curve: Float, *, takeoff_s: float) -> float:
    lead = (times >= takeoff_s - JUMP_LEAD_S) & (times <= takeoff_s)
    if np.count_nonzero(lead) < 2:
        return takeoff_s
    times, curve = times[lead], curve[lead]
    lowest = int(np.argmin(curve))
    before = curve[: lowest + 1]
    depth = float(before.max() - curve[lowest])
    if depth < LEAST_DIP:
        return float(times[lowest])
    level = resting_level(before, depth=depth) - LEFT_STANDING * depth
    start_s = crossing_s(times, curve, start=lowest, step=-1, level=level)
    return float(times[0]) if np.isnan(start_s) else start_s


def _jump_end(times: Float, curve: Float, *, takeoff_s: float, landing_s: float) -> float:
    tail = (times >= landing_s) & (times <= landing_s + JUMP_TAIL_S)
    if np.count_nonzero(tail) < 2:
        return landing_s
    standing = _standing(times, curve, takeoff_s=takeoff_s)
    times, curve = times[tail], curve[tail]
    # The next countermovement may begin in this window: the first low that is left again counts.
    lowest = _first_low(curve)
    depth = max(standing - float(curve[lowest]), LEAST_DIP)
    level = standing - STANDING_AGAIN * depth
    end_s = crossing_s(times, curve, start=lowest, step=1, level=level)
    if np.isnan(end_s):
        return float(times[lowest + int(np.argmax(curve[lowest:]))])
    return end_s


def _standing(times: Float, curve: Float, *, takeoff_s: float) -> float:
    lead = curve[(times >= takeoff_s - JUMP_LEAD_S) & (times <= takeoff_s)]
    if lead.size == 0:
        return float(np.median(curve))
    depth = float(np.ptp(lead))
    return resting_level(lead, depth=depth)


def _first_low(curve: Float) -> int:
    """Index of the first low that the curve climbs out of by `LEAST_DIP`."""
    low = 0
    for index in range(curve.size):
        if curve[index] < curve[low]:
            low = index
        elif curve[index] - curve[low] >= LEAST_DIP:
            return low
    return low
