from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

torch = pytest.importorskip("torch")

from analysis.actions.model import (  # noqa: E402 - torch may be absent
    Batch,
    FusedModel,
    ModelConfig,
    build,
    grade_probabilities,
    own_state,
    pad_batch,
)
from tests.analysis.actions.tiny_language import save_tiny  # noqa: E402

if TYPE_CHECKING:
    from pathlib import Path

TEXTS = ["sport tennis view from the side", "sport strength"]
LABELS = ["tennis serve", "squat knees bend", "jump"]


def small(folder: Path, **changes: object) -> ModelConfig:
    sizes = {"width": 16, "blocks": 2, "stride": 4, "label_space": 16, "label_width": 32}
    return ModelConfig(language_model=str(folder), **{**sizes, **changes})  # type: ignore[arg-type]


def batch_of(model: FusedModel, *lengths: int, texts: list[str] = TEXTS) -> Batch:
    draw = torch.Generator().manual_seed(0)
    poses = [torch.rand(length, 105, generator=draw) + 0.1 for length in lengths]
    pose, frames = pad_batch(poses, multiple=model.config.stride)
    assert model.language is not None
    ids, mask = model.language.tokens(texts[: len(lengths)])
    return Batch(pose, frames, ids, mask)


@pytest.fixture(params=["bert", "qwen"])
def model(request: pytest.FixtureRequest, tmp_path: Path) -> FusedModel:
    torch.manual_seed(0)
    return build(small(save_tiny(tmp_path, kind=request.param))).eval()


def vectors(model: FusedModel) -> torch.Tensor:
    assert model.language is not None
    return model.language.encode(LABELS)


@torch.no_grad()
def test_shapes_of_every_head(model: FusedModel) -> None:
    out = model(batch_of(model, 21, 9), label_vectors=vectors(model), want_attentions=True)
    assert out.frame_logits.shape == (2, 24, 4)
    assert out.clip_logits.shape == (2, 3)
    assert out.grade_logits.shape == (2, 3, 1)
    assert out.reconstruction.shape == (2, 24, 17, 2)
    assert out.state_logits is None
    assert out.clip_vector.norm(dim=-1).tolist() == pytest.approx([1.0, 1.0])
    assert model.language is not None
    tokens = model.language.tokens(TEXTS)[0].shape[1] + 24 // 4 + 1
    assert [a.shape for a in out.attentions] == [(2, 4, tokens, tokens)] * 2


@torch.no_grad()
def test_padding_changes_nothing(model: FusedModel) -> None:
    together = batch_of(model, 37, 9)
    alone = Batch(
        together.pose[1:, :12], together.frames[1:, :12], *model.language.tokens(TEXTS[1:])
    )
    a = model(together, label_vectors=vectors(model))
    b = model(alone, label_vectors=vectors(model))
    torch.testing.assert_close(a.clip_logits[1], b.clip_logits[0], atol=1e-4, rtol=1e-4)
    torch.testing.assert_close(a.frame_logits[1, :9], b.frame_logits[0, :9], atol=1e-4, rtol=1e-4)


@torch.no_grad()
def test_the_text_reaches_the_frames(model: FusedModel) -> None:
    torch.nn.init.normal_(model.to_frames.weight)
    one = model(batch_of(model, 16), label_vectors=vectors(model))
    other = model(batch_of(model, 16, texts=["note jump"]), label_vectors=vectors(model))
    assert not torch.allclose(one.frame_logits, other.frame_logits, atol=1e-4)


@torch.no_grad()
def test_fused_training_starts_as_good_as_v(model: FusedModel) -> None:
    one = model(batch_of(model, 16), label_vectors=vectors(model))
    other = model(batch_of(model, 16, texts=["note jump"]), label_vectors=vectors(model))
    torch.testing.assert_close(one.clip_logits, other.clip_logits)
    torch.testing.assert_close(one.frame_logits, other.frame_logits)


def test_text_alone_does_not_see_the_pose(tmp_path: Path) -> None:
    model = build(small(save_tiny(tmp_path, kind="bert"), fusion="text")).eval()
    batch = batch_of(model, 16)
    other = Batch(batch.pose + 1, batch.frames, batch.token_ids, batch.token_mask)
    with torch.no_grad():
        a, b = (model(x, label_vectors=vectors(model)).clip_logits for x in (batch, other))
    torch.testing.assert_close(a, b)


def test_pose_alone_needs_no_language_model(tmp_path: Path) -> None:
    model = build(small(tmp_path / "nothing", fusion="pose"))
    pose, frames = pad_batch([torch.rand(16, 105)], multiple=4)
    nothing = torch.zeros(1, 0, dtype=torch.long)
    out = model(Batch(pose, frames, nothing, nothing), label_vectors=torch.rand(2, 32))
    assert out.frame_logits.shape == (1, 16, 3)


@pytest.mark.parametrize(("adapt", "trained"), [("lora", True), ("full", True), ("frozen", False)])
def test_what_is_trained_of_the_language_model(
    tmp_path: Path, adapt: str, *, trained: bool
) -> None:
    model = build(small(save_tiny(tmp_path, kind="bert"), adapt=adapt))
    torch.nn.init.normal_(model.to_frames.weight)  # from zero, nothing would reach what is before
    out = model(batch_of(model, 16, 12), label_vectors=vectors(model))
    (out.clip_logits.sum() + out.frame_logits.sum()).backward()
    grads = {n: p.grad for n, p in model.named_parameters() if n.startswith("language.")}
    assert any(g is not None and bool(g.abs().sum() > 0) for g in grads.values()) == trained
    words = [g for n, g in grads.items() if "word_embeddings" in n]
    assert words == [None]
    assert model.encoder.join.weight.grad is not None


def test_own_state_leaves_the_language_model_to_its_package(tmp_path: Path) -> None:
    state = own_state(build(small(save_tiny(tmp_path, kind="bert"))))
    theirs = [name for name in state if name.startswith("language.")]
    assert theirs
    assert all("lora_" in name for name in theirs)


def test_label_texts_are_encoded_without_the_adapters(model: FusedModel) -> None:
    before = vectors(model)
    for name, parameter in model.named_parameters():
        if "lora_" in name:
            torch.nn.init.normal_(parameter)
    torch.testing.assert_close(vectors(model), before)


def test_grades_are_probabilities_in_order() -> None:
    above = torch.tensor([[3.0, 0.0, -3.0]])
    probabilities = grade_probabilities(above)
    assert probabilities.sum().item() == pytest.approx(1.0)
    assert probabilities[0, 0].item() == pytest.approx(1 - torch.sigmoid(above[0, 0]).item())
    assert probabilities[0, 3].item() == pytest.approx(torch.sigmoid(above[0, 2]).item())
