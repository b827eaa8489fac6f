from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest

pytest.importorskip("torch")

from analysis.actions import checkpoint, model
from analysis.training.store import open_store
from bench import action_baselines, action_experiments, action_fused, action_model, action_results
from bench.action_experiments import EXPERIMENTS, Experiment, Fold
from tests.analysis.actions.tiny_language import save_tiny
from tests.analysis.training.made_up import clips, save_store

if TYPE_CHECKING:
    from pathlib import Path

    from analysis.training.records import MotionClip

KEYS = {
    "hdm05_loao", "uiprmd_exercise_loso", "uiprmd_correct_loso", "mocap6_frame_accuracy",
    "mocap6_f1_50", "jhmdb_mean3", "tennis_before", "tennis_after", "few_shot_gain_points",
    "unknown_recall",
}  # fmt: skip
TINY = Experiment(
    name="tiny",
    told="made-up movement",
    folds=(Fold(name="fay", test_people=("uiprmd:fay",)),),
    figures={"tiny_key": "uiprmd/accuracy"},
    sources=("uiprmd",),
    seeds=(1, 2),
    baselines=("logistic",),
    baseline_views=1,
)


def last_json(out: str) -> dict[str, object]:
    read: dict[str, object] = json.loads(out.splitlines()[-1])
    return read


def three_labels() -> list[MotionClip]:
    """As `clips`, but every second wave goes by another name."""
    return [
        replace(one, action="hop") if one.action == "wave" and one.correct else one
        for one in clips(each=2)
    ]


def save_settings(folder: Path, *, language: Path) -> Path:
    """A folder with both steps of training, tiny."""
    folder.mkdir(exist_ok=True)
    for name, fusion in (("pose.toml", "pose"), ("ship.toml", "fused")):
        (folder / name).write_text(
            f"[data]\nstore = ''\nvalidation_share = 0.2\n[model]\nfusion = '{fusion}'\n"
            f"width = 16\nblocks = 1\nlabel_space = 16\nlabel_width = 32\n"
            f"language_model = '{language}'\n[optimiser]\nepochs = 1\nbatch_size = 8\n"
        )
    return folder


@pytest.mark.parametrize("kind", ["unknown", "few_shot", "fusion"])
def test_each_kind_of_experiment_runs_through(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    language = save_tiny(tmp_path / "language", kind="bert")
    for module in (model, checkpoint):
        monkeypatch.setattr(module, "bundled_folder", lambda: language)
    monkeypatch.setattr(action_fused, "TRIES", 2)
    made = three_labels()
    store = open_store(save_store(tmp_path / "store", made))
    without = ("uiprmd.hop",) if kind in {"unknown", "few_shot"} else ()
    experiment = replace(
        TINY,
        kind=kind,
        overrides=action_experiments.THRESHOLDS,
        seeds=(1,),
        sources=(made[0].source,),
        folds=(Fold(name="fay", test_people=("uiprmd:fay",), without=without),),
        figures={
            "unknown": {"x": "unknown_recall"},
            "few_shot": {"x": "gain_points"},
        }.get(kind, {}),
    )
    stages = action_fused.stages(save_settings(tmp_path, language=language), epochs=None)
    told = action_fused.run(experiment, store=store, work=tmp_path / "work", stages=stages)
    assert told["runs"]
    assert all(len(run["weights_sha256"]) == 64 for run in told["runs"])
    if kind == "fusion":
        assert {run["fusion"] for run in told["runs"]} == set(action_experiments.FUSIONS)
        assert "uiprmd/accuracy without a text pose" in told["summary"]
        assert (
            0 < told["summary"]["named without a text: fused against text, largest p"]["mean"] <= 1
        )
    else:
        assert set(told["summary"]) == set(experiment.figures)
    json.dumps(told, allow_nan=False)


def test_what_was_never_measured_is_null(tmp_path: Path, capsys) -> None:
    assert action_model.main(["--json", "--results", str(tmp_path), "--data", str(tmp_path)]) == 0
    out = capsys.readouterr().out
    line = last_json(out)
    assert set(line) >= KEYS
    assert all(line[key] is None for key in KEYS)
    assert out.count("no result has been made") == len(EXPERIMENTS)


def test_folds_leave_out_whom_they_judge() -> None:
    for experiment in EXPERIMENTS:
        judged = [fold.test_people for fold in experiment.folds]
        assert len(set(judged)) == len(judged), experiment.name
    for fold in action_experiments.NOVELTY:
        assert fold.without
    assert len({fold.without for fold in action_experiments.NOVELTY}) == 3


@pytest.fixture
def tiny(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Arguments to rerun the tiny experiment."""
    save_store(tmp_path / "store", clips(each=1))
    for module in (action_model, action_experiments):
        monkeypatch.setattr(module, "EXPERIMENTS", (TINY,))
    language = save_tiny(tmp_path / "language", kind="bert")
    save_settings(tmp_path / "settings", language=language)
    folders = {"store": "store", "results": "kept", "work": "work", "settings": "settings"}
    return [word for k, v in folders.items() for word in (f"--{k}", str(tmp_path / v))]


def test_a_rerun_is_kept_and_told(tiny: list[str], tmp_path: Path, capsys) -> None:
    assert action_model.main(["--rerun", "tiny_key", "--json", *tiny]) == 0
    line = last_json(capsys.readouterr().out)
    kept = action_results.read("tiny", folder=tmp_path / "kept")
    assert kept is not None
    accuracies = [run["scores"]["uiprmd/accuracy"] for run in kept["fused"]["runs"]]
    assert len(accuracies) == 2
    assert line["tiny_key"] == pytest.approx(np.mean(accuracies), abs=1e-3)
    assert line["baselines"]["tiny_key"]["logistic"]["seeds"] == 2  # type: ignore[index]
    assert all(len(run["weights_sha256"]) == 64 for run in kept["fused"]["runs"])
    assert "NOT FROM" not in "\n".join(action_model.told(tmp_path / "kept", data=tmp_path))


def test_a_seed_is_added_to_those_that_are_kept(tiny: list[str], tmp_path: Path, capsys) -> None:
    words = ["--rerun", "tiny", "--only", "baselines", *tiny]
    action_model.main([*words, "--seeds", "1"])
    assert "1 of 2 seeds" in capsys.readouterr().out
    action_model.main([*words, "--seeds", "2"])
    assert "of 2 seeds" not in capsys.readouterr().out
    kept = action_results.read("tiny", folder=tmp_path / "kept")
    assert kept is not None
    assert {run["seed"] for run in kept["baselines"]["runs"]} == {1, 2}


def test_a_quick_try_is_not_kept(tiny: list[str], tmp_path: Path, capsys) -> None:
    action_model.main(["--rerun", "tiny", "--only", "baselines", "--quick", *tiny])
    assert "a quick try that is not kept" in capsys.readouterr().out
    assert not (tmp_path / "kept").exists()


def test_other_code_and_other_data_are_told(tmp_path: Path) -> None:
    (tmp_path / "set.npz").write_bytes(b"today")
    kept = {
        "made": {
            "code_sha256": "of another day",
            "data_sha256": {"set.npz": "of another day"},
            "experiment": action_results.described(TINY, part="baselines"),
        },
        "runs": [{"seed": 1}, {"seed": 2}],
    }
    why = action_results.stale("baselines", kept=kept, experiment=TINY, data=tmp_path)
    assert why == ["other code", "other data (set.npz)"]
    kept["made"]["code_sha256"] = action_results.code_sha256("baselines")  # type: ignore[index]
    (tmp_path / "set.npz").unlink()
    assert not action_results.stale("baselines", kept=kept, experiment=TINY, data=tmp_path)
    other = replace(TINY, baseline_views=9)
    why = action_results.stale("baselines", kept=kept, experiment=other, data=tmp_path)
    assert why == ["other folds, seeds or settings"]


def test_a_name_that_is_none_is_refused(capsys) -> None:
    assert action_model.main(["--rerun", "nothing"]) == 2
    assert "hdm05_loao" in capsys.readouterr().err


def test_the_mean_is_over_folds_and_the_spread_over_seeds() -> None:
    runs = [
        {"seed": seed, "scores": {"x": value}}
        for seed, value in ((1, 0.5), (1, 0.7), (2, 0.7), (2, 0.9))
    ]
    told = action_baselines.over_seeds(runs, score="x")
    assert told["mean"] == pytest.approx(0.7)
    assert told["sd"] == pytest.approx(np.std([0.6, 0.8], ddof=1))


def test_mcnemar_counts_only_where_they_differ() -> None:
    one = {str(i): i < 9 for i in range(20)}
    assert action_fused.mcnemar(one, one) == 1.0
    other = dict.fromkeys(one, False)
    assert action_fused.mcnemar(one, other) == pytest.approx(2 * 0.5**9)


def test_a_few_examples_make_a_label() -> None:
    """Three directions; the third is new, its text far off, its examples at the right place."""
    rng = np.random.default_rng(1)
    place = np.repeat(np.arange(3), 20)
    shots = action_fused.Shots(
        label=np.array(["a", "b", "c"])[place],
        judged=np.arange(60) % 2 == 0,
        vectors=np.eye(3)[place],
        features=rng.normal(size=(60, 4)),  # tells the neighbour nothing
        texts={"a": np.eye(3)[0], "b": np.eye(3)[1], "c": np.array([0.6, 0.8, 0.0])},
    )
    scores = action_fused._try(shots, new="c", known=["a", "b"], rng=rng)
    assert scores["fused_f1"] == 1.0
    assert scores["space_f1"] == 1.0
    assert scores["nearest_f1"] < 0.9
