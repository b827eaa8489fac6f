from __future__ import annotations

import numpy as np
import pytest

from analysis.media.camera import CameraWatch, compose

cv2 = pytest.importorskip("cv2")
WIDTH_PX, HEIGHT_PX = 640, 360


@pytest.fixture(scope="module")
def wall():
    """A large textured background (H, W, 3)."""
    rng = np.random.default_rng(2)
    coarse = rng.integers(40, 215, (60, 100, 3), dtype=np.uint8)
    return cv2.resize(coarse, (1600, 960), interpolation=cv2.INTER_CUBIC)


def filmed(wall, *, shift_px=(0.0, 0.0), turn_deg=0.0, zoom=1.0, person_x=None, noise=0.0, seed=0):
    """What a camera sees that has moved by so much about the middle; a person before it."""
    angle = np.deg2rad(turn_deg)
    a, b = zoom * np.cos(angle), zoom * np.sin(angle)
    middle = np.array([WIDTH_PX, HEIGHT_PX]) / 2
    on_wall = np.array([800.0, 480.0])
    matrix = np.array([[a, -b, 0.0], [b, a, 0.0]])
    matrix[:, 2] = middle - matrix[:, :2] @ (on_wall + shift_px)
    picture = cv2.warpAffine(wall, matrix, (WIDTH_PX, HEIGHT_PX), flags=cv2.INTER_CUBIC)
    if person_x is not None:
        texture = np.random.default_rng(9).integers(0, 255, (26, 12, 3), dtype=np.uint8)
        body = cv2.resize(texture, (120, 260))
        picture[60:320, int(person_x) : int(person_x) + 120] = body
    grain = np.random.default_rng(seed).normal(0.0, noise, picture.shape)
    return np.clip(picture + grain, 0, 255).astype(np.uint8), matrix


def watched(frames):
    watch = CameraWatch()
    for index, frame in enumerate(frames):
        watch.see(index, frame)
    return watch.motion()[1]


def test_a_still_camera_is_exactly_still_whoever_walks_by(wall):
    frames = [filmed(wall, person_x=40 + 12 * i, noise=3.0, seed=i)[0] for i in range(30)]
    np.testing.assert_array_equal(watched(frames), np.tile([1.0, 0.0, 0.0, 0.0], (30, 1)))


def test_a_plain_background_claims_no_motion(wall):
    plain = np.full_like(wall, 128)
    frames = [filmed(plain, person_x=40 + 12 * i)[0] for i in range(20)]
    np.testing.assert_array_equal(watched(frames), np.tile([1.0, 0.0, 0.0, 0.0], (20, 1)))


def test_pan_turn_and_zoom_are_followed_past_the_key_frame(wall):
    """Every frame is laid back on the first within a pixel or so, over a pan of 300 px."""
    moves = [
        {"shift_px": (10.0 * i, 2.0 * i), "turn_deg": 0.1 * i, "zoom": 1 + 0.004 * i}
        for i in range(30)
    ]
    seen = [filmed(wall, person_x=250, noise=2.0, seed=i, **m) for i, m in enumerate(moves)]
    motion = watched([frame for frame, _ in seen])
    corners = np.array([[0.0, 0], [WIDTH_PX, 0], [0, HEIGHT_PX], [WIDTH_PX, HEIGHT_PX]])
    first = seen[0][1]
    for (_, matrix), (a, b, x, y) in zip(seen, motion, strict=True):
        on_wall = (corners - matrix[:, 2]) @ np.linalg.inv(matrix[:, :2]).T
        want = on_wall @ first[:, :2].T + first[:, 2]
        got = corners @ np.array([[a, b], [-b, a]]) + np.array([x, y])
        assert np.abs(got - want).max() < 3.5


def test_a_pan_after_a_long_rest_is_noticed_within_a_few_frames(wall):
    """A camera that rests is looked at less often; what it did meanwhile is caught up with."""
    shifts_px = [0.0] * 25 + [8.0 * i for i in range(1, 16)]
    motion = watched([filmed(wall, shift_px=(shift, 0.0))[0] for shift in shifts_px])
    np.testing.assert_array_equal(motion[:25, 2], np.zeros(25))
    np.testing.assert_allclose(motion[-10:, 2], shifts_px[-10:], atol=2.0)


def test_a_cut_keeps_what_was_and_goes_on(wall):
    before = [filmed(wall, shift_px=(6.0 * i, 0.0))[0] for i in range(8)]
    other = np.ascontiguousarray(wall[::-1, ::-1])
    motion = watched(before + [filmed(other)[0] for _ in range(4)])
    np.testing.assert_array_equal(motion[8:], np.tile(motion[7], (4, 1)))


def test_similarities_follow_one_another():
    outer, inner = np.array([0.0, 1.0, 5.0, 0.0]), np.array([2.0, 0.0, 0.0, 1.0])
    a, b, x, y = compose(outer, inner)
    assert (a * 3 - b * 4 + x, b * 3 + a * 4 + y) == (-4.0, 6.0)
