"""`fit`: from a prepared store and a settings file to a checkpoint. Reads from top to bottom.

The same settings, data and code give the same weights on one processor, killed and resumed or not:
which clips a batch holds and how they are seen depends on (seed, epoch, place) alone.
"""

from __future__ import annotations

import json
import logging
import math
import sys
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import torch

from analysis.actions.model import build, parameter_groups
from analysis.training import attack, judge, pseudo_labels, ship, states, teacher
from analysis.training.errors import SettingsError
from analysis.training.labels import labels_of
from analysis.training.losses import losses, weighted
from analysis.training.parts import parts_of
from analysis.training.resume import load_state, save_state
from analysis.training.samples import Loader, Samples
from analysis.training.settings import FitSettings, read_settings
from analysis.training.store import open_store

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable, Iterator

    from accelerate import Accelerator
    from torch import Tensor
    from torch.utils.tensorboard import SummaryWriter

    from analysis.actions.model import FusedModel
    from analysis.training.parts import Parts
    from analysis.training.samples import Sampled
    from analysis.training.store import Store
    from analysis.training.teacher import Teacher

SETTINGS: Final = "settings.json"
log = logging.getLogger(__name__)
BEGIN: Final = {"epoch": 0, "batch": 0, "step": 0, "best": -math.inf, "waited": 0}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What `python -m analysis.training fit` takes."""
    parser.add_argument("config", type=Path, help="settings (TOML)")
    parser.add_argument(
        "--out", type=Path, required=True, help="the run's folder; resumed if begun"
    )
    parser.add_argument("--seed", type=int, help="instead of the settings' own")


def run(given: argparse.Namespace) -> int:
    """The command: trains, and prints the test's scores as JSON."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    settings = read_settings(given.config)
    if given.seed is not None:
        settings = replace(settings, seed=given.seed)
    sys.stdout.write(json.dumps(fit(settings, out=given.out)) + "\n")
    return 0


def fit(settings: FitSettings, *, out: Path) -> dict[str, Any]:
    """Train, stop early by people who were not trained on, and judge the best on the test people.

    Writes `best.safetensors`, `report.json` and TensorBoard's files into `out`.

    Raises:
        DataError: the data cannot be trained on.
        SettingsError: `out` holds a run with other settings.
    """
    store, parts = train(settings, out=out)
    return ship.report(out, store=store, parts=parts, settings=settings)


def train(
    settings: FitSettings, *, out: Path, on_validation: Callable[[int, float], None] | None = None
) -> tuple[Store, Parts]:
    """What `fit` does before it looks at any test person.

    `on_validation` hears the epoch and the best score so far after each validation; what it raises
    ends the run, which may be gone on with.

    Raises:
        DataError, SettingsError: as `fit`.
    """
    from torch.utils.tensorboard import SummaryWriter

    accelerator = _accelerator(settings)
    with accelerator.main_process_first():
        same_settings(settings, out=out)
    store = open_store(Path(settings.data.store))
    parts = parts_of(store, settings=settings.data, seed=settings.seed)
    taken, weights = pseudo_labels.taken(parts, settings=settings.data)
    labels = labels_of((*taken, *parts.everybody))
    states.check(settings.model.states, entries=parts.train)
    learn = Samples(
        store, entries=taken, labels=labels, settings=settings, learning=True, weights=weights
    )
    watch = Samples(store, entries=parts.validation, labels=labels, settings=settings)

    model = build(settings.model)
    vectors = judge.label_vectors(model, labels=labels)
    if settings.start_from:
        ship.start_from(model, path=Path(settings.start_from))
    board_of = "" if accelerator.is_main_process else f"process{accelerator.process_index}"
    with SummaryWriter(str(out / "tensorboard" / board_of)) as board:
        training = begin(
            model, settings=settings, out=out, learn=learn, vectors=vectors, board=board,
            accelerator=accelerator,
        )  # fmt: skip
        training.teacher = teacher.teacher(
            settings.distil, labels=labels, device=accelerator.device
        )
        for _ in training.validations():
            judged = judge.judge(training.bare, samples=watch, vectors=training.vectors)
            if training.better(judged.scores()):
                ship.write(
                    training.bare, labels=labels, vectors=vectors, settings=settings, store=store,
                    validation=judged, path=out / ship.BEST,
                )  # fmt: skip
            training.save()
            if on_validation:
                on_validation(training.progress["epoch"], training.progress["best"])
    accelerator.wait_for_everyone()
    return store, parts


def begin(
    model: FusedModel,
    *,
    settings: FitSettings,
    out: Path,
    learn: Samples,
    vectors: Tensor,
    board: SummaryWriter,
    accelerator: Accelerator | None = None,
) -> Training:
    """A run as it stands in `out`: about to begin, or where it was killed."""
    accelerator = accelerator or _accelerator(settings)
    optimiser = _optimiser(model, settings=settings)
    progress = load_state(out, model=model, optimiser=optimiser) or dict(BEGIN)
    loader = Loader(learn, batch_size=settings.optimiser.batch_size, language=model.language)
    prepared, optimiser = accelerator.prepare(model, optimiser)
    return Training(
        settings=settings, out=out, accelerator=accelerator, model=prepared, optimiser=optimiser,
        loader=loader, vectors=vectors.to(accelerator.device), board=board, progress=progress,
    )  # fmt: skip


def _accelerator(settings: FitSettings) -> Accelerator:
    from accelerate import Accelerator
    from accelerate.utils import DistributedDataParallelKwargs

    # A head without a task has no gradient, which several processes have to be told.
    spread = DistributedDataParallelKwargs(find_unused_parameters=True)
    return Accelerator(mixed_precision=settings.optimiser.precision, kwargs_handlers=[spread])


@dataclass(slots=True)
class Training:
    """One run under way."""

    settings: FitSettings
    out: Path
    accelerator: Accelerator
    model: torch.nn.Module
    optimiser: Any  # wrapped by accelerate
    loader: Loader
    vectors: Tensor
    board: SummaryWriter
    progress: dict[str, Any]
    teacher: Teacher | None = None

    @property
    def bare(self) -> FusedModel:
        """The network without what accelerate wrapped around it."""
        unwrapped: FusedModel = self.accelerator.unwrap_model(self.model)
        return unwrapped

    @property
    def stuck(self) -> bool:
        """Whether validation has not improved for as long as the settings wait."""
        return bool(self.progress["waited"] >= self.settings.optimiser.patience)

    @property
    def due(self) -> bool:
        """Whether this epoch ends with a validation."""
        optimiser, done = self.settings.optimiser, self.progress["epoch"]
        return bool(done % optimiser.judge_every == 0 or done == optimiser.epochs)

    def validations(self) -> Iterator[None]:
        """Train, and pause wherever a validation is due; who judges also saves."""
        while self.progress["epoch"] < self.settings.optimiser.epochs and not self.stuck:
            self.epoch()
            if self.due:
                yield
            else:
                self.save()

    def epoch(self) -> None:
        """Every clip once, from where the run stands."""
        self.model.train()
        optimiser = self.settings.optimiser
        for place, sampled in self.loader.epoch(
            self.progress["epoch"],
            start=self.progress["batch"],
            process=self.accelerator.process_index,
            processes=self.accelerator.num_processes,
        ):
            each = self._backward(sampled.to(self.accelerator.device))
            self.progress["batch"] = place + 1
            last = place + 1 == self.loader.batches
            if (place + 1) % optimiser.accumulate == 0 or last:
                self._step(each)
        self.progress["epoch"] += 1
        self.progress["batch"] = 0

    def better(self, scores: dict[str, float]) -> bool:
        """Note a validation; whether it is the best so far: any is, where nobody was judged on."""
        for name, value in scores.items():
            self.board.add_scalar(f"validation/{name}", value, self.progress["epoch"])
        told = {name: round(value, 3) for name, value in scores.items()}
        log.info("epoch %d: %s", self.progress["epoch"], told)
        mean = scores["mean"]
        best = math.isnan(mean) or mean > self.progress["best"]
        if not math.isnan(mean):
            self.progress["best"] = max(mean, self.progress["best"])
        self.progress["waited"] = 0 if best else self.progress["waited"] + 1
        return best and bool(self.accelerator.is_main_process)

    def save(self) -> None:
        """Write the whole state, so that a kill costs no more than what follows."""
        if self.accelerator.is_main_process:
            save_state(self.out, model=self.bare, optimiser=self.optimiser, progress=self.progress)

    def _backward(self, sampled: Sampled) -> dict[str, Tensor]:
        step = self.settings.optimiser.adversarial_step
        if not step:
            return self._gradients(sampled, share=1.0)
        # The gradient that the weights are given anyway also says where the points hurt most.
        sampled.batch.pose.requires_grad_()
        each = self._gradients(sampled, share=0.5)
        worse = attack.stepped(sampled.batch, step=step, config=self.bare.config)
        hurt = self._gradients(replace(sampled, batch=worse), share=0.5)
        return {**each, **{f"attacked_{name}": value for name, value in hurt.items()}}

    def _gradients(self, sampled: Sampled, *, share: float) -> dict[str, Tensor]:
        with self.accelerator.autocast():
            found = self.model(sampled.batch, label_vectors=self.vectors)
            each = losses(found, sampled.targets, tasks=self.settings.tasks)
            total = weighted(each, tasks=self.settings.tasks)
            if self.teacher is not None:
                total = total + self.teacher.pull(found, sampled, parts=each)
        self.accelerator.backward(share * total / self.settings.optimiser.accumulate)
        return each

    def _step(self, each: dict[str, Tensor]) -> None:
        optimiser, step = self.settings.optimiser, self.progress["step"]
        steps = optimiser.epochs * math.ceil(self.loader.batches / optimiser.accumulate)
        factor = rate_factor(step / steps, settings=self.settings)
        for group in self.optimiser.param_groups:
            group["lr"] = group["base_lr"] * factor
        self.accelerator.clip_grad_norm_(self.model.parameters(), optimiser.clip_norm)
        self.optimiser.step()
        self.optimiser.zero_grad(set_to_none=True)
        self.progress["step"] = step + 1
        for name, value in each.items():
            self.board.add_scalar(f"loss/{name}", value.item(), step)
        if (step + 1) % self.settings.save_every_steps == 0:
            self.save()


def rate_factor(share: float, *, settings: FitSettings) -> float:
    """What the learning rate is multiplied with after `share` (0..1) of all steps.

    Raises:
        SettingsError: no such schedule.
    """
    optimiser = settings.optimiser
    if share < optimiser.warmup_share:
        return (share + 1e-3) / (optimiser.warmup_share + 1e-3)
    after = (share - optimiser.warmup_share) / max(1e-9, 1.0 - optimiser.warmup_share)
    shapes = {
        "cosine": 0.5 * (1 + math.cos(math.pi * min(1.0, after))),
        "linear": max(0.0, 1.0 - after),
        "constant": 1.0,
    }
    if optimiser.schedule not in shapes:
        raise SettingsError(f"schedule {optimiser.schedule!r}: expected one of {sorted(shapes)}")
    return shapes[optimiser.schedule]


def _optimiser(model: FusedModel, *, settings: FitSettings) -> torch.optim.Optimizer:
    wanted = settings.optimiser
    groups = parameter_groups(model, rate=wanted.rate, language_rate=wanted.language_rate)
    for group in groups:
        group["base_lr"] = group["lr"]
    if wanted.name == "adamw":
        return torch.optim.AdamW(groups, weight_decay=wanted.weight_decay)
    if wanted.name == "sgd":
        return torch.optim.SGD(
            groups, momentum=wanted.momentum, weight_decay=wanted.weight_decay, nesterov=True
        )
    raise SettingsError(f"optimiser {wanted.name!r}: expected adamw or sgd")


def same_settings(settings: FitSettings, *, out: Path) -> None:
    """Begin as these settings say; a folder that was begun with others is not gone on with.

    Raises:
        SettingsError: `out` holds a run with other settings.
    """
    torch.manual_seed(settings.seed)
    if settings.threads:
        torch.set_num_threads(settings.threads)
    out.mkdir(parents=True, exist_ok=True)
    kept, now = out / SETTINGS, json.dumps(settings.as_dict(), indent=1, sort_keys=True)
    if not kept.exists():
        kept.write_text(now)
    elif kept.read_text() != now:
        raise SettingsError(f"{out} holds a run with other settings ({kept.name}); name another")
