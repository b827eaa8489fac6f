from __future__ import annotations

import numpy as np
import pytest

from analysis.skeletons import BLAZEPOSE33
from analysis.synthetic.body import joints
from analysis.synthetic.camera import Camera
from analysis.synthetic.clips import demo
from analysis.synthetic.motions import Squats, Standing, ease
from analysis.synthetic.truth import truth_of

TOES = [BLAZEPOSE33.index(f"{side}_foot_index") for side in ("left", "right")]


def test_ease_starts_and_ends_at_rest():
    time_s = np.linspace(0.0, 1.0, 1001)
    eased = ease(time_s, start_s=0.2, end_s=0.8)
    assert eased[0] == 0.0
    assert eased[-1] == 1.0
    assert eased[500] == pytest.approx(0.5)
    assert np.diff(eased).min() >= 0.0


def test_standing_bends_nothing_but_soft_knees():
    truth = truth_of(Standing(), camera=Camera(), time_s=np.array([0.0, 1.0]))
    assert truth.angles_deg["trunk_lean"] == pytest.approx([0.0, 0.0], abs=1e-9)
    assert truth.angles_deg["body_yaw"] == pytest.approx([90.0, 90.0])
    for side in ("left", "right"):
        assert truth.angles_deg[f"{side}_knee_flexion"] == pytest.approx([4.0, 4.0], abs=3.0)
        assert np.abs(truth.angles_deg[f"{side}_elbow_flexion"]).max() < 15.0


def test_squats_reach_the_depth_asked_for_and_plant_the_feet():
    motion = Squats(depths_deg=(110.0, 60.0))
    time_s = np.arange(0.0, motion.duration_s, 1 / 100)
    truth = truth_of(motion, camera=Camera(), time_s=time_s)
    for event, depth_deg in zip(motion.events, motion.depths_deg, strict=True):
        at = int(np.argmin(np.abs(time_s - event.time_s)))
        assert truth.angles_deg["left_knee_flexion"][at] == pytest.approx(depth_deg, abs=3.0)
    assert np.ptp(truth.world_m[:, TOES], axis=0).max() == 0.0
    assert [r.fault for r in motion.repetitions] == ["", "shallow"]


def test_a_leaning_fault_leans():
    good, bad = (
        truth_of(Squats(lean_share=s), camera=Camera(), time_s=np.array([2.3])) for s in (0.36, 0.6)
    )
    assert bad.angles_deg["trunk_lean"][0] > good.angles_deg["trunk_lean"][0] + 20.0


def test_knees_that_fall_in_come_nearer_to_each_other():
    knees = [BLAZEPOSE33.index(f"{side}_knee") for side in ("left", "right")]
    apart = []
    for knee_in_deg in (0.0, 20.0):
        motion = Squats(knee_in_deg=knee_in_deg)
        points = joints(motion.posture(np.array([2.3])), body=motion.body)
        apart.append(points[0, knees[0], 1] - points[0, knees[1], 1])
    assert apart[1] < apart[0] - 0.05


def test_the_demo_tells_its_one_shallow_squat_and_its_jumps():
    motion = demo()
    techniques = [r.technique for r in motion.repetitions]
    assert techniques == ["strength.squat"] * 5 + ["athletics.vertical_jump"] * 3
    assert [r.fault for r in motion.repetitions].count("shallow") == 1
    borders = [t for r in motion.repetitions for t in (r.start_s, r.end_s)]
    assert borders == sorted(borders)
    assert borders[-1] < motion.duration_s


def test_motions_in_turn_join_without_a_jump():
    motion = demo()
    time_s = np.arange(0.0, motion.duration_s, 1 / 500)
    points = joints(motion.posture(time_s), body=motion.body)
    assert np.abs(np.diff(points, axis=0)).max() * 500 < 15.0  # metres a second
