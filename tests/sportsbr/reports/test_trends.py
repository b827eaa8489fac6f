from __future__ import annotations

import math
from datetime import UTC, datetime

import pytest

from sportsbr.reports.trends import minimum_detectable_change, trends


def pattern(mean, *, sem=2.0, metric="strength.squat.knee_flexion_bottom"):
    return {
        "technique": "strength.squat", "metric": metric, "unit": "deg", "mean": mean, "sem": sem,
        "judged": 5,
    }  # fmt: skip


def at(day):
    return datetime(2026, 3, day, tzinfo=UTC)


def test_equal_errors_give_the_published_formula():
    assert minimum_detectable_change(3.0, 3.0) == pytest.approx(1.96 * math.sqrt(2) * 3.0)


@pytest.mark.parametrize(
    ("after", "real"), [(76.0, False), (75.5, False), (80.0, True), (60.0, True)]
)
def test_a_change_is_real_beyond_the_error(after, real):
    (trend,) = trends([("r1", at(1), pattern(71.0)), ("r2", at(8), pattern(after))])
    assert trend.change == pytest.approx(after - 71.0)
    assert trend.mdc95 == pytest.approx(5.54, abs=0.01)
    assert trend.is_real is real


def test_sessions_are_put_in_order_of_time():
    (trend,) = trends([("r2", at(8), pattern(80.0)), ("r1", at(1), pattern(71.0))])
    assert [s.report for s in trend.sessions] == ["r1", "r2"]


def test_one_session_is_no_trend():
    (trend,) = trends([("r1", at(1), pattern(71.0))])
    assert trend.change is None
    assert trend.mdc95 is None
    assert not trend.is_real


def test_what_was_not_measured_is_left_out():
    assert trends([("r1", at(1), pattern(None, sem=None))]) == ()


def test_each_metric_has_its_own_trend():
    other = pattern(40.0, metric="strength.squat.trunk_lean_max")
    found = trends([("r1", at(1), pattern(71.0)), ("r1", at(1), other)])
    assert [t.metric for t in found] == [
        "strength.squat.knee_flexion_bottom", "strength.squat.trunk_lean_max",
    ]  # fmt: skip
