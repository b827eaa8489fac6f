from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

torch = pytest.importorskip("torch")

from analysis.actions import checkpoint  # noqa: E402 - torch may be absent
from analysis.training.errors import LabellessDataError  # noqa: E402
from analysis.training.fit import fit  # noqa: E402
from analysis.training.losses import UNKNOWN  # noqa: E402
from analysis.training.settings import read_settings  # noqa: E402
from analysis.training.states import check, scores, state_place, terms, told  # noqa: E402
from analysis.training.store import open_store  # noqa: E402
from tests.analysis.training.made_up import clips, save_store  # noqa: E402
from tests.analysis.training.test_fit import write_settings  # noqa: E402

CONFIG = Path(__file__).parents[3] / "analysis" / "training" / "configs" / "state.toml"


def acted() -> list:
    """Squats are tired and waves are normal; of nobody known, as in the one set that has states."""
    return [
        replace(
            one,
            source="bandai",
            family="bandai",
            person=None,
            clip=one.clip.replace("uiprmd", "bandai"),
            sequence=one.sequence.replace("uiprmd", "bandai"),
            style="exhausted" if one.action == "squat" else "normal",
            licence="CC-BY-NC-4.0",
            may_ship=False,
        )
        for one in clips()
    ]


def test_a_state_is_one_of_those_asked_for_and_two_words_may_be_one() -> None:
    states = ("normal", "tired")
    assert [state_place(style, states=states) for style in ("tired", "exhausted")] == [1, 1]
    assert [state_place(style, states=states) for style in ("proud", None)] == [UNKNOWN] * 2


def test_a_rare_state_counts_as_much_as_a_common_one() -> None:
    pairs = [(0, 0)] * 8 + [(1, 0), (1, 1), (UNKNOWN, 0)]
    found = scores(pairs)
    assert found["state_accuracy"] == pytest.approx(0.9)
    assert found["state_balanced_accuracy"] == pytest.approx(0.75)
    assert scores([(UNKNOWN, 1)]) == {}


def test_a_state_is_learned_apart_and_its_terms_lie_beside_it(tmp_path: Path) -> None:
    save_store(tmp_path / "store", acted())
    path = write_settings(tmp_path, epochs=8)
    text = path.read_text().replace("[model]", '[model]\nstates = ["normal", "tired"]')
    text = text.replace('test_people = ["uiprmd:fay"]', 'test_people = ["bandai:fay_*"]')
    path.write_text(text.replace("views = 2", "views = 2\nmay_ship_only = false"))
    found = fit(read_settings(path), out=tmp_path / "run")
    assert found["test"]["bandai/state_balanced_accuracy"] > 0.5  # two states: chance is a half
    assert checkpoint.load(tmp_path / "run" / "best.safetensors").model.config.states
    licence = (tmp_path / "run" / "best.licence.txt").read_text()
    assert "NOT FOR COMMERCIAL USE" in licence
    assert "Bandai-Namco" in licence
    report = json.loads((tmp_path / "run" / "report.json").read_text())["states"]
    assert report["test"] == {"normal": 3, "tired": 3}
    assert "not known" in report["kept_apart"]


def test_main_weights_have_no_terms_and_unshown_states_are_refused(tmp_path: Path) -> None:
    entries = open_store(save_store(tmp_path / "store", clips(["ann", "ben"], each=1))).entries
    assert terms(entries) == ""
    assert told(entries, entries, states=("tired",))["train"] == {"tired": 0}
    with pytest.raises(LabellessDataError, match="tired"):
        check(("tired",), entries=entries)
    check((), entries=entries)


def test_the_settings_that_come_with_the_project_are_read() -> None:
    settings = read_settings(CONFIG)
    assert len(settings.tasks.state_weights) == len(settings.model.states)
    assert not settings.data.may_ship_only
