"""Which joints and moments decided: integrated gradients (Sundararajan et al. 2017) by captum.

Attributions along the straight path from a baseline add up to the difference of the outputs
(completeness); how far a finite number of steps misses that is told beside them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import torch
from captum.attr import IntegratedGradients

from analysis.actions.model import Batch, pad_batch
from analysis.actions.windows import text_tokens
from analysis.explain.baseline import JOINTS, joints_of
from analysis.explanation import JointShare, MomentWeight
from analysis.features.body17 import BODY17
from analysis.features.model_input import RATE_HZ

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray
    from torch import Tensor

    from analysis.actions.model import FusedModel
    from analysis.schema import Float

    Rows = NDArray[np.float32]

ENOUGH_GAP: Final = 0.05  # of the difference; with more, the path is cut into finer steps
MOST_STEPS: Final = 256
LEAST_DIFFERENCE: Final = 0.1  # log-odds below which a gap is told as a share of this
AT_ONCE: Final = 16  # clips in one pass of the network
BIN_ROWS: Final = 4  # V steps over rows: a moment must hold as many of its steps as any other
BODY: Final = "body"


@dataclass(frozen=True, slots=True, eq=False)
class LogOdds:
    """A technique against every other candidate: the number that is explained."""

    model: FusedModel
    label_vectors: Tensor  # (L, R)
    own: NDArray[np.bool_]  # (L,) the technique's columns

    def of(self, poses: Sequence[Rows], *, texts: Sequence[str]) -> Float:
        """(N,) for clips (T_i, C), each with its text."""
        with torch.no_grad():
            parts = [
                self.forward(*batched(self.model, poses[i : i + AT_ONCE], texts[i : i + AT_ONCE]))
                for i in range(0, len(poses), AT_ONCE)
            ]
        found: Float = torch.cat(parts).double().cpu().numpy()
        return found

    def forward(self, pose: Tensor, frames: Tensor, ids: Tensor, mask: Tensor) -> Tensor:
        """(B,) of a padded batch."""
        device = self.label_vectors.device
        batch = Batch(pose.to(device), frames.to(device), ids.to(device), mask.to(device))
        return self.of_logits(self.model(batch, label_vectors=self.label_vectors).clip_logits)

    def of_logits(self, clip_logits: Tensor) -> Tensor:
        """(B, L) → (B,); with no other candidate, the technique's own logit."""
        own = torch.from_numpy(self.own).to(clip_logits.device)
        for_it = clip_logits[:, own].logsumexp(dim=1)
        if bool(own.all()):
            return for_it
        return for_it - clip_logits[:, ~own].logsumexp(dim=1)


def batched(
    model: FusedModel, poses: Sequence[Rows], texts: Sequence[str]
) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Pose (B, T, C), frames (B, T), token ids and mask (B, N)."""
    rows = [torch.from_numpy(np.ascontiguousarray(one)) for one in poses]
    pose, frames = pad_batch(rows, multiple=model.config.stride)
    return pose, frames, *text_tokens(model.language, texts)


@dataclass(frozen=True, slots=True, eq=False)
class Attribution:
    """Each number's part in the difference, in log-odds."""

    values: Float  # (T, C)
    difference: float  # output of the clip minus that of the baseline
    gap: float  # |sum of `values` - difference| as a share of the difference

    def joints(self) -> tuple[JointShare, ...]:
        """Signed shares, largest first; the whole body's movement counts as one joint."""
        by_joint = joints_of(self.values).sum(axis=(0, 2))
        parts = np.append(by_joint, self.values[:, JOINTS:].sum())
        shares = _shares(parts)
        named = zip((*BODY17.keypoints, BODY), shares, strict=True)
        return tuple(
            JointShare(name, float(share))
            for name, share in sorted(named, key=lambda x: -abs(x[1]))
        )

    def moments(self, time_s: Float) -> tuple[tuple[MomentWeight, ...], float]:
        """Signed weights of short stretches in order of time, and their length in seconds."""
        starts = np.arange(0, time_s.size, BIN_ROWS)
        weights = _shares(np.add.reduceat(self.values.sum(axis=1), starts))
        ends = np.minimum(starts + BIN_ROWS, time_s.size) - 1
        middles = (time_s[starts] + time_s[ends]) / 2
        told = zip(middles, weights, strict=True)
        return tuple(MomentWeight(float(t_s), float(w)) for t_s, w in told), BIN_ROWS / RATE_HZ


def integrated_gradients(
    log_odds: LogOdds, clip: Rows, *, baseline: Rows, text: str, steps: int
) -> Attribution:
    """Attributions (T, C) of a clip's log-odds against a baseline (T, C).

    `steps` is doubled until the attributions add up to within `ENOUGH_GAP`, or `MOST_STEPS`.
    """
    pose, frames, ids, mask = batched(log_odds.model, [clip], [text])
    resting, *_ = batched(log_odds.model, [baseline], [text])
    before, after = log_odds.of([baseline, clip], texts=[text, text])
    difference = float(after - before)
    method = IntegratedGradients(log_odds.forward)
    while True:
        found = method.attribute(
            pose,
            baselines=resting,
            additional_forward_args=(frames, ids, mask),
            n_steps=steps,
            internal_batch_size=AT_ONCE,
        )
        values: Float = found[0, : clip.shape[0]].detach().double().cpu().numpy()
        missed = abs(float(values.sum()) - difference)
        gap = missed / max(abs(difference), LEAST_DIFFERENCE)
        if gap <= ENOUGH_GAP or 2 * steps > MOST_STEPS:
            return Attribution(values, difference=difference, gap=gap)
        steps *= 2


def _shares(parts: Float) -> Float:
    """Signed parts whose sizes make 1; zeros where nothing has a part."""
    whole = float(np.abs(parts).sum())
    return parts / whole if whole > 0 else np.zeros_like(parts)
