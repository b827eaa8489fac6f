from __future__ import annotations

import base64
from typing import TYPE_CHECKING

import cv2
import numpy as np
import pytest

from analysis.media.frames import frame_times, read_frames, read_some
from analysis.media.portraits import HEIGHT_PX, best_row, portraits
from analysis.schema import Footage, Observations

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Maker = Callable[..., Path]


@pytest.fixture
def film(make: Maker) -> Path:
    """Three seconds, red on the left and blue on the right."""
    return make(
        "two.mp4", "-f", "lavfi", "-i", "color=red:size=160x240:rate=10:duration=3",
        "-f", "lavfi", "-i", "color=blue:size=160x240:rate=10:duration=3",
        "-filter_complex", "hstack", "-pix_fmt", "yuv420p",
    )  # fmt: skip


def standing(*lefts: float, frames: int, best: tuple[int, ...]) -> Observations:
    """Everybody in every frame, the rows of one person after the other's."""
    people = len(lefts)
    box = np.concatenate([np.tile([left, 40.0, left + 60, 200.0], (frames, 1)) for left in lefts])
    score = np.full((people, frames, 17), 0.5)
    for one, at in enumerate(best):
        score[one, at:] = 0.9
    return Observations(
        skeleton="coco17",
        frame=np.tile(np.arange(frames), people),
        box_px=box,
        xy_px=np.zeros((people * frames, 17, 2)),
        xyz_m=np.full((people * frames, 17, 3), np.nan),
        score=score.reshape(-1, 17),
    )


def test_everybody_gets_a_picture_of_themselves(film: Path) -> None:
    time_s, _, _ = frame_times(film)
    size = time_s.size
    document = portraits(
        film,
        observations=standing(40, 220, frames=size, best=(12, 25)),
        people={1: np.arange(size), 4: np.arange(size, 2 * size)},
        footage=Footage("a" * 64, 320, 240, time_s),
    )
    assert [row["track_id"] for row in document["people"]] == [1, 4]
    assert [row["at_s"] for row in document["people"]] == pytest.approx([1.2, 2.5])
    assert document["people"][0]["box_px"] == [40.0, 40.0, 100.0, 200.0]
    assert document["people"][0]["seen_s"] == pytest.approx(3.0, abs=0.01)
    for row, channel in zip(document["people"], (2, 0), strict=True):  # BGR
        raw = np.frombuffer(base64.b64decode(row["jpeg"]), np.uint8)
        picture = cv2.imdecode(raw, cv2.IMREAD_COLOR)
        assert picture.shape[0] <= HEIGHT_PX
        assert int(picture.reshape(-1, 3).mean(axis=0).argmax()) == channel


def test_the_best_row_is_the_first_that_is_nearly_the_best() -> None:
    seen = standing(0, frames=20, best=(7,))
    assert best_row(seen, np.arange(20)) == 7
    assert best_row(seen, np.arange(9, 20)) == 9


def test_some_frames_are_those_of_one_pass(film: Path) -> None:
    once = dict(read_frames(film, start=0, stop=30))
    found = list(read_some(film, [29, 3, 3, 4, 999]))
    assert [index for index, _ in found] == [3, 4, 29]
    assert all(np.array_equal(picture, once[index]) for index, picture in found)
