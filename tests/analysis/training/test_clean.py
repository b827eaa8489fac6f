from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from analysis.features.body17 import BODY17
from analysis.training.clean import REASONS, Cleaner
from analysis.training.records import MotionClip, Removed
from tests.analysis.training.movement import clip, flat


def reason(judged):
    assert isinstance(judged, Removed)
    assert judged.reason in REASONS
    return judged.reason


def test_a_good_clip_stays_as_it_is():
    made = clip()
    kept = Cleaner().judge(made)
    assert isinstance(kept, MotionClip)
    np.testing.assert_array_equal(kept.xyz_m, made.xyz_m)


def test_short_gaps_are_bridged_and_long_ones_stay():
    made = clip()
    xyz_m = np.array(made.xyz_m)
    wrist, ankle = BODY17.index("left_wrist"), BODY17.index("left_ankle")
    xyz_m[20:25, wrist] = np.nan
    xyz_m[40:80, ankle] = np.nan
    kept = Cleaner().judge(replace(made, xyz_m=xyz_m))
    assert np.abs(kept.xyz_m[20:25, wrist] - made.xyz_m[20:25, wrist]).max() < 0.02
    assert np.isnan(kept.xyz_m[40:80, ankle]).all()


def test_empty_ends_are_cut_off():
    made = clip()
    xyz_m = np.array(made.xyz_m)
    xyz_m[:5] = xyz_m[-3:] = np.nan
    kept = Cleaner().judge(replace(made, xyz_m=xyz_m))
    assert kept.frames == made.frames - 8
    assert kept.time_s[0] == 0


def spoilt(kind):
    made = clip()
    xyz_m = np.array(made.xyz_m)
    match kind:
        case "too_short":
            return clip(seconds=0.1)
        case "not_finite":
            xyz_m[10:, BODY17.index("left_hip")] = np.nan
        case "impossible_bones":
            xyz_m *= 100.0  # centimetres taken for metres
        case "impossible_speed":
            xyz_m[50] += 5.0
    return replace(made, xyz_m=xyz_m)


@pytest.mark.parametrize(
    "kind", ["too_short", "not_finite", "impossible_bones", "impossible_speed"]
)
def test_faults_are_told_apart(kind):
    assert reason(Cleaner().judge(spoilt(kind))) == kind


def test_a_bone_that_grows_is_impossible():
    made = clip()
    xyz_m = np.array(made.xyz_m)
    xyz_m[:, BODY17.index("left_knee"), 1] += np.linspace(-0.15, 0.15, made.frames)
    assert reason(Cleaner().judge(replace(made, xyz_m=xyz_m))) == "impossible_bones"


def test_a_jump_at_an_end_is_cut_off():
    made = clip()
    xyz_m = np.array(made.xyz_m)
    xyz_m[:2] += 3.0
    kept = Cleaner().judge(replace(made, xyz_m=xyz_m))
    assert kept.frames == made.frames - 2


def test_the_same_numbers_twice_are_one_clip():
    cleaner = Cleaner()
    assert isinstance(cleaner.judge(clip(name="a")), MotionClip)
    assert reason(cleaner.judge(clip(name="b"))) == "duplicate"
    assert isinstance(cleaner.judge(flat(clip(name="c"))), MotionClip)


def test_another_conversion_of_a_recording_is_found_by_its_path():
    cleaner = Cleaner()
    walk = clip(name="a", speed_mps=1.2, seconds=3.0)
    thinner = replace(
        clip(name="b", speed_mps=1.2, seconds=3.0, rate_hz=60.0),
        source="other",
        xyz_m=clip(speed_mps=1.2, seconds=3.0, rate_hz=60.0).xyz_m * [1.0, 0.97, 1.0],
    )
    assert isinstance(cleaner.judge(walk), MotionClip)
    assert reason(cleaner.judge(thinner)) == "same_recording"


def test_people_who_stand_still_are_not_taken_for_one_another():
    cleaner = Cleaner()
    assert isinstance(cleaner.judge(clip(name="a")), MotionClip)
    other = replace(clip(name="b", raised_m=0.9), source="other")
    assert isinstance(cleaner.judge(other), MotionClip)


def test_a_still_is_judged_by_what_it_shows_only():
    still = flat(clip()).cut(0, 1)
    assert isinstance(Cleaner().judge(still), MotionClip)
    empty = replace(still, xy=np.full((1, 17, 2), np.nan))
    assert reason(Cleaner().judge(empty)) == "not_finite"
