from __future__ import annotations

import numpy as np
import pytest

from analysis.schema import ActionScores, Footage, PoseTrack, Segment, SignalSet


def track(frames: int = 3, keypoints: int = 2, **changes: object) -> PoseTrack:
    fields = {
        "track_id": 1,
        "skeleton": "coco17",
        "time_s": np.arange(frames) / 10,
        "box_px": np.zeros((frames, 4)),
        "xy_px": np.zeros((frames, keypoints, 2)),
        "xyz_m": None,
        "score": np.ones((frames, keypoints)),
    }
    return PoseTrack(**{**fields, **changes})


def test_arrays_are_copied_and_read_only() -> None:
    score = np.ones((3, 2))
    made = track(score=score)
    score[0, 0] = 0
    assert made.score[0, 0] == 1
    with pytest.raises(ValueError, match="read-only"):
        made.score[0, 0] = 5


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("xy_px", np.zeros((3, 5, 2))),
        ("box_px", np.zeros((2, 4))),
        ("xyz_m", np.zeros((3, 2, 2))),
        ("score", np.zeros(3)),
    ],
)
def test_a_wrong_shape_is_refused_with_both_shapes(field: str, value: np.ndarray) -> None:
    with pytest.raises(ValueError, match=rf"PoseTrack\.{field}: expected .* got"):
        track(**{field: value})


@pytest.mark.parametrize("times", [[0, 0, 1], [0, 2, 1], [0, np.nan, 1]])
def test_time_must_rise(times: list[float]) -> None:
    with pytest.raises(ValueError, match="strictly rising"):
        Footage("a" * 64, 10, 10, np.array(times))


def test_duration_counts_the_last_frame() -> None:
    assert Footage("a" * 64, 10, 10, np.array([0, 0.1, 0.2])).duration_s == pytest.approx(0.3)
    assert Footage("a" * 64, 10, 10, np.array([0.0])).duration_s == 0.0


@pytest.mark.parametrize(
    ("times", "shown"),
    [([], []), ([3.0], [0.04]), ([0.0, 0.1, 0.3, 0.4], [0.1, 0.2, 0.1, 0.1])],
)
def test_a_picture_is_shown_until_the_next(times: list[float], shown: list[float]) -> None:
    footage = Footage("a" * 64, 10, 10, np.array(times))
    np.testing.assert_allclose(footage.shown_s, shown)


def signals() -> SignalSet:
    values = np.array([[1.0, 2.0], [3.0, np.nan]])
    return SignalSet(1, ("a", "b"), ("deg", "bh"), np.array([0, 1.0]), values, values / 10)


def test_a_signal_is_found_by_name() -> None:
    assert signals().column("a").tolist() == [1.0, 3.0]
    assert signals().unit("b") == "bh"
    assert "b" in signals()
    with pytest.raises(KeyError, match="expected one of a, b"):
        signals().column("c")


def test_names_are_unique_and_each_has_a_unit() -> None:
    values = np.zeros((1, 2))
    with pytest.raises(ValueError, match="unique names"):
        SignalSet(1, ("a", "a"), ("deg", "deg"), np.zeros(1), values, values)


def test_scores_match_their_labels() -> None:
    with pytest.raises(ValueError, match="prob"):
        ActionScores(1, np.zeros(1), ("a", "b"), np.zeros((1, 3)))


def test_a_segment_lasts() -> None:
    with pytest.raises(ValueError, match="start < end"):
        Segment("s1", 1, "strength.squat", (), 2.0, 2.0, 1.0)
