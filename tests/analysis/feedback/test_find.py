from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.config import AnalysisConfig, AthleteConfig
from analysis.feedback.find import find, judge, normal_cdf
from analysis.knowledge.catalogue import load_catalogue
from analysis.schema import Phase, Segment, Verdict
from tests.analysis.knowledge.moves import Moves, clock

CATALOGUE = load_catalogue()
SQUAT = Segment(
    "s1",
    1,
    "strength.squat",
    (Phase("descent", 1.0, 2.0), Phase("ascent", 2.0, 3.0)),
    1.0,
    3.0,
    1.0,
)


def found(moves, segments=(SQUAT,), **athlete):
    config = AnalysisConfig(athlete=AthleteConfig(**athlete))
    return find(segments, signals=moves.signals(), catalogue=CATALOGUE, config=config)


def by_metric(findings):
    return {f.metric.rpartition(".")[2]: f for f in findings}


@pytest.mark.parametrize(
    ("knee_deg", "verdict"),
    [(70, Verdict.BELOW), (115, Verdict.WITHIN), (90, Verdict.CANNOT_TELL)],
)
def test_depth_has_the_verdict_its_angle_asks_for(knee_deg, verdict):
    depth = by_metric(found(Moves(clock(5)).squat(1.0, knee_deg=knee_deg)))["knee_flexion_bottom"]
    assert depth.verdict is verdict
    assert depth.measured == pytest.approx(knee_deg, abs=0.5)
    assert depth.at_s == pytest.approx(2.0, abs=0.04)
    assert depth.rule_id == "strength.squat.shallow"
    assert (depth.low, depth.high, depth.unit) == (90, math.inf, "deg")


def test_level_moves_the_band():
    moves = Moves(clock(5)).squat(1.0, knee_deg=92.0)
    assert by_metric(found(moves, level="elite"))["knee_flexion_bottom"].verdict is Verdict.BELOW
    assert (
        by_metric(found(moves, level="beginner"))["knee_flexion_bottom"].verdict is Verdict.WITHIN
    )


def test_from_the_front_the_flat_angle_is_not_believed():
    moves = Moves(clock(5)).squat(1.0, knee_deg=110.0, lean_deg=70.0)
    moves.curves["body_yaw"][:] = 0.0
    for side in ("left", "right"):
        moves.curves[f"{side}_knee_flexion"][:] = 20.0
    findings = by_metric(found(moves))
    assert findings["knee_flexion_bottom"].measured == pytest.approx(110.0, abs=0.5)
    assert findings["trunk_lean_max"].verdict is Verdict.CANNOT_TELL
    assert findings["trunk_lean_max"].reason == "view"
    assert math.isnan(findings["trunk_lean_max"].measured)


def test_without_depth_the_front_view_cannot_tell():
    moves = Moves(clock(5)).squat(1.0, knee_deg=110.0)
    moves.curves["body_yaw"][:] = 5.0
    for side in ("left", "right"):
        moves.curves[f"{side}_knee_flexion_3d"][:] = np.nan
    depth = by_metric(found(moves))["knee_flexion_bottom"]
    assert (depth.verdict, depth.reason) == (Verdict.CANNOT_TELL, "unseen")


def test_a_hidden_body_is_unseen():
    findings = found(Moves(clock(5)).squat(1.0).hide(1.1, 2.9))
    assert {f.reason for f in findings if f.metric != "strength.squat.descent_time"} <= {
        "unseen",
        "view",
    }


def test_a_wide_error_bar_cannot_tell():
    moves = replace(Moves(clock(5)), sd_share=20.0).squat(1.0, knee_deg=75.0)
    depth = by_metric(found(moves))["knee_flexion_bottom"]
    assert (depth.verdict, depth.reason) == (Verdict.CANNOT_TELL, "error_bar")


def test_too_few_frames_cannot_tell():
    segment = Segment("s1", 1, "tennis.serve", (), 1.0, 3.0, 1.0)
    findings = found(Moves(clock(5, fps=8)), (segment,))
    assert {(f.verdict, f.reason) for f in findings} == {
        (Verdict.CANNOT_TELL, "low_frame_rate"),
    }


def test_the_racket_side_is_part_of_the_metric():
    phases = (
        Phase("backswing", 1.5, 2.2),
        Phase("forward_swing", 2.2, 2.5),
        Phase("follow_through", 2.5, 3.0),
    )
    segment = Segment("s1", 1, "tennis.forehand", phases, 1.5, 3.0, 1.0)
    moves = Moves(clock(5, fps=60)).stroke(2.5, side="left", elbow_deg=120.0)
    elbow = next(f for f in found(moves, (segment,)) if "elbow" in f.metric)
    assert elbow.metric == "tennis.forehand.elbow_contact.left"
    assert elbow.verdict is Verdict.ABOVE
    assert elbow.rule_id == "tennis.forehand.cramped"


def test_jump_height_is_that_of_the_flight():
    phases = (Phase("rise", 1.0, 1.25), Phase("fall", 1.25, 1.5))
    segment = Segment("s1", 1, "athletics.vertical_jump", phases, 0.5, 2.0, 1.0)
    height = by_metric(found(Moves(clock(3, fps=60)), (segment,)))["jump_height"]
    assert height.measured == pytest.approx(9.81 * 0.5**2 / 8)


def test_segments_of_others_are_left_alone():
    assert found(Moves(clock(5)).squat(1.0), (replace(SQUAT, track_id=2),)) == ()


def test_a_technique_that_is_not_known_is_an_error():
    with pytest.raises(KeyError, match="chess"):
        found(Moves(clock(5)), (replace(SQUAT, technique="chess.opening"),))


@given(
    value=st.floats(-200, 200),
    sd=st.floats(0.1, 50),
    low=st.floats(-100, 0),
    width=st.floats(1, 200),
)
def test_verdicts_agree_with_their_probability(value, sd, low, width):
    verdict, confidence = judge(value, sd=sd, low=low, high=low + width)
    assert 0.0 <= confidence <= 1.0
    inside = low <= value <= low + width
    if verdict is Verdict.CANNOT_TELL:
        assert min(abs(value - low), abs(value - low - width)) < sd
    else:
        assert confidence > 0.68
        assert (verdict is Verdict.WITHIN) == inside


def test_confidence_is_the_normal_probability():
    # Two sd beyond a one-sided border.
    verdict, confidence = judge(80.0, sd=5.0, low=90.0, high=math.inf)
    assert verdict is Verdict.BELOW
    assert confidence == pytest.approx(0.97725, abs=1e-5)
    assert normal_cdf(0.0) == 0.5
    assert normal_cdf(math.inf) == 1.0


def test_a_counterfactual_makes_the_finding_vanish():
    moves = Moves(clock(5)).squat(1.0, knee_deg=70.0)
    depth = by_metric(found(moves))["knee_flexion_bottom"]
    told = depth.counterfactual
    assert told.metric == depth.metric
    assert told.value == pytest.approx(90.0, abs=1e-6)
    assert told.change == pytest.approx(90.0 - depth.measured, abs=1e-6)
    again = by_metric(found(Moves(clock(5)).squat(1.0, knee_deg=told.value + 10.0)))
    assert again["knee_flexion_bottom"].verdict is not Verdict.BELOW


def test_what_is_inside_has_no_counterfactual_and_no_severity():
    depth = by_metric(found(Moves(clock(5)).squat(1.0, knee_deg=115.0)))["knee_flexion_bottom"]
    assert depth.counterfactual is None
    assert depth.severity == 0.0


def test_severity_counts_error_bars():
    depth = by_metric(found(Moves(clock(5)).squat(1.0, knee_deg=70.0)))["knee_flexion_bottom"]
    assert depth.severity == pytest.approx((90.0 - depth.measured) / depth.sd)


def test_two_faults_at_once_have_a_name_of_their_own():
    both = by_metric(found(Moves(clock(5)).squat(1.0, knee_deg=70.0, lean_deg=75.0)))
    alone = by_metric(found(Moves(clock(5)).squat(1.0, knee_deg=70.0, lean_deg=30.0)))
    assert both["knee_flexion_bottom"].rule_id == "strength.squat.folding_shallow"
    assert alone["knee_flexion_bottom"].rule_id == "strength.squat.shallow"
    assert both["trunk_lean_max"].rule_id == alone["trunk_lean_max"].rule_id


def test_a_fault_that_rests_on_what_cannot_be_told_is_not_named():
    hidden = Moves(clock(5)).squat(1.0, knee_deg=70.0, lean_deg=75.0)
    hidden.curves["trunk_lean"][:] = np.nan
    depth = by_metric(found(hidden))["knee_flexion_bottom"]
    assert depth.rule_id == "strength.squat.shallow"


def test_a_beginner_is_told_only_what_is_clear():
    moves = Moves(clock(5)).squat(1.0, knee_deg=74.0)  # the beginner's border is 80
    assert by_metric(found(moves, level="beginner"))["knee_flexion_bottom"].verdict is (
        Verdict.CANNOT_TELL
    )
    clear = Moves(clock(5)).squat(1.0, knee_deg=60.0)
    assert by_metric(found(clear, level="beginner"))["knee_flexion_bottom"].verdict is Verdict.BELOW


def test_each_knee_is_judged_for_itself():
    moves = Moves(clock(5)).squat(1.0)
    moves.curves["body_yaw"][:] = 0.0
    moves.curves["left_knee_valgus"] += 30.0
    told = {f.metric: f for f in found(moves) if "knee_valgus" in f.metric}
    assert told["strength.squat.knee_valgus.left"].rule_id == "strength.squat.knees_in"
    assert told["strength.squat.knee_valgus.left"].verdict is Verdict.ABOVE
    assert told["strength.squat.knee_valgus.right"].verdict is Verdict.WITHIN
