from __future__ import annotations

import numpy as np
import pytest

from analysis.feedback.rules import evaluate, measure, view
from analysis.knowledge.catalogue import load_catalogue
from analysis.knowledge.records import Measure
from analysis.schema import Phase, Segment
from tests.analysis.knowledge.moves import Moves, clock

SQUAT = load_catalogue().technique("strength.squat")
SEGMENT = Segment(
    "s1",
    1,
    "strength.squat",
    (Phase("descent", 1.0, 2.0), Phase("ascent", 2.0, 3.0)),
    1.0,
    3.0,
    1.0,
)
BOTH = ("descent", "ascent")


def value(moves, op, signal="trunk_lean", *, phases=BOTH, event="", side="", segment=SEGMENT):
    formula = Measure(op, signal, phases, event)
    return evaluate(formula, side=side, segment=segment, signals=moves.signals(), technique=SQUAT)


@pytest.mark.parametrize(
    ("yaw_deg", "seen_from"),
    [
        (90, "side"),
        (-80, "side"),
        (0, "front"),
        (-20, "front"),
        (179, "back"),
        (-178, "back"),
        (45, "oblique"),
    ],
)
def test_the_view_follows_from_the_facing(yaw_deg, seen_from):
    moves = Moves(clock(3))
    moves.curves["body_yaw"][:] = yaw_deg
    assert view(moves.signals(), start_s=0, end_s=3) == seen_from


def test_facing_about_the_back_is_averaged_round_the_circle():
    moves = Moves(clock(3))
    moves.curves["body_yaw"][:] = np.where(np.arange(moves.time_s.size) % 2, 178.0, -178.0)
    assert view(moves.signals(), start_s=0, end_s=3) == "back"


def test_unknown_facing_is_no_view():
    assert view(Moves(clock(3)).hide(0, 3).signals(), start_s=0, end_s=3) == ""


def test_formulas_over_a_wave():
    moves = Moves(clock(5, fps=100)).squat(1.0, lean_deg=40.0)
    assert value(moves, "max")[0] == pytest.approx(40.0)
    assert value(moves, "max")[2] == pytest.approx(2.0)
    assert value(moves, "min")[0] == pytest.approx(0.0, abs=0.1)
    assert value(moves, "range")[0] == pytest.approx(40.0, abs=0.1)
    assert value(moves, "rise")[0] == pytest.approx(40.0, abs=0.1)
    assert value(moves, "at", phases=(), event="bottom")[0] == pytest.approx(40.0)
    assert value(moves, "duration", phases=("descent",))[0] == pytest.approx(1.0)


def test_asymmetry_is_the_difference_of_the_sides():
    moves = Moves(clock(5)).squat(1.0, knee_deg=100.0)
    moves.curves["left_knee_flexion_3d"] *= 0.8
    got = value(moves, "asymmetry", "{side}_knee_flexion_3d")
    assert got[0] == pytest.approx(20.0)
    assert got[1] == pytest.approx(np.hypot(1.5, 1.5), rel=0.1)


def test_the_surer_side_weighs_more():
    signals = Moves(clock(5)).squat(1.0, knee_deg=100.0).signals()
    values, sd = signals.values.copy(), signals.sd.copy()
    left = signals.names.index("left_knee_flexion")
    values[:, left] += 30.0
    sd[:, left] = 30.0
    doubtful = type(signals)(1, signals.names, signals.units, signals.time_s, values, sd)
    formula = Measure("max", "{side}_knee_flexion", BOTH, "")
    got = evaluate(formula, side="", segment=SEGMENT, signals=doubtful, technique=SQUAT)
    assert got[0] == pytest.approx(100.0, abs=0.5)


def test_coarse_frames_widen_the_error():
    fine = value(Moves(clock(5, fps=100)).squat(1.0, lean_deg=60.0), "max")
    coarse = value(Moves(clock(5, fps=5)).squat(1.0, lean_deg=60.0), "max")
    assert coarse[1] > 1.3 * fine[1]


def test_a_missing_phase_or_too_little_sight_is_nothing():
    moves = Moves(clock(5)).squat(1.0)
    assert value(moves, "max", phases=("nowhere",)) is None
    assert value(moves, "at", phases=(), event="nowhere") is None
    assert value(moves.hide(1.2, 2.8), "max") is None


def test_every_metric_is_answered_for():
    got = measure(SEGMENT, signals=Moves(clock(5)).squat(1.0).signals(), technique=SQUAT)
    assert list(dict.fromkeys(m.metric.key for m in got)) == [m.key for m in SQUAT.metrics]
    for one in got:
        assert np.isnan(one.value) == bool(one.reason)
