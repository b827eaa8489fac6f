from __future__ import annotations

import pytest

from analysis.actions.marks import consistent, with_marks
from analysis.config import AnalysisConfig, MarkConfig
from analysis.feedback.find import find
from analysis.knowledge.catalogue import load_catalogue
from analysis.schema import Phase, Segment
from tests.analysis.knowledge.moves import Moves, clock

CATALOGUE = load_catalogue()


def segment(technique, start_s, end_s, *, score=0.5, phases=(), track_id=1):
    return Segment("s", track_id, technique, phases, start_s, end_s, score)


def marked(segments, *marks, scale=1.0, moves=None):
    moves = moves or Moves(clock(8)).stroke(2.0, side="left", speed=5.0)
    config = AnalysisConfig(marks=tuple(MarkConfig(**mark) for mark in marks))
    return with_marks(
        segments, signals=moves.signals(), catalogue=CATALOGUE, config=config, scale=scale
    )


def mark(technique, start_s, end_s, *, track_id=1):
    return {"track_id": track_id, "technique": technique, "start_s": start_s, "end_s": end_s}


def test_a_mark_gets_phases_and_findings():
    (punch,) = marked((), mark("boxing.cross", 1.5, 2.6))
    assert (punch.technique, punch.start_s, punch.end_s, punch.score) == (
        "boxing.cross", 1.5, 2.6, 1.0,
    )  # fmt: skip
    moves = Moves(clock(8)).stroke(2.0, side="left", speed=5.0)
    findings = find([punch], signals=moves.signals(), catalogue=CATALOGUE, config=AnalysisConfig())
    assert {f.metric.split(".")[2] for f in findings} == {"elbow_reach", "guard", "body_turn"}
    assert "boxing.cross.guard.right" in {f.metric for f in findings}  # the left hand punches


def test_every_technique_can_be_marked():
    for technique in CATALOGUE.techniques:
        (made,) = marked((), mark(technique.key, 1.0, 3.5))
        assert {p.name for p in made.phases} <= {p.key for p in technique.phases}
        find(
            [made], signals=Moves(clock(8)).signals(), catalogue=CATALOGUE, config=AnalysisConfig()
        )


def test_a_swing_has_its_eight_events():
    moves = Moves(clock(8))
    hand = moves.curves["right_wrist_height"]
    t = moves.time_s
    hand[:] = -0.33
    for side in ("right", "left"):
        height = moves.curves[f"{side}_wrist_height"]
        for start, stop, low, high in ((1.0, 2.0, -0.33, 0.15), (2.3, 2.6, 0.15, -0.33),
                                       (2.6, 3.2, -0.33, 0.2)):  # fmt: skip
            share = ((t - start) / (stop - start)).clip(0, 1)
            inside = t >= start
            height[inside] = (low + (high - low) * share)[inside]
    moves.stroke(2.55, speed=6.0, height=-0.3)
    (swing,) = marked((), mark("golf.full_swing", 0.8, 3.6), moves=moves)
    technique = CATALOGUE.technique("golf.full_swing")
    assert [p.name for p in swing.phases] == [p.key for p in technique.phases]
    assert swing.phases[4].end_s == pytest.approx(2.55, abs=0.04)


def test_a_mark_goes_before_what_it_overlaps():
    serve, later = segment("tennis.serve", 1.0, 3.0), segment("tennis.serve", 4.0, 6.0)
    assert marked((serve, later), mark("", 1.1, 2.9)) == (later,)
    kept = marked((serve, later), mark("tennis.forehand", 1.2, 2.8))
    assert [s.technique for s in kept] == ["tennis.forehand", "tennis.serve"]


def test_marks_of_other_people_change_nothing():
    serve = segment("tennis.serve", 1.0, 3.0)
    assert marked((serve,), mark("", 1.0, 3.0, track_id=2)) == (serve,)


def test_marks_are_told_in_the_players_seconds():
    (made,) = marked((), mark("boxing.jab", 8.0, 16.0), scale=0.25)
    assert (made.start_s, made.end_s) == (2.0, 4.0)


def test_an_unknown_technique_is_an_error():
    with pytest.raises(KeyError, match="chess"):
        marked((), mark("chess.castle", 1.0, 2.0))


@pytest.mark.parametrize(("start_s", "end_s"), [(2.0, 2.0), (3.0, 1.0), (-1.0, 1.0)])
def test_a_mark_has_a_length(start_s, end_s):
    with pytest.raises(ValueError, match="MarkConfig"):
        MarkConfig(**mark("boxing.jab", start_s, end_s))


def test_of_two_that_exclude_each_other_the_likelier_stays():
    likely, other = segment("tennis.serve", 1, 3, score=0.9), segment("tennis.forehand", 1.5, 3)
    assert consistent((other, likely), catalogue=CATALOGUE) == (likely,)


def test_a_dribbler_runs():
    both = (segment("running.gait", 1, 9), segment("basketball.dribble", 1, 8, score=0.4))
    assert set(consistent(both, catalogue=CATALOGUE)) == set(both)


def test_borders_may_touch():
    one, two = segment("tennis.serve", 1, 3), segment("tennis.forehand", 2.9, 5, score=0.6)
    assert consistent((one, two), catalogue=CATALOGUE) == (one, two)


def test_phases_out_of_order_or_unknown_are_taken_out():
    phases = (Phase("ascent", 1, 2), Phase("descent", 2, 3), Phase("moonwalk", 3, 4))
    (kept,) = consistent((segment("strength.squat", 1, 4, phases=phases),), catalogue=CATALOGUE)
    assert [p.name for p in kept.phases] == ["ascent"]
    right = (Phase("descent", 1, 2), Phase("ascent", 2, 4))
    (same,) = consistent((segment("strength.squat", 1, 4, phases=right),), catalogue=CATALOGUE)
    assert same.phases == right
