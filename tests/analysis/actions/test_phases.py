from __future__ import annotations

import pytest

from analysis.actions.phases import event_times, phases
from analysis.knowledge.catalogue import load_catalogue
from tests.analysis.knowledge.moves import Moves, clock

JUMP = load_catalogue().technique("athletics.vertical_jump")
SQUAT = load_catalogue().technique("strength.squat")
FOREHAND = load_catalogue().technique("tennis.forehand")


def test_events_of_a_jump_follow_from_its_kinematics():
    moves = Moves(clock(6, fps=120))
    takeoff, landing = moves.jump(2.0)
    times = event_times(JUMP, signals=moves.signals(), start_s=2.0, end_s=landing + 0.6, side="")
    assert times["lowest"] == pytest.approx(2.35, abs=0.02)
    assert times["takeoff"] == pytest.approx(takeoff, abs=0.02)
    assert times["apex"] == pytest.approx((takeoff + landing) / 2, abs=0.02)
    assert times["landing"] == pytest.approx(landing, abs=0.02)
    assert times["absorbed"] == pytest.approx(landing + 0.3, abs=0.02)


def test_phases_are_contiguous_and_in_order():
    found = phases(
        SQUAT, signals=Moves(clock(5)).squat(1.0).signals(), start_s=1.0, end_s=3.0, side=""
    )
    assert [(p.name, p.start_s, p.end_s) for p in found] == [
        ("descent", 1.0, pytest.approx(2.0, abs=0.02)),
        ("ascent", pytest.approx(2.0, abs=0.02), 3.0),
    ]


def test_unseen_events_leave_their_phases_out():
    moves = Moves(clock(6))
    moves.jump(2.0)
    moves.curves["feet_height"][:] = float("nan")
    found = phases(JUMP, signals=moves.signals(), start_s=2.0, end_s=4.0, side="")
    assert {"rise", "fall", "push_off", "absorption"}.isdisjoint(p.name for p in found)


@pytest.mark.parametrize("side", ["left", "right"])
def test_a_stroke_is_measured_on_its_own_side(side):
    signals = Moves(clock(5, fps=60)).stroke(2.5, side=side).signals()
    times = event_times(FOREHAND, signals=signals, start_s=1.7, end_s=2.8, side=side)
    assert times["contact"] == pytest.approx(2.5, abs=0.02)
    assert 2.1 < times["backswing_end"] < 2.4
