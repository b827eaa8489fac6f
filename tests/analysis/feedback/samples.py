"""Findings as they come out of rules, with known numbers."""

from __future__ import annotations

import math

from analysis.feedback.find import judge
from analysis.knowledge.catalogue import load_catalogue
from analysis.schema import Finding, Phase, Segment, Verdict

CATALOGUE = load_catalogue()


def segment(number, technique="strength.squat", *, track_id=1):
    start_s = 4.0 * number
    phases = (Phase("descent", start_s, start_s + 1), Phase("ascent", start_s + 1, start_s + 2))
    return Segment(f"s{number}", track_id, technique, phases, start_s, start_s + 2, 0.9)


def finding(number, metric, measured, *, sd=4.0, segment_id="s1", at_s=5.0, reason=""):
    known = CATALOGUE.metric(metric)
    band = known.band(level="club", sex=None)
    verdict, confidence = judge(measured, sd=sd, low=band.low, high=band.high)
    if reason:
        verdict, confidence = Verdict.CANNOT_TELL, 0.0
        measured = sd = math.nan
    faults = CATALOGUE.technique(known.key.rpartition(".")[0]).faults_of(known.key)
    rule = next((f for f in faults if f.verdict == verdict.value), faults[0])
    return Finding(
        finding_id=f"f{number}",
        rule_id=rule.key,
        segment_id=segment_id,
        track_id=1,
        metric=metric,
        verdict=verdict,
        measured=measured,
        low=band.low,
        high=band.high,
        unit=known.unit,
        at_s=at_s,
        sd=sd,
        confidence=confidence,
        reason=reason or ("error_bar" if verdict is Verdict.CANNOT_TELL else ""),
    )


def shallow_squats(values=(70.0, 74.0), *, repetitions=5):
    """The first repetitions too shallow, the others deep enough."""
    segments = [segment(i) for i in range(1, repetitions + 1)]
    depths = [*values, *[115.0] * (repetitions - len(values))]
    findings = [
        finding(i, "strength.squat.knee_flexion_bottom", d, segment_id=f"s{i}", at_s=4.0 * i + 1)
        for i, d in enumerate(depths, start=1)
    ]
    return segments, findings
