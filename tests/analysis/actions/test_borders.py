from __future__ import annotations

import numpy as np
import pytest

from analysis.actions.borders import jump_borders, swing_borders
from tests.analysis.knowledge.moves import Moves, clock


def test_a_jump_begins_with_its_countermovement_and_ends_standing():
    moves = Moves(clock(6, fps=100))
    takeoff, landing = moves.jump(2.0, dip_s=0.7)
    start_s, end_s = jump_borders(
        moves.time_s, moves.curves["pelvis_height"], takeoff_s=takeoff, landing_s=landing
    )
    assert start_s == pytest.approx(2.03, abs=0.05)
    assert end_s == pytest.approx(landing + 0.54, abs=0.06)


def test_unseen_pelvis_leaves_the_flight_itself():
    times = clock(3)
    nothing = np.full(times.size, np.nan)
    assert jump_borders(times, nothing, takeoff_s=1.0, landing_s=1.5) == (1.0, 1.5)


def test_a_swing_begins_before_the_pause_of_its_take_back():
    moves = Moves(clock(6, fps=100)).stroke(3.0)
    start_s, end_s = swing_borders(
        moves.time_s, moves.curves["right_wrist_speed"], contact_s=3.0, lead_s=1.25
    )
    assert 2.1 < start_s < 2.4
    assert 3.1 < end_s < 3.3


def test_a_restless_hand_is_cut_at_the_longest_lead():
    times = clock(6, fps=50)
    speed = 2.0 + 3.0 * np.exp(-(((times - 3.0) / 0.1) ** 2))
    start_s, end_s = swing_borders(times, speed, contact_s=3.0, lead_s=1.0)
    assert start_s == pytest.approx(2.0)
    assert end_s == pytest.approx(4.2, abs=0.03)
