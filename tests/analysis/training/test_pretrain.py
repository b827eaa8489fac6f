from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from analysis.actions import checkpoint  # noqa: E402 - torch may be absent
from analysis.actions.checkpoint import CheckpointError  # noqa: E402
from analysis.actions.model import ModelConfig, build  # noqa: E402
from analysis.features.model_input import (  # noqa: E402
    JOINT_CHANNELS,
    KEYPOINTS,
    VELOCITY_ROWS,
    model_input,
)
from analysis.training.__main__ import main  # noqa: E402
from analysis.training.errors import SettingsError  # noqa: E402
from analysis.training.pretrain import ENCODER, Errors, masked_only, told  # noqa: E402
from analysis.training.samples import Sample, _covered, _gaps, _hidden, _seen  # noqa: E402
from analysis.training.settings import TaskSettings, settings_from  # noqa: E402
from analysis.training.ship import start_from  # noqa: E402
from tests.analysis.actions.tiny_language import save_tiny  # noqa: E402
from tests.analysis.training.made_up import clips, movement, save_store  # noqa: E402

if TYPE_CHECKING:
    from pathlib import Path

TOML = """
seed = 3
threads = 1
[data]
store = "{store}"
views = 1
test_people = ["uiprmd:fay"]
[model]
width = 16
blocks = 1
[optimiser]
epochs = 1
batch_size = 4
[tasks]
masked_share = 0.3
masked_rows = 12
masked_whole = 0.1
"""


def sample() -> Sample:
    xy = movement("wave")[..., :2]
    rows = model_input(xy, score=None, time_s=np.arange(xy.shape[0]) / 30.0)
    return Sample(
        clip="one", person=None, group="x", pose=rows.values,
        frame_labels=np.full(rows.values.shape[0], -1), clip_label=-1, grade=-1,
        candidates=np.zeros(0, dtype=bool), text="", told=False, segmented=False, state=-1,
    )  # fmt: skip


def test_spans_and_whole_keypoints_are_hidden_but_never_both_of_a_pair() -> None:
    tasks = TaskSettings(masked_share=0.0, masked_whole=0.4)
    whole = _hidden(sample(), tasks=tasks, rng=np.random.default_rng(0))
    assert (whole.all(axis=0) == whole.any(axis=0)).all()
    assert whole.any()
    from analysis.features.body17 import mirror_order

    assert not (whole & whole[:, list(mirror_order())]).any()
    spans = _hidden(
        sample(), tasks=TaskSettings(masked_share=0.2, masked_rows=5), rng=np.random.default_rng(0)
    )
    assert 0.1 < spans.mean() < 0.25


def test_nothing_tells_where_a_hidden_point_was() -> None:
    """Another way through the gap leaves the same rows to be read."""
    one = sample()
    hidden = np.zeros((one.pose.shape[0], KEYPOINTS), dtype=bool)
    hidden[10:20, 6] = True
    other = one.pose.copy()
    joints = other[:, : KEYPOINTS * len(JOINT_CHANNELS)].reshape(-1, KEYPOINTS, 6)
    joints[10:20, 6, :4] += 1.0
    np.testing.assert_array_equal(_covered(one.pose, hidden), _covered(other, hidden))
    far = np.ones(one.pose.shape[0], dtype=bool)
    far[10 - VELOCITY_ROWS : 20 + VELOCITY_ROWS] = False
    np.testing.assert_array_equal(_covered(one.pose, hidden)[far], one.pose[far])
    changed = (
        joints[9, :, 2:4] != _covered(one.pose, hidden)[9, : KEYPOINTS * 6].reshape(-1, 6)[:, 2:4]
    )
    assert changed[6].all()
    assert not np.delete(changed, 6, axis=0).any()
    apart = (_gaps(other, hidden) - _gaps(one.pose, hidden)).numpy()
    np.testing.assert_allclose(apart[10:20, 6], 1.0, atol=1e-5)
    assert not _seen(_covered(one.pose, hidden))[10:20, 6].any()


def test_what_is_learned_without_a_label_is_a_start_and_no_model_to_serve(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    bare = [replace(one, action=None, correct=np.nan) for one in clips(each=1)]
    store = save_store(tmp_path / "store", bare)
    config, out = tmp_path / "pretrain.toml", tmp_path / "run"
    config.write_text(TOML.format(store=store))
    assert main(["pretrain", str(config), "--out", str(out)]) == 0
    printed = capsys.readouterr().out.splitlines()
    report = json.loads(printed[-1])
    assert {"span/model", "span/plain", "whole/model", "whole/plain"} <= set(report)
    assert any("a straight line" in line for line in printed)
    described = checkpoint.tensors_of(out / ENCODER)
    assert {name.partition(".")[0] for name in described} == {"encoder", "reconstruct"}
    with pytest.raises(CheckpointError, match="missing"):
        checkpoint.load(out / ENCODER)
    # V fits a network with a language model, and nothing else of that is touched
    language = save_tiny(tmp_path / "bert", kind="bert")
    model = build(ModelConfig(width=16, blocks=1, label_width=32, language_model=str(language)))
    before = {name: value.clone() for name, value in model.state_dict().items()}
    assert start_from(model, path=out / ENCODER) == []
    changed = {k for k, v in model.state_dict().items() if not torch.equal(v, before[k])}
    assert changed
    assert all(name.startswith(("encoder.", "reconstruct.")) for name in changed)


def test_gains_are_told_for_what_they_are() -> None:
    errors = Errors()
    assert errors.means() == {}
    errors.add(model=np.array([0.1, 0.1]), plain=np.array([0.2, 0.2]))
    errors.add(model=np.array([0.4]), plain=np.array([0.2]))
    assert errors.means() == {
        "model": pytest.approx(0.2), "plain": pytest.approx(0.2), "gain": pytest.approx(0.0),
    }  # fmt: skip
    worse = told({"span/model": 0.3, "span/plain": 0.2, "span/gain": -0.5})
    assert "NO BETTER THAN" in worse[0]
    assert "do not start from it" in worse[1]
    (better,) = told({"span/model": 0.1, "span/plain": 0.2, "span/gain": 0.5})
    assert "better than" in better


def test_settings_that_hide_nothing_are_refused() -> None:
    def settings(*, share: float = 0.15, **tasks: float) -> None:
        data = {"store": "x", "validation_share": share}
        masked_only(settings_from({"data": data, "tasks": tasks}, where="x"))

    with pytest.raises(SettingsError, match="masked_share"):
        settings(masked_share=0.0)
    with pytest.raises(SettingsError, match="masked_rows"):
        settings(masked_rows=0)
    with pytest.raises(SettingsError, match="validation_share"):
        settings(share=0.0)
