from __future__ import annotations

import json
import pickle
from typing import TYPE_CHECKING

import pytest

torch = pytest.importorskip("torch")

from analysis.actions.checkpoint import (  # noqa: E402 - torch may be absent
    Checkpoint,
    CheckpointError,
    Label,
    describe,
    load,
    save,
)
from analysis.actions.model import Batch, ModelConfig, build, pad_batch  # noqa: E402
from tests.analysis.actions.tiny_language import save_tiny  # noqa: E402

if TYPE_CHECKING:
    from pathlib import Path

LABELS = (Label("tennis.serve", "tennis serve", "tennis"), Label("jump", "jump up", "athletics"))


@pytest.fixture
def made(tmp_path: Path) -> Checkpoint:
    torch.manual_seed(1)
    folder = save_tiny(tmp_path / "language", kind="bert")
    config = ModelConfig(
        width=16, blocks=1, label_space=8, label_width=32, language_model=str(folder)
    )
    model = build(config).eval()
    for name, parameter in model.named_parameters():
        if "lora_B" in name:  # zero at first: adapters that do nothing would hide their loss
            torch.nn.init.normal_(parameter)
    assert model.language is not None
    vectors = model.language.encode([label.text for label in LABELS])
    return Checkpoint(model, LABELS, vectors, {"tennis": 0.4}, {"seed": 1})


def scores(checkpoint: Checkpoint) -> torch.Tensor:
    draw = torch.Generator().manual_seed(0)
    pose, frames = pad_batch([torch.rand(24, 105, generator=draw)], multiple=8)
    assert checkpoint.model.language is not None
    batch = Batch(pose, frames, *checkpoint.model.language.tokens(["sport tennis"]))
    with torch.no_grad():
        return checkpoint.model(batch, label_vectors=checkpoint.label_vectors).clip_logits


def test_what_is_loaded_answers_as_what_was_saved(made: Checkpoint, tmp_path: Path) -> None:
    save(made, tmp_path / "model.safetensors")
    again = load(tmp_path / "model.safetensors")
    torch.testing.assert_close(scores(again), scores(made))
    assert again.labels == LABELS
    assert again.thresholds == {"tennis": 0.4}
    assert describe(tmp_path / "model.safetensors")["made_by"] == {"seed": 1}


def test_weights_from_before_layers_could_be_left_out_have_all_of_them(
    made: Checkpoint, tmp_path: Path
) -> None:
    from safetensors import safe_open
    from safetensors.torch import save_file

    path = tmp_path / "model.safetensors"
    save(made, path)
    with safe_open(path, framework="pt") as file:
        described = dict(file.metadata())
        tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 - no mapping
    config = json.loads(described["config"])
    del config["language_layers"]
    save_file(tensors, path, metadata={**described, "config": json.dumps(config)})
    torch.testing.assert_close(scores(load(path)), scores(made))


def test_a_pickle_is_never_opened(tmp_path: Path) -> None:
    class Trap:
        def __reduce__(self) -> tuple[object, tuple[object, ...]]:
            return (tmp_path.joinpath("sprung").touch, ())

    for name in ("model.pt", "model.safetensors"):
        (tmp_path / name).write_bytes(pickle.dumps(Trap()))
        with pytest.raises(CheckpointError, match="safetensors"):
            load(tmp_path / name)
    assert not (tmp_path / "sprung").exists()


def test_a_truncated_file_is_refused(made: Checkpoint, tmp_path: Path) -> None:
    path = tmp_path / "model.safetensors"
    save(made, path)
    path.write_bytes(path.read_bytes()[:-100])
    with pytest.raises(CheckpointError, match="no safetensors"):
        load(path)


def test_somebody_elses_safetensors_are_refused(tmp_path: Path) -> None:
    from safetensors.torch import save_file

    save_file({"a": torch.zeros(2)}, tmp_path / "other.safetensors")
    with pytest.raises(CheckpointError, match="expected format"):
        load(tmp_path / "other.safetensors")


def test_another_language_model_is_noticed(made: Checkpoint, tmp_path: Path) -> None:
    save(made, tmp_path / "model.safetensors")
    weights = next((tmp_path / "language").glob("*.safetensors"))
    weights.write_bytes(weights.read_bytes()[:-1] + b"\x01")
    with pytest.raises(CheckpointError, match="another version"):
        load(tmp_path / "model.safetensors")
