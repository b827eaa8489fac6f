"""What training pulls at: one number from the heads' outputs and what is known of the clips."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import torch
from torch import Tensor
from torch.nn import functional

from analysis.actions.windows import NEVER

if TYPE_CHECKING:
    from analysis.actions.model import Outputs
    from analysis.training.settings import TaskSettings

UNKNOWN: Final = -1  # a label that nobody gave
HUBER: Final = 0.1  # trunk lengths
TRUNCATION: Final = 4.0  # of the smoothing loss, in log probability (MS-TCN)


@dataclass(frozen=True, slots=True, eq=False)
class Targets:
    """What is known of a batch; `UNKNOWN` where nothing is."""

    frame_labels: Tensor  # (B, T) int: 0 = none of the candidates, 1 + place among the labels
    clip_labels: Tensor  # (B,) int: place among the labels
    grades: Tensor  # (B,) int: ordered levels of execution
    candidates: Tensor  # (B, L) bool: the labels that are weighed against each other
    told: Tensor  # (B,) bool: the text names the action, so that naming it is no merit
    xy: Tensor  # (B, T, K, 2) what was hidden, less a plain guess of it (`gaps`)
    hidden: Tensor  # (B, T, K) bool: what was hidden and is to be reconstructed
    weight: Tensor  # (B,) how far the labels are trusted: 1 = given by people
    states: Tensor  # (B,) int: place among the states


def losses(out: Outputs, targets: Targets, *, tasks: TaskSettings) -> dict[str, Tensor]:
    """Each task's loss, unweighted; a task of which nothing is known in this batch is 0."""
    return {
        "frames": _frames(out, targets, smoothing=tasks.label_smoothing),
        "smooth": _smooth(out, targets),
        "clip": _clip(out, targets, smoothing=tasks.label_smoothing),
        "grade": _grade(out, targets),
        "reconstruct": _reconstruct(out, targets),
        "state": _state(out, targets, weights=tasks.state_weights),
    }


def weighted(parts: dict[str, Tensor], *, tasks: TaskSettings) -> Tensor:
    """The sum that is minimised."""
    return torch.stack([getattr(tasks, name) * part for name, part in parts.items()]).sum()


def frame_logits(out: Outputs, candidates: Tensor) -> Tensor:
    """(B, T, 1 + L) with what is no candidate out of the question."""
    every = functional.pad(candidates, (1, 0), value=True)
    return out.frame_logits.masked_fill(~every[:, None], NEVER)


def clip_logits(out: Outputs, candidates: Tensor) -> Tensor:
    """(B, L) with what is no candidate out of the question."""
    return out.clip_logits.masked_fill(~candidates, NEVER)


def _frames(out: Outputs, targets: Targets, *, smoothing: float) -> Tensor:
    truth = targets.frame_labels.masked_fill(targets.told[:, None], UNKNOWN)
    every = functional.pad(targets.candidates, (1, 0), value=True)
    return _cross_entropy(
        frame_logits(out, targets.candidates).flatten(0, 1),
        truth.flatten(),
        among=every[:, None].expand(*truth.shape, -1).flatten(0, 1),
        weight=targets.weight[:, None].expand(truth.shape).flatten(),
        smoothing=smoothing,
    )


def _clip(out: Outputs, targets: Targets, *, smoothing: float) -> Tensor:
    return _cross_entropy(
        clip_logits(out, targets.candidates),
        targets.clip_labels.masked_fill(targets.told, UNKNOWN),
        among=targets.candidates,
        weight=targets.weight,
        smoothing=smoothing,
    )


def _cross_entropy(
    logits: Tensor, truth: Tensor, *, among: Tensor, weight: Tensor, smoothing: float
) -> Tensor:
    """Label smoothing spreads over the candidates only: the others can never be right."""
    known = truth != UNKNOWN
    if not bool(known.any()):
        return logits.sum() * 0.0
    steps = logits[known].log_softmax(-1)
    right = -steps.gather(-1, truth[known][:, None])[:, 0]
    others = among[known]
    spread = -(steps.masked_fill(~others, 0.0).sum(-1) / others.sum(-1))
    return (weight[known] * ((1 - smoothing) * right + smoothing * spread)).mean()


def _smooth(out: Outputs, targets: Targets) -> Tensor:
    known = (targets.frame_labels[:, 1:] != UNKNOWN)[..., None]
    steps = frame_logits(out, targets.candidates).log_softmax(-1)
    change = (steps[:, 1:] - steps[:, :-1].detach()).square().clamp(max=TRUNCATION**2)
    every = functional.pad(targets.candidates, (1, 0), value=True)[:, None]
    counted = known & every
    return (change * counted).sum() / counted.sum().clamp_min(1)


def _grade(out: Outputs, targets: Targets) -> Tensor:
    """Binary cross entropy of each threshold, for the label that the clip has."""
    known = (targets.grades != UNKNOWN) & (targets.clip_labels != UNKNOWN)
    if not bool(known.any()):
        return out.grade_logits.sum() * 0.0
    rows = torch.nonzero(known)[:, 0]
    logits = out.grade_logits[rows, targets.clip_labels[rows]]
    levels = torch.arange(logits.shape[-1], device=logits.device)
    above = (targets.grades[rows][:, None] > levels).to(logits.dtype)
    return functional.binary_cross_entropy_with_logits(logits, above)


def _reconstruct(out: Outputs, targets: Targets) -> Tensor:
    # Bursts of a backend's errors cannot be foretold: beyond HUBER they pull no harder.
    gap = functional.huber_loss(out.reconstruction, targets.xy, reduction="none", delta=HUBER).sum(
        -1
    )
    return (gap * targets.hidden).sum() / targets.hidden.sum().clamp_min(1)


def _state(out: Outputs, targets: Targets, *, weights: tuple[float, ...]) -> Tensor:
    logits = out.state_logits
    if logits is None:
        return out.clip_vector.sum() * 0.0
    known = targets.states != UNKNOWN
    if not bool(known.any()):
        return logits.sum() * 0.0
    each = logits.new_tensor(weights or [1.0] * logits.shape[-1])
    # Divided by the clips and not by their weights: a batch of rare states pulls harder.
    summed = functional.cross_entropy(
        logits[known], targets.states[known], weight=each, reduction="sum"
    )
    return summed / known.sum()
