from __future__ import annotations

import itertools

import numpy as np
import pytest
from scipy.ndimage import uniform_filter1d

from analysis.config import ShotConfig
from analysis.media.shots import (
    COLUMNS,
    ROWS,
    ShotWatch,
    find_cuts,
    margin_frames,
    miniature,
)

CONFIG = ShotConfig()
FPS = 30.0


def scene(seed: int, *, frames: int = 60, pan: float = 0.0) -> np.ndarray:
    """Miniatures (F, ROWS, COLUMNS, 3) of a bright and dark scene, panned by columns per frame."""
    dice = np.random.default_rng(seed)
    rough = dice.uniform(-500, 755, (ROWS, 12 * COLUMNS, 3))
    coarse = uniform_filter1d(rough, 8, axis=1).clip(5, 250)  # as pictures are: near is like
    at = np.arange(frames)[:, None] * pan + np.arange(COLUMNS)
    low = at.astype(int)
    part = (at - low)[None, ..., None]
    seen = coarse[:, low] * (1 - part) + coarse[:, low + 1] * part
    noise = dice.normal(0, 1, (frames, ROWS, COLUMNS, 3))
    return (seen.transpose(1, 0, 2, 3) + noise).astype(np.float32)


def cuts(pictures: np.ndarray) -> list[int]:
    return find_cuts(pictures, fps=FPS, config=CONFIG)


def test_a_cut_between_two_scenes_is_found_at_its_frame() -> None:
    film = np.concatenate([scene(1, frames=37), scene(2, frames=20), scene(3, pan=0.05)])
    assert cuts(film) == [37, 57]


def test_a_cut_in_the_middle_of_camera_motion_is_found() -> None:
    assert cuts(np.concatenate([scene(1, pan=0.05), scene(2, pan=0.05)])) == [60]


@pytest.mark.parametrize("pan", [0.2, 0.7, 1.5])
def test_a_fast_pan_is_no_cut(pan: float) -> None:
    still = scene(1, frames=20)
    moving = scene(1, frames=60, pan=pan)
    rest = np.repeat(moving[-1:], 20, axis=0)
    assert cuts(np.concatenate([still, moving, rest])) == []


@pytest.mark.parametrize("frames", [1, 2, 3])
def test_a_flash_is_no_cut(frames: int) -> None:
    film = scene(1)
    film[30 : 30 + frames] = 250 + 0.02 * film[30 : 30 + frames]
    assert cuts(film) == []


def test_a_change_of_light_and_a_fade_to_black_are_no_cuts() -> None:
    film = scene(1, frames=90)
    dimmed = film * np.interp(np.arange(90), [0, 40, 50, 90], [1, 1, 0.5, 0.5])[:, None, None, None]
    black = film * np.interp(np.arange(90), [0, 40, 70, 90], [1, 1, 0, 0])[:, None, None, None]
    assert cuts(dimmed.astype(np.float32)) == []
    assert cuts(black.astype(np.float32)) == []


def test_a_cross_fade_is_one_cut_near_its_middle() -> None:
    before, after = scene(1, frames=120), scene(2, frames=120)
    share = np.interp(np.arange(120), [0, 50, 74, 119], [0, 0, 1, 1])[:, None, None, None]
    (found,) = cuts((before * (1 - share) + after * share).astype(np.float32))
    assert abs(found - 62) <= 6


def test_somebody_who_walks_through_is_no_cut() -> None:
    film = scene(1, frames=60)
    for i in range(60):
        left = int(i / 4)
        film[i, 2:8, left : left + 3] = (20, 60, 200)
    assert cuts(film) == []


def test_a_miniature_holds_the_means_of_blocks() -> None:
    frame = np.zeros((90, 160, 3), np.uint8)
    frame[:10, :10] = (100, 150, 200)
    small = miniature(frame)
    assert small.shape == (ROWS, COLUMNS, 3)
    assert small[0, 0] == pytest.approx([100, 150, 200])
    assert not small[1:].any()


def frames_of(pictures: np.ndarray, *, first: int = 0) -> list[tuple[int, np.ndarray]]:
    large = pictures.clip(0, 255).astype(np.uint8).repeat(10, axis=1).repeat(10, axis=2)
    return list(enumerate(large, start=first))


def test_frames_come_out_in_order_with_their_shot() -> None:
    film = np.concatenate([scene(1, frames=25), scene(2, frames=30)])
    watch = ShotWatch(start=0, stop=55, fps=FPS, config=CONFIG)
    out = list(watch.numbered(iter(frames_of(film))))
    assert [frame[0] for _, frame in out] == list(range(55))
    assert [shot for shot, _ in out] == [0] * 25 + [1] * 30
    assert watch.cuts() == [25]


def test_a_stretch_gives_the_cuts_of_the_whole() -> None:
    film = np.concatenate([scene(k, frames=40) for k in range(4)])
    everything = frames_of(film)
    found, seen = [], []
    margin = margin_frames(FPS)
    for start, stop in itertools.pairwise([0, 39, 40, 41, 100, 160]):
        watch = ShotWatch(start=start, stop=stop, fps=FPS, config=CONFIG)
        near = everything[max(0, start - margin) : stop + margin]
        seen += [index for _, (index, _) in watch.numbered(iter(near))]
        found += watch.cuts()
    assert seen == list(range(160))
    assert found == [40, 80, 120]


def test_nothing_and_one_frame() -> None:
    watch = ShotWatch(start=0, stop=0, fps=FPS, config=CONFIG)
    assert list(watch.numbered(iter(()))) == []
    assert watch.cuts() == []
    assert cuts(scene(1, frames=1)) == []
