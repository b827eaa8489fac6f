from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import numpy as np
import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("onnxruntime")

from analysis.actions import checkpoint  # noqa: E402 - torch may be absent
from analysis.errors import ModelRefusedError  # noqa: E402
from analysis.training.export import export  # noqa: E402
from tests.analysis.actions.test_predict import segmenter  # noqa: E402
from tests.analysis.training.test_export import save_checkpoint  # noqa: E402

if TYPE_CHECKING:
    from pathlib import Path


def test_an_export_beside_the_weights_reads_in_the_networks_place(tmp_path: Path) -> None:
    weights = save_checkpoint(tmp_path)
    rows = np.random.default_rng(0).random((60, 105)).astype(np.float32)
    before = segmenter(weights).read([rows], text="view side")[0]
    beside = weights.with_suffix(".onnx")
    export(weights, out=beside)
    served = segmenter(weights)
    assert served.models == {
        weights.name: checkpoint.sha256_of(weights), beside.name: checkpoint.sha256_of(beside),
    }  # fmt: skip
    after = served.read([rows], text="view side")[0]
    np.testing.assert_allclose(after.frame_prob, before.frame_prob, atol=1e-4)
    assert not np.array_equal(after.frame_prob, before.frame_prob)  # another runtime: it did read


def test_an_export_of_other_weights_or_none_of_ours_is_refused(tmp_path: Path) -> None:
    weights, other = save_checkpoint(tmp_path), tmp_path / "other"
    export(save_checkpoint(other, seed=9), out=other / "other.onnx")
    shutil.copyfile(other / "other.onnx", weights.with_suffix(".onnx"))
    with pytest.raises(ModelRefusedError, match="other weights"):
        segmenter(weights)
    weights.with_suffix(".onnx").write_bytes(b"nothing")
    with pytest.raises(ModelRefusedError, match="no ONNX"):
        segmenter(weights)
