"""Measurements against their bands: findings with a verdict that knows its error. Pure."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from analysis.feedback.rules import measure
from analysis.schema import Counterfactual, Finding, Verdict

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from analysis.config import AnalysisConfig, AthleteConfig
    from analysis.feedback.rules import Measurement
    from analysis.knowledge.catalogue import Catalogue
    from analysis.knowledge.records import Band, Fault, Technique
    from analysis.schema import Segment, SignalSet

ERROR_BAR_SD: Final = 1.0  # half length of the error bar
# A beginner is told only what is wrong beyond doubt; the levels' bands do the rest.
STRICTNESS_SD: Final = {"beginner": 2.0, "club": ERROR_BAR_SD, "elite": ERROR_BAR_SD}
LEAST_SD: Final = 1e-9
OUTSIDE: Final = frozenset({Verdict.BELOW, Verdict.ABOVE})
DOUBLINGS: Final = 40  # of the first step of a search: further away nothing is found
HALVINGS: Final = 40


class Judgement:
    """The verdicts on one repetition, and what its faults are called."""

    def __init__(
        self, measurements: Sequence[Measurement], *, technique: Technique, athlete: AthleteConfig
    ) -> None:
        self._technique, self._athlete = technique, athlete
        self._bar_sd = STRICTNESS_SD.get(athlete.level, ERROR_BAR_SD)
        self._verdicts = {
            (m.metric.key, m.side): self.verdict(m, value=m.value)[0] for m in measurements
        }

    def band(self, measurement: Measurement) -> Band:
        """The athlete's."""
        return measurement.metric.band(level=self._athlete.level, sex=self._athlete.sex)

    def verdict(self, measurement: Measurement, *, value: float) -> tuple[Verdict, float]:
        """What a value of a metric would be judged, and how surely."""
        if measurement.reason:
            return Verdict.CANNOT_TELL, 0.0
        band = self.band(measurement)
        return judge(value, sd=measurement.sd, low=band.low, high=band.high, bar_sd=self._bar_sd)

    def fault(self, measurement: Measurement, *, verdict: Verdict) -> Fault | None:
        """The fault of which the measurement is the first condition, given all verdicts.

        Of several that hold, the one that says most (the most conditions) names it.
        """
        key, side = measurement.metric.key, measurement.side
        told = {**self._as_seen_from(side), key: verdict.value}
        holding = [
            fault
            for fault in self._technique.faults
            if (fault.metric, fault.verdict) == (key, verdict.value)
            and fault.rule.holds(told) is True
        ]
        return max(holding, key=lambda f: len(list(f.rule.leaves())), default=None)

    def counterfactual(self, measurement: Measurement) -> Counterfactual | None:
        """The nearest value at which no fault would be named, were it measured without error.

        Searched on the value while everything else stays as measured: steps are doubled on either
        side until the rule gives way, then halved between.
        """
        exact = _without_error(measurement)
        reached = [
            value
            for direction in (1.0, -1.0)
            if (value := self._first_without(exact, direction=direction)) is not None
        ]
        if not reached:
            return None
        value = min(reached, key=lambda one: abs(one - measurement.value))
        name = measurement.metric.key
        return Counterfactual(
            metric=f"{name}.{measurement.side}" if measurement.side else name,
            value=value,
            change=value - measurement.value,
        )

    def _first_without(self, measurement: Measurement, *, direction: float) -> float | None:
        def named(value: float) -> bool:
            verdict, _ = self.verdict(measurement, value=value)
            return verdict in OUTSIDE and self.fault(measurement, verdict=verdict) is not None

        step = 1e-3 * max(abs(measurement.value), 1.0)
        inside = measurement.value
        for _ in range(DOUBLINGS):
            outside = measurement.value + direction * step
            if not named(outside):
                break
            inside, step = outside, 2.0 * step
        else:
            return None
        for _ in range(HALVINGS):
            middle = (inside + outside) / 2.0
            inside, outside = (middle, outside) if named(middle) else (inside, middle)
        return outside

    def _as_seen_from(self, side: str) -> Mapping[str, str]:
        """Metric → verdict: of the same side, else of none, else of the side that is worse."""
        told: dict[str, str] = {}
        ranked = sorted(
            self._verdicts.items(),
            key=lambda item: (item[0][1] == side, item[0][1] == "", item[1] in OUTSIDE),
        )
        for (key, _), verdict in ranked:
            told[key] = verdict.value
        return told


def find(
    segments: Sequence[Segment],
    *,
    signals: SignalSet,
    catalogue: Catalogue,
    config: AnalysisConfig,
) -> tuple[Finding, ...]:
    """One finding for each metric (and side) of each segment of this person.

    Ids count from "f1" in order of the segments.

    Raises:
        KeyError: a segment of a technique that the catalogue does not know.
    """
    found: list[Finding] = []
    for segment in segments:
        if segment.track_id != signals.track_id:
            continue
        technique = catalogue.technique(segment.technique)
        measurements = measure(
            segment,
            signals=signals,
            technique=technique,
            handedness=config.athlete.handedness,
        )
        judgement = Judgement(measurements, technique=technique, athlete=config.athlete)
        found.extend(
            _finding(one, judgement=judgement, number=number, segment=segment, technique=technique)
            for number, one in enumerate(measurements, start=len(found) + 1)
        )
    return tuple(found)


def judge(
    value: float, *, sd: float, low: float, high: float, bar_sd: float = ERROR_BAR_SD
) -> tuple[Verdict, float]:
    """Verdict on a value and the probability that it holds under a normal error.

    Where the error bar (`bar_sd` standard deviations to each side) spans a border, the verdict is
    "cannot tell" and the probability is that of the likeliest of the others.
    """
    sd = max(sd, LEAST_SD)
    chances = {
        Verdict.BELOW: normal_cdf((low - value) / sd),
        Verdict.ABOVE: normal_cdf((value - high) / sd),
    }
    chances[Verdict.WITHIN] = max(0.0, 1.0 - sum(chances.values()))
    spans = any(abs(value - border) < bar_sd * sd for border in (low, high))
    likeliest = max(chances, key=lambda verdict: chances[verdict])
    return (Verdict.CANNOT_TELL if spans else likeliest), chances[likeliest]


def normal_cdf(z: float) -> float:
    """Probability that a standard normal variable is below `z`; 0 and 1 at the infinities."""
    return 0.5 * (1.0 + math.erf(z / math.sqrt(2.0)))


def severity(value: float, *, sd: float, low: float, high: float) -> float:
    """How far outside a band a value lies, in standard deviations; 0 inside or unmeasured."""
    if not math.isfinite(value):
        return 0.0
    return max(low - value, value - high, 0.0) / max(sd, LEAST_SD)


def _finding(
    measurement: Measurement,
    *,
    judgement: Judgement,
    number: int,
    segment: Segment,
    technique: Technique,
) -> Finding:
    metric, band = measurement.metric, judgement.band(measurement)
    verdict, confidence = judgement.verdict(measurement, value=measurement.value)
    fault = judgement.fault(measurement, verdict=verdict)
    unsure = verdict is Verdict.CANNOT_TELL and not measurement.reason
    near = _nearest(measurement, band=band, technique=technique)
    return Finding(
        finding_id=f"f{number}",
        rule_id=near if fault is None else fault.key,
        segment_id=segment.segment_id,
        track_id=segment.track_id,
        metric=f"{metric.key}.{measurement.side}" if measurement.side else metric.key,
        verdict=verdict,
        measured=measurement.value,
        low=band.low,
        high=band.high,
        unit=metric.unit,
        at_s=measurement.at_s,
        sd=measurement.sd,
        confidence=confidence,
        reason="error_bar" if unsure else measurement.reason,
        severity=severity(measurement.value, sd=measurement.sd, low=band.low, high=band.high),
        counterfactual=None if fault is None else judgement.counterfactual(measurement),
    )


def _nearest(measurement: Measurement, *, band: Band, technique: Technique) -> str:
    """The fault that lies beyond the border that is nearer: what a finding inside is about."""
    faults = technique.faults_of(measurement.metric.key)
    to_low, to_high = measurement.value - band.low, band.high - measurement.value
    wanted = Verdict.ABOVE if to_high < to_low else Verdict.BELOW
    plain = [fault for fault in faults if fault.rule.op == "is"]
    return next((f.key for f in plain if f.verdict == wanted.value), plain[0].key)


def _without_error(measurement: Measurement) -> Measurement:
    """The same value, known exactly."""
    return replace(measurement, sd=0.0)
