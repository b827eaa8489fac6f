from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from analysis.config import AnalysisConfig
from analysis.features.sides import repair_sides
from analysis.schema import PoseTrack
from analysis.skeletons import BLAZEPOSE33, COCO17
from analysis.synthetic.__main__ import motion_named

sys.path.insert(0, str(Path(__file__).parent))
from gait import ARMS, LEGS, RUN, WALK, exchanged, seen

CONFIG = AnalysisConfig()
LIMB_PAIRS = [pair for pair in BLAZEPOSE33.pairs if pair[0] >= BLAZEPOSE33.index("left_shoulder")]


def swaps(track, truth):
    """How many (frame, pair) lie clearly nearer the truth with left and right exchanged."""
    count = 0
    for left, right in LIMB_PAIRS:
        ends = [left, right]
        given, other = (
            np.linalg.norm(track.xy_px[:, ends] - truth.xy_px[:, order], axis=-1).sum(axis=1)
            for order in (ends, ends[::-1])
        )
        count += int(np.sum(2 * other < given))
    return count


@pytest.mark.parametrize("view_deg", [90.0, -90.0, 45.0, 0.0, 180.0])
@pytest.mark.parametrize("motion", [WALK, RUN], ids=["walk", "run"])
@pytest.mark.parametrize("space", [True, False], ids=["3d", "flat"])
def test_legs_that_cross_are_not_exchanged(motion, view_deg, space):
    _, track = seen(motion, view_deg=view_deg, space=space)
    same, corrections = repair_sides(track, config=CONFIG)
    assert corrections == ()
    np.testing.assert_array_equal(same.xy_px, track.xy_px)


@pytest.mark.parametrize("name", ["squat", "jump", "forehand", "serve"])
@pytest.mark.parametrize("view_deg", [90.0, -45.0, 170.0])
def test_techniques_are_left_alone(name, view_deg):
    _, track = seen(motion_named(name, reps=2), view_deg=view_deg)
    assert repair_sides(track, config=CONFIG)[1] == ()


@pytest.mark.parametrize(
    ("space", "kept"), [(True, 0.03), (False, 0.15)], ids=["with depth", "flat"]
)
def test_planted_swaps_of_any_length_are_put_back(space, kept):
    """Legs, lower legs, arms or all, for one frame to over a second, from every side."""
    rng = np.random.default_rng(5)
    before = after = 0
    for motion in (WALK, RUN):
        for view_deg in (90.0, -60.0, 0.0, 180.0):
            truth, track = seen(motion, view_deg=view_deg, space=space)
            unavoidable = swaps(track, truth)
            spoilt = track
            for parts in (LEGS, LEGS[1:], ARMS, LEGS + ARMS):
                length = int(rng.integers(1, 36))
                start = int(rng.integers(5, track.time_s.size - length - 5))
                spoilt = exchanged(spoilt, parts=parts, frames=(start, start + length))
            repaired, corrections = repair_sides(spoilt, config=CONFIG)
            assert corrections
            before += swaps(spoilt, truth) - unavoidable
            after += swaps(repaired, truth) - unavoidable
    assert before > 1000
    assert after < kept * before


def test_a_figure_named_back_to_front_is_turned_by_its_feet_and_face():
    _, track = seen(WALK, view_deg=180.0, elevation_deg=0.0)
    wrong = exchanged(track, parts=LEGS + ARMS, frames=(0, track.time_s.size))
    repaired, (correction,) = repair_sides(wrong, config=CONFIG)
    assert correction.part == "body"
    assert (correction.start_s, correction.confidence) == (0.0, pytest.approx(1.0, abs=0.01))
    np.testing.assert_array_equal(repaired.xy_px[:, 11:], track.xy_px[:, 11:])
    np.testing.assert_array_equal(repaired.xyz_m[:, 11:], track.xyz_m[:, 11:])
    np.testing.assert_array_equal(repaired.score[:, 11:], track.score[:, 11:])


def test_a_correction_is_told_with_its_time_and_can_be_undone():
    _, track = seen(RUN, view_deg=30.0)
    spoilt = exchanged(track, parts=LEGS, frames=(40, 52))
    spoilt = exchanged(spoilt, parts=ARMS, frames=(100, 110))
    repaired, (legs, arms) = repair_sides(spoilt, config=CONFIG)
    np.testing.assert_array_equal(repaired.xy_px, track.xy_px)
    assert (legs.correction_id, legs.part, legs.undone) == ("side_swap-1-legs-1333", "legs", False)
    assert legs.start_s == spoilt.time_s[40]
    assert legs.end_s == spoilt.time_s[52]
    keep = replace(CONFIG, repair=replace(CONFIG.repair, undone=(legs.correction_id,)))
    half, told = repair_sides(spoilt, config=keep)
    assert [c.correction_id for c in told] == [legs.correction_id, arms.correction_id]
    assert [c.undone for c in told] == [True, False]
    np.testing.assert_array_equal(half.xy_px[40:52], spoilt.xy_px[40:52])
    np.testing.assert_array_equal(half.xy_px[100:110], track.xy_px[100:110])


def test_places_exchanged_while_depth_keeps_its_names_are_put_back_alone():
    """As BlazePose does for a few frames of a walk seen from the side."""
    _, track = seen(WALK, view_deg=90.0)
    spoilt = exchanged(track, parts=LEGS[1:], frames=(44, 47))
    kept = np.stack((spoilt.xyz_m[..., 0], spoilt.xyz_m[..., 1], track.xyz_m[..., 2]), axis=2)
    repaired, corrections = repair_sides(
        replace(spoilt, xyz_m=kept, score=track.score), config=CONFIG
    )
    assert [(c.part, c.start_s) for c in corrections] == [("lower_legs", track.time_s[44])]
    np.testing.assert_array_equal(repaired.xy_px, track.xy_px)
    np.testing.assert_array_equal(repaired.xyz_m, track.xyz_m)
    np.testing.assert_array_equal(repaired.score, track.score)


def test_nothing_is_expected_across_a_cut():
    """Seen from one side of the court, then from the other: no limb was exchanged."""
    _, one = seen(WALK, view_deg=0.0)
    _, other = seen(WALK, view_deg=180.0, seed=4)
    half = one.time_s.size // 2

    def joined(name):
        return np.concatenate((getattr(one, name)[:half], getattr(other, name)[half:]))

    track = replace(one, **{name: joined(name) for name in ("box_px", "xy_px", "xyz_m", "score")})
    assert repair_sides(track, config=CONFIG, cuts=np.array([half]))[1] == ()


def test_gaps_stay_gaps_and_hide_no_swap():
    _, track = seen(RUN, view_deg=60.0)
    spoilt = exchanged(track, parts=LEGS, frames=(60, 75))
    gaps = np.zeros(track.time_s.size, dtype=bool)
    gaps[[20, 21, 66, 67, 120]] = True
    gaps[140:170] = True
    holed = PoseTrack(
        1,
        track.skeleton,
        track.time_s,
        np.where(gaps[:, None], np.nan, spoilt.box_px),
        np.where(gaps[:, None, None], np.nan, spoilt.xy_px),
        np.where(gaps[:, None, None], np.nan, spoilt.xyz_m),
        np.where(gaps[:, None], np.nan, spoilt.score),
    )
    repaired, corrections = repair_sides(holed, config=CONFIG)
    assert [c.part for c in corrections] == ["legs"]
    np.testing.assert_array_equal(np.isnan(repaired.xy_px[:, 0, 0]), gaps)
    np.testing.assert_array_equal(repaired.xy_px[~gaps], track.xy_px[~gaps])


def test_a_skeleton_of_seventeen_points_is_repaired_too():
    _, track = seen(RUN, view_deg=0.0, space=False)
    spoilt = exchanged(track, parts=LEGS, frames=(60, 75))
    rows = [BLAZEPOSE33.index(name) for name in COCO17.keypoints]

    def only(one):
        arrays = (one.box_px, one.xy_px[:, rows], None, one.score[:, rows])
        return PoseTrack(1, COCO17.name, one.time_s, *arrays)

    repaired, corrections = repair_sides(only(spoilt), config=CONFIG)
    assert len(corrections) == 1
    np.testing.assert_array_equal(repaired.xy_px, only(track).xy_px)


def test_nobody_and_two_frames_are_no_trouble():
    _, track = seen(RUN, view_deg=0.0)
    for frames in (1, 2):
        arrays = (track.box_px, track.xy_px, track.xyz_m, track.score)
        short = PoseTrack(1, track.skeleton, track.time_s[:frames], *(a[:frames] for a in arrays))
        assert repair_sides(short, config=CONFIG) == (short, ())
    nowhere = replace(track, xy_px=np.full_like(track.xy_px, np.nan))
    assert repair_sides(nowhere, config=CONFIG) == (nowhere, ())
