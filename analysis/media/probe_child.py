"""The part of probing that touches hostile bytes: executed as a script, in a process with limits.

`python -I probe_child.py PATH DEMUXER DEMUXER_NAMES MAX_PIXELS MAX_DURATION_S` prints one JSON
object: {"info": {…}} or {"error": code, "params": {…}}. It imports nothing of the project: a crash
here is an answer too (the parent tells it as a failed decoding).
"""

from __future__ import annotations

import itertools
import json
import sys
from array import array
from fractions import Fraction
from pathlib import Path
from typing import Any, Final

_HDR_TRANSFERS: Final = {16: "pq", 18: "hlg"}
_BACK_S: Final = 0.5  # no reordering of pictures reaches back so far: the clock itself jumped
# Where phones and cameras write how many pictures they took in a real second.
_CAPTURE_TAGS: Final = ("com.android.capture.fps", "com.apple.quicktime.capture-frame-rate")
_COMPLETE: Final = 0.98  # share of the promised packets below which a file counts as cut off
_STILLS: Final = 32  # packets tried before a stream is called undecodable


class RefusedError(Exception):
    """An answer that is no MediaInfo."""

    def __init__(self, error: str, **params: Any) -> None:
        super().__init__(error)
        self.answer = {"error": error, "params": params}


def inspect(
    path: str, *, demuxer: str, names: str, max_pixels: int, max_duration_s: float
) -> dict[str, Any]:
    """Header first, then one decoded picture, then every packet's time without decoding."""
    import av

    options = {
        "protocol_whitelist": "file",
        "format_whitelist": names,
        "skip_frame": "all",  # opening alone must decode nothing
        "threads": "1",
    }
    try:
        with av.open(path, format=demuxer, options=options) as container:
            stream = _stream(container)
            index = stream.index
            _check_header(container, stream, max_pixels=max_pixels, max_duration_s=max_duration_s)
            picture = _first_picture(container, stream, max_pixels=max_pixels)
            capture_fps = _capture_fps(container, stream)
        with av.open(path, format=demuxer, options=options) as container:
            clock = _clock(container, index=index)
    except av.FFmpegError as error:
        raise RefusedError(*_told(path, demuxer=demuxer), reason=_reason(error)) from error
    return {**picture, **clock, "container": demuxer, "capture_fps": capture_fps}


def _reason(error: Exception) -> str:
    return str(getattr(error, "strerror", None) or error)


def _told(path: str, *, demuxer: str) -> tuple[str]:
    """An mp4 without its index was cut off while it was written or sent."""
    if demuxer == "mov" and not _has_index(path):
        return ("truncated_video",)
    return ("decode_failed",)


def _has_index(path: str) -> bool:
    """Whether a complete moov atom is among the top-level atoms."""
    total = Path(path).stat().st_size
    with Path(path).open("rb") as file:
        place = 0
        while place + 8 <= total:
            file.seek(place)
            head = file.read(16)
            size, kind = int.from_bytes(head[:4]), head[4:8]
            if size == 1:
                size = int.from_bytes(head[8:16])
            if kind == b"moov":
                return place + size <= total
            if size < 8:
                return False
            place += size
    return False


def _stream(container: Any) -> Any:
    """The video stream that is footage: not a cover picture; the largest of several."""
    from av.stream import Disposition

    covers = Disposition.attached_pic | Disposition.timed_thumbnails
    videos = [
        s
        for s in container.streams.video
        if not s.disposition & covers and s.codec_context is not None
    ]
    if not videos:
        found = [
            s.codec_context.name for s in container.streams if getattr(s, "codec_context", None)
        ]
        raise RefusedError("no_video_stream", found=", ".join(found) or "-")
    return max(videos, key=lambda s: s.codec_context.width * s.codec_context.height)


def _check_header(container: Any, stream: Any, *, max_pixels: int, max_duration_s: float) -> None:
    width, height = stream.codec_context.width, stream.codec_context.height
    if width * height > max_pixels:
        raise RefusedError(
            "frame_too_large",
            width_px=width,
            height_px=height,
            megapixels=width * height / 1e6,
            limit_megapixels=max_pixels / 1e6,
        )
    promised_s = (container.duration or 0) / 1e6
    if promised_s > max_duration_s:
        raise RefusedError("video_too_long", duration_s=promised_s, limit_s=max_duration_s)


def _first_picture(container: Any, stream: Any, *, max_pixels: int) -> dict[str, Any]:
    """Decode until one picture comes out: what the header says may not be so."""
    import av

    stream.codec_context.options = {"max_pixels": str(max_pixels)}
    for tried, packet in enumerate(container.demux(stream)):
        try:
            frames = packet.decode()
        except av.FFmpegError:
            frames = []  # a damaged start: the next key frame may do
        for frame in frames:
            return _described(stream, frame)
        if tried >= _STILLS and not packet.size:
            break
        if tried >= 40 * _STILLS:
            break
    raise RefusedError("decode_failed", reason="no picture could be decoded")


def _described(stream: Any, frame: Any) -> dict[str, Any]:
    # The display matrix turns anticlockwise; we tell how far to turn the picture clockwise.
    clockwise = -int(frame.rotation) % 360
    quarter = round(clockwise / 90) * 90 % 360
    aspect = stream.sample_aspect_ratio or Fraction(1)
    stretched = max(2, round(frame.width * float(aspect))) if aspect > 0 else frame.width
    upright = (frame.height, stretched) if quarter % 180 else (stretched, frame.height)
    context = stream.codec_context
    return {
        "codec": context.name,
        "stream_index": stream.index,
        "coded_width_px": frame.width,
        "coded_height_px": frame.height,
        "width_px": upright[0],
        "height_px": upright[1],
        "rotation_deg": quarter,
        "nominal_fps": float(stream.base_rate or stream.average_rate or 0),
        "hdr": _HDR_TRANSFERS.get(int(frame.color_trc or 0), ""),
        "alpha": any(part.is_alpha for part in frame.format.components),
        "interlaced": bool(frame.interlaced_frame),
    }


def _capture_fps(container: Any, stream: Any) -> float | None:
    """Pictures per real second while filming, where the camera wrote it down."""
    tags = {k.lower(): v for k, v in {**container.metadata, **stream.metadata}.items()}
    for key in _CAPTURE_TAGS:
        try:
            told = float(tags.get(key, ""))
        except ValueError:
            continue
        if 1 <= told <= 100_000:
            return told
    return None


def _clock(container: Any, *, index: int) -> dict[str, Any]:
    """Presentation times of all packets; refuses a file whose packets end before it promises."""
    stream = container.streams[index]
    ticks, seen, last_s, jumps = _packets(container, stream)
    promised = stream.frames
    promised_s = (container.duration or 0) / 1e6
    start_s = (container.start_time or 0) / 1e6
    short = promised and seen < _COMPLETE * promised
    short |= not promised and promised_s > 0 and last_s - start_s < _COMPLETE * promised_s - 1
    if short:
        of = f"{seen} / {promised}" if promised else f"{last_s - start_s:.1f} / {promised_s:.1f} s"
        raise RefusedError("truncated_video", found=of)
    if not ticks:
        raise RefusedError("video_too_short", frames=0)
    base = float(stream.time_base)
    times = [t * base for t in sorted(ticks)]
    steps = sorted(b - a for a, b in itertools.pairwise(times))
    median = steps[len(steps) // 2] if steps else 0.0
    slack = max(0.1 * median, 2.5 * base, 0.002)
    return {
        "frames": len(times),
        "clock_is_odd": jumps > 0 or len(set(ticks)) < len(ticks),
        "duration_s": times[-1] - times[0] + median,
        "start_s": times[0],
        "mean_fps": (len(times) - 1) / (times[-1] - times[0]) if times[-1] > times[0] else 0.0,
        "variable_frame_rate": bool(
            steps and (steps[-1] - median > slack or median - steps[0] > slack)
        ),
    }


def _packets(container: Any, stream: Any) -> tuple[array[int], int, float, int]:
    """Times of the pictures that will be shown, packets, the last second, jumps of the clock."""
    ticks: array[int] = array("q")
    seen, last_s, jumps = 0, 0.0, 0
    back = _BACK_S / float(stream.time_base)
    for packet in container.demux():
        if packet.pts is None or not packet.size:
            continue
        end = packet.pts + (packet.duration or 0)
        last_s = max(last_s, float(end * (packet.time_base or 0)))
        if packet.stream.index != stream.index or packet.is_corrupt:
            continue
        seen += 1
        if not packet.is_discard:
            jumps += bool(ticks) and ticks[-1] - packet.pts > back
            ticks.append(packet.pts)
    return ticks, seen, last_s, jumps


def _main(arguments: list[str]) -> None:
    path, demuxer, names, max_pixels, max_duration_s = arguments
    try:
        info = inspect(
            path,
            demuxer=demuxer,
            names=names,
            max_pixels=int(max_pixels),
            max_duration_s=float(max_duration_s),
        )
    except RefusedError as refused:
        print(json.dumps(refused.answer))  # noqa: T201 - standard output is the answer
    else:
        print(json.dumps({"info": info}))  # noqa: T201 - standard output is the answer


if __name__ == "__main__":
    _main(sys.argv[1:])
