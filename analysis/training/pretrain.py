"""`pretrain`: the pose encoder V learns what bodies do by filling in what was hidden from it.

Every clip teaches, labelled or not. Keypoints are hidden in spans and throughout, and the loss
counts those alone. It stops by other people, and says whether V fills a gap better than a straight
line over it does: one that does not has learned nothing worth starting from. What it writes is
what `fit`'s `start_from` takes.
"""

from __future__ import annotations

import json
import logging
import sys
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import torch

from analysis.actions import checkpoint
from analysis.actions.model import SEEN, build
from analysis.training.errors import SettingsError
from analysis.training.fit import begin, same_settings
from analysis.training.parts import parts_of, who
from analysis.training.samples import Loader, Samples
from analysis.training.settings import read_settings
from analysis.training.store import open_store

if TYPE_CHECKING:
    import argparse

    from torch import Tensor

    from analysis.actions.model import FusedModel, ModelConfig
    from analysis.schema import Float
    from analysis.training.parts import Parts
    from analysis.training.samples import Sampled
    from analysis.training.settings import FitSettings
    from analysis.training.store import Store

V: Final = ("encoder.", "reconstruct.")  # names of the weights that are learned and kept
ENCODER: Final = "encoder.safetensors"
REPORT: Final = "report.json"
ALONE: Final[dict[str, Any]] = {
    "frames": 0.0,
    "clip": 0.0,
    "grade": 0.0,
    "smooth": 0.0,
    "reconstruct": 1.0,
}


@dataclass(slots=True)
class Errors:
    """Distances between what was hidden and what was said in its place, in trunk lengths."""

    model: list[Float] = field(default_factory=list)
    plain: list[Float] = field(default_factory=list)

    def add(self, *, model: Float, plain: Float) -> None:
        """More points (n,)."""
        self.model.append(model)
        self.plain.append(plain)

    def means(self) -> dict[str, float]:
        """Mean errors, and the share of the plain answer's error that the model takes away."""
        if not sum(part.size for part in self.model):
            return {}
        model, plain = (float(np.concatenate(v).mean()) for v in (self.model, self.plain))
        gain = 1.0 - model / plain if plain > 0 else float("nan")
        return {"model": model, "plain": plain, "gain": gain}


@dataclass(frozen=True, slots=True)
class Filled:
    """How well gaps were filled on other people.

    `span`: stretches of a keypoint, beside a straight line over the gap. `whole`: keypoints hidden
    throughout, beside their like on the other side of the body.
    """

    span: dict[str, float]
    whole: dict[str, float]

    def scores(self) -> dict[str, float]:
        """Every figure, and the mean gain, by which training stops."""
        kinds = {"span": self.span, "whole": self.whole}
        figures = {f"{kind}/{k}": v for kind, found in kinds.items() for k, v in found.items()}
        gains = [found["gain"] for found in kinds.values() if found]
        return {**figures, "mean": float(np.mean(gains)) if gains else float("nan")}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What `python -m analysis.training pretrain` takes."""
    parser.add_argument("config", type=Path, help="settings (TOML), as `fit` takes them")
    parser.add_argument(
        "--out", type=Path, required=True, help="the run's folder; resumed if begun"
    )


def run(given: argparse.Namespace) -> int:
    """The command: trains, prints the verdict and the figures as JSON."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    report = pretrain(read_settings(given.config), out=given.out)
    sys.stdout.write("\n".join([*told(report), json.dumps(report)]) + "\n")
    return 0


def pretrain(settings: FitSettings, *, out: Path) -> dict[str, Any]:
    """Learn V from every clip of people who are not judged on, stop by others.

    Writes `encoder.safetensors` (V of the best epoch), `report.json` and TensorBoard's files.

    Raises:
        DataError: the data cannot be learned from.
        SettingsError: nothing is hidden, or `out` holds a run with other settings.
    """
    from torch.utils.tensorboard import SummaryWriter

    settings = masked_only(settings)
    same_settings(settings, out=out)
    store = open_store(Path(settings.data.store))
    parts = parts_of(store, settings=settings.data, seed=settings.seed, need_labels=False)
    learn = Samples(store, entries=parts.train, labels=(), settings=settings, learning=True)
    watch = Samples(store, entries=parts.validation, labels=(), settings=settings)
    model = build(settings.model)
    for name, weight in model.named_parameters():
        weight.requires_grad_(name.startswith(V))
    torch.nn.init.zeros_(model.reconstruct.weight)  # begins with the plain guess
    torch.nn.init.zeros_(model.reconstruct.bias)
    nothing = torch.zeros((0, settings.model.label_width))
    with SummaryWriter(str(out / "tensorboard")) as board:
        training = begin(
            model, settings=settings, out=out, learn=learn, vectors=nothing, board=board
        )
        for _ in training.validations():
            filled = judged(training.bare, samples=watch)
            if training.better(filled.scores()):
                _write(training.bare, out=out, filled=filled, store=store, parts=parts,
                       settings=settings)  # fmt: skip
            training.save()
    report: dict[str, Any] = json.loads((out / REPORT).read_text())
    return report


def masked_only(settings: FitSettings) -> FitSettings:
    """The same run with filling in as its only task, and without a language model.

    Raises:
        SettingsError: the settings hide nothing, or nobody is left to stop by.
    """
    if settings.data.validation_share <= 0:
        raise SettingsError("[data] validation_share: expected above 0")
    tasks = replace(settings.tasks, **ALONE)
    if tasks.masked_share <= 0 and tasks.masked_whole <= 0:
        raise SettingsError("[tasks] masked_share, masked_whole: expected one above 0")
    if tasks.masked_rows < 1:
        raise SettingsError(f"[tasks] masked_rows: expected at least 1, got {tasks.masked_rows}")
    # Notes and contexts are text, and nobody reads text here.
    tasks = replace(tasks, note_share=0.0, context_share=0.0)
    return replace(
        settings, tasks=tasks, model=replace(settings.model, fusion="pose"), start_from=""
    )


@torch.no_grad()
def judged(model: FusedModel, *, samples: Samples) -> Filled:
    """How well V fills what is hidden in `samples`: the same gaps each time it is asked."""
    model.eval()
    device = next(model.parameters()).device
    nothing = torch.zeros((0, model.config.label_width), device=device)
    spans, whole = Errors(), Errors()
    loader = Loader(samples, batch_size=samples.settings.optimiser.batch_size, language=None)
    for _, sampled in loader.epoch(0):
        said = model(sampled.to(device).batch, label_vectors=nothing).reconstruction.cpu()
        truth, hidden = sampled.targets.xy, sampled.targets.hidden
        model_off, plain_off = (said - truth).norm(dim=-1), truth.norm(dim=-1)
        always = hidden & ~_shown(sampled, config=model.config).any(dim=1, keepdim=True)
        for errors, these in ((spans, hidden & ~always), (whole, always)):
            errors.add(model=model_off[these].double().numpy(),
                       plain=plain_off[these].double().numpy())  # fmt: skip
    return Filled(span=spans.means(), whole=whole.means())


def _shown(sampled: Sampled, *, config: ModelConfig) -> Tensor:
    """What is left to be seen of a batch (B, T, K)."""
    pose, shape = sampled.batch.pose, (config.keypoints, config.joint_channels)
    joints = pose[..., : shape[0] * shape[1]].reshape(*pose.shape[:2], *shape)
    shown: Tensor = joints[..., SEEN] > 0
    return shown


def told(report: dict[str, Any]) -> list[str]:
    """The verdict in lines."""
    lines = []
    for kind, other in (("span", "a straight line"), ("whole", "the other side's keypoint")):
        if f"{kind}/model" in report:
            model, plain = report[f"{kind}/model"], report[f"{kind}/plain"]
            verdict = "better than" if model < plain else "NO BETTER THAN"
            lines.append(
                f"{kind}: off by {model:.4f} trunk lengths, {verdict} {other} ({plain:.4f})"
            )
    if report.get("span/gain", 1.0) <= 0:
        lines.append("This encoder has not learned to fill gaps: do not start from it.")
    return lines


def _write(
    model: FusedModel,
    *,
    out: Path,
    filled: Filled,
    store: Store,
    parts: Parts,
    settings: FitSettings,
) -> None:
    made_by = {
        "settings": settings.as_dict(),
        "validation": filled.scores(),
        "data": store.head.get("shards", {}),
        "people": {
            "train": sorted({who(entry) for entry in parts.train}),
            "validation": sorted({who(entry) for entry in parts.validation}),
        },
    }
    made = checkpoint.Checkpoint(
        model=model, labels=(), label_vectors=torch.zeros((0, settings.model.label_width)),
        thresholds={}, made_by=made_by,
    )  # fmt: skip
    sha256 = checkpoint.save(made, out / ENCODER, only=V)
    clips = {"learned_from": len(parts.train), "judged_on": len(parts.validation)}
    report = {"sha256": sha256, "clips": clips, **filled.scores()}
    (out / REPORT).write_text(json.dumps(report, indent=1))
