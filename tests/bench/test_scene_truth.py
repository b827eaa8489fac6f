from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest

from analysis.config import AnalysisConfig
from analysis.schema import PoseTrack
from analysis.synthetic.scenes import scene_named
from analysis.synthetic.score import PAIRS
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


def test_exchanged_sides_are_counted_before_and_after_the_repair(truths, monkeypatch) -> None:
    """A repair that mends nothing and spoils the second athlete's wrists."""
    tracks = [faithful(t, track_id=i) for i, t in enumerate(truths, start=1)]
    arms = [one for pair in PAIRS[1:3] for one in pair]  # far enough apart in the picture
    wrists = list(PAIRS[2])

    def exchanged(track: PoseTrack, points: list[int], frames: slice) -> PoseTrack:
        xy_px = track.xy_px.copy()
        mirrored = [one for pair in zip(points[1::2], points[::2], strict=True) for one in pair]
        xy_px[frames, points] = xy_px[frames, mirrored]
        return replace(track, xy_px=xy_px)

    tracks[0] = exchanged(tracks[0], arms, slice(0, 10))

    def spoil(track: PoseTrack, *, config: AnalysisConfig) -> tuple[PoseTrack, tuple[()]]:
        return (track if track.track_id == 1 else exchanged(track, wrists, slice(0, 5))), ()

    monkeypatch.setattr(bench, "repair_sides", spoil)
    found = bench.compare("side", truths=truths, tracks=tracks, config=CONFIG)
    assert found.swaps_before > 0
    assert found.swaps_made > 0
    assert found.swaps_after == found.swaps_before + found.swaps_made
