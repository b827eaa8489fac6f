"""The fused model's side of `bench/action_model.py`: each fold and seed, fit → judge."""

from __future__ import annotations

import hashlib
import json
import sys
import tomllib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from analysis.actions import checkpoint, windows
from analysis.training import baselines, metrics
from analysis.training.evaluate import Evaluated, evaluate, shipped
from analysis.training.fit import fit
from analysis.training.judge import label_vectors
from analysis.training.labels import labels_of
from analysis.training.losses import UNKNOWN
from analysis.training.parts import LEAST_FRAMES, who
from analysis.training.samples import Note, Samples
from analysis.training.settings import DataSettings, FitSettings, settings_from
from analysis.training.ship import BEST, REPORT
from bench.action_baselines import over_seeds
from bench.action_experiments import FUSIONS, Experiment, Fold
from bench.action_results import code_sha256

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from analysis.schema import Float
    from analysis.training.store import Entry, Store

STAGES: Final = {"pose": "pose.toml", "fused": "ship.toml"}
FOLD_EPOCHS: Final = {"pose": 28, "fused": 4}
EXAMPLES: Final = 5
TRIES: Final = 20


@dataclass(frozen=True, slots=True)
class Trained:
    """A fold's checkpoint."""

    path: Path
    scores: Mapping[str, float]  # of the people left out

    @property
    def sha256(self) -> str:
        """Of its weights."""
        return checkpoint.sha256_of(self.path)


@dataclass(frozen=True, slots=True)
class Bench:
    """What every kind of experiment needs."""

    experiment: Experiment
    store: Store
    work: Path  # trainings, one folder each
    stages: Mapping[str, Mapping[str, Any]]  # "pose" and "fused": settings that ship as well
    start: Path | None  # where tennis starts from

    def trained(self, fold: Fold, *, seed: int, fusion: str = "fused") -> Trained:
        """V alone, then with the language model from there; "text" sees no pose and has no V."""
        if self.experiment.kind == "tennis":
            return self._fitted("fused", fold, seed=seed, start=self.start or shipped())
        if fusion == "text":
            return self._fitted("fused", fold, seed=seed, model={"fusion": "text"})
        alone = self._fitted("pose", fold, seed=seed)
        if fusion == "pose":
            return alone
        return self._fitted("fused", fold, seed=seed, start=alone.path)

    def _fitted(
        self,
        stage: str,
        fold: Fold,
        *,
        seed: int,
        start: Path | None = None,
        model: Mapping[str, Any] | None = None,
    ) -> Trained:
        """Fit one stage, or take it from `work` where the same has been fitted by the same code."""
        settings = self.settings(stage, fold, seed=seed, start=start, model=model or {})
        told = json.dumps(settings.as_dict(), sort_keys=True) + code_sha256("fit")
        out = self.work / hashlib.sha256(told.encode()).hexdigest()[:16]
        sys.stderr.write(f"{self.experiment.name} seed {seed} {fold.name} {stage}: {out.name}\n")
        report = out / REPORT
        scores = json.loads(report.read_text())["test"]["scores"] if report.exists() else None
        return Trained(out / BEST, scores or fit(settings, out=out)["test"])

    def settings(
        self, stage: str, fold: Fold, *, seed: int, start: Path | None, model: Mapping[str, Any]
    ) -> FitSettings:
        """The stage, what the experiment overrides, and the fold; nobody is held out to stop by."""
        asked = self.experiment
        parts: dict[str, Any] = {
            name: {**self.stages[stage].get(name, {}), **asked.overrides.get(name, {})}
            for name in ("data", "model", "optimiser", "tasks")
        }
        parts["model"] |= model
        parts["data"] |= {
            "store": str(self.store.folder),
            "sources": asked.sources,
            "may_ship_only": asked.may_ship_only,
            "test_people": fold.test_people,
            "without": fold.without,
        }
        parts["data"].setdefault("validation_share", 0.0)
        whole = {"threads": self.stages[stage].get("threads", 1), "seed": seed}
        begin = {"start_from": str(start)} if start else {}
        return settings_from({**whole, **parts, **begin}, where=asked.name)

    def judged_on(self, fold: Fold) -> tuple[Entry, ...]:
        """The clips of the fold's people, those of labels never heard of included."""
        return self.store.choose(
            lambda one: (
                bool({who(one), one.sequence} & set(fold.test_people))
                and one.source in self.experiment.sources
                and one.frames >= LEAST_FRAMES
            )
        )


def stages(folder: Path, *, epochs: int | None) -> dict[str, dict[str, Any]]:
    """Settings of both stages as they ship, without what is theirs alone.

    `epochs` None: so many that a fold costs minutes; what ships learns for longer.
    """
    told: dict[str, dict[str, Any]] = {}
    for stage, name in STAGES.items():
        content: dict[str, Any] = tomllib.loads((folder / name).read_text(encoding="utf-8"))
        content["data"].pop("validation_share", None)
        optimiser = content.get("optimiser", {})
        most = FOLD_EPOCHS[stage] if epochs is None else epochs
        content["optimiser"] = {**optimiser, "epochs": min(most, optimiser.get("epochs", most))}
        told[stage] = content
    return told


def run(
    experiment: Experiment,
    *,
    store: Store,
    work: Path,
    stages: Mapping[str, Mapping[str, Any]],
    start: Path | None = None,
) -> dict[str, Any]:
    """Runs (one per seed and fold) and what they come to, key by key."""
    bench = Bench(experiment, store, work, stages, start)
    if experiment.kind == "fusion":
        return _fusion(bench)
    runs = [
        {"seed": seed, "fold": fold.name, "test_people": fold.test_people, "without": fold.without,
         **KINDS[experiment.kind](bench, fold, seed)}
        for seed in experiment.seeds
        for fold in experiment.folds
    ]  # fmt: skip
    summary = {
        key: over_seeds(having, score=score)
        for key, score in experiment.figures.items()
        if (having := [run for run in runs if np.isfinite(run["scores"].get(score, np.nan))])
    }
    return {"settings": dict(stages), "runs": runs, "summary": summary}


def _fold(bench: Bench, fold: Fold, seed: int) -> dict[str, Any]:
    trained = bench.trained(fold, seed=seed)
    mine = {k: v for k, v in trained.scores.items() if k.partition("/")[0] in bench.experiment.sets}
    return {"scores": _rounded(mine), "weights_sha256": trained.sha256}


def _tennis(bench: Bench, fold: Fold, seed: int) -> dict[str, Any]:
    """Before: the starting weights, told the labels' words only. After: tuned on other sources."""
    start = bench.start or shipped()
    before = evaluate(
        start, store=bench.store, by_text=bench.experiment.sources, keep=bench.judged_on(fold)
    )
    after = _fold(bench, fold, seed)
    after["scores"]["before"] = round(before.report["scores"]["tennis/accuracy"], 4)
    return {**after, "started_from_sha256": checkpoint.sha256_of(start)}


def _unknown(bench: Bench, fold: Fold, seed: int) -> dict[str, Any]:
    """People and labels never seen; the threshold is the checkpoint's own, from other people."""
    trained = bench.trained(fold, seed=seed)
    source = fold.without[0].partition(".")[0]
    keep = [entry for entry in bench.judged_on(fold) if entry.source == source]
    found = evaluate(trained.path, store=bench.store, keep=keep).report["unknown"][source]
    asked = {"unknown_recall": found["recall"], "false_rejection": found["false_rejection"]}
    scores = _rounded({name: value for name, value in asked.items() if value is not None})
    return {"scores": scores, "movements": found["movements"], "weights_sha256": trained.sha256}


# ── a technique from its text and a few examples ─────────────────────────────────────────────────


def _few_shot(bench: Bench, fold: Fold, seed: int) -> dict[str, Any]:
    """F1 of the new technique among the known ones, over `TRIES` draws of technique and examples.

    The model's label is the middle of its text's place and its examples', the text counting as one
    more example. The nearest neighbour (standardised features of `baselines`) has the same examples
    and all clips of the known labels, of the same people; "space" is the nearest neighbour among
    the model's own clip vectors.
    """
    trained = bench.trained(fold, seed=seed)
    source = fold.without[0].partition(".")[0]
    shots = _shots(trained, bench=bench, source=source, test_people=fold.test_people)
    rng = np.random.default_rng([seed, EXAMPLES])
    known = sorted(set(shots.texts) - set(fold.without))
    tries = [
        _try(shots, new=fold.without[i % len(fold.without)], known=known, rng=rng)
        for i in range(TRIES)
    ]
    scores = {name: float(np.mean([one[name] for one in tries])) for name in tries[0]}
    gain = 100.0 * (scores["fused_f1"] - scores["nearest_f1"])
    return {
        "scores": {**_rounded(scores), "gain_points": round(gain, 2)},
        "tries": TRIES,
        "weights_sha256": trained.sha256,
    }


@dataclass(frozen=True, slots=True, eq=False)
class Shots:
    """N clips of a set as the model and as the baseline see them; L labels by key."""

    label: Any  # (N,) key of each clip's label
    judged: Any  # (N,) bool: of the people left out
    vectors: Float  # (N, E)
    features: Float  # (N, D) standardised by those learned from
    texts: Mapping[str, Float]  # key → (E,)


def _shots(trained: Trained, *, bench: Bench, source: str, test_people: Sequence[str]) -> Shots:
    loaded = checkpoint.load(trained.path)
    entries = bench.store.choose(
        lambda one: one.source == source and one.frames >= LEAST_FRAMES and bool(one.action)
    )
    labels = labels_of(entries)
    settings = FitSettings(data=DataSettings(store=str(bench.store.folder)))
    samples = Samples(bench.store, entries=entries, labels=labels, settings=settings)
    drawn = baselines.draw(samples)
    places = label_vectors(loaded.model, labels=labels)
    readings = windows.read(
        loaded.model,
        [windows.Asked(pose=s.pose, text=s.text, candidates=s.candidates) for s in drawn],
        label_vectors=places,
    )
    judged = np.array([s.person in test_people for s in drawn])
    table = np.stack([baselines.features(s.pose) for s in drawn])
    middle, spread = table[~judged].mean(0), table[~judged].std(0)
    embedded = loaded.model.labels(places).detach().numpy().astype(np.float64)
    return Shots(
        label=np.array([labels[s.clip_label].key for s in drawn]),
        judged=judged,
        vectors=np.stack([reading.vector for reading in readings]),
        features=(table - middle) / np.where(spread > 0, spread, 1.0),
        texts={label.key: row for label, row in zip(labels, embedded, strict=True)},
    )


def _try(
    shots: Shots, *, new: str, known: Sequence[str], rng: np.random.Generator
) -> dict[str, float]:
    pool = np.flatnonzero((shots.label == new) & ~shots.judged)
    examples = rng.choice(pool, size=EXAMPLES, replace=False)
    asked = np.flatnonzero(shots.judged & np.isin(shots.label, [*known, new]))
    truth = shots.label[asked] == new
    have = np.concatenate([np.flatnonzero(np.isin(shots.label, known) & ~shots.judged), examples])
    added = shots.texts[new] + shots.vectors[examples].sum(0)
    places = np.stack([*(shots.texts[key] for key in known), added / np.linalg.norm(added)])
    said = (shots.vectors[asked] @ places.T).argmax(1) == len(known)
    near = _nearest(shots.features, asked=asked, have=have)
    near_in_space = _nearest(shots.vectors, asked=asked, have=have)
    return {
        "fused_f1": _f1(truth, said),
        "nearest_f1": _f1(truth, shots.label[near] == new),
        "space_f1": _f1(truth, shots.label[near_in_space] == new),
    }


def _nearest(table: Float, *, asked: Any, have: Any) -> Any:
    """Of each place in `asked`, the place in `have` whose row is nearest."""
    from scipy.spatial.distance import cdist

    return have[cdist(table[asked], table[have]).argmin(1)]


def _f1(truth: Any, said: Any) -> float:
    counts = metrics.confusion(truth.astype(np.int64), said.astype(np.int64), classes=2)
    f1 = metrics.per_class(counts, labels=("other", "new"))[1].f1
    return 0.0 if np.isnan(f1) else f1


# ── what each half is worth ──────────────────────────────────────────────────────────────────────


def _fusion(bench: Bench) -> dict[str, Any]:
    """Fused, pose only and text only on the same folds, without a text and with a coach's hint.

    A hint narrows down what is done without naming it, in words that training never used. Pairs of
    clips that one names (grades) rightly and the other does not are weighed by McNemar's exact
    test, seed by seed; the largest p is told.
    """
    runs: list[dict[str, Any]] = []
    right: dict[tuple[int, str], dict[str, bool]] = {}
    for seed in bench.experiment.seeds:
        for fold in bench.experiment.folds:
            for fusion in FUSIONS:
                one, each = _ablated(bench, fold, seed=seed, fusion=fusion)
                runs.append(one)
                for question, clips in each.items():
                    right.setdefault((seed, f"{question} {fusion}"), {}).update(clips)
    names = sorted({name for one in runs for name in one["scores"]})
    summary: dict[str, Any] = {
        f"{name} {fusion}": over_seeds(mine, score=name)
        for name in names
        for fusion in FUSIONS
        if (mine := [r for r in runs if r["fusion"] == fusion and name in r["scores"]])
    }
    for question in QUESTIONS:
        for other in FUSIONS[1:]:
            p = max(
                mcnemar(right[seed, f"{question} fused"], right[seed, f"{question} {other}"])
                for seed in bench.experiment.seeds
            )
            summary[f"{question}: fused against {other}, largest p"] = {"mean": p, "sd": None}
    return {"settings": dict(bench.stages), "runs": runs, "summary": summary}


def _ablated(
    bench: Bench, fold: Fold, *, seed: int, fusion: str
) -> tuple[dict[str, Any], dict[str, dict[str, bool]]]:
    trained = bench.trained(fold, seed=seed, fusion=fusion)
    keep = [one for one in bench.judged_on(fold) if one.source in ABLATED]
    scores: dict[str, float] = {}
    right: dict[str, dict[str, bool]] = {}
    for note, told in ((Note.NONE, "without a text"), (Note.HINT, "with a hint")):
        found = evaluate(trained.path, store=bench.store, keep=keep, note=note)
        scores |= {
            f"{name} {told}": value
            for name, value in found.report["scores"].items()
            if name.endswith("accuracy")
        }
        right |= {f"named {told}": _named(found), f"graded {told}": _graded(found)}
    one = {
        "fusion": fusion,
        "seed": seed,
        "fold": fold.name,
        "test_people": fold.test_people,
        "scores": _rounded(scores),
        "weights_sha256": trained.sha256,
    }
    return one, right


QUESTIONS: Final = tuple(
    f"{what} {told}" for told in ("without a text", "with a hint") for what in ("named", "graded")
)
ABLATED: Final = ("hdm05", "uiprmd")


def _named(found: Evaluated) -> dict[str, bool]:
    return {
        a.clip: int(a.prob.argmax()) == a.truth for a in found.judged.answers if a.truth != UNKNOWN
    }


def _graded(found: Evaluated) -> dict[str, bool]:
    return {
        a.clip: int(a.grade_prob.argmax()) == a.grade_truth
        for a in found.judged.answers
        if a.grade_truth != UNKNOWN
    }


def mcnemar(one: Mapping[str, bool], other: Mapping[str, bool]) -> float:
    """Exact two-sided p that both are right equally often, from clips where only one is."""
    from scipy.stats import binomtest

    only_one = sum(one[clip] and not other[clip] for clip in one)
    only_other = sum(other[clip] and not one[clip] for clip in one)
    if only_one + only_other == 0:
        return 1.0
    return float(binomtest(only_one, only_one + only_other).pvalue)


def _rounded(scores: Mapping[str, float]) -> dict[str, float]:
    return {name: round(float(value), 4) for name, value in scores.items() if np.isfinite(value)}


KINDS: Final[Mapping[str, Callable[[Bench, Fold, int], dict[str, Any]]]] = {
    "folds": _fold,
    "tennis": _tennis,
    "unknown": _unknown,
    "few_shot": _few_shot,
}
