"""The baselines of `bench/action_model.py`: each fold, each seed, the same evaluator."""

from __future__ import annotations

import sys
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from analysis.training import baselines, metrics
from analysis.training.labels import labels_of
from analysis.training.parts import LEAST_FRAMES, parts_of
from analysis.training.samples import Samples
from analysis.training.settings import DataSettings, FitSettings, TaskSettings

if TYPE_CHECKING:
    from collections.abc import Sequence

    from analysis.training.samples import Sample
    from analysis.training.store import Entry, Store
    from bench.action_experiments import Experiment, Fold


def run(
    experiment: Experiment, *, store: Store, seed: int, names: Sequence[str]
) -> list[dict[str, Any]]:
    """One run per baseline of `names` and fold.

    The clips of an experiment are drawn once a seed and shared out to its folds: how a clip is
    seen depends on its place among them and the seed, not on who else is learned from.
    """
    entries = store.choose(
        lambda one: one.source in experiment.sets and one.frames >= LEAST_FRAMES and one.labelled
    )
    labels = labels_of(entries)
    drawn = _drawn(experiment, store=store, entries=entries, seed=seed)
    runs: list[dict[str, Any]] = []
    for fold in experiment.folds:
        learn, test = _share(experiment, fold=fold, store=store, seed=seed, drawn=drawn)
        for name in names:
            judged = baselines.judged_by(name, learn=learn, test=test, labels=labels, seed=seed)
            scores = {k: round(v, 4) for k, v in judged.scores().items() if k != "mean"}
            sys.stderr.write(f"{experiment.name} seed {seed} {fold.name} {name}: {scores}\n")
            runs.append({"baseline": name, "seed": seed, "fold": fold.name, "scores": scores})
    return runs


def summary(experiment: Experiment, *, runs: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Key → baseline → mean over folds, with the spread over seeds."""
    told: dict[str, Any] = {}
    for key, score in experiment.figures.items():
        for name in (*experiment.baselines, *experiment.slow_baselines):
            mine = [run for run in runs if run["baseline"] == name and score in run["scores"]]
            if mine:
                told.setdefault(key, {})[name] = over_seeds(mine, score=score)
    return told


def over_seeds(runs: Sequence[dict[str, Any]], *, score: str) -> dict[str, Any]:
    """The mean over folds of each seed, then their mean and spread."""
    seeds = sorted({run["seed"] for run in runs})
    means = [
        metrics.spread([run["scores"][score] for run in runs if run["seed"] == seed])["mean"]
        for seed in seeds
    ]
    spread = metrics.spread(means)
    sd = spread["sd"] if len(means) > 1 else None
    return {"mean": round(spread["mean"], 4), "sd": sd, "seeds": len(means)}


def _drawn(
    experiment: Experiment, *, store: Store, entries: tuple[Entry, ...], seed: int
) -> tuple[list[Sample], list[Sample]]:
    settings = FitSettings(
        data=DataSettings(store=str(store.folder), views=experiment.baseline_views),
        tasks=TaskSettings(note_share=0.0),
        seed=seed,
    )
    learning = Samples(
        store, entries=entries, labels=labels_of(entries), settings=settings, learning=True
    )
    return baselines.draw(learning), baselines.draw(replace(learning, learning=False))


def _share(
    experiment: Experiment,
    *,
    fold: Fold,
    store: Store,
    seed: int,
    drawn: tuple[list[Sample], list[Sample]],
) -> tuple[list[Sample], list[Sample]]:
    """A baseline stops by nobody: who the fused model stops by, it may learn from too."""
    settings = DataSettings(
        store=str(store.folder),
        sources=experiment.sources,
        may_ship_only=experiment.may_ship_only,
        test_people=fold.test_people,
        without=fold.without,
    )
    parts = parts_of(store, settings=settings, seed=seed)
    learned = {entry.clip for entry in (*parts.train, *parts.validation)}
    judged = {entry.clip for entry in parts.test}
    return [s for s in drawn[0] if s.clip in learned], [s for s in drawn[1] if s.clip in judged]
