from __future__ import annotations

import numpy as np
import pytest

from analysis.features.facing import (
    body_yaw_deg,
    decided,
    faces_right,
    facing_votes,
    flat_yaw_deg,
    overruled,
    two_state_path,
)


def turned(yaw_deg, frames=20):
    yaw = np.deg2rad(yaw_deg)
    left = np.array([np.cos(yaw), 0.0, np.sin(yaw)])
    return {
        f"{side}_{part}": np.tile(sign * half_m * left, (frames, 1))
        for side, sign in (("left", 1), ("right", -1))
        for part, half_m in (("shoulder", 0.18), ("hip", 0.1))
    }


@pytest.mark.parametrize("yaw_deg", [0.0, 45.0, 90.0, -90.0, 170.0])
def test_yaw_is_where_the_chest_points(yaw_deg):
    np.testing.assert_allclose(body_yaw_deg(turned(yaw_deg)), yaw_deg, atol=1e-9)


def test_feet_alone_tell_the_side():
    time_s = np.arange(30) / 30
    feet = {"left_heel": np.zeros((30, 2)), "left_foot_index": np.tile([20.0, 0.0], (30, 1))}
    unknown = np.full(30, np.nan)
    assert (faces_right(feet, yaw_deg=unknown, time_s=time_s) == 1).all()
    feet["left_foot_index"] = -feet["left_foot_index"]
    assert (faces_right(feet, yaw_deg=unknown, time_s=time_s) == -1).all()


@pytest.mark.parametrize("fps_hz", [15.0, 30.0, 240.0])
def test_a_moment_of_doubt_turns_nobody_and_a_turn_is_seen(fps_hz):
    time_s = np.arange(0.0, 4.0, 1 / fps_hz)
    yaw = np.where(time_s < 2.0, 90.0, -90.0)
    yaw[(time_s > 1.0) & (time_s < 1.2)] = -90.0
    sides = faces_right({}, yaw_deg=yaw, time_s=time_s)
    assert (sides[time_s < 1.99] == 1).all()
    assert (sides[time_s > 2.01] == -1).all()


def test_without_evidence_nothing_switches():
    assert np.ptp(two_state_path(np.zeros(10), switch_cost=1.0)) == 0


@pytest.mark.parametrize("yaw_deg", [0.0, 60.0, 90.0, -60.0])
def test_shoulder_width_tells_the_yaw_from_a_picture_alone(yaw_deg):
    half_px = 0.21 * 100.0 / 2 * np.cos(np.deg2rad(yaw_deg))
    points = {
        "left_shoulder": np.tile([half_px, 0.0], (15, 1)),
        "right_shoulder": np.tile([-half_px, 0.0], (15, 1)),
        "nose": np.tile([5 * np.sin(np.deg2rad(yaw_deg)), -20.0], (15, 1)),
        "head": np.tile([0.0, -20.0], (15, 1)),
    }
    np.testing.assert_allclose(flat_yaw_deg(points, height_px=100.0), yaw_deg, atol=1e-6)


def test_what_the_sequence_overrules_is_told_and_a_turn_is_not():
    time_s = np.arange(0.0, 4.0, 1 / 30)
    yaw = np.where(time_s < 2.0, 90.0, -90.0)
    yaw[30:34] = -90.0
    yaw[45] = -5.0  # wavers about the front
    votes = facing_votes({}, yaw_deg=yaw)
    path = decided(votes, time_s=time_s)
    ((start, stop, confidence),) = overruled(votes, path, time_s=time_s)
    assert (start, stop) == (30, 34)
    assert 0.5 < confidence < 1.0
