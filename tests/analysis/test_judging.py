from __future__ import annotations

import numpy as np

from analysis.config import AnalysisConfig, MarkConfig
from analysis.judging import Judged
from analysis.knowledge.catalogue import load_catalogue
from analysis.schema import ActionScores, PoseTrack, Segment
from tests.analysis.knowledge.moves import Moves, clock

CATALOGUE = load_catalogue()


class Sure:
    """An ActionModel that answers the same segments whatever it is shown."""

    models: dict[str, str] = {}

    def __init__(self, *segments: Segment) -> None:
        self._segments = segments

    def score(self, signals, track):
        return ActionScores(signals.track_id, signals.time_s, (), np.empty((track.time_s.size, 0)))

    def segment(self, scores, signals):
        return self._segments


def judged(*segments, marks=(), scale=1.0):
    moves = Moves(clock(8)).stroke(2.0, elbow_deg=110.0)
    bent = np.exp(-(((moves.time_s - 2.05) / 0.2) ** 2))
    moves.curves["right_elbow_flexion_3d"] -= 95.0 * bent  # straight as the punch arrives
    frames = moves.time_s.size
    track = PoseTrack(
        1, "blazepose33", moves.time_s, np.zeros((frames, 4)), np.zeros((frames, 33, 2)), None,
        np.ones((frames, 33)),
    )  # fmt: skip
    made = Judged(
        model=Sure(*segments), catalogue=CATALOGUE, config=AnalysisConfig(marks=marks), scale=scale
    )
    made.add(track, moves.signals(), start_s=-np.inf, stop_s=np.inf)
    return made.as_played(scale=scale)


def test_what_a_coach_marks_is_measured_though_no_model_found_it():
    segments, findings = judged(marks=(MarkConfig(
        track_id=1, technique="boxing.jab", start_s=1.5, end_s=2.6
    ),))  # fmt: skip
    assert [(s.segment_id, s.technique) for s in segments] == [("s1", "boxing.jab")]
    assert {f.segment_id for f in findings} == {"s1"}
    assert [p.name for p in segments[0].phases] == ["extension", "recovery"]
    assert all(np.isfinite(f.measured) for f in findings)


def test_marks_and_segments_are_told_in_the_players_seconds():
    mark = MarkConfig(track_id=1, technique="boxing.jab", start_s=6.0, end_s=10.4)
    segments, _ = judged(marks=(mark,), scale=0.25)
    assert (segments[0].start_s, segments[0].end_s) == (6.0, 10.4)


def test_two_techniques_at_once_are_not_reported():
    serve = Segment("a", 1, "tennis.serve", (), 1.0, 3.0, 0.4)
    stroke = Segment("b", 1, "tennis.forehand", (), 1.2, 2.8, 0.8)
    segments, findings = judged(serve, stroke)
    assert [s.technique for s in segments] == ["tennis.forehand"]
    assert all(f.metric.startswith("tennis.forehand.") for f in findings)
