from __future__ import annotations

import itertools
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import av
import numpy as np
import pytest

from analysis.config import MediaConfig
from analysis.errors import DecodeFailedError
from analysis.media.frames import frame_times, read_frames
from analysis.media.normalise import normalise
from analysis.media.probe import probe

if TYPE_CHECKING:
    from analysis.protocols import Frame

Maker = Callable[..., Path]
CONFIG = MediaConfig()


@pytest.fixture
def copy(clip: Maker) -> Path:
    """96 variable frames over 4.3 s with five key frames."""
    path = clip(
        "v.mp4",
        "-vf",
        "select=not(mod(n\\,4)-1)+not(mod(n\\,3))+gt(n\\,70)",
        "-fps_mode",
        "vfr",
        seconds=5,
    )
    target = path.with_name("copy.mp4")
    info = probe(path, config=CONFIG)
    normalise(path, info=info, target=target, config=CONFIG, progress=lambda _: None)
    return target


def whole(copy: Path) -> list[tuple[int, Frame]]:
    return list(read_frames(copy, start=0, stop=10_000))


@pytest.mark.parametrize("cuts", [(1,), (29, 30, 31), (50,), tuple(range(0, 100, 7))])
def test_any_cutting_gives_the_frames_of_one_pass(copy: Path, cuts: tuple[int, ...]) -> None:
    once = whole(copy)
    borders = [0, *cuts, len(once)]
    pieces = [
        pair
        for start, stop in itertools.pairwise(borders)
        for pair in read_frames(copy, start=start, stop=stop)
    ]
    assert [i for i, _ in pieces] == [i for i, _ in once] == list(range(len(once)))
    assert all(np.array_equal(a, b) for (_, a), (_, b) in zip(pieces, once, strict=True))


def test_times_are_those_of_the_decoded_pictures(copy: Path) -> None:
    time_s, width, height = frame_times(copy)
    with av.open(str(copy)) as container:
        decoded = [frame.time for frame in container.decode(video=0)]
    assert time_s == pytest.approx(np.array(decoded), abs=1e-9)
    assert (width, height) == (64, 48)
    assert len(whole(copy)) == time_s.size


def test_pictures_are_rgb(make: Maker) -> None:
    path = make(
        "red.mp4", "-f", "lavfi", "-i", "color=red:size=64x48:rate=10:duration=1",
        "-pix_fmt", "yuv420p",
    )  # fmt: skip
    _, picture = next(read_frames(path, start=3, stop=4))
    assert picture.shape == (48, 64, 3)
    assert picture.dtype == np.uint8
    red, green, blue = picture.reshape(-1, 3).mean(axis=0)
    assert red > 200
    assert max(green, blue) < 60


def test_reordered_frames_of_a_foreign_mp4_keep_their_place(clip: Maker) -> None:
    path = clip("b.mp4", "-bf", "3", "-g", "20")
    once = whole(path)
    assert [i for i, _ in once] == list(range(60))
    index, picture = next(read_frames(path, start=33, stop=34))
    assert index == 33
    assert np.array_equal(picture, once[33][1])


def test_nothing_lies_beyond_the_end(copy: Path) -> None:
    assert list(read_frames(copy, start=5000, stop=5001)) == []
    assert list(read_frames(copy, start=3, stop=3)) == []


@pytest.mark.parametrize(("start", "stop"), [(-1, 3), (4, 3)])
def test_impossible_stretches_are_refused(copy: Path, start: int, stop: int) -> None:
    with pytest.raises(ValueError, match="expected 0 <= start"):
        list(read_frames(copy, start=start, stop=stop))


def test_a_missing_or_broken_copy_is_a_typed_error(tmp_path: Path) -> None:
    path = tmp_path / "copy.mp4"
    path.write_bytes(b"\0" * 100)
    with pytest.raises(DecodeFailedError):
        list(read_frames(path, start=0, stop=1))
    with pytest.raises(DecodeFailedError):
        frame_times(tmp_path / "absent.mp4")
