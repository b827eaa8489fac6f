"""What a teacher says of a batch, and how far a student is from it.

The student is drawn to the teacher's softened answers about
frames and clips (Hinton, Vinyals, Dean 2015), and to find those clips alike that the teacher finds
alike (Tung, Mori 2019), for which their vectors need not be of one length.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import torch

from analysis.actions import checkpoint
from analysis.actions.model import Batch
from analysis.actions.windows import text_tokens
from analysis.training import judge
from analysis.training.losses import clip_logits, frame_logits

if TYPE_CHECKING:
    from collections.abc import Sequence

    from torch import Tensor

    from analysis.actions.checkpoint import Label
    from analysis.actions.model import FusedModel, Outputs
    from analysis.training.samples import Sampled
    from analysis.training.settings import DistilSettings


@dataclass(frozen=True, slots=True, eq=False)
class Teacher:
    """A trained network that answers what the student is asked."""

    model: FusedModel
    vectors: Tensor  # (L, label_width) of the run's labels, as the teacher knows them
    settings: DistilSettings

    def pull(self, out: Outputs, sampled: Sampled, *, parts: dict[str, Tensor]) -> Tensor:
        """What is added to the loss; its terms are put among `parts`, unweighted."""
        wanted, said = self.settings, self._answers(sampled)
        candidates = sampled.targets.candidates
        unaided = ~sampled.targets.told  # naming what the text names is no merit
        terms = {
            "frames": divergence(
                frame_logits(out, candidates),
                frame_logits(said, candidates),
                counted=sampled.batch.frames & unaided[:, None],
                temperature=wanted.temperature,
            ),
            "clip": divergence(
                clip_logits(out, candidates),
                clip_logits(said, candidates),
                counted=unaided,
                temperature=wanted.temperature,
            ),
            "likeness": unlikeness(out.clip_vector, said.clip_vector),
        }
        parts.update({f"distil_{name}": value for name, value in terms.items()})
        return torch.stack([getattr(wanted, n) * value for n, value in terms.items()]).sum()

    @torch.no_grad()
    def _answers(self, sampled: Sampled) -> Outputs:
        batch, device = sampled.batch, self.vectors.device
        ids, mask = text_tokens(self.model.language, sampled.texts)
        asked = Batch(batch.pose, batch.frames, ids.to(device), mask.to(device))
        said: Outputs = self.model(asked, label_vectors=self.vectors)
        return said


def teacher(
    settings: DistilSettings, *, labels: Sequence[Label], device: torch.device
) -> Teacher | None:
    """The teacher that the settings name; None where they name none.

    Raises:
        CheckpointError: no checkpoint of ours.
    """
    if not settings.teacher:
        return None
    model = checkpoint.load(Path(settings.teacher), device=str(device)).model
    model.requires_grad_(requires_grad=False)
    return Teacher(model, judge.label_vectors(model, labels=labels).to(device), settings)


def divergence(student: Tensor, taught: Tensor, *, counted: Tensor, temperature: float) -> Tensor:
    """Mean Kullback-Leibler divergence of (..., L) logits over what is counted (...), times T².

    T² keeps the gradient's size when the temperature is changed (Hinton et al. 2015).
    """
    wanted = (taught / temperature).log_softmax(-1)
    given = (student / temperature).log_softmax(-1)
    each = (wanted.exp() * (wanted - given)).sum(-1)
    return temperature**2 * (each * counted).sum() / counted.sum().clamp_min(1)


def unlikeness(student: Tensor, taught: Tensor) -> Tensor:
    """Mean square difference of how alike the clips are, from vectors (B, E) of unit length."""
    return (student @ student.T - taught @ taught.T).square().mean()
