"""The model's rows do not depend on place, size, frame rate or clock; gaps stay gaps."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.features.body17 import BODY17, mirror_order, to_body17
from analysis.features.model_input import (
    CHANNEL_NAMES,
    CHANNELS,
    RATE_HZ,
    VELOCITY_UNIT,
    from_track,
    model_input,
    nearest_rows,
)
from analysis.schema import PoseTrack
from analysis.skeletons import BLAZEPOSE33, COCO17

STANDING = {
    "nose": (0.0, -0.8),
    "shoulder": (0.18, -0.5),
    "elbow": (0.22, -0.2),
    "wrist": (0.24, 0.05),
    "hip": (0.09, 0.0),
    "knee": (0.09, 0.42),
    "ankle": (0.09, 0.84),
    "heel": (0.09, 0.9),
    "foot_index": (0.12, 0.92),
}
SIDES = {"left": 1.0, "right": -1.0}


def standing(time_s):
    """A figure seen from the front, its left on the picture's right, waving its left wrist."""
    xy = np.zeros((time_s.size, 17, 2))
    for place, name in enumerate(BODY17.keypoints):
        side, _, joint = name.partition("_")
        x, y = STANDING[joint or name]
        xy[:, place] = x * SIDES.get(side, 1.0), y
    xy[:, BODY17.index("left_wrist"), 1] += 0.3 * np.sin(2 * np.pi * 0.8 * time_s)
    return xy


def test_place_and_size_in_the_picture_do_not_matter():
    time_s = np.arange(60) / 30
    plain = model_input(standing(time_s), score=None, time_s=time_s)
    moved = model_input(standing(time_s) * 340.0 + [812.0, 455.0], score=None, time_s=time_s)
    np.testing.assert_allclose(moved.values, plain.values, atol=1e-5)


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 2**31), rate_hz=st.floats(24, 120))
def test_other_and_unsteady_frame_rates_give_the_same_rows(seed, rate_hz):
    steady_s = np.arange(241) / 120
    rng = np.random.default_rng(seed)
    other_s = np.arange(0, 2.0 + 0.5 / rate_hz, 1 / rate_hz)
    other_s[1:-1] += rng.uniform(-0.3, 0.3, other_s.size - 2) / rate_hz
    a = model_input(standing(steady_s), score=None, time_s=steady_s)
    b = model_input(standing(other_s), score=None, time_s=other_s)
    rows = min(a.values.shape[0], b.values.shape[0])
    assert rows >= 49
    assert np.abs(a.values[:rows] - b.values[:rows]).max() < 0.05


def test_rows_have_the_known_shape_and_numbers():
    time_s = np.arange(51) / 25
    rows = model_input(standing(time_s), score=None, time_s=time_s)
    assert rows.values.shape == (51, CHANNELS) == (51, len(CHANNEL_NAMES))
    assert np.isclose(1 / np.diff(rows.time_s).mean(), RATE_HZ)
    # The trunk, 0.5 long, is the largest sign of size and with it the unit of length.
    hip = rows.joints[:, BODY17.index("left_hip")]
    np.testing.assert_allclose(hip[:, 0], 0.09 / 0.5, rtol=1e-5)
    np.testing.assert_allclose(hip[:, 4], 1.0)
    wrist = rows.joints[25, BODY17.index("left_wrist")]
    speed = 0.3 * 2 * np.pi * 0.8 * np.cos(2 * np.pi * 0.8) / 0.5 / VELOCITY_UNIT
    assert wrist[3] == pytest.approx(speed, rel=0.03)  # the slope over five rows is flatter by 2 %


def test_a_drift_of_the_whole_body_is_the_roots_velocity_only():
    time_s = np.arange(50) / 25
    still = model_input(standing(time_s), score=None, time_s=time_s)
    drifting = standing(time_s) + np.stack([0.5 * time_s, 0 * time_s], axis=-1)[:, None]
    moved = model_input(drifting, score=None, time_s=time_s)
    np.testing.assert_allclose(moved.joints, still.joints, atol=1e-5)
    np.testing.assert_allclose(moved.values[:, -3], 0.5 / 0.5 / VELOCITY_UNIT, rtol=1e-4)


def test_what_is_unseen_is_zero_and_says_so():
    time_s = np.arange(50) / 25
    xy = standing(time_s)
    xy[10:40, BODY17.index("left_knee")] = np.nan
    score = np.ones((50, 17))
    score[:, BODY17.index("nose")] = 0.1
    rows = model_input(xy, score=score, time_s=time_s)
    assert np.isfinite(rows.values).all()
    assert not rows.seen[:, BODY17.index("nose")].any()
    assert not rows.seen[12:38, BODY17.index("left_knee")].any()
    assert (rows.joints[20, BODY17.index("left_knee")] == 0).all()
    assert rows.seen[:10, BODY17.index("left_knee")].all()


def test_a_short_gap_is_bridged():
    time_s = np.arange(50) / 25
    whole = standing(time_s)
    gap = whole.copy()
    gap[20:24] = np.nan
    a = model_input(whole, score=None, time_s=time_s)
    b = model_input(gap, score=None, time_s=time_s)
    assert b.seen.all()
    assert np.abs(a.joints[..., :2] - b.joints[..., :2]).max() < 0.12


@pytest.mark.parametrize("missing", ["hip", "shoulder", "all_but_wrists", "everything"])
def test_any_joints_may_be_missing(missing):
    time_s = np.arange(30) / 25
    xy = standing(time_s)
    for place, name in enumerate(BODY17.keypoints):
        gone = missing == "everything" or (
            not name.endswith("wrist") if missing == "all_but_wrists" else name.endswith(missing)
        )
        if gone:
            xy[:, place] = np.nan
    rows = model_input(xy, score=None, time_s=time_s)
    assert np.isfinite(rows.values).all()
    assert np.abs(rows.values).max() <= 6.0


def test_a_single_picture_is_one_row():
    rows = model_input(standing(np.zeros(1)), score=None, time_s=np.zeros(1))
    assert rows.values.shape == (1, CHANNELS)
    assert np.isfinite(rows.values).all()


def test_mirroring_commutes_with_swapping_the_sides():
    time_s = np.arange(30) / 25
    xy = standing(time_s)
    mirrored = (xy * [-1.0, 1.0])[:, mirror_order()]
    a = model_input(xy, score=None, time_s=time_s).joints
    b = model_input(mirrored, score=None, time_s=time_s).joints
    flip = np.array([-1, 1, -1, 1, 1, 1])
    np.testing.assert_allclose(b, (a * flip)[:, mirror_order()], atol=1e-6)


def test_wrong_shapes_and_clocks_are_refused():
    time_s = np.arange(5) / 25
    with pytest.raises(ValueError, match="expected xy"):
        model_input(np.zeros((5, 33, 2)), score=None, time_s=time_s)
    with pytest.raises(ValueError, match="rising"):
        model_input(standing(time_s), score=None, time_s=time_s[::-1])
    with pytest.raises(ValueError, match="expected score"):
        model_input(standing(time_s), score=np.ones((5, 3)), time_s=time_s)


@pytest.mark.parametrize("skeleton", [BLAZEPOSE33, COCO17])
def test_a_track_of_any_skeleton_gives_the_same_rows_where_it_has_the_points(skeleton):
    time_s = np.arange(30) / 25
    xy = np.full((30, len(skeleton.keypoints), 2), np.nan)
    for place, name in enumerate(skeleton.keypoints):
        if name in BODY17.keypoints:
            xy[:, place] = standing(time_s)[:, BODY17.index(name)]
    track = PoseTrack(
        track_id=0,
        skeleton=skeleton.name,
        time_s=time_s,
        box_px=np.zeros((30, 4)),
        xy_px=xy,
        xyz_m=None,
        score=np.where(np.isfinite(xy[..., 0]), 1.0, np.nan),
    )
    rows = from_track(track)
    plain = model_input(standing(time_s), score=None, time_s=time_s)
    have = [BODY17.index(n) for n in BODY17.keypoints if n in skeleton.keypoints]
    np.testing.assert_allclose(rows.joints[:, have], plain.joints[:, have], atol=1e-6)
    assert set(np.flatnonzero(rows.seen.all(axis=0))) == set(have)


def test_labels_go_to_the_nearest_frame():
    time_s = np.array([0.0, 0.1, 0.2, 0.3])
    assert nearest_rows(time_s, at_s=np.array([-1, 0.04, 0.06, 0.16, 9])).tolist() == [
        0,
        0,
        1,
        2,
        3,
    ]
    assert nearest_rows(np.zeros(1), at_s=np.array([0.0, 1.0])).tolist() == [0, 0]


def test_an_unknown_skeleton_is_named():
    with pytest.raises(KeyError, match="blazepose33"):
        to_body17(np.zeros((1, 3, 2)), skeleton="octopus")
