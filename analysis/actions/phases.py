"""Kinematic events of one repetition, and the phases between them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from analysis.actions.decode import rises
from analysis.knowledge.signals import SIDES, acting_side, column, opposite, sided
from analysis.schema import Phase

if TYPE_CHECKING:
    from analysis.knowledge.records import Event, Technique
    from analysis.schema import Float, SignalSet

FLIGHT_PAD_S: Final = 0.3  # a flight needs the floor on both sides to be measured from
LOCAL_PROMINENCE: Final = 0.05  # share of the curve's range that makes a local extremum


def phases(
    technique: Technique, *, signals: SignalSet, start_s: float, end_s: float, side: str
) -> tuple[Phase, ...]:
    """The phases whose two events were both found, in order.

    `side` is that of the limb that acts; "" looks which one does.
    """
    times = event_times(technique, signals=signals, start_s=start_s, end_s=end_s, side=side)
    found = []
    for phase in technique.phases:
        first, last = times.get(phase.start), times.get(phase.stop)
        if first is not None and last is not None and first < last:
            found.append(Phase(phase.key, first, last))
    return tuple(found)


def event_times(
    technique: Technique, *, signals: SignalSet, start_s: float, end_s: float, side: str
) -> dict[str, float]:
    """When each event of a repetition happens; events that cannot be seen are left out.

    An event out of the technique's order is left out too: it would make phases run backwards.
    """
    if not side:
        side = acting_side(
            signals, acting=technique.acting, start_s=start_s, stop_s=end_s, handedness=None
        )
    times = {event.key: start_s for event in technique.events if event.kind == "start"}
    times |= {event.key: end_s for event in technique.events if event.kind == "end"}
    waiting = [event for event in technique.events if event.key not in times]
    while waiting:
        ready = [e for e in waiting if not {e.after, e.before} & {w.key for w in waiting}]
        for event in ready:
            when = _event_s(event, signals=signals, times=times, side=side)
            if when is not None and start_s <= when <= end_s:
                times[event.key] = when
        waiting = [event for event in waiting if event not in ready]
    return _in_order(technique, times=times)


def _event_s(
    event: Event, *, signals: SignalSet, times: dict[str, float], side: str
) -> float | None:
    if event.after not in times or event.before not in times:
        return None
    first, last = times[event.after], times[event.before]
    if event.kind in {"takeoff", "landing"}:
        return _flight_s(event, signals=signals, first=first, last=last)
    inside = (signals.time_s >= first) & (signals.time_s <= last)
    curve = _curve(signals, event, side=side)
    inside &= np.isfinite(curve)
    if not inside.any():
        return None
    if event.kind in {"rises", "falls"}:
        upwards = event.kind == "rises"
        return _passes_s(
            signals.time_s[inside], curve[inside], level=event.level, sign=1 if upwards else -1
        )
    sign = 1.0 if event.kind == "peak" else -1.0
    when, curve = signals.time_s[inside], sign * curve[inside]
    if event.last:
        return float(when[_last_local_top(curve)])
    return float(when[int(np.argmax(curve))])


def _curve(signals: SignalSet, event: Event, *, side: str) -> Float:
    """Of the limb that the event speaks of; for both, or a signal without sides, the mean."""
    if event.limb != "both":
        chosen = side if event.limb == "acting" else opposite(side)
        return column(signals, sided(event.signal, side=chosen))
    name = event.signal
    both = np.stack([column(signals, sided(name, side=s)) for s in SIDES])
    seen = np.isfinite(both)
    total = np.where(seen, both, 0.0).sum(axis=0)
    count = seen.sum(axis=0)
    mean: Float = np.where(count > 0, total / np.maximum(count, 1), np.nan)
    return mean


def _passes_s(times: Float, curve: Float, *, level: float, sign: int) -> float | None:
    """When a curve first passes a level upwards (`sign` 1) or downwards (-1), interpolated."""
    above = sign * (curve - level) >= 0
    crossed = np.flatnonzero(~above[:-1] & above[1:])
    if crossed.size == 0:
        return None
    at = int(crossed[0])
    share = (level - curve[at]) / (curve[at + 1] - curve[at])
    return float(times[at] + share * (times[at + 1] - times[at]))


def _flight_s(event: Event, *, signals: SignalSet, first: float, last: float) -> float | None:
    near = (signals.time_s >= first - FLIGHT_PAD_S) & (signals.time_s <= last + FLIGHT_PAD_S)
    curve = column(signals, event.signal)[near]
    seen = curve[np.isfinite(curve)]
    if seen.size == 0:
        return None
    flights = rises(signals.time_s[near], curve, prominence=max(1e-6, 0.5 * float(np.ptp(seen))))
    if not flights:
        return None
    flight = max(flights, key=lambda f: f.size)
    return flight.start_s if event.kind == "takeoff" else flight.end_s


def _last_local_top(curve: Float) -> int:
    """Index of the last local maximum that stands out, or of the highest sample."""
    least = LOCAL_PROMINENCE * float(np.ptp(curve))
    top = curve.size - 1
    for index in range(curve.size - 1, -1, -1):
        if curve[index] >= curve[top]:
            top = index
        elif curve[top] - curve[index] >= least:
            return top
    return int(np.argmax(curve))


def _in_order(technique: Technique, *, times: dict[str, float]) -> dict[str, float]:
    kept: dict[str, float] = {}
    latest = -np.inf
    for event in technique.events:
        when = times.get(event.key)
        if when is not None and when >= latest:
            kept[event.key] = when
            latest = when
    return kept
