from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.skeletons import BLAZEPOSE33
from analysis.synthetic.__main__ import MOTIONS, motion_named
from analysis.synthetic.body import Body, hinge, joints

BONES = (
    ("hip", "knee", "thigh"),
    ("knee", "ankle", "shank"),
    ("shoulder", "elbow", "upper_arm"),
    ("elbow", "wrist", "forearm"),
)


@pytest.mark.parametrize("name", MOTIONS)
@pytest.mark.parametrize("stature_m", [1.55, 1.95])
def test_bones_keep_their_length_in_every_motion(name, stature_m):
    motion = motion_named(name, reps=2, stature_m=stature_m)
    points = joints(
        motion.posture(np.arange(0.0, motion.duration_s, 1 / 60)), body=Body(height_m=stature_m)
    )
    for side in ("left", "right"):
        for start, end, bone in BONES:
            a, b = (BLAZEPOSE33.index(f"{side}_{joint}") for joint in (start, end))
            length = np.linalg.norm(points[:, a] - points[:, b], axis=1)
            np.testing.assert_allclose(length, motion.body.length_m(bone), atol=1e-6)


@pytest.mark.parametrize("name", MOTIONS)
def test_nothing_is_missing_and_nothing_sinks_into_the_floor(name):
    motion = motion_named(name, reps=2)
    points = joints(motion.posture(np.arange(0.0, motion.duration_s, 1 / 60)), body=motion.body)
    assert np.isfinite(points).all()
    assert points[..., 2].min() > 0.0


@settings(deadline=None)
@given(
    bend_deg=st.floats(1.0, 150.0),
    upper_m=st.floats(0.2, 0.6),
    lower_m=st.floats(0.2, 0.6),
)
def test_a_hinge_closes_the_triangle(bend_deg, upper_m, lower_m):
    bend = np.deg2rad(bend_deg)
    knee = np.array([[0.0, 0.0, -upper_m]])
    tip = knee + lower_m * np.array([[-np.sin(bend), 0.0, -np.cos(bend)]])
    found = hinge(np.zeros((1, 3)), tip, upper_m=upper_m, lower_m=lower_m, hint=knee)
    np.testing.assert_allclose(found, knee, atol=1e-6)
