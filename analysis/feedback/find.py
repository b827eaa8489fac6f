"""Measurements against their bands: findings with a verdict that knows its error. Pure."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

from analysis.feedback.rules import measure
from analysis.schema import Finding, Verdict

if TYPE_CHECKING:
    from collections.abc import Sequence

    from analysis.config import AnalysisConfig
    from analysis.feedback.rules import Measurement
    from analysis.knowledge.catalogue import Catalogue
    from analysis.knowledge.records import Band, Technique
    from analysis.schema import Segment, SignalSet

ERROR_BAR_SD: Final = 1.0  # half length of the error bar
LEAST_SD: Final = 1e-9


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
        for measurement in measurements:
            band = measurement.metric.band(level=config.athlete.level, sex=config.athlete.sex)
            found.append(
                _finding(
                    measurement,
                    band=band,
                    number=len(found) + 1,
                    segment=segment,
                    technique=technique,
                )
            )
    return tuple(found)


def judge(value: float, *, sd: float, low: float, high: float) -> tuple[Verdict, float]:
    """Verdict on a value and the probability that it holds under a normal error.

    Where the error bar (one sd to each side) spans a border, the verdict is "cannot tell" and the
    probability is that of the likeliest of the others.
    """
    sd = max(sd, LEAST_SD)
    chances = {
        Verdict.BELOW: normal_cdf((low - value) / sd),
        Verdict.ABOVE: normal_cdf((value - high) / sd),
    }
    chances[Verdict.WITHIN] = max(0.0, 1.0 - sum(chances.values()))
    spans = any(abs(value - border) < ERROR_BAR_SD * sd for border in (low, high))
    likeliest = max(chances, key=lambda verdict: chances[verdict])
    return (Verdict.CANNOT_TELL if spans else likeliest), chances[likeliest]


def normal_cdf(z: float) -> float:
    """Probability that a standard normal variable is below `z`; 0 and 1 at the infinities."""
    return 0.5 * (1.0 + math.erf(z / math.sqrt(2.0)))


def _finding(
    measurement: Measurement,
    *,
    band: Band,
    number: int,
    segment: Segment,
    technique: Technique,
) -> Finding:
    metric = measurement.metric
    if measurement.reason:
        verdict, confidence = Verdict.CANNOT_TELL, 0.0
    else:
        verdict, confidence = judge(
            measurement.value, sd=measurement.sd, low=band.low, high=band.high
        )
    unsure = verdict is Verdict.CANNOT_TELL and not measurement.reason
    return Finding(
        finding_id=f"f{number}",
        rule_id=_rule(measurement, verdict=verdict, band=band, technique=technique),
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
    )


def _rule(measurement: Measurement, *, verdict: Verdict, band: Band, technique: Technique) -> str:
    """The fault on the verdict's side of the band; for the others the one that is nearer."""
    faults = technique.faults_of(measurement.metric.key)
    wanted: str = verdict.value
    if verdict not in {Verdict.BELOW, Verdict.ABOVE}:
        to_low, to_high = measurement.value - band.low, band.high - measurement.value
        wanted = Verdict.ABOVE.value if to_high < to_low else Verdict.BELOW.value
    for fault in faults:
        if fault.verdict == wanted:
            return fault.key
    return faults[0].key
