from __future__ import annotations

import hashlib
import random
import shutil
import struct
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from analysis.config import MediaConfig
from analysis.errors import (
    AnalysisError,
    ContainerNotAllowedError,
    DecodeFailedError,
    EmptyFileError,
    FrameTooLargeError,
    NotAVideoError,
    NoVideoStreamError,
    TruncatedVideoError,
    VideoTooLongError,
    VideoTooShortError,
)
from analysis.media import probe as module
from analysis.media.probe import MediaInfo, probe

Maker = Callable[..., Path]
CONFIG = MediaConfig()


def test_a_plain_clip_is_described(clip: Maker) -> None:
    path = clip("a.mp4", seconds=2, size="64x48", rate=30)
    info = probe(path, config=CONFIG)
    assert info.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()
    assert (info.container, info.codec, info.frames) == ("mov", "h264", 60)
    assert (info.coded_width_px, info.coded_height_px) == (64, 48)
    assert (info.width_px, info.height_px, info.rotation_deg) == (64, 48, 0)
    assert info.nominal_fps == pytest.approx(30)
    assert info.mean_fps == pytest.approx(30)
    assert info.duration_s == pytest.approx(2)
    assert not any((info.variable_frame_rate, info.hdr, info.interlaced))


@pytest.mark.parametrize(
    ("name", "container", "options"),
    [
        ("a.mkv", "matroska", ()),
        ("a.webm", "matroska", ("-c:v", "libvpx-vp9", "-deadline", "realtime")),
        ("a.avi", "avi", ("-c:v", "mpeg4")),
        ("a.avi", "avi", ("-c:v", "mjpeg", "-pix_fmt", "yuvj420p")),
        ("a.ts", "mpegts", ()),
        ("a.mov", "mov", ("-c:v", "libx265", "-x265-params", "log-level=error")),
    ],
)
def test_each_container_is_known_whatever_its_name(
    clip: Maker, name: str, container: str, options: tuple[str, ...]
) -> None:
    path = clip(name, *options, seconds=1)
    disguised = path.rename(path.with_name("holiday.jpg"))
    info = probe(disguised, config=CONFIG)
    assert info.container == container
    assert info.frames == 30


@pytest.mark.parametrize(
    ("turn_deg", "upright"),
    [(0, (64, 48)), (90, (48, 64)), (180, (64, 48)), (270, (48, 64))],
)
def test_the_rotation_tag_decides_the_upright_size(
    clip: Maker, tag: Maker, turn_deg: int, upright: tuple[int, int]
) -> None:
    info = probe(tag(clip("plain.mp4", seconds=1), turn_deg=turn_deg), config=CONFIG)
    assert info.rotation_deg == turn_deg
    assert (info.width_px, info.height_px) == upright
    assert (info.coded_width_px, info.coded_height_px) == (64, 48)


def test_variable_frame_rate_is_seen_and_the_mean_told(clip: Maker) -> None:
    path = clip("v.mp4", "-vf", "select=not(mod(n\\,3)-1)+not(mod(n\\,7))", "-fps_mode", "vfr")
    info = probe(path, config=CONFIG)
    assert info.variable_frame_rate
    assert info.mean_fps < 20


def test_stretched_pixels_are_counted_in_the_upright_size(clip: Maker) -> None:
    info = probe(clip("s.mp4", "-vf", "setsar=2/1"), config=CONFIG)
    assert (info.width_px, info.height_px) == (128, 48)


def test_interlaced_and_hdr_are_flagged(clip: Maker) -> None:
    interlaced = clip("i.mp4", "-vf", "interlace", "-flags", "+ildct+ilme")
    hlg = ("-colorspace", "bt2020nc", "-color_primaries", "bt2020", "-color_trc", "arib-std-b67")
    assert probe(interlaced, config=CONFIG).interlaced
    assert probe(clip("h.mp4", *hlg), config=CONFIG).hdr == "hlg"


def test_an_empty_file(tmp_path: Path) -> None:
    path = tmp_path / "a.mp4"
    path.touch()
    with pytest.raises(EmptyFileError):
        probe(path, config=CONFIG)


def test_a_text_named_mp4(tmp_path: Path) -> None:
    path = tmp_path / "a.mp4"
    path.write_text("I am a video, believe me.\n" * 100, encoding="utf-8")
    with pytest.raises(NotAVideoError) as caught:
        probe(path, config=CONFIG)
    assert caught.value.params["found"] == "text"


@pytest.mark.parametrize("form", ["hls", "concat", "dash"])
def test_a_playlist_named_mp4_never_opens_what_it_names(
    tmp_path: Path, clip: Maker, form: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    named = clip("named.ts", seconds=1)
    text = {
        "hls": f"#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\n{named}\n#EXT-X-ENDLIST\n",
        "concat": f"ffconcat version 1.0\nfile {named}\n",
        "dash": f"<?xml version='1.0'?><MPD><BaseURL>{named}</BaseURL></MPD>",
    }[form]
    path = tmp_path / "match.mp4"
    path.write_text(text, encoding="utf-8")
    started: list[object] = []
    monkeypatch.setattr(module.subprocess, "run", lambda *a, **_: started.append(a))
    with pytest.raises(ContainerNotAllowedError):
        probe(path, config=CONFIG)
    assert started == []  # no decoder ever saw it


def test_a_transport_stream_shell_around_a_playlist_is_no_way_in(tmp_path: Path) -> None:
    # Bytes that pass as one container to us are never given to another demuxer by ffmpeg.
    path = tmp_path / "a.mp4"
    path.write_bytes(b"\0\0\0\x10ftypisom\0\0\0\0" + b"\n#EXTM3U\n#EXTINF:1,\n/etc/passwd\n" * 40)
    with pytest.raises((TruncatedVideoError, DecodeFailedError)):
        probe(path, config=CONFIG)


def test_an_mp4_without_its_index_is_truncated(clip: Maker) -> None:
    path = clip("a.mp4")  # the index lies at the end
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    with pytest.raises(TruncatedVideoError):
        probe(path, config=CONFIG)


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("a.mp4", ("-movflags", "+faststart")),
        ("a.mkv", ()),
        ("a.avi", ("-c:v", "mpeg4")),
    ],
)
def test_packets_that_end_early_are_truncated(
    clip: Maker, name: str, options: tuple[str, ...]
) -> None:
    path = clip(name, *options, seconds=6)
    path.write_bytes(path.read_bytes()[: int(path.stat().st_size * 0.6)])
    with pytest.raises(TruncatedVideoError):
        probe(path, config=CONFIG)


def test_only_sound(make: Maker) -> None:
    path = make("a.mp4", "-f", "lavfi", "-i", "sine=duration=1", "-c:a", "aac")
    with pytest.raises(NoVideoStreamError) as caught:
        probe(path, config=CONFIG)
    assert "aac" in caught.value.params["found"]


def test_sound_with_a_cover_picture_is_only_sound(clip: Maker, make: Maker) -> None:
    cover = clip("cover.png", "-frames:v", "1", "-pix_fmt", "rgb24")
    path = make(
        "a.m4a", "-f", "lavfi", "-i", "sine=duration=1", "-i", str(cover), "-map", "0", "-map",
        "1", "-c:a", "aac", "-c:v", "png", "-disposition:v:0", "attached_pic", "-f", "mp4",
    )  # fmt: skip
    with pytest.raises(NoVideoStreamError):
        probe(path, config=CONFIG)


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("a.mp4", ()),
        ("a.mkv", ("-c:v", "libvpx-vp9", "-deadline", "realtime")),
        ("a.ts", ()),
        ("a.avi", ("-c:v", "mjpeg", "-pix_fmt", "yuvj420p")),
    ],
)
def test_too_many_pixels_are_refused(clip: Maker, name: str, options: tuple[str, ...]) -> None:
    path = clip(name, *options, seconds=1, size="128x96")
    with pytest.raises(FrameTooLargeError) as caught:
        probe(path, config=replace(CONFIG, max_megapixels=0.012))
    assert (caught.value.params["width_px"], caught.value.params["height_px"]) == (128, 96)


def _enlarged(path: Path, *, header: bool, bitstream: bool) -> Path:
    """An MJPEG AVI that claims 20,000 x 10,000 pixels in its header, in every picture, or both."""
    data = path.read_bytes()
    if header:
        place = data.index(b"strf") + 8  # BITMAPINFOHEADER: size, width, height
        data = data[: place + 4] + struct.pack("<ii", 20_000, 10_000) + data[place + 12 :]
    if bitstream:
        start_of_frame = b"\xff\xc0\x00\x11\x08"  # then height and width
        head, *rest = data.split(start_of_frame)
        size = struct.pack(">HH", 10_000, 20_000)
        data = head + b"".join(start_of_frame + size + part[4:] for part in rest)
    path.write_bytes(data)
    return path


def test_a_200_megapixel_picture_is_refused_before_it_is_decoded(clip: Maker) -> None:
    path = clip("a.avi", "-c:v", "mjpeg", "-pix_fmt", "yuvj420p", seconds=1)
    _enlarged(path, header=True, bitstream=True)
    # Decoded it would need 300 MB: with half of that the answer still comes.
    with pytest.raises(FrameTooLargeError) as caught:
        probe(path, config=replace(CONFIG, probe_memory_bytes=400_000_000))
    assert caught.value.params["megapixels"] == pytest.approx(200)


def test_a_bitstream_larger_than_its_header_says_is_not_decoded(clip: Maker) -> None:
    path = clip("a.avi", "-c:v", "mjpeg", "-pix_fmt", "yuvj420p", seconds=1)
    with pytest.raises((FrameTooLargeError, DecodeFailedError)):
        probe(_enlarged(path, header=False, bitstream=True), config=CONFIG)


def test_too_long_and_too_short(clip: Maker) -> None:
    path = clip("a.mp4", seconds=2)
    with pytest.raises(VideoTooLongError):
        probe(path, config=replace(CONFIG, max_duration_s=1.5))
    with pytest.raises(VideoTooShortError) as caught:
        probe(path, config=replace(CONFIG, min_frames=61))
    assert caught.value.params == {"frames": 60, "limit_frames": 61}


def test_a_single_picture_is_too_short_only_where_more_are_asked_for(clip: Maker) -> None:
    path = clip("a.mp4", "-frames:v", "1")
    assert probe(path, config=CONFIG).frames == 1
    with pytest.raises(VideoTooShortError):
        probe(path, config=replace(CONFIG, min_frames=2))


@pytest.mark.parametrize("name", ["a.mp4", "a.mov", "a.mkv"])
def test_the_rate_while_filming_is_read_where_the_camera_wrote_it(clip: Maker, name: str) -> None:
    tags = ("-movflags", "+use_metadata_tags", "-metadata", "com.android.capture.fps=240.000000")
    assert probe(clip(name, *tags, seconds=1), config=CONFIG).capture_fps == 240
    assert probe(clip(name, seconds=1), config=CONFIG).capture_fps is None


def test_limits_on_time_and_memory_are_typed_errors(clip: Maker) -> None:
    path = clip("a.mp4", seconds=1)
    with pytest.raises(DecodeFailedError):
        probe(path, config=replace(CONFIG, probe_timeout_s=0.01))
    with pytest.raises(DecodeFailedError):
        probe(path, config=replace(CONFIG, probe_memory_bytes=60_000_000))


@pytest.mark.parametrize("name", ["a.mp4", "a.mkv", "a.avi"])
def test_mutated_files_give_an_answer_or_a_typed_error(clip: Maker, name: str) -> None:
    path = clip(name, *(("-c:v", "mpeg4") if name == "a.avi" else ()), seconds=1)
    whole = path.read_bytes()
    mutant = path.with_name("mutant.bin")
    refused = 0
    for seed in range(20):
        mutant.write_bytes(_mutated(whole, seed=seed))
        refused += not isinstance(_answer(mutant), MediaInfo)
    assert refused > 0  # else the mutations were too mild to test anything


def _answer(path: Path) -> MediaInfo | AnalysisError:
    try:
        return probe(path, config=CONFIG)
    except AnalysisError as error:
        return error


def _mutated(data: bytes, *, seed: int) -> bytes:
    """Bytes flipped all over, or only in the headers; a stretch cut out, doubled or zeroed."""
    dice = random.Random(seed)
    changed = bytearray(data)
    reach = len(data) if seed % 2 else 800
    tail = seed % 4 == 2  # an mp4's index lies at the end
    for _ in range(dice.choice((1, 8, 60))):
        place = dice.randrange(reach)
        changed[-place - 1 if tail else place] = dice.randrange(256)
    a, b = sorted(dice.randrange(len(data)) for _ in range(2))
    if seed % 5 == 1:
        del changed[a:b]
    elif seed % 5 == 2:
        changed[a:a] = changed[a:b]
    elif seed % 5 == 3:
        changed[a:b] = bytes(b - a)
    return bytes(changed)


@pytest.mark.footage
def test_real_clips(footage_dir: Path, tmp_path: Path) -> None:
    wanted = {
        "balance_cam02_vp9.mp4": ("vp9", 1080, 1920, 0, False),
        "skate_kickflip100_rot.mov": ("hevc", 1080, 1920, 90, False),
        "skate_kickflip110_rot90.mov": ("h264", 1792, 828, 270, True),
        "aerobics_three_10fps.avi": ("mpeg4", 384, 288, 0, False),
    }
    for name, (codec, width, height, rotation, variable) in wanted.items():
        copy = Path(shutil.copy(footage_dir / name, tmp_path / "upload"))
        info = probe(copy, config=CONFIG)
        found = (info.codec, info.width_px, info.height_px, info.rotation_deg)
        assert found == (codec, width, height, rotation), name
        assert info.variable_frame_rate == variable, name
