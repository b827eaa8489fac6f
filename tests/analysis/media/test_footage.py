"""Footage as phones and cameras write it: content, order and times against the truth."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import av
import numpy as np
import pytest

from analysis.config import MediaConfig
from analysis.errors import ContainerNotAllowedError
from analysis.media import normalise as module
from analysis.media.frames import read_frames
from analysis.media.normalise import normalise
from analysis.media.probe import MediaInfo, probe
from tests.analysis.media import coded

if TYPE_CHECKING:
    from analysis.protocols import Frame
    from analysis.schema import Footage, Notice

Maker = Callable[..., Path]
CONFIG = MediaConfig()
X265 = ("-x265-params", "log-level=none")
SVT = ("-preset", "12", "-svtav1-params", "lp=1")


@dataclass(frozen=True)
class Copied:
    info: MediaInfo
    footage: Footage
    notices: dict[str, Notice]
    pictures: list[Frame]

    @property
    def numbers(self) -> list[int]:
        return [coded.number_of(picture) for picture in self.pictures]


def copied(path: Path, *, config: MediaConfig = CONFIG) -> Copied:
    target = path.with_name("copy.mp4")
    info = probe(path, config=config)
    told: list[Notice] = []
    footage = normalise(
        path,
        info=info,
        target=target,
        config=config,
        progress=lambda _: None,
        told=told.append,
    )
    pictures = [picture for _, picture in read_frames(target, start=0, stop=1000)]
    assert len(pictures) == footage.time_s.size
    return Copied(info, footage, {n.code: n for n in told}, pictures)


@pytest.mark.parametrize(
    ("name", "encoder", "options"),
    [
        ("a.mp4", "libx264", ("-bf", "2")),
        ("a.mov", "libx264", ("-bf", "2", "-pix_fmt", "yuv422p10le")),
        ("a.mov", "libx265", X265),
        ("a.mp4", "libx265", (*X265, "-pix_fmt", "yuv420p10le")),
        ("a.webm", "libvpx-vp9", ("-deadline", "realtime", "-cpu-used", "8")),
        ("a.mkv", "libvpx-vp9", ("-deadline", "realtime", "-cpu-used", "8")),
        ("a.mkv", "libsvtav1", SVT),
        ("a.mp4", "libsvtav1", SVT),
        ("a.mov", "mjpeg", ("-q:v", "3", "-pix_fmt", "yuvj420p")),
        ("a.mkv", "ffv1", ()),
    ],
)
def test_codecs_keep_every_picture_and_its_uneven_time(
    tmp_path: Path, name: str, encoder: str, options: tuple[str, ...]
) -> None:
    found = copied(coded.encode(tmp_path / name, *options, encoder=encoder))
    assert found.numbers == list(range(24))
    # Matroska counts in milliseconds.
    assert found.footage.time_s == pytest.approx(coded.uneven_s(24), abs=0.0011)
    assert coded.corner(found.pictures[7]) == pytest.approx(coded.RED, abs=25)
    assert found.notices == {}
    assert found.info.variable_frame_rate


@pytest.mark.parametrize("encoder", ["mjpeg", "mpeg4"])
def test_avi_ticks_evenly(tmp_path: Path, encoder: str) -> None:
    options = ("-q:v", "3", *(("-pix_fmt", "yuvj420p") if encoder == "mjpeg" else ()))
    found = copied(coded.encode(tmp_path / "a.avi", *options, encoder=encoder, clock=""))
    assert found.numbers == list(range(24))
    assert found.footage.time_s == pytest.approx(np.arange(24) / 25, abs=0.001)


@pytest.mark.parametrize("turn_deg", [0, 90, 180, 270])
@pytest.mark.parametrize("encoder", ["libx264", "libx265"])
def test_a_turned_phone_gives_upright_pictures(
    tmp_path: Path, tag: Maker, encoder: str, turn_deg: int
) -> None:
    """Stored as the sensor saw it, with the tag that turns it back."""
    turned = {90: "transpose=2", 180: "hflip,vflip", 270: "transpose=1"}.get(turn_deg, "null")
    options = (*(X265 if encoder == "libx265" else ()), "-vf", turned)
    path = coded.encode(tmp_path / "a.mov", *options, encoder=encoder, frames=5)
    found = copied(tag(path, turn_deg=turn_deg))
    assert (found.footage.width_px, found.footage.height_px) == (160, 96)
    assert found.numbers == list(range(5))
    assert coded.corner(found.pictures[2]) == pytest.approx(coded.RED, abs=25)


def test_an_edit_list_cuts_and_the_clock_starts_at_what_is_shown(tmp_path: Path) -> None:
    """Cut without encoding: the pictures before the cut stay in the file and are not shown."""
    whole = coded.encode(tmp_path / "whole.mp4", "-g", "24", "-bf", "0", clock="")
    path = tmp_path / "cut.mp4"
    with av.open(str(whole)) as source, av.open(str(path), mode="w") as container:
        stream = container.add_stream_from_template(source.streams.video[0])
        for packet in source.demux(video=0):
            if packet.pts is not None:
                # A negative start becomes an edit list that skips it.
                packet.pts -= 10 * packet.duration
                packet.dts = packet.pts
                packet.stream = stream
                container.mux(packet)
    found = copied(path)
    assert found.numbers == list(range(10, 24))
    assert found.footage.time_s == pytest.approx(np.arange(14) / 25, abs=0.001)


@pytest.mark.parametrize("name", ["late.mkv", "late.mp4", "late.ts"])
def test_a_start_offset_is_taken_off(tmp_path: Path, name: str) -> None:
    path = coded.encode(tmp_path / name, "-output_ts_offset", "7.25", "-bf", "0")
    found = copied(path)
    assert found.numbers == list(range(24))
    assert found.footage.time_s == pytest.approx(coded.uneven_s(24), abs=0.0011)


def test_interlaced_pictures_lose_their_combs(tmp_path: Path) -> None:
    """A white bar that jumps between the two fields of a picture."""
    options = ("-c:v", "mpeg2video", "-q:v", "2", "-flags", "+ildct+ilme", "-top", "1")
    inside = "gt(Y,60)*between(X,mod(N*12,120),mod(N*12,120)+14)"
    parts = ":".join(f"{part}='if({inside},255,{part}(X,Y))'" for part in "rgb")
    bar = f"geq={parts},tinterlace=interleave_top"
    path = coded.encode(
        tmp_path / "a.mkv",
        *options,
        "-vf",
        f"{bar},setfield=tff",
        encoder="mpeg2video",
        clock="",
        frames=24,
    )
    found = copied(path)
    assert found.info.interlaced
    assert len(found.pictures) == 12
    with av.open(str(path)) as container:
        raw = [f.to_ndarray(format="rgb24") for f in container.decode(video=0)]

    def combs(pictures: list[Frame]) -> float:
        part = np.stack(pictures)[:, 62:94, :, 1].astype(float)
        return float(np.abs(part[:, 1:-1] - (part[:, :-2] + part[:, 2:]) / 2).mean())

    assert combs(found.pictures) < 0.35 * combs(raw)


@pytest.mark.parametrize("transfer", ["smpte2084", "arib-std-b67"])
def test_high_dynamic_range_comes_out_like_the_scene(tmp_path: Path, transfer: str) -> None:
    known = module.known_filters(module.ffmpeg_path())
    if not {"zscale", "tonemap"} <= known:
        pytest.skip("this ffmpeg has no zscale and tonemap")
    found = copied(_hdr(tmp_path, transfer))
    assert found.info.hdr
    assert found.numbers == list(range(6))
    red, green, blue = coded.corner(found.pictures[3])
    assert (red, green, blue) == pytest.approx(coded.RED, abs=45)
    # Grey stays grey and white is bright: no washed out picture.
    assert found.pictures[3][10, 140].astype(int) == pytest.approx([90] * 3, abs=25)
    assert found.pictures[3][2 * coded.BLOCK_PX, int(1.5 * coded.BLOCK_PX)].min() > 185
    assert found.notices == {}
    with av.open(str(tmp_path / "copy.mp4")) as container:
        assert next(container.decode(video=0)).color_trc == 1  # BT.709


def test_without_a_tone_mapper_high_dynamic_range_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = _hdr(tmp_path, "arib-std-b67")
    known = module.known_filters(module.ffmpeg_path()) - {"zscale"}
    monkeypatch.setattr(module, "known_filters", lambda _: known)
    found = copied(path)
    assert list(found.notices) == ["hdr_not_mapped"]
    assert found.numbers == list(range(6))


def _hdr(tmp_path: Path, transfer: str) -> Path:
    if "zscale" not in module.known_filters(module.ffmpeg_path()):
        pytest.skip("this ffmpeg has no zscale to make HDR footage with")
    to_hdr = (
        "format=yuv444p,zscale=tin=709:pin=709:min=709:rin=tv:"
        f"t={transfer}:p=2020:m=2020_ncl:npl=203,format=yuv420p10le"
    )
    options = (*X265, "-pix_fmt", "yuv420p10le", "-vf", to_hdr)
    tags = ("-color_primaries", "bt2020", "-color_trc", transfer, "-colorspace", "bt2020nc")
    return coded.encode(
        tmp_path / "hdr.mp4", *options, *tags, encoder="libx265", frames=6, clock=""
    )


@pytest.mark.parametrize("size", ["161x97", "99x161", "160x96"])
def test_odd_sizes_come_out_even(tmp_path: Path, size: str) -> None:
    scaled = ("-vf", f"scale={size.replace('x', ':')},format=yuv444p", "-pix_fmt", "yuv444p")
    found = copied(coded.encode(tmp_path / "a.mp4", *scaled, frames=5))
    width, height = (int(side) for side in size.split("x"))
    assert found.footage.width_px % 2 == found.footage.height_px % 2 == 0
    assert abs(found.footage.width_px - width) <= 1
    assert abs(found.footage.height_px - height) <= 1
    assert found.numbers == list(range(5))


@pytest.mark.parametrize(("sar", "size"), [("2/1", (320, 96)), ("16/15", (170, 96))])
@pytest.mark.parametrize("name", ["a.mp4", "a.mkv"])
def test_pixels_come_out_square(tmp_path: Path, name: str, sar: str, size: tuple[int, int]) -> None:
    found = copied(coded.encode(tmp_path / name, "-vf", f"setsar={sar}", frames=5))
    assert (found.footage.width_px, found.footage.height_px) == pytest.approx(size, abs=2)
    assert found.numbers == list(range(5))


def test_what_lies_under_transparency_is_not_shown(tmp_path: Path) -> None:
    see_through = "format=rgba,geq=r='r(X,Y)':g='g(X,Y)':b='b(X,Y)':a='if(gt(X,128),0,255)'"
    options = ("-pix_fmt", "argb", "-vf", see_through)
    found = copied(coded.encode(tmp_path / "a.mov", *options, encoder="qtrle", frames=5))
    assert found.info.alpha
    assert found.numbers == list(range(5))
    assert coded.corner(found.pictures[2]) == pytest.approx(coded.RED, abs=25)
    assert found.pictures[2][70, 150].max() < 30


def test_the_footage_is_chosen_among_cover_and_thumbnails(tmp_path: Path, make: Maker) -> None:
    video = coded.encode(tmp_path / "v.mp4", clock="")
    cover = make("cover.png", "-f", "lavfi", "-i", "color=blue:s=600x600:d=1", "-frames:v", "1")
    small = make("small.mp4", "-f", "lavfi", "-i", "testsrc2=s=64x48:r=25:d=1")
    inputs = ("-i", str(cover), "-i", str(small), "-i", str(video))
    maps = ("-map", "0", "-map", "1", "-map", "2", "-c", "copy", "-disposition:v:0", "attached_pic")
    found = copied(make("several.mp4", *inputs, *maps))
    assert found.numbers == list(range(24))
    assert found.footage.time_s == pytest.approx(np.arange(24) / 25, abs=0.001)


def test_four_k_is_brought_down(tmp_path: Path) -> None:
    big = ("-vf", "scale=3840:2304:flags=neighbor", "-preset", "ultrafast")
    found = copied(coded.encode(tmp_path / "a.mp4", *big, frames=2))
    assert (found.footage.width_px, found.footage.height_px) == (1800, 1080)
    assert found.numbers == [0, 1]


def test_one_picture_is_footage(tmp_path: Path) -> None:
    found = copied(coded.encode(tmp_path / "a.mp4", frames=1))
    assert found.footage.time_s.tolist() == [0.0]
    assert found.footage.duration_s == 0
    assert found.notices == {}


@pytest.mark.parametrize(
    ("name", "encoder", "options"),
    [
        ("a.mp4", "libx264", ("-bf", "0", "-g", "6")),
        ("a.webm", "libvpx-vp9", ("-deadline", "realtime", "-cpu-used", "8", "-g", "6")),
        ("a.mov", "mjpeg", ("-pix_fmt", "yuvj420p")),
    ],
)
def test_a_spoilt_picture_is_left_out_and_said(
    tmp_path: Path, name: str, encoder: str, options: tuple[str, ...]
) -> None:
    path = coded.encode(tmp_path / name, *options, encoder=encoder)
    _spoil(path, number=12)
    found = copied(path)
    kept = found.footage.time_s
    truth = coded.uneven_s(24)
    notice = found.notices["pictures_skipped"]
    assert 1 <= notice.params["count"] <= 6  # the group that builds on it, at most
    assert notice.params["first_s"] == pytest.approx(truth[12], abs=0.002)
    assert not np.any(np.abs(kept - truth[12]) < 0.005)
    assert kept.size == 24 - notice.params["count"]
    for number in (*range(12), *range(18, 24)):
        at = int(np.argmin(np.abs(kept - truth[number])))
        assert kept[at] == pytest.approx(truth[number], abs=0.0011)
        assert found.numbers[at] == number


def _spoil(path: Path, *, number: int) -> None:
    with av.open(str(path)) as container:
        packets = [p for p in container.demux(video=0) if p.size]
        places = [(p.pos, bytes(p)) for p in packets]
    data = bytearray(path.read_bytes())
    position, content = places[number]
    start = data.index(content, position)
    data[start + 4 : start + len(content)] = b"\xa5" * (len(content) - 4)
    path.write_bytes(bytes(data))


def _retimed(path: Path, times_ms: list[int]) -> Path:
    plain = coded.encode(
        path.with_name("plain.mov"), "-pix_fmt", "yuvj420p", encoder="mjpeg", clock=""
    )
    with av.open(str(plain)) as source, av.open(str(path), mode="w") as container:
        stream = container.add_stream_from_template(source.streams.video[0])
        packets = [p for p in source.demux(video=0) if p.size]
        for order, (packet, time_ms) in enumerate(zip(packets, times_ms, strict=True)):
            packet.pts = round(time_ms * packet.time_base.denominator / 1000)
            # Matroska keeps no decoding times: these only please the muxer.
            packet.dts = order - len(packets)
            packet.stream = stream
            container.mux(packet)
    return path


def test_a_picture_whose_time_has_passed_is_left_out_and_said(tmp_path: Path) -> None:
    times_ms = [40 * n for n in range(24)]
    times_ms[10] = 350
    found = copied(_retimed(tmp_path / "late.mkv", times_ms))
    assert found.numbers == [n for n in range(24) if n != 10]
    assert found.footage.time_s == pytest.approx(
        np.array([t for t in times_ms if t != 350]) / 1000, abs=0.0011
    )
    assert found.notices["pictures_late"].params["count"] == 1


@pytest.mark.parametrize("shift_ms", [0, 7])
def test_a_clock_that_was_set_back_goes_on(tmp_path: Path, shift_ms: int) -> None:
    times_ms = [40 * n for n in range(18)] + [40 * n + shift_ms for n in range(6)]
    found = copied(_retimed(tmp_path / "back.mkv", times_ms))
    assert found.numbers == list(range(24))
    assert found.footage.time_s == pytest.approx(np.arange(24) / 25, abs=0.0021)
    notice = found.notices["clock_set_back"]
    assert notice.params["count"] == 1
    assert notice.params["first_s"] == pytest.approx(17 / 25, abs=0.002)


@pytest.mark.parametrize(
    "text", ["#EXTM3U\n#EXT-X-VERSION:3\nsecret.mp4\n", "ffconcat version 1.0\nfile secret.mp4\n"]
)
@pytest.mark.parametrize("name", ["a.mp4", "a.m3u8", "a.mov"])
def test_playlists_stay_outside(tmp_path: Path, name: str, text: str) -> None:
    coded.encode(tmp_path / "secret.mp4", frames=3)
    path = tmp_path / name
    path.write_text(text)
    with pytest.raises(ContainerNotAllowedError):
        probe(path, config=CONFIG)
