from __future__ import annotations

import numpy as np
import pytest

from analysis.media.probe import MediaInfo
from analysis.media.slow_motion import suspicion, time_scale


def info(
    *, mean: float = 30, nominal: float = 30, capture: float | None = None, uneven: bool = False
) -> MediaInfo:
    return MediaInfo(
        sha256="a" * 64,
        container="mov",
        codec="h264",
        stream_index=0,
        coded_width_px=64,
        coded_height_px=48,
        width_px=64,
        height_px=48,
        rotation_deg=0,
        nominal_fps=nominal,
        mean_fps=mean,
        variable_frame_rate=uneven,
        frames=60,
        start_s=0,
        duration_s=2,
        hdr="",
        alpha=False,
        interlaced=False,
        clock_is_odd=False,
        capture_fps=capture,
    )


@pytest.mark.parametrize(
    ("played", "capture", "scale"),
    [(30, 240, 1 / 8), (25, 100, 1 / 4), (240, 240, 1), (29.97, 30, 1), (60, 30, 1)],
)
def test_time_runs_as_much_slower_as_more_was_filmed(
    played: float, capture: float, scale: float
) -> None:
    assert time_scale(np.arange(20) / played, capture_fps=capture) == pytest.approx(scale)


def test_what_is_not_told_is_as_played() -> None:
    assert time_scale(np.arange(20) / 30, capture_fps=None) == 1
    assert time_scale(np.zeros(1), capture_fps=240) == 1


@pytest.mark.parametrize(
    ("footage", "name", "capture"),
    [
        (info(capture=240), "a.mp4", 240),
        (info(), "serve 120fps.mov", 120),
        (info(), "SLOMO_0001.mp4", 0),
        (info(), "发球 慢动作.mp4", 0),
        (info(mean=21.6, nominal=60, uneven=True), "a.mov", 0),
    ],
)
def test_slow_motion_is_suspected(footage: MediaInfo, name: str, capture: float) -> None:
    notice = suspicion(footage, filename=name)
    assert notice is not None
    assert notice.code == "slow_motion_suspected"
    assert notice.params["capture_fps"] == capture


@pytest.mark.parametrize(
    ("footage", "name"),
    [
        (info(), "squat.mp4"),
        (info(capture=30), "a.mp4"),
        (info(mean=240, nominal=240, capture=240), "a.mp4"),
        (info(mean=240, nominal=240), "serve_240fps.mp4"),
        (info(mean=24.9, nominal=29.97, uneven=True), "a.mov"),
        (info(), "IMG_1240.MOV"),
    ],
)
def test_ordinary_footage_is_left_in_peace(footage: MediaInfo, name: str) -> None:
    assert suspicion(footage, filename=name) is None
