from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from analysis.training.errors import CorruptDataError, PersonOnBothSidesError
from analysis.training.parts import Parts
from analysis.training.pseudo_labels import PseudoLabel, PseudoLabels, read, taken, write
from analysis.training.store import Entry

if TYPE_CHECKING:
    from pathlib import Path

    from analysis.training.settings import DataSettings

torch = pytest.importorskip("torch")  # the settings name the network's shape


def entry(name: str, *, person: str, action: str | None = None) -> Entry:
    return Entry(
        source="made", family="made", person=person, sequence=name, clip=name, action=action,
        correct=None, style=None, side=None, folds=(), licence="", may_ship=True, text="",
        frames=50, seconds=2.0, frame_vocabulary=(), shard="s", rows={},
    )  # fmt: skip


PARTS = Parts(
    train=(entry("named", person="a", action="squat"), entry("bare", person="b"),
           entry("unsure", person="b")),
    validation=(entry("held", person="c"),), test=(entry("judged", person="d"),),
)  # fmt: skip


def file_of(path: Path, *, taught_by: tuple[str, ...] = ("a",)) -> Path:
    labels = tuple(
        PseudoLabel(name, "jump", 0.9, 4) for name in ("named", "bare", "held", "judged")
    )
    write(PseudoLabels(labels, "0" * 64, taught_by, {"threshold": 0.8}), path)
    return path


def settings(path: Path, *, without: tuple[str, ...] = ()) -> DataSettings:
    from analysis.training.settings import DataSettings

    return DataSettings(store="x", pseudo_labels=str(path), pseudo_weight=0.5, without=without)


def test_what_is_written_is_read(tmp_path: Path) -> None:
    found = read(file_of(tmp_path / "labels.json"))
    assert found.labels[1] == PseudoLabel("bare", "jump", 0.9, 4)
    assert found.taught_by == ("a",)


def test_only_what_has_no_label_and_is_learned_from_takes_a_guess(tmp_path: Path) -> None:
    entries, weights = taken(PARTS, settings=settings(file_of(tmp_path / "labels.json")))
    assert [one.action for one in entries] == ["squat", "jump", None]
    assert weights == {"bare": pytest.approx(0.45)}


def test_without_a_file_nothing_changes() -> None:
    from analysis.training.settings import DataSettings

    assert taken(PARTS, settings=DataSettings(store="x")) == (PARTS.train, {})


def test_what_is_kept_out_of_learning_is_not_learned_of_guesses(tmp_path: Path) -> None:
    chosen = settings(file_of(tmp_path / "labels.json"), without=("made.jump",))
    assert taken(PARTS, settings=chosen) == (PARTS.train, {})


def test_a_teacher_who_knew_those_who_are_judged_on_is_refused(tmp_path: Path) -> None:
    known = file_of(tmp_path / "labels.json", taught_by=("a", "d"))
    with pytest.raises(PersonOnBothSidesError, match="person: d"):
        taken(PARTS, settings=settings(known))
    apart = replace(PARTS, test=())
    assert taken(apart, settings=settings(known))[1]


@pytest.mark.parametrize("content", ["", "{}", '{"format": "x"}', "[]"])
def test_another_file_is_refused(tmp_path: Path, content: str) -> None:
    path = tmp_path / "labels.json"
    path.write_text(content)
    with pytest.raises(CorruptDataError, match="sportsbr-pseudo-labels-1"):
        read(path)
    with pytest.raises(CorruptDataError):
        read(tmp_path / "none.json")
