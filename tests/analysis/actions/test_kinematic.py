"""The segmenter against movements with known counts and borders."""

from __future__ import annotations

import json
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.actions.kinematic import UNKNOWN, KinematicSegmenter
from analysis.config import AnalysisConfig, AthleteConfig
from analysis.features.signals import measure
from analysis.knowledge.catalogue import load_catalogue
from analysis.schema import PoseTrack
from tests.analysis.knowledge.moves import Moves, clock, track_like, uneven_clock

SQUAT, JUMP = "strength.squat", "athletics.vertical_jump"
FOREHAND, SERVE = "tennis.forehand", "tennis.serve"


def segments(moves, **options):
    config = replace(AnalysisConfig(), **options)
    model = KinematicSegmenter(config=config, catalogue=load_catalogue())
    signals = moves.signals()
    return model.segment(model.score(signals, track_like(signals)), signals)


def names(found):
    return [segment.technique for segment in found]


@pytest.mark.parametrize("fps", [5.0, 10.0, 30.0, 60.0])
def test_squats_are_counted_at_any_frame_rate(fps):
    moves = Moves(clock(14, fps=fps))
    for start_s in (1.0, 4.0, 6.0, 10.0):  # the second and third follow without a rest
        moves.squat(start_s)
    found = segments(moves)
    assert names(found) == [SQUAT] * 4
    assert [s.segment_id for s in found] == ["s1", "s2", "s3", "s4"]


def test_squat_borders_are_leaving_and_regaining_standing():
    (found,) = segments(Moves(clock(6)).squat(2.0, lasts_s=2.0))
    # 2 % of the depth of a cosine is passed 4.5 % into it.
    assert found.start_s == pytest.approx(2.09, abs=0.03)
    assert found.end_s == pytest.approx(3.91, abs=0.03)
    assert [p.name for p in found.phases] == ["descent", "ascent"]
    assert found.phases[0].end_s == pytest.approx(3.0, abs=1 / 30)
    assert found.phases[0].start_s == found.start_s
    assert found.phases[-1].end_s == found.end_s


@settings(max_examples=20, deadline=None)
@given(
    seed=st.integers(0, 1000),
    count=st.integers(0, 4),
    lasts_s=st.floats(1.2, 3.0),
    fps=st.sampled_from([10.0, 25.0, 50.0]),
)
def test_squats_are_counted_through_noise_and_uneven_clocks(seed, count, lasts_s, fps):
    moves = Moves(uneven_clock(16, fps=fps, seed=seed))
    for i in range(count):
        moves.squat(0.7 + 3.5 * i, lasts_s=lasts_s)
    assert names(segments(moves.noise(seed))) == [SQUAT] * count


@pytest.mark.parametrize("seed", range(5))
def test_noise_alone_is_nothing(seed):
    assert segments(Moves(clock(20)).noise(seed, share=2.0)) == ()


def test_walking_is_nothing():
    assert segments(Moves(clock(15)).walk().noise(1)) == ()


def test_picking_up_a_bag_is_nothing():
    assert segments(Moves(clock(6)).pick_up(2.0).noise(1)) == ()


def test_sitting_down_for_good_is_nothing():
    moves = Moves(clock(10))
    moves.curves["pelvis_height"] -= 0.25 / (1 + np.exp(-(moves.time_s - 4) * 5))
    assert segments(moves) == ()


def test_nobody_in_sight_is_nothing():
    assert segments(Moves(clock(5)).hide(0, 5)) == ()


def test_a_short_gap_does_not_split_a_squat():
    assert names(segments(Moves(clock(6)).squat(2.0).hide(2.5, 2.75))) == [SQUAT]


def test_a_long_gap_is_not_bridged():
    assert segments(Moves(clock(8)).squat(2.0, lasts_s=3.0).hide(2.6, 4.6)) == ()


def test_jump_is_a_jump_and_no_squat():
    moves = Moves(clock(8, fps=60))
    takeoff, landing = moves.jump(2.0)
    (found,) = segments(moves.noise(3, share=0.5))
    assert found.technique == JUMP
    times = {p.name: p for p in found.phases}
    assert list(times) == [
        "countermovement",
        "push_off",
        "rise",
        "fall",
        "absorption",
        "recovery",
    ]
    assert times["rise"].start_s == pytest.approx(takeoff, abs=0.03)
    assert times["fall"].end_s == pytest.approx(landing, abs=0.03)
    assert times["rise"].end_s == pytest.approx((takeoff + landing) / 2, abs=0.03)
    assert found.start_s == pytest.approx(2.05, abs=0.08)
    assert found.end_s == pytest.approx(landing + 0.55, abs=0.1)


def test_a_jump_is_no_squat_even_where_only_squats_are_asked_for():
    moves = Moves(clock(8, fps=60))
    moves.jump(2.0)
    assert segments(moves, sport="strength") == ()


def test_squats_then_jumps_of_one_person():
    moves = Moves(clock(20, fps=30))
    for start_s in (1.0, 3.5, 6.0):
        moves.squat(start_s)
    for start_s in (10.0, 13.0, 16.0):
        moves.jump(start_s)
    found = segments(moves.noise(2, share=0.5))
    assert names(found) == [SQUAT] * 3 + [JUMP] * 3
    for one, two in pairwise(found):
        assert one.end_s <= two.start_s


@pytest.mark.parametrize(("height", "technique"), [(-0.1, FOREHAND), (0.3, SERVE)])
def test_strokes_are_told_apart_by_the_height_of_the_hand(height, technique):
    moves = Moves(clock(12, fps=60))
    for contact_s in (2.0, 6.0, 10.0):
        moves.stroke(contact_s, height=height)
    found = segments(moves.noise(1, share=0.5))
    assert names(found) == [technique] * 3
    for segment, contact_s in zip(found, (2.0, 6.0, 10.0), strict=True):
        contact = next(p for p in segment.phases if p.name == "follow_through").start_s
        assert contact == pytest.approx(contact_s, abs=0.03)
        assert segment.start_s < contact_s - 0.3


def test_left_hander():
    moves = Moves(clock(5, fps=60)).stroke(2.5, side="left")
    athlete = AthleteConfig(handedness="left")
    assert names(segments(moves, sport="tennis", athlete=athlete)) == [FOREHAND]


def test_a_single_fast_hand_is_a_stroke_only_where_tennis_was_named():
    moves = Moves(clock(5, fps=60)).stroke(2.5)
    assert names(segments(moves, sport="tennis")) == [FOREHAND]
    assert names(segments(moves)) == []


def test_two_alike_or_strokes_on_the_run_have_no_name_without_a_sport():
    pair = Moves(clock(8, fps=60)).stroke(2.0).stroke(6.0)
    assert names(segments(pair)) == []
    running = Moves(clock(12, fps=60)).stroke(2.0).stroke(6.0).stroke(10.0)
    running.curves["pelvis_speed"] += 0.6
    assert names(segments(running)) == []
    assert names(segments(running, sport="tennis")) == [FOREHAND] * 3


def test_sport_limits_what_is_looked_for():
    moves = Moves(clock(12)).squat(2.0)
    moves.jump(7.0)
    assert names(segments(moves, sport="athletics")) == [JUMP]
    assert names(segments(moves, sport="tennis")) == []


def test_scores_are_probabilities_with_the_rest_unknown():
    moves = Moves(clock(8)).squat(2.0).squat(5.0)
    model = KinematicSegmenter(config=AnalysisConfig(), catalogue=load_catalogue())
    signals = moves.signals()
    scores = model.score(signals, track_like(signals))
    np.testing.assert_allclose(scores.prob.sum(axis=1), 1.0)
    unknown = scores.prob[:, scores.labels.index(UNKNOWN)]
    assert unknown[signals.time_s < 1.9].min() == 1.0
    assert scores.prob[np.abs(signals.time_s - 3.0) < 0.5, scores.labels.index(SQUAT)].min() > 0.9


@pytest.mark.footage
def test_published_poses_of_a_real_squat_clip(footage_dir):
    """Two squats by eye, and a third from which she has not come up when the clip ends."""
    flat = np.array(json.loads((footage_dir / "pose_squats.full.json").read_text()))
    solid = np.array(json.loads((footage_dir / "pose_squats_3d.full.json").read_text()))
    low, high = flat[..., :2].min(axis=1), flat[..., :2].max(axis=1)
    track = PoseTrack(
        track_id=1,
        skeleton="blazepose33",
        time_s=np.arange(len(flat)) / 5,
        box_px=np.concatenate([low, high], axis=1),
        xy_px=flat[..., :2],
        xyz_m=solid[..., :3],
        score=np.full(flat.shape[:2], 0.95),
    )
    signals = measure(track, config=AnalysisConfig())
    model = KinematicSegmenter(config=AnalysisConfig(), catalogue=load_catalogue())
    found = model.segment(model.score(signals, track), signals)
    assert names(found) == [SQUAT] * 2
    assert [round(s.phases[0].end_s) for s in found] == [2, 7]


def test_signals_of_another_person_are_refused():
    signals = Moves(clock(2)).signals(track_id=2)
    other = track_like(Moves(clock(2)).signals(track_id=1))
    model = KinematicSegmenter(config=AnalysisConfig(), catalogue=load_catalogue())
    with pytest.raises(ValueError, match="track 1"):
        model.score(signals, other)
