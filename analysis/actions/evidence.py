"""How well a stretch of signals fits a technique's soft conditions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from analysis.knowledge.signals import SIDES, column, sided

if TYPE_CHECKING:
    from collections.abc import Sequence

    from analysis.knowledge.records import Evidence
    from analysis.schema import Float, SignalSet

UNSEEN: Final = 0.85  # a condition that cannot be looked at neither convinces nor rules out
MIN_SAMPLES: Final = 3
NEAR_S: Final = 0.12  # about an event: a low-passed peak may lie a few frames off


def fit(
    conditions: Sequence[Evidence],
    *,
    signals: SignalSet,
    start_s: float,
    peak_s: float,
    end_s: float,
    side: str = "",
) -> float:
    """Product of the conditions over [start_s, end_s], 0..1; `side` is that of a swing."""
    score = 1.0
    for condition in conditions:
        value = statistic(
            condition, signals=signals, start_s=start_s, peak_s=peak_s, end_s=end_s, side=side
        )
        if np.isnan(value):
            score *= UNSEEN
        else:
            ramp = (value - condition.zero) / (condition.full - condition.zero)
            score *= float(np.clip(ramp, 0.0, 1.0))
    return score


def statistic(
    condition: Evidence,
    *,
    signals: SignalSet,
    start_s: float,
    peak_s: float,
    end_s: float,
    side: str,
) -> float:
    """The value that a condition looks at; NaN where it was not seen."""
    inside = (signals.time_s >= start_s - condition.pad_s) & (
        signals.time_s <= end_s + condition.pad_s
    )
    values = []
    for name in condition.signals:
        sides = (side,) if condition.combine == "swing" else SIDES
        for one in dict.fromkeys(sided(name, side=s) for s in sides):
            curve = column(signals, one)[inside]
            values.append(
                _of_curve(condition.stat, times=signals.time_s[inside], curve=curve, at_s=peak_s)
            )
    return _combined(values, how=condition.combine)


def _of_curve(stat: str, *, times: Float, curve: Float, at_s: float) -> float:
    seen = np.isfinite(curve)
    times, curve = times[seen], curve[seen]
    if times.size < MIN_SAMPLES:
        return float("nan")
    if stat == "at_peak":
        return float(np.interp(at_s, times, curve))
    if stat == "near_max":
        near = np.abs(times - at_s) <= NEAR_S
        return float(curve[near].max()) if near.any() else float("nan")
    if stat == "turn":
        return float(np.ptp(np.unwrap(curve, period=360.0)))
    if stat == "gravity":
        return _downward_acceleration(times, curve)
    of_values = {"mean": curve.mean(), "range": np.ptp(curve), "max": curve.max()}
    return float(of_values.get(stat, curve.min()))


def _downward_acceleration(times: Float, curve: Float) -> float:
    """Minus the second derivative of the parabola that fits best: gravity, for a body in flight."""
    if times.size < MIN_SAMPLES + 1:
        return float("nan")
    return float(-2.0 * np.polyfit(times - times[0], curve, 2)[0])


def _combined(values: list[float], *, how: str) -> float:
    finite = np.array([v for v in values if np.isfinite(v)])
    if how == "gap":
        return float(np.ptp(finite)) if finite.size == len(values) else float("nan")
    if finite.size == 0:
        return float("nan")
    if how == "min":
        return float(finite.min())
    return float(finite.mean()) if how == "mean" else float(finite.max())
