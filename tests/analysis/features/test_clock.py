from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from analysis.config import AnalysisConfig
from analysis.features.clock import (
    finding_as_played,
    in_real_time,
    segment_as_played,
    signals_as_played,
)
from analysis.features.signals import measure
from analysis.schema import Finding, Phase, PoseTrack, Segment, Verdict
from analysis.skeletons import SKELETONS

SCALE = 1 / 8


def walker(time_s: np.ndarray, *, speed_px_s: float) -> PoseTrack:
    """A stiff figure, 300 px tall, that moves evenly to the right in real seconds."""
    names = SKELETONS["blazepose33"].keypoints
    height = {"nose": 20, "ear": 20, "shoulder": 55, "hip": 145, "knee": 220, "ankle": 290}
    xy = np.zeros((time_s.size, len(names), 2))
    for i, name in enumerate(names):
        part = name.split("_")[-1]
        xy[:, i, 1] = height.get(part, {"heel": 298, "index": 300}.get(part, 100))
        xy[:, i, 0] = 100 + time_s * speed_px_s + (10 if name.startswith("left") else 0)
    return PoseTrack(
        track_id=1,
        skeleton="blazepose33",
        time_s=time_s,
        box_px=np.tile([0.0, 0.0, 100.0, 300.0], (time_s.size, 1)),
        xy_px=xy,
        xyz_m=None,
        score=np.full((time_s.size, len(names)), 0.95),
    )


def test_slow_motion_measures_what_real_time_does() -> None:
    real_s = np.arange(120) / 240
    played = replace(walker(real_s, speed_px_s=600), time_s=real_s / SCALE)
    config = AnalysisConfig()
    truth = measure(walker(real_s, speed_px_s=600), config=config)
    found = signals_as_played(
        measure(in_real_time(played, scale=SCALE), config=config), scale=SCALE
    )
    assert found.time_s == pytest.approx(played.time_s)
    assert found.values == pytest.approx(truth.values, nan_ok=True)
    wrong = measure(played, config=config).column("pelvis_speed")
    right = truth.column("pelvis_speed")
    assert np.nanmedian(wrong) == pytest.approx(np.nanmedian(right) * SCALE, rel=1e-3)


def test_moments_go_back_to_the_player_and_measurements_stay() -> None:
    segment = Segment("s1", 1, "strength.squat", (Phase("descent", 0.1, 0.2),), 0.1, 0.3, 0.9)
    played = segment_as_played(segment, scale=SCALE)
    assert (played.start_s, played.end_s) == pytest.approx((0.8, 2.4))
    assert (played.phases[0].start_s, played.phases[0].end_s) == pytest.approx((0.8, 1.6))
    finding = Finding(
        finding_id="f1",
        rule_id="strength.squat.dropping",
        segment_id="s1",
        track_id=1,
        metric="strength.squat.descent_time",
        verdict=Verdict.BELOW,
        measured=0.1,
        low=0.8,
        high=3.0,
        unit="s",
        at_s=0.2,
        sd=0.01,
        confidence=0.9,
    )
    told = finding_as_played(finding, scale=SCALE)
    assert told.at_s == pytest.approx(1.6)
    assert told.measured == 0.1


def test_ordinary_footage_is_left_as_it_is() -> None:
    track = walker(np.arange(5) / 30, speed_px_s=1)
    assert in_real_time(track, scale=1) is track
