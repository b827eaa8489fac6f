from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.training import metrics

LABELS = st.lists(st.integers(0, 3), min_size=1, max_size=60).map(np.array)


def test_confusion_counts_rows_as_truth() -> None:
    counts = metrics.confusion(np.array([0, 0, 1]), np.array([0, 1, 1]), classes=2)
    assert counts.tolist() == [[1, 1], [0, 1]]
    assert metrics.accuracy(counts) == pytest.approx(2 / 3)


def test_labels_that_do_not_exist_are_refused() -> None:
    with pytest.raises(ValueError, match=r"0\.\.1"):
        metrics.confusion(np.array([0]), np.array([2]), classes=2)


def test_per_class_of_a_known_table() -> None:
    counts = np.array([[8, 2, 0], [1, 4, 0], [0, 0, 0]])
    first, second, never = metrics.per_class(counts, labels=["a", "b", "c"])
    assert (first.support, first.recall) == (10, pytest.approx(0.8))
    assert first.precision == pytest.approx(8 / 9)
    assert second.f1 == pytest.approx(2 * 4 / (6 + 5))
    assert np.isnan(never.recall)
    assert metrics.macro_f1(counts) == pytest.approx((first.f1 + second.f1) / 2)


def test_edit_score_of_one_inserted_segment() -> None:
    truth = np.array([0] * 5 + [1] * 5)
    guess = np.array([0] * 3 + [2] * 2 + [1] * 5)
    assert metrics.edit_score(truth, guess) == pytest.approx(1 - 1 / 3)


def test_segmental_f1_at_three_overlaps() -> None:
    # One true segment of 10 frames, guessed over its last 4: an overlap of 0.4.
    truth = np.array([1] * 10 + [0] * 10)
    guess = np.array([0] * 6 + [1] * 4 + [0] * 10)
    scores = metrics.segmentation([(truth, guess)], background=0)
    assert scores["f1_10"] == 1.0
    assert scores["f1_25"] == 1.0
    assert scores["f1_50"] == 0.0
    assert scores["frame_accuracy"] == pytest.approx(14 / 20)


def test_a_true_segment_is_found_only_once() -> None:
    truth = np.array([1] * 10)
    guess = np.array([1] * 6 + [0] + [1] * 3)
    assert metrics.segment_counts(truth, guess, overlap=0.1, background=0) == (1, 1, 0)


def test_unlabelled_frames_do_not_count_for_accuracy() -> None:
    truth, guess = np.array([-1, -1, 0, 1]), np.array([0, 1, 0, 0])
    assert metrics.segmentation([(truth, guess)])["frame_accuracy"] == 0.5


@given(LABELS)
def test_a_perfect_prediction_scores_one_everywhere(labels: np.ndarray) -> None:
    assert set(metrics.segmentation([(labels, labels)]).values()) == {1.0}


@given(LABELS, LABELS)
def test_f1_never_rises_with_the_overlap_asked_for(a: np.ndarray, b: np.ndarray) -> None:
    size = min(a.size, b.size)
    scores = [metrics.segmental_f1([(a[:size], b[:size])], overlap=o) for o in metrics.OVERLAPS]
    assert scores == sorted(scores, reverse=True)


def test_calibration_error_of_a_boaster() -> None:
    confidence = np.full(10, 0.95)
    right = np.array([True] * 5 + [False] * 5)
    assert metrics.calibration_error(confidence, right) == pytest.approx(0.45)


def test_threshold_rejects_the_share_asked_for() -> None:
    scores = np.linspace(0, 1, 101)
    threshold = metrics.unknown_threshold(scores, false_rejection=0.05)
    assert (scores < threshold).mean() == pytest.approx(0.05, abs=0.01)


def test_spread_over_seeds() -> None:
    assert metrics.spread([1.0, 2.0, 3.0]) == {
        "mean": 2.0, "sd": 1.0, "least": 1.0, "most": 3.0, "n": 3,
    }  # fmt: skip
