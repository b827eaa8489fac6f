from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

torch = pytest.importorskip("torch")

from analysis.actions import checkpoint  # noqa: E402 - torch may be absent
from analysis.actions.model import Batch, ModelConfig, build, label_encoder  # noqa: E402
from analysis.actions.shrink import cut, parts  # noqa: E402
from tests.analysis.actions.tiny_language import save_tiny  # noqa: E402

if TYPE_CHECKING:
    from pathlib import Path

    from analysis.actions.model import FusedModel

LABELS = (checkpoint.Label("a.squat", "squat", "a"), checkpoint.Label("a.jump", "jump up", "a"))


def network(folder: Path, *, kind: str = "bert", adapt: str = "lora") -> FusedModel:
    torch.manual_seed(1)
    config = ModelConfig(
        width=16, blocks=2, label_space=8, label_width=32, adapt=adapt,
        language_model=str(save_tiny(folder / kind, kind=kind)),
    )  # fmt: skip
    model = build(config).eval()
    wake(model)
    return model


def wake(model: FusedModel) -> None:
    """Give what is zero at first a say: adapters, and all that the language model's answer is."""
    for name, parameter in model.named_parameters():
        if "lora_B" in name or name.startswith(("to_frames", "to_clip", "trust")):
            torch.nn.init.normal_(parameter, std=0.1)


def answers(model: FusedModel, *, vectors: torch.Tensor) -> torch.Tensor:
    draw = torch.Generator().manual_seed(0)
    pose = torch.rand(2, 24, 105, generator=draw)
    frames = torch.ones(2, 24, dtype=torch.bool)
    ids, mask = model.language.tokens(["sport tennis", "view side"])  # type: ignore[union-attr]
    with torch.no_grad():
        out = model(Batch(pose, frames, ids, mask), label_vectors=vectors)
    return torch.cat([out.frame_logits.flatten(), out.clip_logits.flatten()])


def cost(model: FusedModel) -> int:
    return sum(p.numel() for p in model.parameters())


@pytest.mark.parametrize("kind", ["bert", "qwen"])
def test_units_that_nothing_reads_can_be_cut_without_a_trace(tmp_path: Path, kind: str) -> None:
    model, vectors = network(tmp_path, kind=kind), torch.rand(2, 32)
    for part in parts(model):  # the last unit of each part is made to weigh nothing
        reader = getattr(part.reader, "base_layer", part.reader)
        reader.weight.data[:, -part.width :] = 0
        for adapter in getattr(part.reader, "lora_A", {}).values():
            adapter.weight.data[:, -part.width :] = 0
    before, size = answers(model, vectors=vectors), cost(model)
    kinds = set()
    for part in list(parts(model)):
        kinds.add(part.kind)
        cut(part, keep=torch.arange(part.units - 1))
    assert kinds == {"channels", "heads", "neurons"}
    assert cost(model) < size
    torch.testing.assert_close(answers(model, vectors=vectors), before)


@pytest.mark.parametrize("adapt", ["lora", "full", "frozen"])
def test_a_cut_network_is_kept_and_read_again(tmp_path: Path, adapt: str) -> None:
    model, vectors = network(tmp_path, adapt=adapt), torch.rand(2, 32)
    for keep in ([0, 1, 3], [0, 2]):  # twice: the second cut counts in what the first left
        for part in list(parts(model)):
            cut(part, keep=torch.tensor(keep))
    made = checkpoint.Checkpoint(model, LABELS, vectors, {}, {})
    checkpoint.save(made, tmp_path / "cut.safetensors")
    again = checkpoint.load(tmp_path / "cut.safetensors")
    assert all(part.units == 2 for part in parts(again.model))
    torch.testing.assert_close(
        answers(again.model, vectors=vectors), answers(model, vectors=vectors)
    )


def test_units_that_are_not_there_are_refused(tmp_path: Path) -> None:
    part = next(parts(network(tmp_path)))
    for keep in ([], [0, part.units], [-1]):
        with pytest.raises(ValueError, match="units to keep"):
            cut(part, keep=torch.tensor(keep, dtype=torch.int64))


def test_labels_are_encoded_by_the_whole_language_model(tmp_path: Path) -> None:
    model = network(tmp_path)
    whole = label_encoder(model)
    assert whole is model.language
    told = whole.encode(["squat"])
    for part in list(parts(model)):
        cut(part, keep=torch.tensor([0]))
    torch.testing.assert_close(label_encoder(model).encode(["squat"]), told)


@pytest.mark.parametrize("kind", ["bert", "qwen"])
def test_the_first_layers_alone(tmp_path: Path, kind: str) -> None:
    folder = str(save_tiny(tmp_path / kind, kind=kind))
    config = ModelConfig(width=16, blocks=1, label_space=8, label_width=32, language_model=folder)
    two, one = (
        build(ModelConfig(**{**vars_of(config), "language_layers": layers})) for layers in (2, 1)
    )
    assert two.language is not None
    assert one.language is not None
    assert two.language.whole
    assert not one.language.whole
    assert cost(one) < cost(two)
    assert answers(one.eval(), vectors=torch.rand(2, 32)).isfinite().all()
    with pytest.raises(ValueError, match="expected 1 to 2, got 3"):
        build(ModelConfig(**{**vars_of(config), "language_layers": 3}))


def vars_of(config: ModelConfig) -> dict[str, object]:
    from dataclasses import asdict

    return asdict(config)
