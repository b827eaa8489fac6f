from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.feedback.patterns import patterns, sem
from analysis.schema import Verdict
from tests.analysis.feedback.samples import finding, segment, shallow_squats


def test_how_often_and_how_steadily():
    segments, findings = shallow_squats((70.0, 74.0, 72.0), repetitions=5)
    (told,) = patterns(findings, segments=segments)
    assert (told.verdict, told.count, told.judged, told.repetitions) == (Verdict.BELOW, 3, 5, 5)
    assert told.rule_id == "strength.squat.shallow"
    values = [70.0, 74.0, 72.0, 115.0, 115.0]
    assert told.mean == pytest.approx(np.mean(values))
    assert told.spread == pytest.approx(np.std(values, ddof=1))
    assert told.finding_ids == ("f1", "f2", "f3")


def test_what_could_not_be_measured_is_unknown():
    metric = "strength.squat.knee_flexion_bottom"
    findings = [finding(1, metric, 0.0, reason="view")]
    (told,) = patterns(findings, segments=[segment(1)])
    assert (told.verdict, told.judged, told.rule_id) == (Verdict.CANNOT_TELL, 0, "")
    assert math.isnan(told.mean)
    assert math.isnan(told.sem)


def test_one_repetition_has_no_spread():
    (told,) = patterns(
        [finding(1, "strength.squat.knee_flexion_bottom", 70.0, sd=4.0)], segments=[segment(1)]
    )
    assert math.isnan(told.spread)
    assert told.sem == pytest.approx(4.0)


@given(st.lists(st.floats(-100, 100), min_size=1, max_size=30), st.floats(0.1, 20))
def test_repeating_never_removes_the_methods_own_error(values, sd):
    assert sem(values, sds=[sd] * len(values)) >= sd * (1 - 1e-9)


def test_the_error_of_repeated_measurements():
    assert sem([1.0, 3.0], sds=[0.0, 0.0]) == pytest.approx(1.0)
    assert math.isnan(sem([], sds=[]))
