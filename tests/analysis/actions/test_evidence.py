from __future__ import annotations

import numpy as np
import pytest

from analysis.actions.evidence import UNSEEN, fit, statistic
from analysis.knowledge.records import Evidence
from tests.analysis.knowledge.moves import GRAVITY, Moves, clock


def condition(stat, signal, *, zero=0.0, full=1.0, combine="max"):
    return Evidence((signal,), stat, combine, zero, full, 0.0)


def value(moves, stat, signal, *, combine="max", span=(0.0, 5.0), side="right", peak_s=2.0):
    return statistic(
        condition(stat, signal, combine=combine),
        signals=moves.signals(),
        start_s=span[0],
        peak_s=peak_s,
        end_s=span[1],
        side=side,
    )


def test_gravity_of_a_flight_is_gravity():
    moves = Moves(clock(5, fps=100))
    takeoff, landing = moves.jump(1.0)
    span = (takeoff + 0.01, landing - 0.01)
    assert value(moves, "gravity", "pelvis_height", span=span) == pytest.approx(GRAVITY, rel=0.01)


def test_turn_is_unwrapped():
    moves = Moves(clock(5))
    moves.curves["body_yaw"][:] = (np.linspace(150, 250, moves.time_s.size) + 180) % 360 - 180
    assert value(moves, "turn", "body_yaw") == pytest.approx(100.0)


def test_gap_compares_the_two_sides():
    moves = Moves(clock(5))
    moves.curves["left_wrist_height"] += 0.2
    assert value(moves, "at_peak", "{side}_wrist_height", combine="gap") == pytest.approx(0.2)


@pytest.mark.parametrize(("measured", "score"), [(0.0, 0.0), (0.25, 0.25), (1.0, 1.0), (3.0, 1.0)])
def test_fit_is_a_ramp(measured, score):
    moves = Moves(clock(5))
    moves.curves["feet_height"] += measured
    conditions = [condition("max", "feet_height")]
    got = fit(conditions, signals=moves.signals(), start_s=0, peak_s=1, end_s=5)
    assert got == pytest.approx(score)


def test_what_cannot_be_seen_neither_convinces_nor_rules_out():
    signals = Moves(clock(5)).hide(0, 5).signals()
    got = fit([condition("max", "feet_height")], signals=signals, start_s=0, peak_s=1, end_s=5)
    assert got == UNSEEN
