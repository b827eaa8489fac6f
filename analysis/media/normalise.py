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
from analysis.media import damage
from analysis.media.filters import (
    CLOCK_HZ,
    filter_chain,
    is_tone_mapped,
    known_filters,
    second_decoder,
)
from analysis.media.frames import frame_times
from analysis.media.limits import limited
from analysis.media.sniff import DEMUXERS
from analysis.schema import Footage, Notice

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from analysis.config import MediaConfig
    from analysis.media.filters import Span
    from analysis.media.probe import MediaInfo

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
    told: Callable[[Notice], None] = lambda _: None,
) -> Footage:
    """Write the upright copy of `path` to `target` and return its clock.

    H.264 yuv420p in mp4, presentation times kept and counted from the first frame, shorter side at
    most `config.max_height_px`, even sizes, square pixels, standard dynamic range, no sound, a key
    frame about every second, no reordered frames, index in front. Spoilt pictures are left out,
    a clock that jumps back is mended; `told` hears of that and of anything else that a reader
    should know. `target` appears only when it is complete.

    Raises:
        DecodeFailedError: ffmpeg gave up, stalled or was stopped at a limit.
        VideoTooShortError: fewer than `config.min_frames` pictures came out.
        Exception: whatever `progress` raises; ffmpeg is then stopped.
    """
    partial = target.with_name(f".{target.name}.{os.getpid()}.part")

    def write(damaged: Sequence[Span] = (), decoder: str | None = None) -> tuple[Footage, bool]:
        command = _command(
            path, info=info, partial=partial, config=config, damaged=damaged, decoder=decoder
        )
        complained = _run(command, duration_s=info.duration_s, progress=progress)
        return read_footage(partial, sha256=info.sha256), complained

    try:
        footage, complained = write()
        found = _examined(path, info=info, footage=footage, complained=complained, config=config)
        spoilt, decoder = _remedy(info, found=found, footage=footage)
        if spoilt or decoder:
            footage, _ = write(spoilt, decoder)
        if footage.time_s.size < config.min_frames:
            raise VideoTooShortError(
                frames=int(footage.time_s.size), limit_frames=config.min_frames
            )
        partial.replace(target)
    finally:
        partial.unlink(missing_ok=True)
    for notice in _notices(info, found=found):
        told(notice)
    progress(1.0)
    return footage


def read_footage(target: Path, *, sha256: str) -> Footage:
    """The clock and size of a copy made earlier, without decoding; `sha256` is the upload's.

    Raises:
        DecodeFailedError: the copy cannot be read.
    """
    time_s, width_px, height_px = frame_times(target)
    return Footage(sha256=sha256, width_px=width_px, height_px=height_px, time_s=time_s)


def _examined(
    path: Path, *, info: MediaInfo, footage: Footage, complained: bool, config: MediaConfig
) -> damage.Damage | None:
    """Nothing to look for in footage that decodes without a word and comes out in full."""
    if not complained and not info.clock_is_odd and footage.time_s.size == info.frames:
        return damage.Damage()
    return damage.examine(path, info=info, config=config)


def _remedy(
    info: MediaInfo, *, found: damage.Damage | None, footage: Footage
) -> tuple[Sequence[Span], str | None]:
    """Stretches to leave out, and another decoder where more was lost than had to be."""
    if found is None:
        return (), None
    frames = footage.time_s.size
    spoilt = damage.spans(found.spoilt_s, clock_s=footage.time_s)
    readable = info.frames - len(found.lost_s) - len(found.late_s)
    decoder = None
    if frames < readable:
        decoder = second_decoder(info.codec, program=ffmpeg_path())
    return (spoilt if len(found.spoilt_s) < frames else ()), decoder


def _notices(info: MediaInfo, *, found: damage.Damage | None) -> tuple[Notice, ...]:
    told = damage.notices(found)
    if info.hdr and not is_tone_mapped(info, known=known_filters(ffmpeg_path())):
        return (*told, Notice("hdr_not_mapped"))
    return told


def _command(
    path: Path,
    *,
    info: MediaInfo,
    partial: Path,
    config: MediaConfig,
    damaged: Sequence[Span],
    decoder: str | None,
) -> list[str]:
    import ffmpeg

    program = ffmpeg_path()
    filters = filter_chain(info, known=known_filters(program), config=config, damaged=damaged)
    source = ffmpeg.input(
        str(path.resolve()),
        format=info.container,
        protocol_whitelist="file",
        format_whitelist=DEMUXERS[info.container],
        max_pixels=int(config.max_megapixels * 1e6),
        **({"vcodec": decoder} if decoder else {}),
    )
    output = source.output(
        str(partial.resolve()),
        map=f"0:{info.stream_index}",
        vf=filters,
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
    arguments: list[str] = output.global_args(*options).overwrite_output().compile(program)
    return arguments


def _run(command: list[str], *, duration_s: float, progress: Callable[[float], None]) -> bool:
    """Run ffmpeg, telling how far it is; kills it when it stalls or when the caller raises.

    Whether it complained on the way although it came to the end.
    """
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
        return bool(_last_line(log))


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
