from __future__ import annotations

import numpy as np
import pytest

from analysis.features.scale import body_height_px, floor_px, lowest_px
from analysis.skeletons import BLAZEPOSE33
from analysis.synthetic.camera import Camera
from analysis.synthetic.motions import Squats
from analysis.synthetic.truth import truth_of


@pytest.fixture
def squatting():
    camera = Camera(elevation_deg=0.0, distance_m=40.0)
    truth = truth_of(Squats(), camera=camera, time_s=np.arange(0.0, 15.0, 1 / 30))
    points = {n: truth.xy_px[:, i] for i, n in enumerate(BLAZEPOSE33.keypoints)}
    points["neck"] = (points["left_shoulder"] + points["right_shoulder"]) / 2
    points["head"] = (points["left_ear"] + points["right_ear"]) / 2
    return camera, truth, points


def test_stature_comes_from_straight_legs_whatever_the_rest_does(squatting):
    camera, truth, points = squatting
    height = body_height_px(points, knee_flexion_deg=truth.angles_deg["left_knee_flexion"])
    per_metre = camera.focal_px / camera.distance_m
    assert height == pytest.approx(1.75 * per_metre, rel=0.05)


def test_a_skeleton_without_heels_has_nearly_the_same_stature(squatting):
    _, truth, points = squatting
    knee_deg = truth.angles_deg["left_knee_flexion"]
    whole = body_height_px(points, knee_flexion_deg=knee_deg)
    for side in ("left", "right"):
        points[f"{side}_heel"] = np.full_like(points[f"{side}_heel"], np.nan)
    assert body_height_px(points, knee_flexion_deg=knee_deg) == pytest.approx(whole, rel=0.03)


def test_a_far_leg_that_is_never_seen_does_not_cost_the_stature(squatting):
    _, truth, points = squatting
    knee_deg = truth.angles_deg["left_knee_flexion"]
    whole = body_height_px(points, knee_flexion_deg=knee_deg)
    for part in ("knee", "ankle", "heel"):
        points[f"right_{part}"] = np.full_like(points[f"right_{part}"], np.nan)
    assert body_height_px(points, knee_flexion_deg=knee_deg) == pytest.approx(whole, rel=0.03)


def test_the_floor_is_where_the_feet_rest(squatting):
    _, truth, points = squatting
    floor = floor_px(points, time_s=truth.time_s, height_px=400.0)
    assert floor == pytest.approx(float(np.max(lowest_px(points, side="right"))), abs=2.0)


def test_a_still_takes_the_feet_as_resting(squatting):
    _, _, points = squatting
    still = {name: xy[:1] for name, xy in points.items()}
    lowest = max(lowest_px(still, side=side)[0] for side in ("left", "right"))
    found = floor_px(still, time_s=np.zeros(1), height_px=300.0)
    assert found == pytest.approx(lowest, abs=20)


def test_no_body_has_no_height():
    nowhere = np.full((5, 2), np.nan)
    parts = ("ankle", "heel", "knee", "hip", "shoulder", "foot_index")
    points = {f"{s}_{p}": nowhere for s in ("left", "right") for p in parts}
    points |= {"head": nowhere, "neck": nowhere}
    assert np.isnan(body_height_px(points, knee_flexion_deg=np.full(5, np.nan)))
    assert np.isnan(floor_px(points, time_s=np.arange(5.0), height_px=100.0))
