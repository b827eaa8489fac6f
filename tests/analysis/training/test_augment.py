from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from analysis.features.body17 import BODY17
from analysis.training.augment import (
    AugmentRanges,
    augment,
    change_bones,
    change_speed,
    crop,
    lose_points,
    mirror,
    other_side,
    turn_body,
    turn_picture,
    warp_time,
)
from tests.analysis.training.movement import clip, flat


def rng(seed=0):
    return np.random.default_rng(seed)


@pytest.mark.parametrize(
    ("word", "other"),
    [
        ("walk_left", "walk_right"),
        ("left hand, then right", "right hand, then left"),
        ("90-degree Left turns", "90-degree Right turns"),
        ("leftover", "leftover"),
        ("bright", "bright"),
        ("squat", "squat"),
    ],
)
def test_words_change_sides_only_where_they_name_one(word, other):
    assert other_side(word) == other


def test_a_mirror_exchanges_points_labels_and_sides():
    made = clip(action="walk_left", side="left", text="left hand waves")
    turned = mirror(made)
    left, right = BODY17.index("left_wrist"), BODY17.index("right_wrist")
    np.testing.assert_allclose(turned.xyz_m[:, right, 2], made.xyz_m[:, left, 2])
    np.testing.assert_allclose(turned.xyz_m[:, right, 0], -made.xyz_m[:, left, 0])
    assert (turned.action, turned.side, turned.text) == ("walk_right", "right", "right hand waves")
    # Still a body whose left is on its left: left hip on the same side as before.
    assert np.sign(turned.xyz_m[0, BODY17.index("left_hip"), 0]) == 1


def test_another_body_keeps_the_angles():
    made = clip()
    other = change_bones(made, rng=rng(), strength=0.2)
    lengths = []
    for one in (made, other):
        hip, knee, ankle = (
            one.xyz_m[:, BODY17.index(f"left_{name}")].astype(float)
            for name in ("hip", "knee", "ankle")
        )
        thigh, shank = knee - hip, ankle - knee
        lengths.append([np.linalg.norm(thigh, axis=1), np.linalg.norm(shank, axis=1)])
        unit = [bone / np.linalg.norm(bone, axis=1, keepdims=True) for bone in (thigh, shank)]
        lengths[-1].append((unit[0] * unit[1]).sum(axis=1))
    np.testing.assert_allclose(lengths[0][2], lengths[1][2], atol=1e-4)  # the knee's cosine
    for before, after in zip(lengths[0][:2], lengths[1][:2], strict=True):
        assert np.ptp(after / before) < 1e-4  # one factor for the whole clip
        assert abs(after[0] / before[0] - 1.0) > 0.01


def test_a_mirror_twice_is_no_mirror():
    words = np.where(np.arange(101) < 50, "kick_left", "kick_right")
    made = replace(clip(side="right"), frame_labels=words)
    again = mirror(mirror(made))
    np.testing.assert_allclose(again.xyz_m, made.xyz_m)
    assert again.frame_labels.tolist() == made.frame_labels.tolist()
    assert again.side == "right"


def test_speed_and_warp_touch_only_the_clock():
    made = clip()
    fast = change_speed(made, factor=2.0)
    assert fast.duration_s == pytest.approx(made.duration_s / 2)
    warped = warp_time(made, rng=rng(), strength=0.3)
    assert (np.diff(warped.time_s) > 0).all()
    assert np.std(np.diff(warped.time_s)) > 0
    np.testing.assert_array_equal(warped.xyz_m, made.xyz_m)


def test_a_crop_keeps_enough_and_its_labels_in_step():
    words = np.array([f"w{n}" for n in range(101)])
    made = replace(clip(), frame_labels=words)
    for seed in range(10):
        part = crop(made, rng=rng(seed), least_kept=0.8)
        assert part.frames >= 0.8 * made.frames
        first = int(part.frame_labels[0][1:])
        np.testing.assert_array_equal(part.xyz_m[0], made.xyz_m[first])
        assert part.time_s[0] == 0


def test_turning_the_body_keeps_heights_and_lengths():
    made = clip()
    turned = turn_body(made, angle_deg=70.0)
    np.testing.assert_allclose(turned.xyz_m[..., 1], made.xyz_m[..., 1], atol=1e-6)
    a, b = (np.linalg.norm(np.diff(one.xyz_m, axis=1), axis=-1) for one in (made, turned))
    np.testing.assert_allclose(a, b, atol=1e-5)


def test_turning_the_picture_by_a_quarter_lays_the_body_down():
    made = flat(clip())
    lying = turn_picture(made, angle_deg=90.0, aspect=1.0)
    np.testing.assert_allclose(lying.xy[..., 0], -made.xy[..., 1], atol=1e-6)
    np.testing.assert_allclose(lying.xy[..., 1], made.xy[..., 0], atol=1e-6)


def test_lost_points_are_missing_with_score_0():
    made = flat(clip())
    ranges = AugmentRanges(points_lost=0.5, group_lost=1.0)
    worn = lose_points(made, rng=rng(1), ranges=ranges)
    lost = np.isnan(worn.xy).all(axis=-1)
    assert lost.any()
    assert (worn.score[lost] == 0).all()
    assert (worn.score[~lost] == 1).all()


@pytest.mark.parametrize("shape", [lambda one: one, flat, lambda one: flat(one).cut(0, 1)])
def test_one_seed_one_clip(shape):
    made = shape(clip(side="left"))
    a, b = (augment(made, rng=rng(4), ranges=AugmentRanges()) for _ in range(2))
    np.testing.assert_array_equal(a.time_s, b.time_s)
    for name in ("xyz_m", "xy"):
        if getattr(a, name) is not None:
            np.testing.assert_array_equal(getattr(a, name), getattr(b, name))
    sides = {augment(made, rng=rng(s), ranges=AugmentRanges()).side for s in range(12)}
    assert sides == {"left", "right"}
