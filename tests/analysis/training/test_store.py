from __future__ import annotations

import json
from dataclasses import fields, replace

import numpy as np
import pytest

from analysis.training import store
from analysis.training.errors import StaleStoreError
from analysis.training.records import MotionClip
from analysis.training.store import StoreWriter, open_store
from tests.analysis.training.movement import clip, flat


def same(a, b):
    for one in fields(MotionClip):
        x, y = getattr(a, one.name), getattr(b, one.name)
        if isinstance(x, np.ndarray):
            np.testing.assert_array_equal(x, y)
        else:
            assert x == y or (x != x and y != y), one.name  # noqa: PLR0124 - NaN


def clips():
    words = np.where(np.arange(101) < 50, "squat", "")
    return [
        clip(name="a", correct=1.0, side="left"),
        replace(flat(clip(name="b", action=None)), frame_labels=words),
        clip(name="c", style="tired", folds=("train1",), person=None, seconds=3.0),
        flat(clip(name="d")).cut(0, 1),
    ]


def test_what_is_written_is_read_again_over_several_shards(tmp_path, monkeypatch):
    monkeypatch.setattr(store, "SHARD_ROWS", 150)
    writer = StoreWriter(folder=tmp_path)
    for one in clips():
        writer.add(one)
    writer.close({"sources": {}})
    opened = open_store(tmp_path)
    assert len(list(tmp_path.glob("shard-*"))) == 3
    for before, after in zip(clips(), opened.clips(), strict=True):
        same(before, after)
    (labelled,) = opened.choose(lambda entry: bool(entry.frame_vocabulary))
    assert labelled.frame_vocabulary == ("squat",)
    assert labelled.labelled
    assert opened.load(opened.entries[2]).style == "tired"


def test_a_store_that_was_not_finished_is_refused(tmp_path):
    writer = StoreWriter(folder=tmp_path)
    writer.add(clip())
    with pytest.raises(StaleStoreError, match=r"index\.json"):
        open_store(tmp_path)


@pytest.mark.parametrize("spoil", ["version", "shard", "json"])
def test_a_store_that_does_not_fit_its_index_is_refused(tmp_path, spoil):
    writer = StoreWriter(folder=tmp_path)
    writer.add(clip())
    writer.close({})
    index = tmp_path / "index.json"
    if spoil == "version":
        index.write_text(json.dumps({**json.loads(index.read_text()), "store_version": 0}))
    elif spoil == "shard":
        (tmp_path / "shard-00000.safetensors").unlink()
    else:
        index.write_text("{")
    with pytest.raises(StaleStoreError, match="Prepare it again"):
        open_store(tmp_path)
