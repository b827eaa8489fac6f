from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
import pytest

pytest.importorskip("torch")

from analysis.training import baselines
from analysis.training.labels import labels_of
from analysis.training.samples import Samples
from analysis.training.settings import DataSettings, FitSettings, TaskSettings
from analysis.training.st_gcn import STGCN
from analysis.training.store import open_store
from tests.analysis.training.made_up import clips, save_store

if TYPE_CHECKING:
    from pathlib import Path

    from analysis.training.records import MotionClip
    from analysis.training.samples import Sample

HELD = "uiprmd:fay"


def drawn(folder: Path, made: list[MotionClip]) -> tuple[list[Sample], list[Sample], Samples]:
    store = open_store(save_store(folder, made))
    learning = Samples(
        store,
        entries=store.entries,
        labels=labels_of(store.entries),
        settings=FitSettings(
            data=DataSettings(store=str(folder), views=2), tasks=TaskSettings(note_share=0.0)
        ),
        learning=True,
    )
    learn = [one for one in baselines.draw(learning) if one.person != HELD]
    test = [one for one in baselines.draw(replace(learning, learning=False)) if one.person == HELD]
    return learn, test, learning


@pytest.mark.parametrize("name", ["logistic", "forest", "st_gcn"])
def test_what_differs_plainly_is_told_apart_in_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setattr(baselines._batches, "__kwdefaults__", {"epochs": 2})
    monkeypatch.setattr(baselines, "STGCN", partial(STGCN, widths=(12, 24)))
    learn, test, samples = drawn(tmp_path / "store", clips(each=2))
    judged = baselines.judged_by(name, learn=learn, test=test, labels=samples.labels, seed=1)
    scores = judged.scores()
    if name != "st_gcn":  # its own test shows that it learns; here two epochs show the way
        assert scores["uiprmd/accuracy"] >= 0.75  # chance is a half
    assert "uiprmd/grade_accuracy" in scores
    assert {answer.person for answer in judged.answers} == {HELD}
    for answer in judged.answers:
        assert answer.prob.sum() == pytest.approx(1.0)
        assert answer.grade_prob.sum() == pytest.approx(1.0)


def in_frames(made: list[MotionClip]) -> list[MotionClip]:
    """The same clips, labelled frame by frame instead of as a whole."""
    return [
        replace(one, action=None, correct=np.nan, frame_labels=np.full(one.frames, one.action))
        for one in made
    ]


def test_frames_are_labelled_by_the_segmenter_only(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(baselines, "SEGMENTER_EPOCHS", 1)
    made = in_frames(clips(["ann", "ben", "fay"], each=1))
    learn, test, samples = drawn(tmp_path / "store", made)
    judged = baselines.judged_by("ms_tcn", learn=learn, test=test, labels=samples.labels, seed=1)
    assert len(judged.answers) == len(test)  # test_ms_tcn shows that it learns
    for answer in judged.answers:
        assert answer.segmented
        assert answer.frames_said.shape == answer.frames_truth.shape
    none = baselines.judged_by("logistic", learn=learn, test=test, labels=samples.labels, seed=1)
    assert none.answers == []  # nothing to learn from, so nothing is claimed


def test_features_do_not_depend_on_a_clip_s_length() -> None:
    time = np.linspace(0.0, 1.0, 50)[:, None]
    pose = np.tile(np.sin(3.0 * time), (1, 105)).astype(np.float32)
    assert baselines.features(pose).shape == baselines.features(pose[::2]).shape
    rows = baselines.resampled(pose, rows=7)
    assert np.allclose(rows[[0, -1]], pose[[0, -1]])
    line = np.arange(10.0)[:, None]
    assert np.allclose(baselines.resampled(line, rows=4)[:, 0], [0.0, 3.0, 6.0, 9.0])


def test_a_baseline_that_does_not_exist_is_named() -> None:
    with pytest.raises(ValueError, match="logistic"):
        baselines.judged_by("magic", learn=[], test=[], labels=(), seed=1)
