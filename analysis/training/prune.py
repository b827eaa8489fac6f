"""`prune`: a network with the least important channels, heads and neurons cut out.

What a unit matters is read from a gate of 1 on its output: the squared change of the loss that
closing it would bring, to first order (Molchanov et al. 2019; for heads, Michel, Levy, Neubig
2019), added up over batches of the clips that the checkpoint learned from; or, without data, the
size of its weights. Every part loses the same share. Thresholds of "unknown" are set anew on the
validation people. With `--epochs` what is left is trained on, by `fit`.
"""

from __future__ import annotations

import json
import logging
import shutil
import sys
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch

from analysis.actions import checkpoint
from analysis.actions.shrink import Part, cut, parts
from analysis.training import judge, ship
from analysis.training.losses import losses, weighted
from analysis.training.parts import parts_of
from analysis.training.samples import Loader, Samples
from analysis.training.settings import FitSettings, settings_from
from analysis.training.store import open_store

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator, Mapping, Sequence

    from torch import Tensor, nn

    from analysis.actions.checkpoint import Checkpoint
    from analysis.actions.model import FusedModel
    from analysis.training.samples import Sampled

Importance = dict[str, "Tensor"]  # name of a part → (units,)


@dataclass(frozen=True, slots=True)
class Pruned:
    """How much was cut out."""

    parameters: tuple[int, int]  # before and after, without word embeddings
    units: Mapping[str, tuple[int, int]]  # kind → before and after


def by_taylor(
    model: FusedModel, batches: Sequence[Sampled], *, vectors: Tensor, settings: FitSettings
) -> Importance:
    """Squared first-order change of the loss by closing each unit, added up over batches."""
    found: Importance = {}
    model.eval()
    with _gates(list(parts(model))) as gates:
        for sampled in batches:
            out = model(sampled.batch, label_vectors=vectors)
            loss = weighted(
                losses(out, sampled.targets, tasks=settings.tasks), tasks=settings.tasks
            )
            slopes = torch.autograd.grad(loss, list(gates.values()), allow_unused=True)
            for (name, gate), slope in zip(gates.items(), slopes, strict=True):
                change = torch.zeros_like(gate) if slope is None else slope.square()
                found[name] = found.get(name, torch.zeros_like(gate)) + change.detach()
    return found


def by_magnitude(model: FusedModel) -> Importance:
    """L2 norm of what each unit is read with, adapters merged in."""
    found: Importance = {}
    for part in parts(model):
        reader: Any = part.reader
        weight = getattr(reader, "base_layer", reader).weight.detach()
        if hasattr(reader, "get_delta_weight"):
            weight = weight + reader.get_delta_weight("default").detach()
        found[part.name] = weight.unflatten(1, (part.units, part.width)).norm(dim=(0, 2))
    return found


def prune(model: FusedModel, importance: Importance, *, share: float) -> Pruned:
    """Cut the least important `share` out of every part; at least one unit of each stays.

    Raises:
        ValueError: a share that is not between 0 and 1.
    """
    if not 0.0 < share < 1.0:
        raise ValueError(f"share: expected more than 0 and less than 1, got {share}")
    before, units = cost(model), dict[str, tuple[int, int]]()
    for part in list(parts(model)):
        left = max(1, part.units - int(share * part.units))
        keep = importance[part.name].topk(left).indices.sort().values
        cut(part, keep=keep)
        had, has = units.get(part.kind, (0, 0))
        units[part.kind] = (had + part.units, has + left)
    return Pruned((before, cost(model)), units)


def cost(model: FusedModel) -> int:
    """Parameters that every token or frame is multiplied with: all but the word embeddings."""
    looked_up = model.language.model.get_input_embeddings() if model.language else None  # type: ignore[operator]
    words = sum(p.numel() for p in looked_up.parameters()) if looked_up is not None else 0
    return sum(p.numel() for p in model.parameters()) - words


@contextmanager
def _gates(found: Sequence[Part]) -> Iterator[dict[str, Tensor]]:
    """A factor of 1 on every unit while it lasts; its gradient tells what the unit matters."""
    gates = {part.name: torch.ones(part.units, requires_grad=True) for part in found}

    def gated(part: Part) -> Any:
        def hook(_: nn.Module, given: tuple[Tensor, ...]) -> tuple[Tensor, ...]:
            return (given[0] * gates[part.name].repeat_interleave(part.width), *given[1:])

        return part.reader.register_forward_pre_hook(hook)

    hooks = [gated(part) for part in found]
    try:
        yield gates
    finally:
        for hook in hooks:
            hook.remove()


def pruned(
    loaded: Checkpoint, *, settings: FitSettings, share: float, batches: int
) -> tuple[Checkpoint, Pruned]:
    """A checkpoint's network cut down, with thresholds of its own; `batches` 0: by magnitude."""
    store = open_store(Path(settings.data.store))
    chosen = parts_of(store, settings=settings.data, seed=settings.seed)
    model, labels, vectors = loaded.model, loaded.labels, loaded.label_vectors
    importance = by_magnitude(model)
    if batches:
        learn = Samples(
            store, entries=chosen.train, labels=labels, settings=settings, learning=True
        )
        size = settings.optimiser.batch_size
        drawn = Loader(learn, batch_size=size, language=model.language).epoch(0)
        some = [sampled for _, (_, sampled) in zip(range(batches), drawn, strict=False)]
        importance = by_taylor(model, some, vectors=vectors, settings=settings)
    done = prune(model, importance, share=share)
    watch = Samples(store, entries=chosen.validation, labels=labels, settings=settings)
    judged = judge.judge(model, samples=watch, vectors=vectors)
    how = {"share": share, "by": "taylor" if batches else "magnitude", "units": dict(done.units)}
    made_by = {**loaded.made_by, "pruned": how, "validation": judged.scores()}
    thresholds = {**loaded.thresholds, **ship.thresholds(judged)}
    return replace(loaded, made_by=made_by, thresholds=thresholds), done


def trained_on(path: Path, *, settings: FitSettings, epochs: int, run: Path) -> None:
    """Train what is left for a few epochs more, at a third of the rate, and put it in its place."""
    from analysis.training.fit import fit

    asked = settings.optimiser
    slower = replace(
        asked, epochs=epochs, rate=asked.rate / 3, language_rate=asked.language_rate / 3
    )
    start = run.with_name(f"{run.name}-start{checkpoint.SUFFIX}")
    run.parent.mkdir(parents=True, exist_ok=True)
    if not start.exists():
        shutil.copyfile(path, start)
    fit(replace(settings, optimiser=slower, start_from=str(start)), out=run)
    shutil.copyfile(run / ship.BEST, path)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What `python -m analysis.training prune` takes."""
    parser.add_argument("checkpoint", type=Path, help="what is cut down")
    parser.add_argument("--share", type=float, default=0.3, help="of each part's units, cut out")
    parser.add_argument("--out", type=Path, required=True, help="the checkpoint to write")
    parser.add_argument("--store", type=Path, help="prepared movement (else as it was trained on)")
    parser.add_argument(
        "--batches", type=int, default=16, help="to read importance from; 0: from the weights"
    )
    parser.add_argument("--epochs", type=int, default=0, help="to train on afterwards")


def run(given: argparse.Namespace) -> int:
    """The command: prints what was cut out, and one line of JSON."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    if not 0.0 < given.share < 1.0:
        sys.stderr.write(f"--share: expected more than 0 and less than 1, got {given.share}\n")
        return 2
    loaded = checkpoint.load(given.checkpoint)
    settings = settings_of(loaded.made_by, store=given.store)
    torch.manual_seed(settings.seed)
    made, done = pruned(loaded, settings=settings, share=given.share, batches=given.batches)
    checkpoint.save(made, given.out)
    for kind, (had, has) in done.units.items():
        sys.stdout.write(f"{kind}: {has} of {had} kept\n")
    if given.epochs:
        trained_on(
            given.out, settings=settings, epochs=given.epochs, run=given.out.with_suffix(".run")
        )
    told = {"parameters_before": done.parameters[0], "parameters_after": done.parameters[1]}
    scores = checkpoint.describe(given.out)["made_by"]["validation"]
    sys.stdout.write(json.dumps({**told, "validation_mean": scores["mean"]}) + "\n")
    return 0


def settings_of(made_by: Mapping[str, Any], *, store: Path | None) -> FitSettings:
    """The settings that a checkpoint was made with, over another store where one is named.

    Raises:
        SettingsError: it keeps none, or some that are no longer known.
    """
    content = json.loads(json.dumps(made_by.get("settings", {})))
    if store is not None:
        content.setdefault("data", {})["store"] = str(store)
    return settings_from(content, where="the checkpoint's settings")
