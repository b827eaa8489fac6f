"""Slow motion: footage played slower than it was filmed, and how to tell. Pure."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

import numpy as np

from analysis.schema import Notice

if TYPE_CHECKING:
    from analysis.media.probe import MediaInfo
    from analysis.schema import Float

LEAST_FACTOR: Final = 1.8  # slower than real by this much is no rounding of frame rates
_WORDS: Final = re.compile(r"slow|slo[-_ ]?mo|super[-_ ]?slo|慢动作|慢镜头|慢放", re.IGNORECASE)
_RATE: Final = re.compile(r"(?<!\d)(120|240|480|960)\s*(?:fps|帧|hz)", re.IGNORECASE)


def time_scale(time_s: Float, *, capture_fps: float | None) -> float:
    """Real seconds per second of playing: 1/8 for 240 frames a second played at 30.

    Never above 1: footage is taken as slowed down, not as a time lapse. 1 where nothing is told or
    there is but one frame.
    """
    if capture_fps is None or time_s.size < 2:
        return 1.0
    played_fps = 1 / float(np.median(np.diff(time_s)))
    scale = played_fps / capture_fps
    return scale if scale < 1 / 1.02 else 1.0


def suspicion(info: MediaInfo, *, filename: str) -> Notice | None:
    """A notice where footage looks like slow motion; `capture_fps` is 0 where only that is known.

    Evidence: what the camera wrote down, the file's name, a stream that promises far more frames a
    second than it holds.
    """
    played_fps = info.mean_fps
    if played_fps <= 0:
        return None
    named = _RATE.search(filename)
    for guess in (info.capture_fps, float(named.group(1)) if named else None):
        if guess is not None and guess >= LEAST_FACTOR * played_fps:
            return _suspected(played_fps, capture_fps=guess)
    nominal_runs_ahead = info.variable_frame_rate and 40 <= info.nominal_fps <= 1000
    if nominal_runs_ahead and info.nominal_fps >= LEAST_FACTOR * played_fps:
        return _suspected(played_fps, capture_fps=0.0)
    if _WORDS.search(filename) and played_fps < 100:
        return _suspected(played_fps, capture_fps=0.0)
    return None


def _suspected(played_fps: float, *, capture_fps: float) -> Notice:
    return Notice("slow_motion_suspected", {"fps": played_fps, "capture_fps": capture_fps})
