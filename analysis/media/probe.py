"""What an upload is, decided by its content and never by its name."""

from __future__ import annotations

import hashlib
import subprocess
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from analysis import errors
from analysis.media.ask import ask
from analysis.media.sniff import DEMUXERS, EXPECTED, HEAD_BYTES, sniff

if TYPE_CHECKING:
    from pathlib import Path

    from analysis.config import MediaConfig

_ANSWER_BYTES: Final = 1 << 20
_REFUSALS: Final = {
    kind.code: kind
    for kind in (
        errors.NotAVideoError,
        errors.TruncatedVideoError,
        errors.NoVideoStreamError,
        errors.FrameTooLargeError,
        errors.VideoTooLongError,
        errors.VideoTooShortError,
        errors.DecodeFailedError,
    )
}


@dataclass(frozen=True, slots=True, kw_only=True)
class MediaInfo:
    """What a probe found. Upright sizes have square pixels and the rotation tag applied."""

    sha256: str
    container: str  # a key of sniff.DEMUXERS
    codec: str
    stream_index: int
    coded_width_px: int
    coded_height_px: int
    width_px: int  # upright
    height_px: int  # upright
    rotation_deg: int  # clockwise turn that makes the picture upright: 0, 90, 180 or 270
    nominal_fps: float
    mean_fps: float
    variable_frame_rate: bool
    frames: int
    start_s: float  # presentation time of the first frame in the upload
    duration_s: float
    hdr: str  # transfer curve "pq" or "hlg"; "": an ordinary picture
    alpha: bool
    interlaced: bool
    clock_is_odd: bool  # times that come twice or jump back
    capture_fps: float | None  # pictures per real second, where the camera wrote it down


def probe(path: Path, *, config: MediaConfig) -> MediaInfo:
    """Look at an upload without trusting it.

    The first bytes choose the demuxer; a child process with limits on memory, processor and wall
    time reads the header, decodes one picture and reads the time of every packet.

    Raises:
        AnalysisError: a subclass that says what is wrong: empty, not a video, a playlist, cut off,
            no picture, too large, too long, too short, or not decodable within the limits.
    """
    with path.open("rb") as file:
        head = file.read(HEAD_BYTES)
        demuxer = sniff(head)
        file.seek(0)
        sha256 = hashlib.file_digest(file, "sha256").hexdigest()
    answer = _ask(path, demuxer=demuxer, config=config)
    if "error" in answer:
        raise _refusal(answer["error"], answer["params"], config=config)
    info = MediaInfo(sha256=sha256, **answer["info"])
    if info.frames < config.min_frames:
        raise errors.VideoTooShortError(frames=info.frames, limit_frames=config.min_frames)
    if info.duration_s > config.max_duration_s:
        raise errors.VideoTooLongError(duration_s=info.duration_s, limit_s=config.max_duration_s)
    return info


def _ask(path: Path, *, demuxer: str, config: MediaConfig) -> dict[str, Any]:
    try:
        answer = ask(
            "probe_child.py",
            str(path.resolve()),
            demuxer,
            DEMUXERS[demuxer],
            str(int(config.max_megapixels * 1e6)),
            str(config.max_duration_s),
            memory_bytes=config.probe_memory_bytes,
            timeout_s=config.probe_timeout_s,
            answer_bytes=_ANSWER_BYTES,
        )
    except subprocess.TimeoutExpired as error:
        limit = f"no answer within {config.probe_timeout_s:g} s"
        raise errors.DecodeFailedError(reason=limit) from error
    except subprocess.CalledProcessError as error:
        stopped = f"the decoder stopped ({error.returncode})"
        raise errors.DecodeFailedError(reason=stopped) from error
    if not isinstance(answer, dict):
        raise errors.DecodeFailedError(reason="the decoder gave no answer")
    return answer


def _refusal(code: str, params: dict[str, Any], *, config: MediaConfig) -> errors.AnalysisError:
    told = {
        "expected": EXPECTED,
        "found": "no index (moov)",
        "limit_frames": config.min_frames,
        **params,
    }
    return _REFUSALS[code](**told)
