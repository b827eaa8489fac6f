"""MS-TCN++ (Li et al. 2020) written plainly: the baseline for segmentation.

A prediction stage of dual dilated layers (one dilation grows with depth, its twin shrinks), then
refinement stages that read only probabilities. Shapes: B sequences, T frames, D inputs, C labels.
"""

from __future__ import annotations

from typing import Final

import torch
from torch import Tensor, nn
from torch.nn import functional

SMOOTHING: Final = 0.15  # weight of the truncated mean squared error, as in the paper
TRUNCATION: Final = 4.0


class MSTCN(nn.Module):
    """Logits of every stage, first to last."""

    def __init__(
        self, inputs: int, *, labels: int, width: int = 64, layers: int = 9, stages: int = 3
    ) -> None:
        super().__init__()
        self.predict = _Prediction(inputs, labels=labels, width=width, layers=layers)
        self.refine = nn.ModuleList(
            _Refinement(labels, width=width, layers=layers) for _ in range(stages)
        )

    def forward(self, sequences: Tensor, frames: Tensor) -> list[Tensor]:
        """(B, T, D) and the frames that are real (B, T) → stages × (B, T, C)."""
        mask = frames[:, None].to(sequences.dtype)
        out = self.predict(sequences.transpose(1, 2) * mask, mask)
        stages = [out]
        for stage in self.refine:
            out = stage(out.softmax(dim=1) * mask, mask)
            stages.append(out)
        return [logits.transpose(1, 2) for logits in stages]


def loss_of(stages: list[Tensor], truth: Tensor, *, ignore: int = -1) -> Tensor:
    """Cross entropy plus the smoothing loss, over all stages; `truth` (B, T)."""
    total = stages[0].new_zeros(())
    for logits in stages:
        total = total + functional.cross_entropy(
            logits.flatten(0, 1), truth.flatten(), ignore_index=ignore
        )
        steps = logits.log_softmax(-1)
        change = (steps[:, 1:] - steps[:, :-1].detach()).square().clamp(max=TRUNCATION**2)
        known = (truth[:, 1:] != ignore)[..., None]
        total = total + SMOOTHING * (change * known).sum() / (
            known.sum().clamp_min(1) * logits.shape[-1]
        )
    return total


class _Prediction(nn.Module):
    def __init__(self, inputs: int, *, labels: int, width: int, layers: int) -> None:
        super().__init__()
        self.first = nn.Conv1d(inputs, width, 1)
        self.layers = nn.ModuleList(
            _DualDilated(width, growing=2**i, shrinking=2 ** (layers - 1 - i))
            for i in range(layers)
        )
        self.last = nn.Conv1d(width, labels, 1)

    def forward(self, sequences: Tensor, mask: Tensor) -> Tensor:
        features = self.first(sequences) * mask  # its bias must not leak out of the padding
        for layer in self.layers:
            features = layer(features, mask)
        out: Tensor = self.last(features) * mask
        return out


class _DualDilated(nn.Module):
    def __init__(self, width: int, *, growing: int, shrinking: int) -> None:
        super().__init__()
        self.growing = nn.Conv1d(width, width, 3, padding=growing, dilation=growing)
        self.shrinking = nn.Conv1d(width, width, 3, padding=shrinking, dilation=shrinking)
        self.join = nn.Conv1d(2 * width, width, 1)
        self.drop = nn.Dropout(0.5)

    def forward(self, features: Tensor, mask: Tensor) -> Tensor:
        both = torch.cat([self.growing(features), self.shrinking(features)], dim=1)
        out: Tensor = (features + self.drop(functional.relu(self.join(both)))) * mask
        return out


class _Refinement(nn.Module):
    def __init__(self, labels: int, *, width: int, layers: int) -> None:
        super().__init__()
        self.first = nn.Conv1d(labels, width, 1)
        self.layers = nn.ModuleList(_Dilated(width, dilation=2**i) for i in range(layers))
        self.last = nn.Conv1d(width, labels, 1)

    def forward(self, probabilities: Tensor, mask: Tensor) -> Tensor:
        features = self.first(probabilities) * mask
        for layer in self.layers:
            features = layer(features, mask)
        out: Tensor = self.last(features) * mask
        return out


class _Dilated(nn.Module):
    def __init__(self, width: int, *, dilation: int) -> None:
        super().__init__()
        self.over_time = nn.Conv1d(width, width, 3, padding=dilation, dilation=dilation)
        self.mix = nn.Conv1d(width, width, 1)
        self.drop = nn.Dropout(0.5)

    def forward(self, features: Tensor, mask: Tensor) -> Tensor:
        inner = self.mix(functional.relu(self.over_time(features)))
        out: Tensor = (features + self.drop(inner)) * mask
        return out
