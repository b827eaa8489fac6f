from __future__ import annotations

import itertools

import numpy as np
import pytest

from analysis.skeletons import BLAZEPOSE33
from analysis.synthetic.body import joints
from analysis.synthetic.jumps import Jumps
from analysis.synthetic.motions import GRAVITY_M_S2

HIP = BLAZEPOSE33.index("left_hip")
TOE = BLAZEPOSE33.index("left_foot_index")


@pytest.fixture
def flown():
    motion = Jumps(heights_m=(0.30, 0.42))
    time_s = np.arange(0.0, motion.duration_s, 1e-3)
    points = joints(motion.posture(time_s), body=motion.body)
    take_offs = [e.time_s for e in motion.events if e.name == "take_off"]
    landings = [e.time_s for e in motion.events if e.name == "landing"]
    return motion, time_s, points, take_offs, landings


def test_only_gravity_acts_in_the_air(flown):
    _, time_s, points, take_offs, landings = flown
    acceleration = np.gradient(np.gradient(points[:, HIP, 2], time_s), time_s)
    for off_s, down_s in zip(take_offs, landings, strict=True):
        air = (time_s > off_s + 0.01) & (time_s < down_s - 0.01)
        np.testing.assert_allclose(acceleration[air], -GRAVITY_M_S2, atol=0.02)


def test_the_pelvis_rises_by_the_height_asked_for(flown):
    motion, time_s, points, take_offs, landings = flown
    for height_m, off_s, down_s in zip(motion.heights_m, take_offs, landings, strict=True):
        air = (time_s >= off_s) & (time_s <= down_s)
        rise_m = points[air, HIP, 2].max() - np.interp(off_s, time_s, points[:, HIP, 2])
        assert rise_m == pytest.approx(height_m, abs=2e-3)


def test_toes_touch_the_floor_except_in_the_air(flown):
    motion, time_s, points, take_offs, landings = flown
    sole_m = motion.body.length_m("sole_height")
    grounded = np.ones(time_s.shape, dtype=bool)
    for off_s, down_s in zip(take_offs, landings, strict=True):
        grounded &= (time_s < off_s) | (time_s > down_s)
    np.testing.assert_allclose(points[grounded, TOE, 2], sole_m, atol=1e-9)
    assert np.ptp(points[grounded, TOE, 0]) == pytest.approx(0.0, abs=1e-12)
    assert (points[~grounded, TOE, 2] >= sole_m - 1e-9).all()


def test_each_jump_ends_before_the_next_begins():
    repetitions = Jumps().repetitions
    for one, following in itertools.pairwise(repetitions):
        assert one.end_s < following.start_s
