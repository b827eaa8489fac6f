from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

pytest.importorskip("torch")

from analysis.training.parts import parts_of, who
from analysis.training.settings import DataSettings
from analysis.training.store import open_store
from tests.analysis.training.made_up import clips, save_store

if TYPE_CHECKING:
    from pathlib import Path

    from analysis.training.parts import Parts


def split(tmp_path: Path, **settings: tuple[str, ...]) -> Parts:
    made = [replace(clip, sequence=f"{clip.clip}_recording") for clip in clips()]
    store = open_store(save_store(tmp_path / "store", made))
    return parts_of(store, settings=DataSettings(store="", **settings), seed=1)  # type: ignore[arg-type]


def test_nobody_is_in_two_parts(tmp_path: Path) -> None:
    parts = split(tmp_path, test_people=("uiprmd:fay",))
    people = [{who(e) for e in part} for part in (parts.train, parts.validation, parts.test)]
    assert people[2] == {"uiprmd:fay"}
    assert all(people)
    assert not people[0] & people[1]
    assert not (people[0] | people[1]) & people[2]


def test_a_recording_that_is_named_stands_for_itself(tmp_path: Path) -> None:
    name = "uiprmd:ann_squat_0_recording"
    parts = split(tmp_path, test_people=(name,))
    assert [e.sequence for e in parts.test] == [name]
    rest = (*parts.train, *parts.validation)
    assert "uiprmd:ann" in {who(e) for e in rest}
    assert name not in {e.sequence for e in rest}


def test_labels_that_are_left_out_are_nowhere(tmp_path: Path) -> None:
    parts = split(tmp_path, without=("uiprmd.wave",))
    assert {e.action for e in parts.everybody} == {"squat"}
