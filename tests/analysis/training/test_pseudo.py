from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from analysis.actions.checkpoint import Label  # noqa: E402 - torch may be absent
from analysis.training.__main__ import main  # noqa: E402
from analysis.training.errors import LabellessDataError, UnknownPersonError  # noqa: E402
from analysis.training.evaluate import Asked  # noqa: E402
from analysis.training.judge import Answer  # noqa: E402
from analysis.training.pseudo import (  # noqa: E402
    DISAGREE,
    FRAMES,
    KEPT,
    STRANGE,
    people_of,
    threshold,
    together,
)
from analysis.training.pseudo_labels import read  # noqa: E402
from analysis.training.store import open_store  # noqa: E402

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from analysis.training.samples import Sample
    from tests.analysis.training.conftest import Made

ASKED = Asked(
    labels=(Label("x.squat", "squat", "x"), Label("x.deep_lunge", "lunge", "x")),
    vectors=torch.eye(2), thresholds=(0.2, None), how={},
)  # fmt: skip


def view(squat: float, *, said: int = 1, surest: float = 0.9) -> Answer:
    return Answer(
        clip="one", person=None, group="x", truth=-1, prob=np.array([squat, 1 - squat]),
        surest=surest, grade_truth=-1, grade_prob=np.ones(2) / 2,
        frames_truth=np.full(4, -1), frames_said=np.full(4, said), segmented=False, told=False,
    )  # fmt: skip


def test_a_guess_needs_every_view_most_frames_and_a_known_movement() -> None:
    found = together([view(0.9), view(0.7)], asked=ASKED)
    assert (found.action, found.why) == ("squat", KEPT)
    assert found.confidence == pytest.approx(0.8)
    assert together([view(0.2, said=2), view(0.1, said=2)], asked=ASKED).action == "deep_lunge"
    assert together([view(0.9), view(0.4)], asked=ASKED).why == DISAGREE
    assert together([view(0.9), view(0.9, surest=0.1)], asked=ASKED).why == STRANGE
    assert together([view(0.9, said=2), view(0.9, said=0)], asked=ASKED).why == FRAMES


def test_the_threshold_is_the_lowest_that_is_right_often_enough() -> None:
    scored = [(1 - i / 100, i < 20 or i % 2 == 0) for i in range(60)]
    found = threshold(scored, precision=0.9)
    assert found is not None
    above = [right for confidence, right in scored if confidence >= found]
    assert np.mean(above) >= 0.9
    lower = [right for confidence, right in scored if confidence >= found - 0.02]
    assert np.mean(lower) < 0.9


def test_without_enough_right_guesses_there_is_no_threshold() -> None:
    assert threshold([(0.9, True)] * 9, precision=0.9) is None
    assert threshold([(0.9, True)] * 10, precision=0.9) == 0.9
    assert threshold([(0.9, False)] * 50, precision=0.9) is None
    # guesses that are as sure as each other are above it together or not at all
    assert threshold([(0.9, True)] * 10 + [(0.9, False)] * 10, precision=0.9) is None
    assert threshold([], precision=0.9) is None


def says(**people: list[str]) -> dict[str, object]:
    return {
        "people": {"train": [], "validation": [], **people},
        "settings": {"data": {"test_people": ["uiprmd:fay"]}},
    }


def test_nobody_who_is_judged_on_is_labelled(made: Made) -> None:
    store = open_store(made.store)
    bare = tuple(replace(e, action=None, correct=None) for e in store.entries)
    nameless = replace(store, entries=(*store.entries, *bare))
    told = says(train=["uiprmd:ann"], validation=["uiprmd:ben"])
    found = people_of(nameless, made_by=told, known={"uiprmd"})
    labelled = {entry.person for entry in found.unlabelled}
    assert "uiprmd:gil" in labelled
    assert not labelled & {"uiprmd:fay", "uiprmd:ben"}
    fair = {entry.person for entry in (*found.calibrate, *found.hidden)}
    assert fair == {f"uiprmd:{name}" for name in ("ben", "cem", "dan", "eva")}
    assert not {e.person for e in found.calibrate} & {e.person for e in found.hidden}
    assert people_of(nameless, made_by=told, known={"other", "uiprmd"}) == found


def test_a_checkpoint_that_tells_too_little_is_refused(made: Made) -> None:
    store = open_store(made.store)
    with pytest.raises(UnknownPersonError):
        people_of(store, made_by={}, known={"uiprmd"})
    with pytest.raises(UnknownPersonError, match="uiprmd:ann"):
        people_of(store, made_by=says(train=["uiprmd:ann"]), known={"uiprmd"}, hide=("uiprmd:ann",))
    with pytest.raises(LabellessDataError):
        people_of(store, made_by=says(), known={"other"})


def oracle(model: object, samples: Sequence[Sample], *, vectors: torch.Tensor) -> list[Answer]:
    """Sees what is done by the clip's name; is unsure, and wrong, of every fourth clip."""
    answers = []
    for one in samples:
        wave = "wave" in one.clip
        hard = int(one.clip.rpartition("_")[2]) == 2
        sure = 0.6 if hard else 0.95
        first = sure if wave == hard else 1.0 - sure
        answers.append(replace(view(first, said=1 if first > 0.5 else 2), clip=one.clip))
    return answers


def test_clips_without_a_label_are_given_one_and_the_guesses_are_checked(
    made: Made, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("analysis.training.judge.answers", oracle)
    out = tmp_path / "labels.json"
    words = ["pseudo", str(made.weights), "--store", str(made.store), "--out", str(out)]
    assert main([*words, "--views", "2", "--hide", "uiprmd:fay"]) == 0
    report = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert report["threshold"] == pytest.approx(0.95)
    assert report["calibration"]["people"] == ["uiprmd:ben", "uiprmd:dan", "uiprmd:eva"]
    assert report["hidden"] == {
        "people": ["uiprmd:fay"], "clips": 6, "guessed": 4, "precision": 1.0,
    }  # fmt: skip
    assert report["per_class"] == {"squat": 4, "wave": 4}
    assert report["why_not"] == {"unsure": 4}
    found = read(out)
    assert {one.clip for one in found.labels} == {
        f"uiprmd:{name}_{action}_{number}"
        for name in ("gil", "hal") for action in ("squat", "wave") for number in (0, 1)
    }  # fmt: skip
    assert all(one.action in one.clip for one in found.labels)
    assert found.taught_by == ("uiprmd:ann", "uiprmd:ben", "uiprmd:cem", "uiprmd:eva")


def test_a_model_that_guesses_at_random_labels_nothing(made: Made, tmp_path: Path) -> None:
    out = tmp_path / "labels.json"
    words = ["pseudo", str(made.weights), "--store", str(made.store), "--out", str(out)]
    assert main([*words, "--views", "2"]) == 0
    assert read(out).labels == ()
    assert read(out).report["threshold"] is None
