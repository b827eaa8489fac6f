from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from analysis.schema import PoseTrack
from analysis.skeletons import BLAZEPOSE33
from analysis.synthetic.camera import Camera
from analysis.synthetic.motions import Standing
from analysis.synthetic.score import UNMATCHED, body_px, match, side_swaps
from analysis.synthetic.truth import Place, Truth, truth_of

FRAMES = 10
TIME_S = np.arange(FRAMES) / 10.0
LEFT, RIGHT = np.array(BLAZEPOSE33.pairs).T


def athlete(*, x_m: float = 0.0, view_deg: float = 0.0) -> Truth:
    """Standing in front of a camera that sees the chest; x is across the picture."""
    place = Place(at_m=(0.0, x_m))
    return truth_of(Standing(), camera=Camera(view_deg=view_deg), time_s=TIME_S, place=place)


def track(xy_px: np.ndarray, *, track_id: int = 1) -> PoseTrack:
    frames = xy_px.shape[0]
    box = np.concatenate([xy_px.min(axis=1), xy_px.max(axis=1)], axis=1)
    return PoseTrack(
        track_id=track_id,
        skeleton="blazepose33",
        time_s=TIME_S[:frames],
        box_px=box,
        xy_px=xy_px,
        xyz_m=None,
        score=np.where(np.isfinite(xy_px[..., 0]), 0.9, np.nan),
    )


def test_faithful_tracks_have_no_switch_and_miss_nobody() -> None:
    truths = athlete(x_m=-1.0), athlete(x_m=1.0)
    found = match(truths, [track(t.xy_px + 3.0) for t in reversed(truths)])
    assert found.id_switches == 0
    assert found.missed == 0
    np.testing.assert_array_equal(found.track[0], [1, 0])


def test_exchanged_tracks_are_two_switches() -> None:
    a, b = athlete(x_m=-1.0), athlete(x_m=1.0)
    half = FRAMES // 2
    first = np.concatenate([a.xy_px[:half], b.xy_px[half:]])
    second = np.concatenate([b.xy_px[:half], a.xy_px[half:]])
    assert match((a, b), [track(first), track(second, track_id=2)]).id_switches == 2


def test_a_new_track_after_a_gap_is_one_switch_and_the_gap_is_missed() -> None:
    a = athlete()
    first, second = a.xy_px.copy(), a.xy_px.copy()
    first[3:], second[:6] = np.nan, np.nan
    found = match((a,), [track(first), track(second, track_id=2)])
    assert found.id_switches == 1
    assert found.missed == 3


def test_a_hidden_athlete_is_neither_matched_nor_missed() -> None:
    a = athlete()
    shown = np.ones((FRAMES, 33))
    shown[4:6] = 0.0
    found = match((replace(a, shown=shown),), [track(a.xy_px)])
    assert found.missed == 0
    assert (found.track[4:6] == UNMATCHED).all()


def test_far_away_is_nobody_and_no_track_is_all_missed() -> None:
    a = athlete()
    size = body_px(a)[0]
    assert size == pytest.approx(1.75 / 3.1 * 720, rel=0.03)
    assert match((a,), [track(a.xy_px + np.array([0.4 * size, 0.0]))]).missed == FRAMES
    assert match((a,), []).missed == FRAMES


def test_side_swaps_are_counted_per_pair_and_frame() -> None:
    a = athlete()
    rows = np.arange(FRAMES)
    assert not side_swaps(a, track(a.xy_px + 2.0), rows=rows, frame=rows)[0].any()
    swapped = a.xy_px.copy()
    knees = [BLAZEPOSE33.index(f"{side}_knee") for side in ("left", "right")]
    swapped[4:7, knees] = swapped[4:7, knees[::-1]]
    found, of = (which.sum() for which in side_swaps(a, track(swapped), rows=rows, frame=rows))
    assert (found, of) == (3, 6 * FRAMES)
    assert not side_swaps(a, track(swapped), rows=rows[:4], frame=rows[:4])[0].any()


def test_from_the_side_there_are_no_sides_to_exchange() -> None:
    a = athlete(view_deg=90.0)
    swapped = a.xy_px.copy()
    swapped[:, np.concatenate([LEFT, RIGHT])] = swapped[:, np.concatenate([RIGHT, LEFT])]
    rows = np.arange(FRAMES)
    assert not side_swaps(a, track(swapped), rows=rows, frame=rows)[0].any()
