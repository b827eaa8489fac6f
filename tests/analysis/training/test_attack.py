from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from analysis.actions.model import Batch, ModelConfig, build, pad_batch  # noqa: E402
from analysis.features.model_input import KEYPOINTS, model_input, velocity  # noqa: E402
from analysis.training.attack import attacked, moved, stepped  # noqa: E402
from analysis.training.losses import UNKNOWN  # noqa: E402
from tests.analysis.training.made_up import movement  # noqa: E402

if TYPE_CHECKING:
    from torch import Tensor

CONFIG = ModelConfig(fusion="pose", width=8, blocks=1, label_space=8, label_width=4, dropout=0.0)
TRUTH = torch.tensor([0, 1])
CANDIDATES = torch.ones((2, 2), dtype=torch.bool)


def rows(action: str) -> np.ndarray:
    """A clip seen from the front; one wrist is lost for a while."""
    xy = movement(action)[..., :2]
    xy[20:40, 5] = np.nan
    return model_input(xy, score=None, time_s=np.arange(xy.shape[0]) / 30.0).values


def batch() -> Batch:
    pose, frames = pad_batch([torch.from_numpy(rows(a)) for a in ("squat", "wave")], multiple=8)
    nothing = torch.zeros((2, 0), dtype=torch.long)
    return Batch(pose, frames, nothing, nothing)


def joints(pose: Tensor) -> Tensor:
    return pose[..., : KEYPOINTS * 6].unflatten(-1, (KEYPOINTS, 6))


def network() -> tuple[torch.nn.Module, Tensor]:
    torch.manual_seed(0)
    return build(CONFIG).eval(), torch.eye(4)[:2]


def test_velocities_follow_the_points_as_the_input_would_read_them() -> None:
    before = torch.from_numpy(rows("wave"))[None]
    shift = 0.1 * torch.from_numpy(np.random.default_rng(0).normal(size=(*before.shape[:2], 17, 2)))
    after = joints(moved(before, shift.float(), config=CONFIG))[0].numpy().astype(float)
    seen = after[..., 4] > 0
    assert not seen.all()
    read = velocity(np.where(seen[..., None], after[..., :2], np.nan))
    np.testing.assert_allclose(after[..., 2:4][seen], read[seen], atol=1e-4)
    np.testing.assert_array_equal(after[~seen], 0.0)
    np.testing.assert_array_equal(after[..., 4:], joints(before)[0, ..., 4:].numpy())


def test_no_shift_changes_nothing() -> None:
    one = batch()
    still = torch.zeros((*one.pose.shape[:2], 17, 2))
    assert torch.equal(moved(one.pose, still, config=CONFIG), one.pose)


def test_an_attack_stays_within_reach_and_raises_the_loss() -> None:
    model, vectors = network()
    one = batch()

    def loss(pose: Tensor) -> float:
        out = model(Batch(pose, one.frames, one.token_ids, one.token_mask), label_vectors=vectors)
        return torch.nn.functional.cross_entropy(out.clip_logits, TRUTH).item()

    generator = torch.Generator().manual_seed(1)
    worse = attacked(
        model, one, truth=TRUTH, candidates=CANDIDATES, label_vectors=vectors, reach=0.05, steps=5,
        generator=generator,
    )  # fmt: skip
    apart = (joints(worse) - joints(one.pose))[..., :2].abs()
    assert 0 < apart.max() <= 0.05 + 1e-6
    drawn = torch.rand(apart.shape, generator=torch.Generator().manual_seed(2))
    by_chance = moved(one.pose, 0.05 * (2 * drawn - 1).sign(), config=CONFIG)
    assert loss(worse) > loss(by_chance)
    assert loss(worse) > loss(one.pose)


def test_what_has_no_label_is_left_alone() -> None:
    model, vectors = network()
    one = batch()
    worse = attacked(
        model, one, truth=torch.tensor([UNKNOWN, 1]), candidates=CANDIDATES, label_vectors=vectors,
        reach=0.05, steps=2,
    )  # fmt: skip
    assert torch.equal(worse[0], one.pose[0])
    assert not torch.equal(worse[1], one.pose[1])


def test_a_step_needs_a_gradient_and_follows_its_sign() -> None:
    one = batch()
    with pytest.raises(ValueError, match="gradient"):
        stepped(one, step=0.1, config=CONFIG)
    one.pose.requires_grad_()
    joints(one.pose)[..., 0].sum().backward()
    apart = joints(stepped(one, step=0.1, config=CONFIG).pose) - joints(one.pose)
    seen = joints(one.pose)[..., 4] > 0
    assert torch.allclose(apart[..., 0][seen], torch.tensor(0.1), atol=1e-6)
    assert not apart[..., 1].any()
