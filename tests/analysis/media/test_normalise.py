from __future__ import annotations

import subprocess
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import av
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.config import MediaConfig
from analysis.errors import DecodeFailedError
from analysis.media import normalise as module
from analysis.media.filters import copy_size_px
from analysis.media.frames import read_frames
from analysis.media.normalise import normalise, read_footage
from analysis.media.probe import probe

if TYPE_CHECKING:
    from analysis.protocols import Frame
    from analysis.schema import Footage

Maker = Callable[..., Path]
CONFIG = MediaConfig()


def copied(path: Path, *, config: MediaConfig = CONFIG) -> tuple[Footage, Path]:
    target = path.with_name("copy.mp4")
    info = probe(path, config=config)
    footage = normalise(path, info=info, target=target, config=config, progress=lambda _: None)
    return footage, target


def first_picture(path: Path) -> Frame:
    return next(read_frames(path, start=0, stop=1))[1]


def test_the_copy_is_what_browsers_play(clip: Maker) -> None:
    footage, target = copied(clip("a.mkv", "-c:v", "libvpx-vp9", "-deadline", "realtime"))
    with av.open(str(target)) as container:
        stream = container.streams.video[0]
        assert stream.codec_context.name == "h264"
        assert stream.codec_context.pix_fmt == "yuv420p"
        assert not stream.codec_context.has_b_frames
        assert len(container.streams) == 1
    data = target.read_bytes()
    assert data.index(b"moov") < data.index(b"mdat")
    assert footage.time_s == pytest.approx(np.arange(60) / 30, abs=0.002)
    assert footage.duration_s == pytest.approx(2, abs=0.01)


@pytest.mark.parametrize("turn_deg", [0, 90, 180, 270])
def test_the_copy_is_upright(clip: Maker, tag: Maker, turn_deg: int) -> None:
    plain = clip("plain.mp4", seconds=1, size="96x64")
    upright = first_picture(copied(plain)[1])
    footage, target = copied(tag(plain, turn_deg=turn_deg))
    # Turned clockwise by the tag: what numpy turns anticlockwise for positive k.
    expected = np.rot90(upright, k=-turn_deg // 90)
    assert (footage.height_px, footage.width_px) == expected.shape[:2]
    difference = first_picture(target).astype(int) - expected.astype(int)
    assert np.abs(difference).mean() < 6


def test_variable_times_are_kept(clip: Maker) -> None:
    path = clip("v.mp4", "-vf", "select=not(mod(n\\,3)-1)+not(mod(n\\,7))", "-fps_mode", "vfr")
    kept = [n for n in range(60) if n % 3 == 1 or n % 7 == 0]
    footage, _ = copied(path)
    assert footage.time_s[0] == 0
    assert footage.time_s == pytest.approx(np.array(kept) / 30 - kept[0] / 30, abs=1e-4)


def test_a_late_start_is_moved_to_zero(clip: Maker) -> None:
    footage, _ = copied(clip("late.mkv", "-output_ts_offset", "5.5"))
    assert footage.time_s[0] == 0
    assert footage.time_s.size == 60


def test_two_pictures_at_one_time_become_one(clip: Maker, tmp_path: Path) -> None:
    plain, path = clip("plain.avi", "-c:v", "mjpeg", "-pix_fmt", "yuvj420p"), tmp_path / "twice.mkv"
    with av.open(str(plain)) as source, av.open(str(path), mode="w") as container:
        stream = container.add_stream_from_template(source.streams.video[0])
        for packet in source.demux(video=0):
            if packet.pts is not None:
                packet.pts = packet.dts = packet.pts // 2 * 2
                packet.stream = stream
                container.mux(packet)
    with av.open(str(path)) as container:
        times = [p.pts for p in container.demux(video=0) if p.pts is not None]
    assert len(times) == 60 > len(set(times))
    footage, _ = copied(path)
    assert footage.time_s == pytest.approx(np.arange(0, 60, 2) / 30, abs=0.002)


def test_a_tall_picture_is_scaled_by_its_shorter_side(clip: Maker) -> None:
    path = clip("a.mp4", seconds=1, size="202x398")
    footage, _ = copied(path, config=replace(CONFIG, max_height_px=100))
    assert (footage.width_px, footage.height_px) == (100, 198)


@given(width=st.integers(1, 9000), height=st.integers(1, 9000), limit=st.integers(16, 2160))
def test_copy_sizes_are_even_and_within_the_limit(width: int, height: int, limit: int) -> None:
    new = copy_size_px(width_px=width, height_px=height, max_shorter_px=limit)
    assert all(side % 2 == 0 and side >= 2 for side in new)
    assert min(new) <= limit + 1
    assert new[0] <= width + 1
    assert new[1] <= height + 1


def test_stretched_pixels_come_out_square(clip: Maker) -> None:
    footage, _ = copied(clip("s.mp4", "-vf", "setsar=2/1", seconds=1))
    assert (footage.width_px, footage.height_px) == (128, 48)


def test_key_frames_come_about_every_second(clip: Maker) -> None:
    _, target = copied(clip("a.mp4", seconds=5))
    with av.open(str(target)) as container:
        keys = [float(p.pts * p.time_base) for p in container.demux(video=0) if p.is_keyframe]
    assert np.diff([*keys, 5.0]).max() <= 1.1


def test_the_clock_is_read_back_without_the_upload(clip: Maker) -> None:
    footage, target = copied(clip("a.mp4"))
    again = read_footage(target, sha256=footage.sha256)
    assert np.array_equal(again.time_s, footage.time_s)
    assert (again.sha256, again.width_px, again.height_px) == (footage.sha256, 64, 48)


def test_progress_rises_to_one(clip: Maker) -> None:
    path = clip("a.mp4")
    told: list[float] = []
    normalise(
        path,
        info=probe(path, config=CONFIG),
        target=path.with_name("copy.mp4"),
        config=CONFIG,
        progress=told.append,
    )
    assert told == sorted(told)
    assert told[-1] == 1.0


class StopError(Exception):
    pass


def test_a_caller_that_raises_stops_ffmpeg_and_leaves_nothing(
    clip: Maker, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = clip("a.mp4", seconds=8, size="320x240")
    started: list[subprocess.Popen[bytes]] = []
    real = subprocess.Popen

    def remember(*arguments: object, **options: object) -> subprocess.Popen[bytes]:
        started.append(real(*arguments, **options))  # type: ignore[call-overload]
        return started[-1]

    info = probe(path, config=CONFIG)
    monkeypatch.setattr(module.subprocess, "Popen", remember)

    def stop(_: float) -> None:
        raise StopError

    with pytest.raises(StopError):
        normalise(path, info=info, target=path.with_name("c.mp4"), config=CONFIG, progress=stop)
    assert started[0].poll() is not None
    assert [p.name for p in path.parent.iterdir()] == ["a.mp4"]


def test_what_ffmpeg_cannot_read_is_a_typed_error(clip: Maker) -> None:
    path = clip("a.mp4")
    info = probe(path, config=CONFIG)
    path.write_bytes(b"\0" * 1000)
    target = path.with_name("copy.mp4")
    with pytest.raises(DecodeFailedError):
        normalise(path, info=info, target=target, config=CONFIG, progress=lambda _: None)
    assert not target.exists()


def test_a_damaged_middle_costs_pictures_and_no_more(clip: Maker) -> None:
    path = clip("a.mp4", "-movflags", "+faststart", "-g", "15", seconds=4, size="160x120")
    data = bytearray(path.read_bytes())
    start = data.index(b"mdat")
    middle = start + (len(data) - start) // 2
    data[middle : middle + 400] = b"\xa5" * 400
    path.write_bytes(bytes(data))
    footage, target = copied(path)
    assert 60 <= footage.time_s.size <= 120
    assert len(list(read_frames(target, start=0, stop=200))) == footage.time_s.size


@pytest.mark.footage
def test_four_tags_of_one_scene_give_one_picture(footage_dir: Path, tmp_path: Path) -> None:
    config = replace(CONFIG, min_frames=1)
    pictures = []
    for turn_deg in (0, 90, 180, 270):
        path = footage_dir / "rotation" / f"rot{turn_deg}.mov"
        target = tmp_path / f"{turn_deg}.mp4"
        info = probe(path, config=config)
        assert info.rotation_deg == turn_deg
        normalise(path, info=info, target=target, config=config, progress=lambda _: None)
        stored = av.open(str(path)).decode(video=0)
        pictures.append((next(iter(stored)).to_ndarray(format="rgb24"), first_picture(target)))
    for turn_deg, (stored_picture, picture) in zip((0, 90, 180, 270), pictures, strict=True):
        turned = np.rot90(stored_picture, k=-turn_deg // 90)
        assert turned.shape == picture.shape
        assert np.abs(turned.astype(int) - picture.astype(int)).mean() < 6


@pytest.mark.footage
def test_a_phones_variable_clip(footage_dir: Path, tmp_path: Path) -> None:
    path = footage_dir / "skate_kickflip110_rot90.mov"
    config = replace(CONFIG, max_height_px=240)
    info = probe(path, config=config)
    target = tmp_path / "copy.mp4"
    footage = normalise(path, info=info, target=target, config=config, progress=lambda _: None)
    assert footage.width_px > footage.height_px
    steps_s = np.diff(footage.time_s)
    assert steps_s.max() > 1.8 * steps_s.min()
    assert footage.duration_s == pytest.approx(info.duration_s, abs=0.1)
