from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from analysis.config import AnalysisConfig
from analysis.schema import PoseTrack
from analysis.synthetic.scenes import scene_named
from analysis.synthetic.staging import scene_truth
from bench import scene_truth as bench

if TYPE_CHECKING:
    from analysis.synthetic.truth import Truth

CONFIG = AnalysisConfig(sport=None)
TIME_S = np.arange(45) / 30.0


@pytest.fixture(scope="module")
def truths() -> tuple[Truth, ...]:
    return scene_truth(scene_named("side"), time_s=TIME_S)


def faithful(truth: Truth, *, track_id: int, off_px: float = 0.0) -> PoseTrack:
    xy_px = truth.xy_px + np.array([off_px, 0.0])
    return PoseTrack(
        track_id=track_id,
        skeleton="blazepose33",
        time_s=TIME_S,
        box_px=np.concatenate([xy_px.min(axis=1), xy_px.max(axis=1)], axis=1),
        xy_px=xy_px,
        xyz_m=truth.xyz_m,
        score=np.full(xy_px.shape[:2], 0.9),
    )


def test_what_is_told_of_tracks_that_are_the_truth_but_for_an_offset(truths) -> None:
    tracks = [faithful(t, track_id=i, off_px=4.0) for i, t in enumerate(truths, start=1)]
    found = bench.compare("side", truths=truths, tracks=tracks, config=CONFIG)
    figures = bench.figures([found])
    assert figures["id_switches"] == 0
    assert figures["side_swaps_before"] == 0
    assert figures["scene_missed_share"] == 0.0
    told = figures["scenes"]["side"]  # type: ignore[index]
    assert told["joint_error_px_median"] == pytest.approx(4.0)
    # Filters and gaps aside the angles are the truth's own.
    assert told["angle_error_deg_median"] < 1.0
    assert set(found.angle_deg) == {*bench.SAGITTAL, *bench.IN_SPACE}


def test_tracks_that_are_exchanged_half_way_are_two_switches(truths) -> None:
    a, b = (faithful(t, track_id=i) for i, t in enumerate(truths, start=1))
    half = TIME_S.size // 2

    def joined(first: PoseTrack, second: PoseTrack) -> PoseTrack:
        parts = {
            name: np.concatenate([getattr(first, name)[:half], getattr(second, name)[half:]])
            for name in ("box_px", "xy_px", "xyz_m", "score")
        }
        return PoseTrack(track_id=first.track_id, skeleton="blazepose33", time_s=TIME_S, **parts)

    found = bench.compare("side", truths=truths, tracks=[joined(a, b), joined(b, a)], config=CONFIG)
    assert found.id_switches == 2
    assert found.missed == 0


def test_nobody_found_is_all_missed_and_nothing_measured(truths) -> None:
    found = bench.compare("side", truths=truths, tracks=[], config=CONFIG)
    assert found.missed == found.expected == 2 * TIME_S.size
    told = bench.figures([found])["scenes"]["side"]  # type: ignore[index]
    assert told["joint_error_px_median"] is None


def test_no_repair_is_told_as_such(truths, monkeypatch) -> None:
    monkeypatch.setattr(bench, "repaired", lambda track, config: None)
    tracks = [faithful(t, track_id=i) for i, t in enumerate(truths, start=1)]
    found = bench.compare("side", truths=truths, tracks=tracks, config=CONFIG)
    assert bench.figures([found])["side_swaps_after"] is None
    assert "repair not available" in bench._row(found)
