"""Findings of one metric over the repetitions: how often, how steadily, how sure. Pure."""

from __future__ import annotations

import math
from collections import Counter
from typing import TYPE_CHECKING

import numpy as np

from analysis.schema import Pattern, Verdict

if TYPE_CHECKING:
    from collections.abc import Sequence

    from analysis.schema import Finding, Segment

OUTSIDE = frozenset({Verdict.BELOW, Verdict.ABOVE})


def patterns(findings: Sequence[Finding], *, segments: Sequence[Segment]) -> tuple[Pattern, ...]:
    """One for each person and metric (with its side), in order of first appearance."""
    techniques = {segment.segment_id: segment.technique for segment in segments}
    grouped: dict[tuple[int, str], list[Finding]] = {}
    for finding in findings:
        grouped.setdefault((finding.track_id, finding.metric), []).append(finding)
    return tuple(
        _pattern(group, technique=techniques[group[0].segment_id]) for group in grouped.values()
    )


def sem(values: Sequence[float], *, sds: Sequence[float]) -> float:
    """Standard error of the mean of repeated measurements, each with its own error.

    What differs between repetitions averages out, the method's error (same camera, same model)
    does not: sqrt(mean sd² + spread²/n). NaN for none.
    """
    if not values:
        return math.nan
    spread = float(np.std(values, ddof=1)) if len(values) > 1 else 0.0
    return math.hypot(float(np.mean(sds)), spread / math.sqrt(len(values)))


def _pattern(group: list[Finding], *, technique: str) -> Pattern:
    known = [f for f in group if math.isfinite(f.measured)]
    values = [f.measured for f in known]
    judged = [f for f in group if f.verdict is not Verdict.CANNOT_TELL]
    commonest = Counter(f.verdict for f in judged).most_common(1)
    verdict = commonest[0][0] if commonest else Verdict.CANNOT_TELL
    same = [f for f in group if f.verdict is verdict]
    outside = [f for f in group if f.verdict in OUTSIDE]
    faults = Counter(f.rule_id for f in outside).most_common(1)
    return Pattern(
        track_id=group[0].track_id,
        technique=technique,
        metric=group[0].metric,
        unit=group[0].unit,
        rule_id=faults[0][0] if faults else "",
        verdict=verdict,
        repetitions=len(group),
        judged=len(judged),
        count=len(same),
        mean=float(np.mean(values)) if values else math.nan,
        spread=float(np.std(values, ddof=1)) if len(values) > 1 else math.nan,
        sem=sem(values, sds=[f.sd for f in known]),
        severity=float(np.mean([f.severity for f in outside])) if outside else 0.0,
        finding_ids=tuple(f.finding_id for f in same),
    )
