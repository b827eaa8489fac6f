from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("onnxruntime")

from analysis.actions import checkpoint, exported, windows  # noqa: E402 - torch may be absent
from analysis.actions.model import ModelConfig, build  # noqa: E402
from analysis.training import export as module  # noqa: E402
from analysis.training.__main__ import main  # noqa: E402
from tests.analysis.actions.test_shrink import wake  # noqa: E402
from tests.analysis.actions.tiny_language import save_tiny  # noqa: E402

if TYPE_CHECKING:
    from pathlib import Path

LABELS = (
    checkpoint.Label("uiprmd.squat", "squat: the knees bend", "uiprmd"),
    checkpoint.Label("uiprmd.jump", "jump: up and down", "uiprmd"),
)


def save_checkpoint(folder: Path, *, kind: str = "bert", seed: int = 2, **shape: Any) -> Path:
    language = save_tiny(folder / kind, kind=kind)
    torch.manual_seed(seed)
    sizes = {"width": 16, "blocks": 1, "label_space": 16, "label_width": 32, "stride": 8, **shape}
    model = build(ModelConfig(language_model=str(language), **sizes))
    wake(model)
    made = checkpoint.Checkpoint(
        model, LABELS, torch.randn(2, 32), {"uiprmd": 0.25}, {"seed": 2, "people": {}}
    )
    path = folder / "weights.safetensors"
    checkpoint.save(made, path)
    return path


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A checkpoint and its export: exporting takes a while."""
    folder = tmp_path_factory.mktemp("both")
    path = save_checkpoint(folder, states=("normal", "tired"))
    assert main(["export", str(path), "--out", str(folder / "model.onnx")]) == 0
    return path, folder / "model.onnx"


def answer_alike(a: checkpoint.Checkpoint, b: exported.Exported) -> None:
    rng = np.random.default_rng(0)
    poses = [rng.random((rows, 105)).astype(np.float32) for rows in (3, 40, 350)]
    asked = [windows.Asked(pose, "sport tennis", np.array([True, True])) for pose in poses]
    for one, other in zip(
        windows.read(a.model, asked, label_vectors=a.label_vectors),
        windows.read(b.model, asked, label_vectors=b.label_vectors),
        strict=True,
    ):
        for name in ("frame_prob", "clip_prob", "clip_cosine", "grade_prob", "vector"):
            np.testing.assert_allclose(getattr(other, name), getattr(one, name), atol=1e-4)
        assert (one.state_logits is None) == (other.state_logits is None)
        if one.state_logits is not None and other.state_logits is not None:
            np.testing.assert_allclose(other.state_logits, one.state_logits, atol=1e-4)


def test_the_export_reads_movement_of_any_length_as_the_network_does(
    both: tuple[Path, Path],
) -> None:
    whole, small = checkpoint.load(both[0]), exported.load(both[1])
    answer_alike(whole, small)
    assert small.labels == LABELS
    assert small.thresholds == {"uiprmd": 0.25}
    assert small.made_by["seed"] == 2
    assert small.model.described["weights_sha256"] == checkpoint.sha256_of(both[0])
    torch.testing.assert_close(small.label_vectors, whole.label_vectors)


@pytest.mark.parametrize(
    ("kind", "shape"), [("qwen", {}), ("bert", {"fusion": "pose", "blocks": 2})]
)
def test_so_does_that_of_a_causal_model_and_of_none(
    tmp_path: Path, kind: str, shape: dict[str, Any]
) -> None:
    path = save_checkpoint(tmp_path, kind=kind, **shape)
    assert main(["export", str(path), "--out", str(tmp_path / "model.onnx")]) == 0
    answer_alike(checkpoint.load(path), exported.load(tmp_path / "model.onnx"))


def test_eight_bits_take_less_room_and_answer_nearly_alike(
    both: tuple[Path, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    import onnx

    small = tmp_path / "small.onnx"
    assert main(["quantise", str(both[1]), "--out", str(small)]) == 0
    told = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert 0.0 < told["off_by"] < 0.5  # logits reach ten

    def weights(path: Path) -> int:
        return sum(len(one.raw_data) for one in onnx.load(str(path)).graph.initializer)

    assert weights(small) < 0.7 * weights(both[1])
    assert exported.load(small).labels == LABELS
    assert "MatMulInteger" in {node.op_type for node in onnx.load(str(small)).graph.node}


def test_an_export_that_does_not_answer_alike_is_thrown_away(
    both: tuple[Path, Path],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    path = save_checkpoint(tmp_path, states=("normal", "tired"), seed=3)

    def write(loaded: checkpoint.Checkpoint, *, out: Path, sha256: str) -> None:
        shutil.copyfile(both[1], out)  # another network

    monkeypatch.setattr(module, "write", write)
    assert main(["export", str(path), "--out", str(tmp_path / "model.onnx")]) == 2
    assert "off by" in capsys.readouterr().err
    assert not (tmp_path / "model.onnx").exists()


def test_what_is_no_export_of_ours_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "model.onnx").write_bytes(b"not a graph")
    with pytest.raises(checkpoint.CheckpointError, match="no ONNX"):
        exported.load(tmp_path / "model.onnx")
    from onnx import TensorProto, helper, save

    value = helper.make_tensor_value_info("x", TensorProto.FLOAT, [1])
    node = helper.make_node("Identity", ["x"], ["y"])
    out = helper.make_tensor_value_info("y", TensorProto.FLOAT, [1])
    graph = helper.make_graph([node], "other", [value], [out])
    save(
        helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9),
        str(tmp_path / "other.onnx"),
    )
    with pytest.raises(checkpoint.CheckpointError, match="sportsbr-action-onnx-1"):
        exported.load(tmp_path / "other.onnx")
    assert main(["export", "x.safetensors", "--out", str(tmp_path / "model.pt")]) == 2
    assert ".onnx" in capsys.readouterr().err
