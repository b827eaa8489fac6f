from __future__ import annotations

import numpy as np
import pytest

from analysis.explain.baseline import JOINTS, SEEN, XY, joints_of, still
from analysis.explain.signals import SIGNALS, TRAVEL, Held
from analysis.features.body17 import BODY17
from analysis.features.model_input import ModelInput, model_input

RATE_HZ = 25.0


def squat(*, hidden: str = "") -> ModelInput:
    """Knees bend and straighten while the arms hang and the trunk stands, seen from the side."""
    time_s = np.arange(50) / RATE_HZ
    bend = np.pi / 2 * np.sin(np.pi * time_s / time_s[-1]) ** 2
    xy = np.zeros((time_s.size, 17, 2))

    def put(name: str, x: np.ndarray | float, y: np.ndarray | float) -> None:
        for side in ("left_", "right_"):
            if side + name in BODY17.keypoints:
                xy[:, BODY17.index(side + name)] = np.stack(np.broadcast_arrays(x, y), axis=-1)

    knee = (40 * np.sin(bend / 2), 200.0 + 0 * bend)
    put("knee", *knee)
    put("hip", knee[0] - 40 * np.sin(bend / 2), 200 - 40 * np.cos(bend / 2))
    ankle = (knee[0] - 40 * np.sin(bend / 2), 200 + 40 * np.cos(bend / 2))
    put("ankle", *ankle)
    put("heel", ankle[0] - 5, ankle[1] + 4)
    put("foot_index", ankle[0] + 15, ankle[1] + 4)
    hip_y = 200 - 40 * np.cos(bend / 2)
    put("shoulder", 0.0, hip_y - 50)
    put("elbow", 1.0, hip_y - 25)
    put("wrist", 2.0, hip_y - 2)
    xy[:, BODY17.index("nose")] = np.stack(np.broadcast_arrays(6.0, hip_y - 70), axis=-1)
    if hidden:
        xy[:, BODY17.index(hidden)] = np.nan
    return model_input(xy, score=None, time_s=time_s)


def knee_angle(rows: np.ndarray, *, side: str = "left") -> np.ndarray:
    joints = joints_of(rows)[..., XY].astype(float)
    hip, knee, ankle = (joints[:, BODY17.index(f"{side}_{n}")] for n in ("hip", "knee", "ankle"))
    thigh, shank = knee - hip, ankle - knee
    cross = thigh[:, 0] * shank[:, 1] - thigh[:, 1] * shank[:, 0]
    return np.degrees(np.arctan2(cross, (thigh * shank).sum(axis=1)))


def test_with_every_signal_kept_the_clip_is_as_it_was():
    rows = squat().values
    np.testing.assert_allclose(Held(rows, every=rows).rows(frozenset(SIGNALS)), rows, atol=1e-6)


def test_a_held_knee_keeps_one_angle_and_nothing_else_changes():
    rows = squat().values
    held = Held(rows, every=rows).rows(frozenset(SIGNALS) - {"left_knee"})
    assert np.ptp(knee_angle(rows)) > 80
    assert np.ptp(knee_angle(held)) < 1e-3
    np.testing.assert_allclose(knee_angle(held, side="right"), knee_angle(rows, side="right"))
    changed = np.abs(joints_of(held) - joints_of(rows)).max(axis=(0, 2)) > 1e-6
    names = {BODY17.keypoints[i] for i in np.flatnonzero(changed)}
    assert names <= {"left_ankle", "left_heel", "left_foot_index"}
    shank = [
        joints_of(r)[:, BODY17.index("left_ankle"), XY]
        - joints_of(r)[:, BODY17.index("left_knee"), XY]
        for r in (held, rows)
    ]
    np.testing.assert_allclose(*(np.linalg.norm(s, axis=-1) for s in shank), atol=1e-5)


def test_velocities_follow_what_was_held():
    rows = squat().values
    held = Held(rows, every=rows).rows(frozenset({TRAVEL}))
    speeds = [
        np.abs(joints_of(r)[5:-5, BODY17.index("left_ankle"), 2:4]).max() for r in (rows, held)
    ]
    assert speeds[1] < 0.2 * speeds[0]


def test_travel_is_the_whole_bodys_own_channels():
    rows = squat().values
    held = Held(rows, every=rows).rows(frozenset(SIGNALS) - {TRAVEL})
    assert np.abs(rows[:, JOINTS:]).max() > 0.1
    assert not held[:, JOINTS:].any()
    np.testing.assert_allclose(held[:, :JOINTS], rows[:, :JOINTS], atol=1e-6)


@pytest.mark.parametrize("hidden", ["left_knee", "right_shoulder", "left_hip"])
def test_what_was_not_seen_stays_unseen_and_finite(hidden):
    rows = squat(hidden=hidden).values
    for kept in (frozenset(), frozenset({"trunk"}), frozenset(SIGNALS)):
        held = Held(rows, every=rows).rows(kept)
        assert np.isfinite(held).all()
        assert not joints_of(held)[:, BODY17.index(hidden)].any()


def test_the_baseline_stands_still_in_the_mean_pose():
    rows = squat(hidden="nose").values
    clip = rows[10:30]
    calm = still(clip, every=rows)
    joints = joints_of(calm)
    assert not joints[..., 2:4].any()
    assert not calm[:, JOINTS:].any()
    assert np.ptp(joints[..., XY], axis=0).max() == 0
    np.testing.assert_array_equal(joints[..., SEEN:], joints_of(clip)[..., SEEN:])
    wrist = BODY17.index("left_wrist")
    np.testing.assert_allclose(
        joints[0, wrist, XY], joints_of(rows)[:, wrist, XY].mean(axis=0), atol=1e-5
    )
