"""Movement changed on purpose so that the model errs: keypoints moved within a small reach.

White box: the gradient is taken through the whole network. Points move, and their velocities with
them, as `features.model_input` would have read them; what was not seen stays unseen. Each of x and
y moves by at most `reach` trunk lengths (projected gradient descent in the maximum norm, Madry et
al. 2018; one step of it is the fast gradient sign method, Goodfellow et al. 2015).

Shapes: B clips, T rows, K keypoints of J channels, C = K J + R, L labels.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

import torch
from torch.nn import functional

from analysis.actions.model import POSITION, SEEN, Batch, FusedModel, ModelConfig
from analysis.features.model_input import (
    LIMIT,
    RATE_HZ,
    VELOCITY_LIMIT,
    VELOCITY_ROWS,
    VELOCITY_UNIT,
)
from analysis.training.losses import UNKNOWN

if TYPE_CHECKING:
    from torch import Tensor

VELOCITY: Final = slice(2, 4)  # channels of a keypoint that hold vx and vy
STEP_SHARE: Final = 2.5  # reach × this / steps: far enough to cross the whole ball


def moved(pose: Tensor, shift: Tensor, *, config: ModelConfig) -> Tensor:
    """Rows (B, T, C) with seen points moved by `shift` (B, T, K, 2), in trunk lengths.

    A slope is linear in the points it is read from, so a velocity changes by the shift's own slope
    over the rows that were seen.
    """
    size = config.keypoints * config.joint_channels
    joints = _joints(pose, config=config)
    seen = joints[..., SEEN : SEEN + 1] > 0
    shift = shift * seen
    xy = (joints[..., POSITION] + shift).clamp(-LIMIT, LIMIT)
    faster = joints[..., VELOCITY] + _slope(shift, seen) / VELOCITY_UNIT
    faster = faster.clamp(-VELOCITY_LIMIT, VELOCITY_LIMIT)
    rest = joints[..., VELOCITY.stop :]
    changed = torch.cat([torch.where(seen, xy, 0.0), torch.where(seen, faster, 0.0), rest], dim=-1)
    return torch.cat([changed.flatten(-2), pose[..., size:]], dim=-1)


def stepped(batch: Batch, *, step: float, config: ModelConfig) -> Batch:
    """The batch one step further along its own gradient; `batch.pose` has one.

    Raises:
        ValueError: no gradient has been computed.
    """
    gradient = batch.pose.grad
    if gradient is None:
        raise ValueError("expected a batch whose pose has a gradient")
    shift = step * _joints(gradient, config=config)[..., POSITION].sign()
    return replace(batch, pose=moved(batch.pose.detach(), shift, config=config))


def attacked(
    model: FusedModel,
    batch: Batch,
    *,
    truth: Tensor,
    candidates: Tensor,
    label_vectors: Tensor,
    reach: float,
    steps: int,
    generator: torch.Generator | None = None,
) -> Tensor:
    """Rows (B, T, C) that make the clip's loss as great as `steps` steps from a random start do.

    `truth` (B,) are places among the labels; a clip whose label is UNKNOWN is left as it is.
    `candidates` (B, L).
    """
    model.eval()
    shape = (*batch.pose.shape[:2], model.config.keypoints, 2)
    known = (truth != UNKNOWN)[:, None, None, None]
    drawn = torch.rand(shape, generator=generator).to(batch.pose)
    shift = (2.0 * drawn - 1.0) * reach * known
    allowed = candidates.logical_not()
    for _ in range(steps):
        shift = shift.detach().requires_grad_()
        pose = moved(batch.pose, shift, config=model.config)
        out = model(replace(batch, pose=pose), label_vectors=label_vectors)
        logits = out.clip_logits.masked_fill(allowed, -1e4)
        loss = functional.cross_entropy(logits, truth, ignore_index=UNKNOWN, reduction="sum")
        (gradient,) = torch.autograd.grad(loss, shift)
        with torch.no_grad():
            further = shift + STEP_SHARE * reach / steps * gradient.sign() * known
            shift = further.clamp(-reach, reach)
    return moved(batch.pose, shift.detach(), config=model.config)


def _joints(pose: Tensor, *, config: ModelConfig) -> Tensor:
    """The keypoints' part of rows (B, T, C) as (B, T, K, J)."""
    shape = (config.keypoints, config.joint_channels)
    return pose[..., : shape[0] * shape[1]].reshape(*pose.shape[:2], *shape)


def _slope(values: Tensor, seen: Tensor) -> Tensor:
    """Least-squares slope per second (B, T, K, 2) over the seen rows around; 0 where one only."""
    rows = values.shape[1]
    reach = VELOCITY_ROWS
    pad = (0, 0, 0, 0, reach, reach)
    weights, points = (functional.pad(v, pad) for v in (seen.to(values.dtype), values))
    count, first, second, cross, total = (torch.zeros_like(values) for _ in range(5))
    for step in range(-reach, reach + 1):
        weight = weights[:, reach + step : reach + step + rows]
        value = points[:, reach + step : reach + step + rows] * weight
        at_s = step / RATE_HZ
        count = count + weight
        first = first + weight * at_s
        second = second + weight * at_s**2
        cross = cross + value * at_s
        total = total + value
    spread = count * second - first.square()
    slope = (count * cross - first * total) / spread.clamp_min(1e-9)
    return torch.where(spread > 1e-9, slope, 0.0)
