"""ST-GCN++ (Duan et al. 2022) written plainly and small: the baseline for whole clips.

Blocks of a graph convolution whose adjacency is learned, started from the skeleton (to itself,
towards the body's centre, away from it), and a temporal convolution of six branches. Shapes: B
clips, C channels, T frames, K keypoints.
"""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Final

import torch
from torch import Tensor, nn

if TYPE_CHECKING:
    from collections.abc import Sequence

DILATIONS: Final = (1, 2, 3, 4)


class STGCN(nn.Module):
    """Logits of whole clips."""

    def __init__(
        self,
        channels: int,
        *,
        labels: int,
        edges: Sequence[tuple[int, int]],
        keypoints: int,
        widths: Sequence[int] = (48, 48, 96, 96, 144),
    ) -> None:
        super().__init__()
        adjacency = partitions(edges, keypoints=keypoints)
        self.norm = nn.BatchNorm1d(channels * keypoints)
        sizes = [channels, *widths]
        self.blocks = nn.ModuleList(
            _Block(a, b, adjacency=adjacency, stride=2 if a != b and i else 1)
            for i, (a, b) in enumerate(itertools.pairwise(sizes))
        )
        self.drop = nn.Dropout(0.3)
        self.head = nn.Linear(widths[-1], labels)

    def forward(self, pose: Tensor) -> Tensor:
        """(B, T, K, C) → (B, labels)."""
        size, frames, keypoints, channels = pose.shape
        flat = pose.permute(0, 2, 3, 1).reshape(size, keypoints * channels, frames)
        x = self.norm(flat).reshape(size, keypoints, channels, frames).permute(0, 2, 3, 1)
        for block in self.blocks:
            x = block(x)
        logits: Tensor = self.head(self.drop(x.mean(dim=(2, 3))))
        return logits


def partitions(edges: Sequence[tuple[int, int]], *, keypoints: int) -> Tensor:
    """Row-normalised adjacency (3, K, K): to itself, along each edge, against it."""
    along = torch.zeros(keypoints, keypoints)
    for a, b in edges:
        along[a, b] = 1.0
    parts = torch.stack([torch.eye(keypoints), along, along.T])
    return parts / parts.sum(-1, keepdim=True).clamp_min(1.0)


class _Block(nn.Module):
    def __init__(self, inputs: int, outputs: int, *, adjacency: Tensor, stride: int) -> None:
        super().__init__()
        self.adjacency = nn.Parameter(adjacency.clone())
        self.spread = nn.Conv2d(inputs, outputs * adjacency.shape[0], 1)
        self.norm = nn.BatchNorm2d(outputs)
        self.over_time = _Temporal(outputs, stride=stride)
        self.same = _short_cut(inputs, outputs, stride=1)
        self.around = _short_cut(inputs, outputs, stride=stride)

    def forward(self, x: Tensor) -> Tensor:
        parts = self.spread(x).unflatten(1, (self.adjacency.shape[0], -1))
        mixed = torch.einsum("bsctk,skj->bctj", parts, self.adjacency)
        inner = torch.relu(self.norm(mixed) + self.same(x))
        return torch.relu(self.over_time(inner) + self.around(x))


class _Temporal(nn.Module):
    """Four dilated branches, a pooling one and a plain one, side by side."""

    def __init__(self, width: int, *, stride: int) -> None:
        super().__init__()
        part = width // 6
        self.branches = nn.ModuleList(
            nn.Sequential(
                *_point(width, part), nn.Conv2d(part, part, (3, 1), (stride, 1), (d, 0), (d, 1))
            )
            for d in DILATIONS
        )
        self.branches.append(
            nn.Sequential(*_point(width, part), nn.MaxPool2d((3, 1), (stride, 1), (1, 0)))
        )
        self.branches.append(nn.Conv2d(width, width - 5 * part, 1, (stride, 1)))
        self.last = nn.Sequential(
            nn.BatchNorm2d(width), nn.ReLU(), nn.Conv2d(width, width, 1), nn.BatchNorm2d(width)
        )

    def forward(self, x: Tensor) -> Tensor:
        out: Tensor = self.last(torch.cat([branch(x) for branch in self.branches], dim=1))
        return out


def _point(inputs: int, outputs: int) -> tuple[nn.Module, ...]:
    return nn.Conv2d(inputs, outputs, 1), nn.BatchNorm2d(outputs), nn.ReLU()


def _short_cut(inputs: int, outputs: int, *, stride: int) -> nn.Module:
    if inputs == outputs and stride == 1:
        return nn.Identity()
    return nn.Sequential(nn.Conv2d(inputs, outputs, 1, (stride, 1)), nn.BatchNorm2d(outputs))
