"""What training on moved points is for: points moved on purpose fool the network less."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("accelerate")

from analysis.actions.model import Batch, build, pad_batch  # noqa: E402 - torch may be absent
from analysis.features.model_input import model_input  # noqa: E402
from analysis.training.attack import attacked  # noqa: E402
from analysis.training.fit import BEGIN, Training  # noqa: E402
from analysis.training.losses import Targets  # noqa: E402
from analysis.training.samples import Sampled  # noqa: E402
from analysis.training.settings import settings_from  # noqa: E402
from tests.analysis.training.made_up import ACTIONS, movement  # noqa: E402

if TYPE_CHECKING:
    from pathlib import Path

CONTENT: dict[str, Any] = {
    "data": {"store": "x"},
    "model": {"fusion": "pose", "width": 16, "blocks": 1, "label_space": 8, "label_width": 4,
              "dropout": 0.0},
    "tasks": {"frames": 0.0, "grade": 0.0, "smooth": 0.0, "reconstruct": 0.0},
}  # fmt: skip
VECTORS = torch.eye(4)[:2]
REACH, STEP = 0.04, 0.05  # trunk lengths


def clips(*, seeds: range) -> Sampled:
    poses, truth = [], []
    for seed in seeds:
        for label, action in enumerate(ACTIONS):
            xy = movement(action, seconds=1.0, seed=seed)[..., :2]
            xy = xy + np.random.default_rng(seed).normal(0.0, 0.03, xy.shape)
            time_s = np.arange(xy.shape[0]) / 30.0
            poses.append(torch.from_numpy(model_input(xy, score=None, time_s=time_s).values))
            truth.append(label)
    pose, frames = pad_batch(poses, multiple=8)
    nothing = torch.zeros((len(poses), 0), dtype=torch.long)
    shape = pose.shape[:2]
    unknown = torch.full(shape, -1)
    return Sampled(
        Batch(pose, frames, nothing, nothing),
        Targets(
            frame_labels=unknown, clip_labels=torch.tensor(truth), grades=unknown[:, 0],
            candidates=torch.ones((len(poses), 2), dtype=torch.bool),
            told=torch.zeros(len(poses), dtype=torch.bool), xy=torch.zeros((*shape, 17, 2)),
            hidden=torch.zeros((*shape, 17), dtype=torch.bool), weight=torch.ones(len(poses)),
            states=unknown[:, 0],
        ),
        ("",) * len(poses),
    )  # fmt: skip


def trained(tmp_path: Path, *, step: float) -> torch.nn.Module:
    from accelerate import Accelerator

    content = {**CONTENT, "optimiser": {"adversarial_step": step}}
    settings = settings_from(content, where="x")
    torch.manual_seed(2)
    model = build(settings.model)
    optimiser = torch.optim.AdamW(model.parameters(), lr=5e-3)
    training = Training(
        settings=settings, out=tmp_path, accelerator=Accelerator(), model=model,
        optimiser=optimiser, loader=None, vectors=VECTORS, board=None, progress=dict(BEGIN),
    )  # fmt: skip  # type: ignore[arg-type]
    sampled = clips(seeds=range(8))
    model.train()
    for _ in range(40):
        pose = sampled.batch.pose.detach().clone()
        training._backward(replace(sampled, batch=replace(sampled.batch, pose=pose)))
        optimiser.step()
        optimiser.zero_grad()
    return model


def accuracy(model: torch.nn.Module, *, reach: float) -> float:
    others = clips(seeds=range(100, 108))
    truth = others.targets.clip_labels
    pose = attacked(
        model, others.batch, truth=truth, candidates=others.targets.candidates,
        label_vectors=VECTORS, reach=reach, steps=10, generator=torch.Generator().manual_seed(0),
    )  # fmt: skip  # type: ignore[arg-type]
    with torch.no_grad():
        out = model(replace(others.batch, pose=pose), label_vectors=VECTORS)
    return (out.clip_logits.argmax(-1) == truth).double().mean().item()


def test_training_on_moved_points_makes_attacks_fail(tmp_path: Path) -> None:
    plain, hardened = trained(tmp_path, step=0.0), trained(tmp_path, step=STEP)
    assert accuracy(plain, reach=0.0) == accuracy(hardened, reach=0.0) == 1.0
    assert accuracy(hardened, reach=REACH) > accuracy(plain, reach=REACH) + 0.2
