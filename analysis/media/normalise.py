"""One upright H.264 copy of an upload, both analysed and played. The only ffmpeg adapter."""

from __future__ import annotations

import os
import selectors
import shutil
import subprocess
import tempfile
import time
from typing import IO, TYPE_CHECKING, Any, Final

from analysis.errors import DecodeFailedError, VideoTooShortError
from analysis.media.frames import frame_times
from analysis.media.limits import limited
from analysis.media.sniff import DEMUXERS
from analysis.schema import Footage

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from analysis.config import MediaConfig
    from analysis.media.probe import MediaInfo

CLOCK_HZ: Final = 90_000  # ticks per second: exact for 24, 25, 30, 50, 60 and 29.97 frames/s
KEYFRAME_S: Final = 1.0  # a chunk seeks at most this far back
STALL_S: Final = 120.0  # one picture that takes longer is not going to come
MEMORY_BYTES: Final = 8 * 1024**3
FILE_BYTES: Final = 64 * 1024**3


def ffmpeg_path() -> str:
    """The ffmpeg on PATH, or the one that pip supplied.

    Raises:
        FileNotFoundError: there is neither.
    """
    found = shutil.which("ffmpeg")
    if found:
        return found
    try:
        import imageio_ffmpeg
    except ImportError as error:
        raise FileNotFoundError("no ffmpeg on PATH and imageio-ffmpeg is not installed") from error
    return str(imageio_ffmpeg.get_ffmpeg_exe())


def normalise(
    path: Path,
    *,
    info: MediaInfo,
    target: Path,
    config: MediaConfig,
    progress: Callable[[float], None],
) -> Footage:
    """Write the upright copy of `path` to `target` and return its clock.

    H.264 yuv420p in mp4, presentation times kept and counted from the first frame, shorter side at
    most `config.max_height_px`, even sizes, square pixels, no sound, a key frame about every
    second, no reordered frames, index in front. `target` appears only when it is complete.

    Raises:
        DecodeFailedError: ffmpeg gave up, stalled or was stopped at a limit.
        VideoTooShortError: fewer than `config.min_frames` pictures came out.
        Exception: whatever `progress` raises; ffmpeg is then stopped.
    """
    partial = target.with_name(f".{target.name}.{os.getpid()}.part")
    command = _command(path, info=info, partial=partial, config=config)
    try:
        _run(command, duration_s=info.duration_s, progress=progress)
        footage = read_footage(partial, sha256=info.sha256)
        if footage.time_s.size < config.min_frames:
            raise VideoTooShortError(
                frames=int(footage.time_s.size), limit_frames=config.min_frames
            )
        partial.replace(target)
    finally:
        partial.unlink(missing_ok=True)
    progress(1.0)
    return footage


def read_footage(target: Path, *, sha256: str) -> Footage:
    """The clock and size of a copy made earlier, without decoding; `sha256` is the upload's.

    Raises:
        DecodeFailedError: the copy cannot be read.
    """
    time_s, width_px, height_px = frame_times(target)
    return Footage(sha256=sha256, width_px=width_px, height_px=height_px, time_s=time_s)


def copy_size_px(*, width_px: int, height_px: int, max_shorter_px: int) -> tuple[int, int]:
    """Even width and height of the copy: scaled down, never up, so that the shorter side fits."""
    scale = min(1.0, max_shorter_px / min(width_px, height_px))
    return _even(width_px * scale), _even(height_px * scale)


def _even(length: float) -> int:
    return max(2, 2 * round(length / 2))


def _command(path: Path, *, info: MediaInfo, partial: Path, config: MediaConfig) -> list[str]:
    import ffmpeg

    width, height = copy_size_px(
        width_px=info.width_px, height_px=info.height_px, max_shorter_px=config.max_height_px
    )
    # ffmpeg turns the picture upright by its tag before these filters see it.
    filters = [
        *(["yadif=mode=send_frame:deint=interlaced"] if info.interlaced else []),
        f"scale={width}:{height}:flags=bicubic:out_range=tv",
        "setsar=1",
        "format=yuv420p",
        f"settb=1/{CLOCK_HZ}",
        "setpts=PTS-STARTPTS",
        # Where time stands still or runs backwards, the later picture is left out.
        r"select=isnan(prev_selected_pts)+gt(pts\,prev_selected_pts)",
    ]
    source = ffmpeg.input(
        str(path.resolve()),
        format=info.container,
        protocol_whitelist="file",
        format_whitelist=DEMUXERS[info.container],
        max_pixels=int(config.max_megapixels * 1e6),
    )
    output = source.output(
        str(partial.resolve()),
        map=f"0:{info.stream_index}",
        vf=",".join(filters),
        format="mp4",
        vcodec="libx264",
        preset="veryfast",
        crf=config.crf,
        bf=0,
        fps_mode="passthrough",
        enc_time_base=f"1:{CLOCK_HZ}",
        video_track_timescale=CLOCK_HZ,
        force_key_frames=f"expr:gte(t,n_forced*{KEYFRAME_S})",
        movflags="+faststart",
        map_metadata=-1,
        map_chapters=-1,
    )
    options = ("-nostdin", "-hide_banner", "-loglevel", "error", "-progress", "pipe:1")
    arguments: list[str] = output.global_args(*options).overwrite_output().compile(ffmpeg_path())
    return arguments


def _run(command: list[str], *, duration_s: float, progress: Callable[[float], None]) -> None:
    """Run ffmpeg, telling how far it is; kills it when it stalls or when the caller raises."""
    bounded = limited(command, memory_bytes=MEMORY_BYTES, file_bytes=FILE_BYTES)
    with tempfile.TemporaryFile() as log:
        process = subprocess.Popen(
            bounded, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=log
        )
        try:
            for done_s in _progress(process):
                progress(min(1.0, done_s / duration_s) if duration_s > 0 else 0.0)
            code = process.wait(timeout=STALL_S)
        finally:
            process.kill()
            process.wait()
            if process.stdout:
                process.stdout.close()
        if code != 0:
            raise DecodeFailedError(reason=_last_line(log) or f"ffmpeg stopped ({code})")


def _progress(process: subprocess.Popen[bytes]) -> Iterator[float]:
    """Seconds written so far, each time they grow.

    Raises:
        DecodeFailedError: they have not grown for STALL_S.
    """
    pipe: Any = process.stdout
    furthest_us, grew_at_s, rest = -1, time.monotonic(), b""
    with selectors.DefaultSelector() as selector:
        selector.register(pipe, selectors.EVENT_READ)
        while True:
            ready = selector.select(timeout=1.0)
            data = os.read(pipe.fileno(), 65536) if ready else b""
            if ready and not data:
                return
            *lines, rest = (rest + data).split(b"\n")
            for line in lines:
                reached_us = _reached_us(line)
                if reached_us is not None and reached_us > furthest_us:
                    furthest_us, grew_at_s = reached_us, time.monotonic()
                    yield max(0, reached_us) / 1e6
            if time.monotonic() - grew_at_s > STALL_S:
                raise DecodeFailedError(reason=f"no new picture for {STALL_S:g} s")


def _reached_us(line: bytes) -> int | None:
    key, _, value = line.partition(b"=")
    if key.strip() != b"out_time_us":
        return None
    value = value.strip()
    return int(value) if value.lstrip(b"-").isdigit() else None  # "N/A" before the first picture


def _last_line(log: IO[bytes]) -> str:
    log.seek(0, os.SEEK_END)
    log.seek(max(0, log.tell() - 2048))
    lines = log.read().decode("utf-8", errors="replace").strip().splitlines()
    return lines[-1].strip() if lines else ""
