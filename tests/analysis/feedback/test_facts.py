from __future__ import annotations

import pytest

from analysis.feedback.facts import advice, distance_sd, gather
from analysis.schema import Verdict
from tests.analysis.feedback.samples import CATALOGUE, finding, segment, shallow_squats


def test_points_gather_findings_by_metric_and_verdict():
    segments, findings = shallow_squats()
    below, within = gather(findings, segments=segments, catalogue=CATALOGUE)
    assert (below.verdict, below.count, below.repetitions) == (Verdict.BELOW, 2, 5)
    assert (within.verdict, within.count) == (Verdict.WITHIN, 3)
    assert below.mean == pytest.approx(72.0)
    assert below.border == 90.0
    assert below.fault is not None
    assert below.fault.key == "strength.squat.shallow"
    assert within.fault is None
    assert below.worst.finding_id == "f1"


def test_distance_is_in_units_of_the_error():
    far = finding(1, "strength.squat.knee_flexion_bottom", 70.0, sd=5.0)
    assert distance_sd(far) == pytest.approx(4.0)
    assert distance_sd(finding(1, "strength.squat.knee_flexion_bottom", 120.0)) == 0.0
    assert distance_sd(finding(1, "strength.squat.trunk_lean_max", 0.0, reason="view")) == 0.0


def test_rare_faults_weigh_less():
    often = gather(
        shallow_squats((70.0,) * 5)[1], segments=shallow_squats()[0], catalogue=CATALOGUE
    )
    segments, findings = shallow_squats((70.0,))
    rare = gather(findings, segments=segments, catalogue=CATALOGUE)
    assert rare[0].weight < often[0].weight


def test_repetitions_of_others_do_not_count():
    findings = [finding(1, "strength.squat.knee_flexion_bottom", 70.0)]
    segments = [segment(1), segment(2, track_id=7), segment(3, "tennis.serve")]
    assert gather(findings, segments=segments, catalogue=CATALOGUE)[0].repetitions == 1


def test_filming_advice_fits_the_metric():
    lean = CATALOGUE.metric("strength.squat.trunk_lean_max")
    even = CATALOGUE.metric("strength.squat.knee_asymmetry")
    assert advice("view", metric=lean) == "advice.view_side"
    assert advice("view", metric=even) == "advice.view_front"
    assert advice("unseen", metric=even) == "advice.unseen"
