from __future__ import annotations

import json
from typing import TYPE_CHECKING

import numpy as np
import pytest

from analysis.training.__main__ import main
from analysis.training.acquire import TORN, UNLIKE, UNSTEADY, because, measures, rank

if TYPE_CHECKING:
    from tests.analysis.training.conftest import Made


def known_answer_set() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Ninety clips told surely near what is labelled; in between five pairs of unsure ones.

    The pairs lie in five directions of their own, both of a pair in the same.
    """
    rng = np.random.default_rng(0)
    labelled = np.eye(8)[:2]
    easy = labelled[rng.integers(0, 2, 90)] + rng.normal(0, 0.02, (90, 8))
    hard = np.repeat(np.eye(8)[2:7], 2, axis=0) + rng.normal(0, 0.02, (10, 8))
    sure, unsure = np.array([0.97, 0.02, 0.01]), np.array([0.45, 0.4, 0.15])
    return (
        np.vstack([easy, hard]),
        np.vstack([np.tile(sure, (90, 1)), np.tile(unsure, (10, 1))]),
        labelled,
    )


def test_the_unsure_are_picked_and_no_two_of_a_kind() -> None:
    vectors, prob, labelled = known_answer_set()
    picks = rank(vectors, prob, count=5, labelled=labelled)
    assert {(pick.place - 90) // 2 for pick in picks} == {0, 1, 2, 3, 4}
    by_uncertainty_alone = np.argsort(-measures(prob[None])[0], kind="stable")[:5]
    assert len({(place - 90) // 2 for place in by_uncertainty_alone.tolist()}) < 5


def test_labels_spent_on_what_is_picked_teach_more_than_labels_at_random() -> None:
    """Five directions are five classes: the nearest neighbour knows one once it has a label."""
    vectors, prob, labelled = known_answer_set()
    truth = np.concatenate([np.argmax(vectors[:90, :2], axis=1), 2 + np.repeat(np.arange(5), 2)])

    def accuracy(picked: list[int]) -> float:
        have, classes = np.vstack([labelled, vectors[picked]]), [0, 1, *truth[picked]]
        nearest = np.argmax(vectors @ have.T, axis=1)
        return float((np.array(classes)[nearest] == truth).mean())

    chosen = accuracy([pick.place for pick in rank(vectors, prob, count=5, labelled=labelled)])
    rng = np.random.default_rng(1)
    by_chance = [accuracy(rng.choice(100, 5, replace=False).tolist()) for _ in range(20)]
    assert chosen == 1.0
    assert max(by_chance) < chosen


def test_draws_that_disagree_count_even_where_their_mean_is_no_more_torn() -> None:
    steady = np.tile([0.6, 0.4], (6, 1))
    swinging = np.array([[0.99, 0.01], [0.21, 0.79]] * 3)
    draws = np.stack([steady, swinging], axis=1)  # (S, N, L), the same mean
    margin, entropy, disagreement = measures(draws)
    assert margin[0] == pytest.approx(margin[1])
    assert entropy[0] == pytest.approx(entropy[1])
    assert disagreement[0] == pytest.approx(0.0, abs=1e-9)
    assert disagreement[1] > 0.2
    sure = np.stack([np.tile([0.95, 0.05], (6, 1)), np.array([[1.0, 0.0], [0.2, 0.8]] * 3)], axis=1)
    assert rank(np.ones((2, 3)), sure, count=1)[0].place == 1


def test_measures_have_known_ends() -> None:
    margin, entropy, disagreement = measures(np.array([[[0.5, 0.5], [1.0, 0.0]]]))
    np.testing.assert_allclose(margin, [1.0, 0.0])
    np.testing.assert_allclose(entropy, [1.0, 0.0], atol=1e-9)
    np.testing.assert_allclose(disagreement, 0.0, atol=1e-9)
    # a label that is out of the question leaves evenness among the others at its greatest
    assert measures(np.array([[[0.5, 0.5, 0.0]]]))[1][0] == pytest.approx(1.0)


def test_every_pick_says_why() -> None:
    labels = ["squat", "lunge"]
    torn = rank(np.eye(2), np.array([[0.51, 0.49], [0.99, 0.01]]), count=2)
    assert (torn[0].place, torn[0].reason) == (0, TORN)
    assert "squat and lunge" in because(torn[0], labels=labels)
    assert torn[1].reason == UNLIKE
    assert "unlike" in because(torn[1], labels=labels)
    swings = np.array([[[1.0, 0.0]], [[1.0, 0.0]], [[0.0, 1.0]]])
    assert rank(np.ones((1, 2)), swings, count=1)[0].reason == UNSTEADY


def test_no_more_are_picked_than_there_are_and_each_once() -> None:
    picks = rank(np.ones((3, 2)), np.full((3, 2), 0.5), count=9)
    assert sorted(pick.place for pick in picks) == [0, 1, 2]
    assert rank(np.ones((3, 2)), np.full((3, 2), 0.5), count=0) == []


@pytest.mark.parametrize(
    ("vectors", "prob", "more", "said"),
    [
        (np.ones((3, 2)), np.full((2, 2), 0.5), {}, r"\(N, E\)"),
        (np.ones((2, 2)), np.ones((2, 1)), {}, "two labels"),
        (np.ones((2, 2)), np.full((2, 2), np.nan), {}, "finite"),
        (np.ones((2, 2)), np.full((2, 2), 0.5), {"labelled": np.ones((1, 3))}, "labelled vectors"),
    ],
)
def test_what_does_not_fit_is_refused(
    vectors: np.ndarray, prob: np.ndarray, more: dict[str, np.ndarray], said: str
) -> None:
    with pytest.raises(ValueError, match=said):
        rank(vectors, prob, count=1, **more)


def test_the_command_ranks_what_has_no_label_with_reasons(
    made: Made, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("analysis.training.acquire.DRAWS", 3)
    words = ["acquire", str(made.weights), "--store", str(made.store), "-n", "3", "--json"]
    assert main(words) == 0
    printed = capsys.readouterr().out.splitlines()
    found = json.loads(printed[-1])
    assert len(printed) - 1 == len(found) == 3
    assert len({one["clip"] for one in found}) == 3
    for one in found:
        assert one["clip"].startswith(("uiprmd:gil", "uiprmd:hal"))
        assert one["why"]
    assert any(one["disagreement"] > 0 for one in found)  # dropout was on
    assert main(words) == 0
    assert json.loads(capsys.readouterr().out.splitlines()[-1]) == found
    # a rehearsal on a whole set: not those it learned from, nor those it is judged on
    assert main([*words[:-3], "-n", "99", "--sources", "uiprmd", "--json"]) == 0
    ranked = json.loads(capsys.readouterr().out.splitlines()[-1])
    people = {one["clip"].partition("_")[0] for one in ranked}
    assert people == {f"uiprmd:{name}" for name in ("ben", "dan", "eva", "gil", "hal")}
