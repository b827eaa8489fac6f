from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from analysis.features.body17 import BODY17
from analysis.training.cameras import (
    CameraRanges,
    View,
    at_times,
    draw_view,
    picture_times,
    project,
    seen_by_camera,
)
from analysis.training.noise import fitted
from tests.analysis.training.movement import clip, flat, standing_m

FRONT = View(azimuth_deg=0, elevation_deg=0, roll_deg=0, focal_heights=1.5, distance_m=5.0)
HIPS = np.array([0.0, -0.93, 0.0])


def rng(seed=0):
    return np.random.default_rng(seed)


def place(points, name):
    return points[0, BODY17.index(name)]


def seen(**how):
    view = replace(FRONT, **how)
    return project(standing_m()[None], view=view, target_m=HIPS)


def test_a_point_a_metre_aside_at_five_metres_is_three_tenths_of_the_picture_away():
    xy, depth = project(np.array([[[1.0, 0, 0]]]), view=FRONT, target_m=np.zeros(3))
    np.testing.assert_allclose(xy, [[[0.3, 0]]])
    assert depth[0, 0] == 5.0


def test_from_the_front_left_is_on_the_right_and_the_head_above():
    xy, _ = seen()
    assert place(xy, "left_shoulder")[0] > 0 > place(xy, "right_shoulder")[0]
    assert place(xy, "nose")[1] < place(xy, "left_ankle")[1]


def test_from_behind_left_is_on_the_left():
    xy, _ = seen(azimuth_deg=180.0)
    assert place(xy, "left_shoulder")[0] < 0 < place(xy, "right_shoulder")[0]


def test_from_the_side_the_shoulders_lie_behind_each_other():
    xy, depth = seen(azimuth_deg=90.0)
    assert abs(place(xy, "left_shoulder")[0] - place(xy, "right_shoulder")[0]) < 1e-9
    assert abs(place(depth, "left_shoulder") - place(depth, "right_shoulder")) > 0.3


def test_from_above_feet_are_farther_than_the_head_and_look_smaller():
    _, depth = seen(elevation_deg=40.0)
    assert place(depth, "left_ankle") > place(depth, "nose")


def test_roll_turns_the_picture():
    xy, _ = seen(roll_deg=90.0)
    up, _ = seen()
    np.testing.assert_allclose(xy[..., 0], -up[..., 1], atol=1e-9)


def test_axes_are_a_rotation_wherever_the_camera_stands():
    for seed in range(20):
        axes = draw_view(rng(seed), ranges=CameraRanges()).axes
        np.testing.assert_allclose(axes @ axes.T, np.eye(3), atol=1e-12)
        assert np.linalg.det(axes) == pytest.approx(1.0)


def test_behind_the_lens_nothing_is_seen():
    xy, _ = project(np.array([[[0, 0, -6.0]]]), view=FRONT, target_m=np.zeros(3))
    assert np.isnan(xy).all()


def test_picture_times_rise_and_span_the_clip():
    for seed in range(20):
        times_s = picture_times(3.0, rng=rng(seed), ranges=CameraRanges(lost=0.3))
        assert times_s[0] == 0
        assert (np.diff(times_s) > 0).all()
        assert times_s[-1] > 2.9


def test_times_between_rows_are_on_the_line_between_them():
    values = np.array([[0.0], [2.0], [np.nan]])
    got = at_times(values, time_s=np.arange(3.0), at_s=np.array([0.0, 0.25, 1.0, 1.5]))
    np.testing.assert_allclose(got[:, 0], [0, 0.5, 2, np.nan])


def test_an_exact_camera_gives_the_projection_and_carries_labels():
    words = np.where(np.arange(101) < 50, "up", "down")
    made = replace(clip(), frame_labels=words)
    ranges = CameraRanges(rates_hz=(25.0,), late=0.0, lost=0.0, follow=0.0)
    picture = seen_by_camera(made, rng=rng(), ranges=ranges, noise=None, view=FRONT)
    assert picture.xyz_m is None
    assert picture.frames == 51
    assert picture.frame_labels[[0, 24, 25, 50]].tolist() == ["up", "up", "down", "down"]
    hips = np.asarray(made.xyz_m)[:, [7, 8]].mean(axis=(0, 1))
    exact, _ = project(np.asarray(made.xyz_m)[::2], view=FRONT, target_m=hips)
    np.testing.assert_allclose(picture.xy, exact, atol=1e-5)
    np.testing.assert_allclose(picture.score, np.where(np.isnan(exact[..., 0]), 0, 1))


def test_a_camera_that_follows_keeps_a_runner_in_view():
    runner = clip(speed_mps=6.0, seconds=4.0)
    still, pans = (
        seen_by_camera(
            runner, rng=rng(1), ranges=CameraRanges(follow=share), noise=None, view=FRONT
        )
        for share in (0.0, 1.0)
    )
    assert np.nanmax(np.abs(pans.xy[..., 0])) < 0.6 < np.nanmax(np.abs(still.xy[..., 0]))


def test_noise_moves_points_a_little_and_a_seed_gives_one_picture():
    made = clip()
    a, b = (
        seen_by_camera(made, rng=rng(3), ranges=CameraRanges(), noise=fitted()) for _ in range(2)
    )
    np.testing.assert_array_equal(a.xy, b.xy)
    assert ((a.score >= 0) & (a.score <= 1)).all()


def test_pictures_stay_pictures():
    made = flat(clip())
    again = seen_by_camera(made, rng=rng(), ranges=CameraRanges(), noise=None)
    rows = at_times(np.asarray(made.xy, np.float64), time_s=made.time_s, at_s=again.time_s)
    np.testing.assert_allclose(again.xy, rows, atol=1e-6)
    worn = seen_by_camera(made, rng=rng(), ranges=CameraRanges(), noise=fitted())
    assert 0 < np.nanmedian(np.abs(worn.xy - again.xy)) < 0.1


def test_a_still_can_be_seen_too():
    picture = seen_by_camera(clip().cut(0, 1), rng=rng(), ranges=CameraRanges(), noise=fitted())
    assert picture.frames == 1
