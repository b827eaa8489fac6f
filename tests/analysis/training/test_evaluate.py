from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from analysis.actions import checkpoint  # noqa: E402 - torch may be absent
from analysis.actions.model import ModelConfig, build  # noqa: E402
from analysis.training import evaluate as module  # noqa: E402
from analysis.training.__main__ import main  # noqa: E402
from analysis.training.evaluate import asked_of, evaluate, is_unknown, known_people  # noqa: E402
from analysis.training.judge import Answer, label_vectors  # noqa: E402
from analysis.training.store import Store, open_store  # noqa: E402
from tests.analysis.actions.tiny_language import save_tiny  # noqa: E402
from tests.analysis.training.made_up import clips, save_store  # noqa: E402

if TYPE_CHECKING:
    from pathlib import Path

LABELS = (
    checkpoint.Label("uiprmd.squat", "squat: the knees bend", "uiprmd"),
    checkpoint.Label("uiprmd.jump", "jump: up and down", "uiprmd"),
    checkpoint.Label("hdm05.wave", "wave: one raised hand moves to and fro", "hdm05"),
)


def save_checkpoint(folder: Path, *, seed: int = 1, people: tuple[str, ...] = ()) -> Path:
    language = save_tiny(folder / "language", kind="bert")
    torch.manual_seed(seed)
    model = build(
        ModelConfig(
            width=16, blocks=1, label_space=16, label_width=32, language_model=str(language)
        )
    )
    made = checkpoint.Checkpoint(
        model=model,
        labels=LABELS,
        label_vectors=label_vectors(model, labels=LABELS),
        thresholds={"uiprmd": 0.0, "hdm05": 2.0},
        made_by={"people": {"train": people, "validation": []}, "files": {}},
    )
    checkpoint.save(made, folder / f"weights{seed}.safetensors")
    return folder / f"weights{seed}.safetensors"


def small_store(folder: Path) -> Store:
    """Squats and waves of two people in a known set; planks and waves in one that is not."""
    made = clips(["ann", "ben"], each=1)
    strange = [
        replace(
            one,
            source="jhmdb",
            family="jhmdb",
            clip=f"jhmdb:{i}",
            sequence=f"jhmdb:{i}",
            action="plank" if one.action == "squat" else one.action,
        )
        for i, one in enumerate(made)
    ]
    return open_store(save_store(folder, [*made, *strange]))


def test_what_no_label_stands_for_should_be_unknown(tmp_path: Path) -> None:
    store = small_store(tmp_path / "store")
    report = evaluate(save_checkpoint(tmp_path), store=store).report
    assert report["asked"] == {"jhmdb": "labels of other sets", "uiprmd": "its own labels"}
    # the known set has squats; its waves are no label of its own
    assert report["unknown"]["uiprmd"]["movements"] == 2
    assert sum(map(sum, report["uiprmd"]["confusion"])) == 2
    # the other set is asked for by words: its waves are hdm05's, its planks are nobody's
    assert report["unknown"]["jhmdb"]["movements"] == 2
    assert "jhmdb.wave" in report["jhmdb"]["labels"]


def test_a_set_is_named_by_text_alone_where_asked(tmp_path: Path) -> None:
    store = small_store(tmp_path / "store")
    found = evaluate(save_checkpoint(tmp_path), store=store, by_text=("jhmdb",))
    assert found.report["asked"]["jhmdb"] == "by text alone"
    assert found.report["jhmdb"]["labels"] == ["jhmdb.plank", "jhmdb.wave"]
    assert found.report["unknown"]["jhmdb"] == {
        "movements": 0, "recall": None, "false_rejection": None,
    }  # fmt: skip


def test_unknown_is_judged_by_the_threshold_of_the_label_that_is_nearest(tmp_path: Path) -> None:
    store = small_store(tmp_path / "store")
    asked = asked_of(checkpoint.load(save_checkpoint(tmp_path)), entries=store.entries)
    wave = next(i for i, label in enumerate(asked.labels) if label.key == "jhmdb.wave")
    squat = next(i for i, label in enumerate(asked.labels) if label.key == "uiprmd.squat")
    some = np.zeros(1, dtype=np.int64)

    def answer(place: int, *, surest: float) -> Answer:
        return Answer(
            clip="", person=None, group="", truth=-1, prob=np.eye(len(asked.labels))[place],
            surest=surest, grade_truth=-1, grade_prob=np.ones(2) / 2, frames_truth=some,
            frames_said=some, segmented=False, told=False,
        )  # fmt: skip

    assert is_unknown(answer(wave, surest=0.9), asked=asked) is True  # hdm05's threshold is 2
    assert is_unknown(answer(squat, surest=0.1), asked=asked) is False
    assert is_unknown(answer(squat, surest=-0.1), asked=asked) is True


def test_people_learned_from_are_said_loudly(tmp_path: Path) -> None:
    store = small_store(tmp_path / "store")
    weights = save_checkpoint(tmp_path, people=("uiprmd:ann",))
    report = evaluate(weights, store=store).report
    assert report["known_people"]["train"] == ["uiprmd:ann"]
    assert any("LEARNED FROM 1 OF THESE PEOPLE" in line for line in module.told(report))
    silent = known_people({}, entries=store.entries, store=store)
    assert not silent["told"]


def test_before_and_after_and_a_baseline_stand_side_by_side(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    small_store(tmp_path / "store")
    weights = save_checkpoint(tmp_path)
    before = save_checkpoint(tmp_path, seed=2)
    words = ["evaluate", "--store", str(tmp_path / "store"), "--json", "--before", str(before)]
    assert main([*words, "--weights", str(weights)]) == 0
    out = capsys.readouterr().out.splitlines()
    report = json.loads(out[-1])
    name = "uiprmd/calibration_error"
    gained = report["scores"][name] - report["before"]["scores"][name]
    assert report["difference"][name] == pytest.approx(gained)
    assert report["baseline"]["logistic"]["uiprmd/accuracy"] >= 0.5
    assert any("logistic" in line and "before" in line for line in out[:-1])


def test_no_weights_and_no_labels_are_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    bare = [replace(one, action=None, correct=np.nan) for one in clips(["ann"], each=1)]
    save_store(tmp_path / "store", bare)
    monkeypatch.setattr(module, "WEIGHTS", tmp_path / "none")
    words = ["evaluate", "--store", str(tmp_path / "store")]
    assert main(words) == 2
    assert "--weights FILE" in capsys.readouterr().err
    assert main([*words, "--weights", str(save_checkpoint(tmp_path))]) == 2
    assert "action" in capsys.readouterr().err
