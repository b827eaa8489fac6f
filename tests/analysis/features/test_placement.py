from __future__ import annotations

import numpy as np
import pytest

from analysis.features import placement
from analysis.features.angles import Points

HEIGHT = 100.0


def point(x, y):
    return np.array([[float(x), float(y)]])


def facing(*, left_knee_x=60.0):
    """Somebody who faces the camera: the left leg is on the picture's right."""
    xy = {
        "left_hip": point(60, 50), "right_hip": point(40, 50),
        "left_knee": point(left_knee_x, 75), "right_knee": point(40, 75),
        "left_ankle": point(60, 100), "right_ankle": point(40, 100),
        "left_shoulder": point(62, 20), "right_shoulder": point(38, 20),
        "left_elbow": point(70, 30), "right_elbow": point(30, 10),
        "left_wrist": point(75, 40), "right_wrist": point(30, 5),
        "mid_hip": point(50, 50), "head": point(50, 8),
    }  # fmt: skip
    return xy, {name: np.array([1.0]) for name in xy}


def told(xy, sd, *, points_3d=None):
    return placement.columns(
        xy, sd_px=sd, right_xy_px=xy, height_px=HEIGHT, floor_px=102.0, points_3d=points_3d
    )


@pytest.mark.parametrize(("knee_x", "angle"), [(60.0, 0.0), (50.0, 43.6), (70.0, -43.6)])
def test_a_knee_between_the_legs_is_in_valgus(knee_x, angle):
    unit, values, sd = told(*facing(left_knee_x=knee_x))["left_knee_valgus"]
    assert unit == "deg"
    assert values[0] == pytest.approx(angle, abs=0.05)  # 2 · atan(10 / 25)
    assert sd[0] > 0


def test_from_behind_inwards_is_still_inwards():
    xy, sd = facing(left_knee_x=50.0)
    mirrored = {name: p * np.array([-1.0, 1.0]) for name, p in xy.items()}
    assert told(mirrored, sd)["left_knee_valgus"][1][0] == pytest.approx(43.6, abs=0.05)


def test_from_the_side_the_front_is_not_seen():
    xy, sd = facing()
    xy["right_hip"] = xy["left_hip"] + 1.0
    assert np.isnan(told(xy, sd)["left_knee_valgus"][1][0])


def test_places_are_in_body_heights():
    found = told(*facing())
    assert found["left_elbow_height"][1][0] == pytest.approx(-0.10)
    assert found["right_elbow_height"][1][0] == pytest.approx(0.10)
    assert found["left_wrist_ahead"][1][0] == pytest.approx(0.25)
    assert found["stance_width"][1][0] == pytest.approx(0.20)
    assert found["head_height"][1][0] == pytest.approx(0.94)
    assert found["pelvis_across"][1][0] == pytest.approx(0.50)
    assert found["left_ankle_ahead"][2][0] == pytest.approx(np.sqrt(2) / 100)


@pytest.mark.parametrize("turned_deg", [0.0, 30.0, -50.0])
def test_twist_is_the_turn_of_the_shoulders_against_the_hips(turned_deg):
    turn = np.deg2rad(turned_deg)
    line = np.array([[np.cos(turn), 0.0, np.sin(turn)]])
    flat = np.array([[1.0, 0.0, 0.0]])
    xyz = {
        "left_hip": flat, "right_hip": -flat, "left_shoulder": line, "right_shoulder": -line,
    }  # fmt: skip
    points = Points(xy=xyz, sd={name: np.array([0.02]) for name in xyz})
    assert placement.trunk_twist(points)[1][0] == pytest.approx(abs(turned_deg))


def test_without_depth_the_twist_is_unknown():
    assert np.isnan(told(*facing())["trunk_twist"][1][0])
