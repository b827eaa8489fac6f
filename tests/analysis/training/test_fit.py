from __future__ import annotations

import hashlib
import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from analysis.actions import checkpoint  # noqa: E402 - torch may be absent
from analysis.training.errors import (  # noqa: E402
    LabellessDataError,
    SettingsError,
    SinglePersonError,
)
from analysis.training.fit import fit, rate_factor  # noqa: E402
from analysis.training.settings import (  # noqa: E402
    as_toml,
    read_settings,
    settings_from,
)
from tests.analysis.actions.tiny_language import save_tiny  # noqa: E402
from tests.analysis.training.made_up import clips, save_store  # noqa: E402

if TYPE_CHECKING:
    from analysis.training.settings import FitSettings

ROOT = Path(__file__).resolve().parents[3]
TOML = """
seed = 3
threads = 1
save_every_steps = 2
[data]
store = "{store}"
views = 2
test_people = ["uiprmd:fay"]
[model]
width = 16
blocks = 2
label_space = 16
label_width = 32
language_model = "{language}"
[optimiser]
epochs = {epochs}
batch_size = 4
rate = 1e-2
[tasks]
note_share = 0.0
none_share = 0.0
"""


def write_settings(folder: Path, *, kind: str = "bert", epochs: int = 2) -> Path:
    language = save_tiny(folder / kind, kind=kind)
    store = folder / "store"
    if not store.exists():
        save_store(store, clips())
    path = folder / f"{kind}.toml"
    path.write_text(TOML.format(store=store, language=language, epochs=epochs))
    return path


@pytest.mark.parametrize("kind", ["bert", "qwen"])
def test_what_was_learned_is_judged_on_others_and_kept(tmp_path: Path, kind: str) -> None:
    scores = fit(
        read_settings(write_settings(tmp_path, kind=kind, epochs=10)), out=tmp_path / "run"
    )
    assert scores["test"]["uiprmd/accuracy"] > 0.5  # two actions, evenly: chance is a half
    made = checkpoint.load(tmp_path / "run" / "best.safetensors")
    assert [label.key for label in made.labels] == ["uiprmd.squat", "uiprmd.wave"]
    assert set(made.thresholds) == {"uiprmd"}
    assert (tmp_path / "run" / "report.json").exists()
    assert list((tmp_path / "run" / "tensorboard").glob("events.*"))


def test_with_nobody_to_stop_by_it_never_runs_out_of_patience(tmp_path: Path) -> None:
    settings = read_settings(write_settings(tmp_path, epochs=3))
    settings = replace(
        settings,
        data=replace(settings.data, validation_share=0.0),
        optimiser=replace(settings.optimiser, patience=1),
    )
    fit(settings, out=tmp_path / "run")
    done = json.loads((tmp_path / "run" / "state" / "progress.json").read_text())
    assert (done["epoch"], done["waited"]) == (3, 0)
    assert (tmp_path / "run" / "best.safetensors").exists()


def weights_of(run: Path) -> str:
    state = (run / "state" / "tensors.safetensors").read_bytes()
    return hashlib.sha256(state).hexdigest()


def test_a_killed_run_goes_on_to_the_same_weights(tmp_path: Path) -> None:
    settings = write_settings(tmp_path, epochs=3)
    fit(read_settings(settings), out=tmp_path / "whole")
    command = [sys.executable, "-m", "analysis.training", "fit", str(settings), "--out"]
    run = tmp_path / "killed"
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    process = subprocess.Popen([*command, str(run)], cwd=ROOT, env=environment)
    progress = run / "state" / "progress.json"
    deadline = time.monotonic() + 120
    while not progress.exists() and process.poll() is None and time.monotonic() < deadline:
        time.sleep(0.005)
    process.send_signal(signal.SIGKILL)
    assert process.wait() == -signal.SIGKILL, "it ended before it could be killed"
    fit(read_settings(settings), out=run)
    assert weights_of(run) == weights_of(tmp_path / "whole")


def test_a_folder_holds_one_run(tmp_path: Path) -> None:
    settings = read_settings(write_settings(tmp_path, epochs=1))
    fit(settings, out=tmp_path / "run")
    with pytest.raises(SettingsError, match="other settings"):
        fit(replace(settings, seed=9), out=tmp_path / "run")


def refused(tmp_path: Path, settings: FitSettings) -> None:
    fit(settings, out=tmp_path / "run")


def test_one_person_alone_is_refused(tmp_path: Path) -> None:
    save_store(tmp_path / "store", clips(["ann"]))
    settings = read_settings(write_settings(tmp_path))
    with pytest.raises(SinglePersonError, match="ann"):
        refused(tmp_path, settings)


def test_labels_are_needed(tmp_path: Path) -> None:
    bare = [replace(clip, action=None, correct=np.nan) for clip in clips()]
    save_store(tmp_path / "store", bare)
    with pytest.raises(LabellessDataError):
        refused(tmp_path, read_settings(write_settings(tmp_path)))


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ({"data": {"store": "x", "stores": "y"}}, "stores"),
        ({"data": {"store": "x"}, "sede": 1}, "sede"),
        ({}, "store"),
    ],
)
def test_settings_that_do_not_exist_are_named(content: dict[str, object], told: str) -> None:
    with pytest.raises(SettingsError, match=told):
        settings_from(content, where="run.toml")


def test_settings_are_written_as_they_are_read(tmp_path: Path) -> None:
    content = {
        "data": {"store": 'a "b" \\ 膝', "test_people": ["uiprmd:ann"], "may_ship_only": False},
        "optimiser": {"rate": 1e-5, "epochs": 3},
        "seed": 7,
    }
    settings = settings_from(content, where="x")
    path = tmp_path / "x.toml"
    path.write_text(as_toml(settings), encoding="utf-8")
    assert read_settings(path) == settings


def test_the_rate_warms_up_and_falls() -> None:
    settings = settings_from({"data": {"store": "x"}}, where="run.toml")
    factors = [rate_factor(share, settings=settings) for share in (0.0, 0.05, 0.5, 1.0)]
    assert factors[0] < 0.05
    assert factors[1] == pytest.approx(1.0)
    assert factors[2] < factors[1]
    assert factors[3] == pytest.approx(0.0, abs=1e-9)
