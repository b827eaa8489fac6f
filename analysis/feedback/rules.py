"""Metrics of one repetition, measured over its signals: value, error, moment, or why not. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from analysis.feedback import cycles
from analysis.knowledge.signals import (
    SIDES,
    acting_side,
    column,
    column_sd,
    frame_rate_hz,
    is_fast_enough,
    opposite,
    sided,
    view_of,
)

if TYPE_CHECKING:
    from analysis.knowledge.records import Measure, Metric, Technique
    from analysis.schema import Float, Segment, SignalSet

    Answer = tuple[float, float, float] | None  # value, sd, moment

GRAVITY_M_S2: Final = 9.81
FOOT: Final = "{side}_foot_height"
LEAST_SEEN: Final = 0.6  # share of the frames of a stretch that must be seen
EVENT_SD_S: Final = 0.02  # a low-passed curve (6 Hz) shows a moment no sharper than this
EVENT_REACH_FRAMES: Final = 2.0  # an event's value may come from samples so near


@dataclass(frozen=True, slots=True)
class Measurement:
    """What a metric came to: NaN and a reason where it could not be measured."""

    metric: Metric
    side: str  # left, right, or "" where the metric has no side
    value: float
    sd: float
    at_s: float
    reason: str = ""


@dataclass(frozen=True, slots=True)
class _Curve:
    """A stretch of one curve, seen samples only."""

    time_s: Float
    values: Float
    sd: Float
    seen: float  # share of the stretch's frames


def view(signals: SignalSet, *, start_s: float, end_s: float) -> str:
    """Where the camera stands: side, front, back or oblique; "" where the facing is unknown."""
    inside = (signals.time_s >= start_s) & (signals.time_s <= end_s)
    return view_of(column(signals, "body_yaw")[inside])


def measure(
    segment: Segment, *, signals: SignalSet, technique: Technique, handedness: str | None = None
) -> tuple[Measurement, ...]:
    """Every metric of the technique, in the catalogue's order."""
    found: list[Measurement] = []
    seen_from = view(signals, start_s=segment.start_s, end_s=segment.end_s)
    acting = acting_side(
        signals,
        acting=technique.acting,
        start_s=segment.start_s,
        stop_s=segment.end_s,
        handedness=handedness,
    )
    for metric in technique.metrics:
        chosen = {"each": SIDES, "acting": (acting,), "other": (opposite(acting),)}
        sides = chosen.get(metric.side, ("",))
        found.extend(
            _measure_metric(
                metric,
                side=side,
                view_=seen_from,
                segment=segment,
                signals=signals,
                technique=technique,
            )
            for side in sides
        )
    return tuple(found)


def _measure_metric(
    metric: Metric,
    *,
    side: str,
    view_: str,
    segment: Segment,
    signals: SignalSet,
    technique: Technique,
) -> Measurement:
    def missing(reason: str) -> Measurement:
        at_s = (segment.start_s + segment.end_s) / 2
        return Measurement(metric, side, float("nan"), float("nan"), at_s, reason)

    if not is_fast_enough(_rate_hz(signals, segment), wanted_hz=metric.min_rate_hz):
        return missing("low_frame_rate")
    shown = "any" in metric.views or view_ in metric.views
    tries = [(metric.measure, metric.error_floor)] if shown else []
    if metric.otherwise is not None:
        tries.append((metric.otherwise, metric.otherwise_error_floor))
    for formula, floor in tries:
        result = evaluate(formula, side=side, segment=segment, signals=signals, technique=technique)
        if result is not None:
            value, sd, at_s = result
            return Measurement(metric, side, value, float(np.hypot(sd, floor)), at_s)
    return missing("unseen" if tries else "view")


def _rate_hz(signals: SignalSet, segment: Segment) -> float:
    inside = (signals.time_s >= segment.start_s) & (signals.time_s <= segment.end_s)
    return frame_rate_hz(signals.time_s[inside])


def evaluate(
    formula: Measure, *, side: str, segment: Segment, signals: SignalSet, technique: Technique
) -> Answer:
    """(value, sd, moment) of a formula in one repetition; None where too little was seen.

    `side` fills in the formula's signals; "" takes both sides, weighted by their certainty.
    """
    span = _span(formula, segment=segment, technique=technique)
    if span is None:
        return None
    start_s, end_s = span
    step_s = 1.0 / max(_rate_hz(signals, segment), 1e-9)
    if formula.op in {"duration", "flight_height", "tempo"}:
        split = _event(formula.event, segment=segment, technique=technique)
        return _timed(formula.op, span=span, split=split, step_s=step_s)
    if formula.op in {"contact", "at_touchdown"}:
        return _of_feet(formula, signals=signals, side=side, span=span, step_s=step_s)
    if formula.op == "asymmetry":
        return _asymmetry(formula, signals=signals, start_s=start_s, end_s=end_s)
    return _of_curve(formula, signals=signals, side=side, span=span, step_s=step_s)


def _of_curve(
    formula: Measure, *, signals: SignalSet, side: str, span: tuple[float, float], step_s: float
) -> Answer:
    start_s, end_s = span
    if formula.op == "at":
        curve = _curve(signals, formula.signal, side=side, start_s=-np.inf, end_s=np.inf)
        return _at(curve, at_s=start_s, step_s=step_s)
    curve = _curve(signals, formula.signal, side=side, start_s=start_s, end_s=end_s)
    if formula.op == "lag":
        first = _curve(signals, formula.other, side=side, start_s=start_s, end_s=end_s)
        return _lag(curve, first, step_s=step_s)
    if formula.op in {"rate", "oscillation"}:
        return _cyclic(formula.op, curve, step_s=step_s)
    return _over(formula.op, curve)


def _timed(
    op: str, *, span: tuple[float, float], split: tuple[float, float] | None, step_s: float
) -> Answer:
    # Each border lies anywhere within one step: a uniform error of step / sqrt(12), twice.
    lasts_s, error_s = span[1] - span[0], float(step_s / np.sqrt(6.0))
    if op == "duration":
        return lasts_s, error_s, span[1]
    if op == "flight_height":
        # A body in flight for T rises for T/2: h = g (T/2)^2 / 2.
        slope = GRAVITY_M_S2 * lasts_s / 4.0
        return GRAVITY_M_S2 * lasts_s**2 / 8.0, slope * error_s, span[0] + lasts_s / 2
    if split is None or not span[0] < split[0] < span[1]:
        return None
    first_s, second_s = split[0] - span[0], span[1] - split[0]
    ratio = first_s / second_s
    return ratio, ratio * error_s * float(np.hypot(1 / first_s, 1 / second_s)), span[1]


def _lag(curve: _Curve, first: _Curve, *, step_s: float) -> Answer:
    """How much later a curve peaks than another."""
    if min(curve.seen, first.seen) < LEAST_SEEN:
        return None
    late_s = float(curve.time_s[int(np.argmax(curve.values))])
    early_s = float(first.time_s[int(np.argmax(first.values))])
    return late_s - early_s, float(np.hypot(step_s / np.sqrt(6.0), EVENT_SD_S)), late_s


def _cyclic(op: str, curve: _Curve, *, step_s: float) -> Answer:
    if curve.seen < LEAST_SEEN:
        return None
    if op == "rate":
        return cycles.rate(curve.time_s, curve.values, step_s=step_s)
    return cycles.oscillation(curve.time_s, curve.values, sd=curve.sd)


def _of_feet(
    formula: Measure, *, signals: SignalSet, side: str, span: tuple[float, float], step_s: float
) -> Answer:
    """The mean over the feet of what each foot's steps say."""
    answers = []
    for one in (side,) if side else SIDES:
        foot = _curve(signals, FOOT, side=one, start_s=span[0], end_s=span[1])
        curve = _curve(signals, formula.signal, side=one, start_s=span[0], end_s=span[1])
        if min(foot.seen, curve.seen) < LEAST_SEEN:
            continue
        if formula.op == "contact":
            told = cycles.contact(curve.time_s, curve.values, level=formula.level, step_s=step_s)
        else:
            told = cycles.at_touchdown(
                curve.time_s, curve.values, sd=curve.sd, foot_time_s=foot.time_s,
                foot=foot.values, level=formula.level,
            )  # fmt: skip
        answers += [told] if told is not None else []
    if not answers:
        return None
    value, sd, at_s = np.array(answers).mean(axis=0)
    return float(value), float(sd), float(at_s)


def _span(
    formula: Measure, *, segment: Segment, technique: Technique
) -> tuple[float, float] | None:
    by_name = {phase.name: phase for phase in segment.phases}
    if formula.event and not formula.phases:
        return _event(formula.event, segment=segment, technique=technique)
    if not all(name in by_name for name in formula.phases):
        return None
    wanted = [by_name[name] for name in formula.phases]
    return min(p.start_s for p in wanted), max(p.end_s for p in wanted)


def _event(event: str, *, segment: Segment, technique: Technique) -> tuple[float, float] | None:
    """An event's time, from the border of a phase that begins or ends with it."""
    by_name = {phase.name: phase for phase in segment.phases}
    for definition in technique.phases:
        phase = by_name.get(definition.key)
        if phase is not None and event in {definition.start, definition.stop}:
            when = phase.start_s if event == definition.start else phase.end_s
            return when, when
    return None


def _curve(signals: SignalSet, name: str, *, side: str, start_s: float, end_s: float) -> _Curve:
    inside = (signals.time_s >= start_s) & (signals.time_s <= end_s)
    sides = (side,) if side else SIDES
    names = list(dict.fromkeys(sided(name, side=s) for s in sides))
    values = np.stack([column(signals, n)[inside] for n in names])
    sd = np.stack([column_sd(signals, n)[inside] for n in names])
    seen = np.isfinite(values) & np.isfinite(sd)
    weight = np.where(seen, 1.0 / np.maximum(np.where(seen, sd, 1.0), 1e-6) ** 2, 0.0)
    total = weight.sum(axis=0)
    kept = total > 0
    if not kept.any():
        return _Curve(np.empty(0), np.empty(0), np.empty(0), 0.0)
    share = weight[:, kept] / total[kept]
    # The two sides' errors go together (same camera, same model): they do not average out.
    return _Curve(
        time_s=signals.time_s[inside][kept],
        values=(share * np.where(seen, values, 0.0)[:, kept]).sum(axis=0),
        sd=(share * np.where(seen, sd, 0.0)[:, kept]).sum(axis=0),
        seen=float(kept.mean()),
    )


def _at(curve: _Curve, *, at_s: float, step_s: float) -> Answer:
    if curve.time_s.size == 0 or np.abs(curve.time_s - at_s).min() > EVENT_REACH_FRAMES * step_s:
        return None
    value = float(np.interp(at_s, curve.time_s, curve.values))
    sd = float(np.interp(at_s, curve.time_s, curve.sd))
    nearest = int(np.argmin(np.abs(curve.time_s - at_s)))
    return value, float(np.hypot(sd, _drift(curve, nearest, step_s=step_s))), at_s


def _over(op: str, curve: _Curve) -> Answer:
    if curve.seen < LEAST_SEEN or curve.time_s.size < 2:
        return None
    if op == "turn":
        yaw = np.unwrap(curve.values, period=360.0)
        top, low = int(np.argmax(yaw)), int(np.argmin(yaw))
        sd = float(np.hypot(curve.sd[top], curve.sd[low]))
        return float(np.ptp(yaw)), sd, float(curve.time_s[max(top, low)])
    if op == "mean":
        # The error of a curve hardly averages out: it is mostly the same from frame to frame.
        middle = float(curve.time_s[curve.time_s.size // 2])
        return float(curve.values.mean()), float(curve.sd.mean()), middle
    turn = int(np.argmin(curve.values) if op == "min" else np.argmax(curve.values))
    # A parabola through the samples tops out at most a quarter of a step's change above them.
    sd = float(np.hypot(curve.sd[turn], 0.25 * _change_at(curve, turn)))
    value, at_s = float(curve.values[turn]), float(curve.time_s[turn])
    if op == "range":
        low = int(np.argmin(curve.values))
        return value - float(curve.values[low]), float(np.hypot(sd, curve.sd[low])), at_s
    if op == "rise":
        drift = _drift(curve, 0, step_s=float(np.median(np.diff(curve.time_s))))
        sd = float(np.sqrt(sd**2 + curve.sd[0] ** 2 + drift**2))
        return value - float(curve.values[0]), sd, at_s
    return value, sd, at_s


def _asymmetry(formula: Measure, *, signals: SignalSet, start_s: float, end_s: float) -> Answer:
    results = []
    for side in SIDES:
        curve = _curve(signals, formula.signal, side=side, start_s=start_s, end_s=end_s)
        results.append(_over("max", curve))
    left, right = results
    if left is None or right is None:
        return None
    return abs(left[0] - right[0]), float(np.hypot(left[1], right[1])), max(left, right)[2]


def _drift(curve: _Curve, index: int, *, step_s: float) -> float:
    """How far a value moves while its event is uncertain: by a step and by the smoothing."""
    slope_per_s = _change_at(curve, index) / step_s
    return slope_per_s * float(np.hypot(step_s / np.sqrt(12.0), EVENT_SD_S))


def _change_at(curve: _Curve, index: int) -> float:
    near = curve.values[max(0, index - 1) : index + 2]
    return float(np.abs(np.diff(near)).mean()) if near.size > 1 else 0.0
