"""What may be said: findings of one point gathered over the repetitions. Pure.

The writer takes its numbers from here, and the verification checks every sentence against it.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from analysis.schema import Verdict

if TYPE_CHECKING:
    from collections.abc import Sequence

    from analysis.knowledge.catalogue import Catalogue
    from analysis.knowledge.records import Fault, Metric, Technique
    from analysis.schema import Finding, Segment

MOST_SEVERE_SD: Final = 6.0


@dataclass(frozen=True, slots=True)
class Point:
    """Findings of one verdict on one metric (and side) of one person."""

    technique: Technique
    metric: Metric
    side: str
    verdict: Verdict
    fault: Fault | None  # what the verdict is called; None for within and cannot tell
    findings: tuple[Finding, ...]
    repetitions: int  # of this technique by this person, judged or not
    numbers: tuple[int, ...]  # which repetition each finding is of, from 1 in order of time

    @property
    def count(self) -> int:
        """In how many repetitions."""
        return len({f.segment_id for f in self.findings})

    @property
    def measured(self) -> tuple[float, ...]:
        """Measured values, those there are."""
        return tuple(f.measured for f in self.findings if math.isfinite(f.measured))

    @property
    def mean(self) -> float:
        """Mean of the measured values; NaN for none."""
        return sum(self.measured) / len(self.measured) if self.measured else math.nan

    @property
    def border(self) -> float:
        """The border of the band that the verdict is about; the finite one where it is neither."""
        first = self.findings[0]
        if self.verdict is Verdict.BELOW or not math.isfinite(first.high):
            return first.low
        return first.high

    @property
    def worst(self) -> Finding:
        """The finding that shows the point most clearly."""
        return max(self.findings, key=lambda f: (f.confidence, distance_sd(f)))

    @property
    def weight(self) -> float:
        """How much the point matters: importance × distance from the band × share × confidence."""
        far = sum(min(distance_sd(f), MOST_SEVERE_SD) for f in self.findings) / len(self.findings)
        sure = sum(f.confidence for f in self.findings) / len(self.findings)
        return self.metric.importance * far * sure * self.count / max(1, self.repetitions)


def distance_sd(finding: Finding) -> float:
    """How far outside its band a value lies, in units of its error; 0 inside or unmeasured."""
    outside = max(finding.low - finding.measured, finding.measured - finding.high, 0.0)
    return outside / max(finding.sd, 1e-9) if math.isfinite(finding.measured) else 0.0


def advice(reason: str, *, metric: Metric) -> str:
    """Key of the words on how to film so that a metric can be judged next time."""
    if reason != "view":
        return f"advice.{reason}"
    return "advice.view_side" if "side" in metric.views else "advice.view_front"


def gather(
    findings: Sequence[Finding], *, segments: Sequence[Segment], catalogue: Catalogue
) -> list[Point]:
    """Points in order of first appearance."""
    grouped: dict[tuple[int, str, Verdict], list[Finding]] = {}
    for finding in findings:
        grouped.setdefault((finding.track_id, finding.metric, finding.verdict), []).append(finding)
    return [
        _point(tuple(group), segments=segments, catalogue=catalogue) for group in grouped.values()
    ]


def _point(
    findings: tuple[Finding, ...], *, segments: Sequence[Segment], catalogue: Catalogue
) -> Point:
    first = findings[0]
    metric = catalogue.metric(first.metric)
    technique = catalogue.technique(metric.key.rpartition(".")[0])
    own = [s for s in segments if (s.track_id, s.technique) == (first.track_id, technique.key)]
    ordered = sorted(own, key=lambda s: s.start_s)
    places = {s.segment_id: number for number, s in enumerate(ordered, start=1)}
    judged = first.verdict in {Verdict.BELOW, Verdict.ABOVE}
    return Point(
        technique=technique,
        metric=metric,
        side=first.metric.removeprefix(metric.key).removeprefix("."),
        verdict=first.verdict,
        fault=catalogue.fault(first.rule_id) if judged else None,
        findings=findings,
        repetitions=len(own),
        numbers=tuple(places.get(f.segment_id, 0) for f in findings),
    )
