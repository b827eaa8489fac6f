from __future__ import annotations

from typing import TYPE_CHECKING

import cv2
import numpy as np
import pytest

from analysis.config import FilmingConfig
from analysis.media.looks import (
    background_shift,
    quality,
    sample_indices,
    sample_pairs,
    write_jpeg,
)
from analysis.media.normalise import normalise
from analysis.media.probe import probe
from tests.analysis.media import coded

if TYPE_CHECKING:
    from pathlib import Path

    from analysis.protocols import Frame

NOBODY = np.zeros((0, 4))
LIMIT = FilmingConfig()


@pytest.fixture(scope="module")
def wall() -> Frame:
    """A wall of sharp patches, larger than any picture cut out of it."""
    rng = np.random.default_rng(5)
    patches = rng.integers(40, 220, size=(40, 60, 1), dtype=np.uint8)
    large = cv2.resize(patches, (960, 640), interpolation=cv2.INTER_NEAREST)
    return np.repeat(large[:, :, None], 3, axis=2)


def cut(wall: Frame, *, x: int = 100, y: int = 100) -> Frame:
    return wall[y : y + 360, x : x + 480].copy()


@pytest.mark.parametrize(("dx", "dy"), [(0, 0), (6, 0), (0, 9), (-20, 12)])
def test_the_background_tells_how_far_the_camera_moved(wall: Frame, dx: int, dy: int) -> None:
    shift = background_shift(cut(wall), cut(wall, x=100 + dx, y=100 + dy), boxes_px=NOBODY)
    assert shift == pytest.approx(np.hypot(dx, dy) / 600, abs=0.002)


def test_a_moving_athlete_is_no_moving_camera(wall: Frame) -> None:
    before, after = cut(wall), cut(wall)
    rng = np.random.default_rng(6)
    body = rng.integers(0, 255, size=(300, 200, 3), dtype=np.uint8)
    before[40:340, 100:300] = body
    after[40:340, 140:340] = body
    boxes = np.array([[100.0, 40.0, 300.0, 340.0]])
    assert background_shift(before, after, boxes_px=boxes) < 0.003


def test_a_plain_wall_says_nothing() -> None:
    plain = np.full((360, 480, 3), 128, dtype=np.uint8)
    assert np.isnan(background_shift(plain, plain, boxes_px=NOBODY))


def test_a_blurred_picture_is_told_from_a_sharp_one(wall: Frame) -> None:
    sharp = cut(wall)
    soft = cv2.GaussianBlur(sharp, (0, 0), 4)
    faint = (sharp.astype(float) * 0.3 + 80).astype(np.uint8)
    assert quality(soft, box_px=None).sharpness < LIMIT.min_sharpness
    assert quality(sharp, box_px=None).sharpness > 2 * LIMIT.min_sharpness
    # Weak contrast is not blur.
    assert quality(faint, box_px=None).sharpness > 2 * LIMIT.min_sharpness
    assert np.isnan(quality(np.full_like(sharp, 90), box_px=None).sharpness)


def test_light_on_the_person_and_around() -> None:
    picture = np.full((100, 80, 3), 200, dtype=np.uint8)
    picture[20:90, 30:50] = 40
    found = quality(picture, box_px=np.array([30.0, 20.0, 50.0, 90.0]))
    assert (found.person_luma, found.around_luma) == (40, 200)
    assert found.luma == pytest.approx(172, abs=1)
    nobody = quality(picture, box_px=None)
    assert np.isnan(nobody.person_luma)
    assert np.isnan(nobody.around_luma)


@pytest.mark.parametrize(("frames", "expected"), [(1, 1), (2, 2), (12, 12), (500, 12)])
def test_samples_are_spread_and_never_twice(frames: int, expected: int) -> None:
    found = sample_indices(np.arange(frames) / 30, samples=12)
    assert 1 <= len(found) <= expected
    assert found == sorted(set(found))
    assert found[0] >= 0
    assert found[-1] < frames


def test_pairs_are_as_far_apart_as_asked(tmp_path: Path) -> None:
    path, target = coded.encode(tmp_path / "a.mp4", clock=""), tmp_path / "copy.mp4"
    config = coded.CONFIG
    info = probe(path, config=config)
    normalise(path, info=info, target=target, config=config, progress=lambda _: None)
    pairs = list(sample_pairs(target, samples=4, pair_s=0.2))
    assert [coded.number_of(pair.first) for pair in pairs] == [pair.index for pair in pairs]
    assert [coded.number_of(pair.later) - pair.index for pair in pairs[:3]] == [5, 5, 5]
    assert [pair.apart_s for pair in pairs[:3]] == pytest.approx([0.2] * 3, abs=0.001)


def test_a_small_jpeg_is_written(tmp_path: Path, wall: Frame) -> None:
    write_jpeg(wall, tmp_path / "a.jpg", max_longer_px=300)
    read = cv2.imread(str(tmp_path / "a.jpg"))
    assert read is not None
    assert read.shape == (200, 300, 3)
