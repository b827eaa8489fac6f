from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("optuna")

from analysis.training import search as module  # noqa: E402 - torch may be absent
from analysis.training.__main__ import main  # noqa: E402
from analysis.training.errors import SettingsError  # noqa: E402
from analysis.training.search import search, space_of, told, with_values  # noqa: E402
from analysis.training.settings import read_settings  # noqa: E402
from analysis.training.store import Store  # noqa: E402
from tests.analysis.actions.tiny_language import save_tiny  # noqa: E402
from tests.analysis.training.made_up import clips, save_store  # noqa: E402

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from analysis.training.records import MotionClip
    from analysis.training.settings import FitSettings
    from analysis.training.store import Entry

TOML = """
seed = 3
threads = 1
[data]
store = "{store}"
views = 1
test_people = ["uiprmd:fay"]
[model]
width = 8
blocks = 1
label_space = 8
label_width = 32
language_model = "{language}"
[optimiser]
epochs = 1
batch_size = 8
[search]
"optimiser.rate" = {{low = 1e-4, high = 1e-1, log = true}}
optimiser.schedule = {{choices = ["cosine", "constant"]}}
"model.blocks" = {{low = 1, high = 2}}
"""
SPACE = {"search": {"optimiser.rate": {"low": 1e-4, "high": 1e-2}}}


def write_settings(folder: Path) -> Path:
    path = folder / "search.toml"
    path.write_text(TOML.format(store=folder / "store", language=folder / "bert"))
    return path


def test_the_best_of_real_runs_is_a_file_that_fit_takes_and_no_test_person_is_looked_at(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    loaded: list[str | None] = []
    load = Store.load

    def watched(store: Store, entry: Entry) -> MotionClip:
        loaded.append(entry.person)
        return load(store, entry)

    monkeypatch.setattr(Store, "load", watched)
    save_tiny(tmp_path / "bert", kind="bert")
    save_store(tmp_path / "store", clips(["ann", "ben", "cem", "fay"], each=1))
    out = tmp_path / "out"
    config = str(write_settings(tmp_path))
    assert main(["search", config, "--trials", "2", "--out", str(out)]) == 0
    assert "uiprmd:fay" not in loaded
    assert set(loaded) == {"uiprmd:ann", "uiprmd:ben", "uiprmd:cem"}
    rows = json.loads((out / "trials.json").read_text())
    assert [row["state"] for row in rows] == ["complete", "complete"]
    best = max(rows, key=lambda row: row["score"])
    settings = read_settings(out / "best.toml")
    assert settings.optimiser.rate == best["settings"]["optimiser.rate"]
    assert settings.model.blocks == best["settings"]["model.blocks"]
    assert settings.data.test_people == ("uiprmd:fay",)
    assert json.loads(capsys.readouterr().out.splitlines()[-1]) == best


def made_up(settings: FitSettings) -> float:
    """A score that is best where the rate is near 0.01."""
    distance = abs(torch.log10(torch.tensor(settings.optimiser.rate)).item() + 2.0)
    return 1.0 - 0.2 * distance - 0.05 * settings.model.blocks


def trainer(*, killed_in: int | None = None) -> tuple[Callable[..., None], list[Path]]:
    """A stand-in for training: three validations that rise to the made-up score."""
    runs: list[Path] = []

    def train(settings: FitSettings, *, out: Path, on_validation: Callable[..., None]) -> None:
        runs.append(out)
        for epoch in (1, 2, 3):
            on_validation(epoch, made_up(settings) * epoch / 3)
            if epoch == 2 and killed_in == len(runs) - 1:
                raise KeyboardInterrupt

    return train, runs


def test_a_killed_search_goes_on_in_the_run_it_was_killed_in_to_the_same_table(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = write_settings(tmp_path)
    train, _ = trainer()
    monkeypatch.setattr(module, "train", train)
    whole = search(config, trials=8, out=tmp_path / "whole")
    train, before = trainer(killed_in=3)
    monkeypatch.setattr(module, "train", train)
    with pytest.raises(KeyboardInterrupt):
        search(config, trials=8, out=tmp_path / "killed")
    train, after = trainer()
    monkeypatch.setattr(module, "train", train)
    assert search(config, trials=8, out=tmp_path / "killed") == whole
    assert after[0] == before[-1]
    assert len(before) + len(after) == len(whole) + 1
    # a third time there is nothing left to do
    train, idle = trainer()
    monkeypatch.setattr(module, "train", train)
    assert search(config, trials=8, out=tmp_path / "killed") == whole
    assert not idle


def test_what_does_badly_is_ended_early_and_the_search_closes_in(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    train, _ = trainer()
    monkeypatch.setattr(module, "train", train)
    rows = search(write_settings(tmp_path), trials=20, out=tmp_path / "out")
    ended = [row for row in rows if row["state"] == "pruned"]
    finished = [row for row in rows if row["state"] == "complete"]
    assert ended
    assert all(row["epochs"] < 3 for row in ended)
    best = max(finished, key=lambda row: row["score"])
    assert best["settings"]["model.blocks"] == 1
    assert 0.003 < best["settings"]["optimiser.rate"] < 0.03
    assert told(rows)[1].split()[0] == str(best["trial"])


@pytest.mark.parametrize(
    ("space", "said"),
    [
        ({}, r"\[search\] table"),
        ({"optimiser.speed": {"low": 1, "high": 2}}, "optimiser.speed"),
        ({"data.test_people": {"choices": [["a"], ["b"]]}}, "cannot be tried"),
        ({"optimiser.rate": {"low": 1.0, "high": 0.5}}, "low ≤ high"),
        ({"optimiser.rate": {"low": 0.0, "high": 0.5, "log": True}}, "above 0"),
        ({"optimiser.rate": {"low": 0.1, "high": 0.5, "choices": [1.0]}}, "choices"),
        ({"optimiser.rate": {"low": 0.1, "high": 0.5, "bins": 3}}, "expected a table of"),
        ({"optimiser.rate": 3}, "expected a table of"),
    ],
)
def test_a_space_that_cannot_be_searched_is_refused(space: dict[str, object], said: str) -> None:
    with pytest.raises(SettingsError, match=said):
        space_of({"search": space}, where="x.toml")


def test_a_folder_holds_one_search(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    train, _ = trainer()
    monkeypatch.setattr(module, "train", train)
    config = write_settings(tmp_path)
    search(config, trials=1, out=tmp_path / "out")
    config.write_text(config.read_text().replace("seed = 3", "seed = 4"))
    with pytest.raises(SettingsError, match="other settings"):
        search(config, trials=1, out=tmp_path / "out")
    config.write_text(config.read_text().replace("views = 1", "validation_share = 0.0"))
    with pytest.raises(SettingsError, match="validation_share"):
        search(config, trials=1, out=tmp_path / "nobody")
    with pytest.raises(SettingsError, match="at least 1"):
        search(config, trials=0, out=tmp_path / "none")


def test_values_are_put_into_their_parts_and_the_space_is_left_out() -> None:
    content = {**SPACE, "optimiser": {"rate": 1.0, "epochs": 2}, "seed": 1}
    changed = with_values(content, {"optimiser.rate": 0.5, "model.width": 8})
    assert changed == {
        "optimiser": {"rate": 0.5, "epochs": 2}, "seed": 1, "model": {"width": 8},
    }  # fmt: skip
    assert content["optimiser"] == {"rate": 1.0, "epochs": 2}
