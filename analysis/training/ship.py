"""What a run leaves behind: a checkpoint that serves, and a report that a person can read."""

from __future__ import annotations

import json
from importlib.metadata import version
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from analysis.actions import checkpoint
from analysis.actions.shrink import cut_as
from analysis.features import model_input
from analysis.training import judge, metrics, states
from analysis.training.errors import LabellessDataError
from analysis.training.parts import parts_of, who
from analysis.training.samples import Samples

if TYPE_CHECKING:
    from pathlib import Path

    import torch

    from analysis.actions.checkpoint import Label
    from analysis.actions.model import FusedModel
    from analysis.training.judge import Judged
    from analysis.training.parts import Parts
    from analysis.training.settings import FitSettings
    from analysis.training.store import Store

FALSE_REJECTION: Final = 0.05  # share of known movements that may be answered "unknown"
REPORT: Final = "report.json"
BEST: Final = "best.safetensors"
TERMS_SUFFIX: Final = ".licence.txt"  # lies beside weights that may not be given to everybody


def write(
    model: FusedModel,
    *,
    labels: tuple[Label, ...],
    vectors: torch.Tensor,
    settings: FitSettings,
    store: Store,
    validation: Judged,
    path: Path,
) -> str:
    """The checkpoint, its thresholds set on people who were not trained on; returns its sha256."""
    parts = parts_of(store, settings=settings.data, seed=settings.seed)
    made_by = {
        "settings": settings.as_dict(),
        "validation": validation.scores(),
        "data": store.head.get("shards", {}),
        "files": store.head.get("sources", {}),
        "people": {
            "train": sorted({who(entry) for entry in parts.train}),
            "validation": sorted({who(entry) for entry in parts.validation}),
        },
        "model_input_version": model_input.VERSION,
        "code_version": version("sportsbr"),
    }
    made = checkpoint.Checkpoint(
        model=model,
        labels=labels,
        label_vectors=vectors.detach().cpu(),
        thresholds=thresholds(validation),
        made_by=made_by,
    )
    terms = states.terms((*parts.train, *parts.validation))
    if terms:
        path.with_suffix(TERMS_SUFFIX).write_text(terms, encoding="utf-8")
    return checkpoint.save(made, path)


def thresholds(validation: Judged) -> dict[str, float]:
    """Per set, the cosine below which an answer is "unknown"."""
    found: dict[str, float] = {}
    for group in {answer.group for answer in validation.answers}:
        surest = np.array([a.surest for a in validation.answers if a.group == group])
        found[group] = metrics.unknown_threshold(surest, false_rejection=FALSE_REJECTION)
    return found


def start_from(model: FusedModel, *, path: Path) -> list[str]:
    """Take the weights of a checkpoint as far as they fit; returns the names that did not.

    What was cut out of its network is cut out of this one first.

    Raises:
        CheckpointError: as `checkpoint.load`.
        LabellessDataError: nothing fits.
    """
    there = checkpoint.tensors_of(path)
    cut_as(model, there)
    here = model.state_dict()
    fitting = {k: v for k, v in there.items() if k in here and here[k].shape == v.shape}
    if not fitting:
        raise LabellessDataError(name=path.name, wanted="weights of this network")
    model.load_state_dict(fitting, strict=False)
    return sorted(set(there) - set(fitting))


def report(out: Path, *, store: Store, parts: Parts, settings: FitSettings) -> dict[str, Any]:
    """Judge the best weights on the test people, write `report.json`, return its scores."""
    loaded = checkpoint.load(out / BEST)
    labels = loaded.labels
    told: dict[str, Any] = {"sha256": checkpoint.sha256_of(out / BEST)}
    for name, entries in (("validation", parts.validation), ("test", parts.test)):
        if not entries:
            continue
        samples = Samples(store, entries=entries, labels=labels, settings=settings)
        judged = judge.judge(loaded.model, samples=samples, vectors=loaded.label_vectors)
        told[name] = judge.as_dict(judged)
    if settings.model.states:
        told["states"] = states.told(parts.train, parts.test, states=settings.model.states)
    (out / REPORT).write_text(json.dumps(told, indent=1, allow_nan=True))
    scores: dict[str, Any] = {
        k: v["scores"] for k, v in told.items() if k in {"validation", "test"}
    }
    return scores
