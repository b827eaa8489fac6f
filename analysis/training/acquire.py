"""`acquire`: which clips to label next, so that the model learns the most from a coach's time.

`rank` is pure arithmetic on vectors and probabilities, for the command and for the product alike:
it takes clips one by one, each the best product of how unsure the model is of it and how far it
lies from all that is labelled or already taken (greedy k-centres, Sener and Savarese 2018, weighted
by uncertainty as BADGE does by the length of its gradients, Ash et al. 2020).

Shapes: N clips, L labels, S draws with dropout, E dimensions of a clip's vector.
"""

from __future__ import annotations

import json
import sys
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np

if TYPE_CHECKING:
    import argparse
    from collections.abc import Mapping, Sequence

    from analysis.actions.checkpoint import Checkpoint
    from analysis.schema import Float
    from analysis.training.store import Entry, Store

DRAWS: Final = 8  # with dropout
TINY: Final = 1e-12
KNOWN: Final = 500  # labelled clips that others are held against
SEED: Final = 1
TORN, UNSTEADY, UNLIKE = "torn", "unsteady", "unlike"


@dataclass(frozen=True, slots=True)
class Pick:
    """One clip to label. Every measure is 0..1."""

    place: int  # among the clips given
    score: float  # uncertainty × distance
    margin: float  # 1 = the two likeliest labels are equally likely
    entropy: float  # of the labels, over its greatest value
    disagreement: float  # BALD: what the draws disagree on, over the greatest entropy
    distance: float  # to the nearest labelled or taken clip, 0 = the same, 1 = at right angles
    reason: str  # what stands out most: TORN, UNSTEADY or UNLIKE
    between: tuple[int, int]  # the two likeliest labels


def rank(
    vectors: Float, probabilities: Float, *, count: int, labelled: Float | None = None
) -> list[Pick]:
    """The `count` clips that are most worth a label, best first.

    `vectors` (N, E), of any length; `probabilities` (N, L), or (S, N, L) of several draws with
    dropout, which adds their disagreement (Houlsby et al. 2011; Gal et al. 2017); `labelled` (M, E)
    vectors of clips that have a label.

    Raises:
        ValueError: shapes do not fit, or something is not finite.
    """
    draws = probabilities[None] if probabilities.ndim == 2 else probabilities
    _check(vectors, draws, labelled=labelled, count=count)
    margin, entropy, disagreement = measures(draws)
    unsure = np.maximum((margin + entropy) / 2.0, np.sqrt(disagreement))
    likeliest = np.argsort(-draws.mean(axis=0), axis=1, kind="stable")[:, :2]
    units = _units(vectors)
    distance = np.ones(units.shape[0])
    if labelled is not None and labelled.size:
        distance = _apart(units, _units(labelled)).min(axis=1)
    picks: list[Pick] = []
    left = np.ones(units.shape[0], dtype=np.bool_)
    while len(picks) < min(count, units.shape[0]):
        score = np.where(left, unsure * distance, -1.0)
        # Where nothing is new or unsure any more, the surest of what differs most comes first.
        place = int(np.lexsort((-distance, -unsure, -score))[0])
        marks = {
            TORN: margin[place],
            UNSTEADY: np.sqrt(disagreement[place]),
            UNLIKE: distance[place] if labelled is not None or picks else 0.0,
        }
        first, second = likeliest[place, 0], likeliest[place, -1]
        picks.append(
            Pick(
                place=place, score=float(score[place]), margin=float(margin[place]),
                entropy=float(entropy[place]), disagreement=float(disagreement[place]),
                distance=float(distance[place]), reason=max(marks, key=lambda name: marks[name]),
                between=(int(first), int(second)),
            )
        )  # fmt: skip
        left[place] = False
        distance = np.minimum(distance, _apart(units, units[place : place + 1])[:, 0])
    return picks


def measures(draws: Float) -> tuple[Float, Float, Float]:
    """Margin, entropy and disagreement (N,), each 0..1, of probabilities (S, N, L).

    Margin is 1 less the gap between the two likeliest; entropy and BALD's mutual information are
    over the log of how many labels are possible at all.
    """
    mean = draws.mean(axis=0)
    ordered = np.sort(mean, axis=1)
    margin = 1.0 - (ordered[:, -1] - ordered[:, -2])
    most = np.log(np.maximum((mean > 0).sum(axis=1), 2))
    whole = _entropy(mean)
    own = _entropy(draws).mean(axis=0)
    return margin, whole / most, np.clip(whole - own, 0.0, None) / most


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What `python -m analysis.training acquire` takes."""
    parser.add_argument("weights", type=Path, metavar="CHECKPOINT")
    parser.add_argument("--store", type=Path, required=True, help="as `prepare` writes it")
    parser.add_argument("-n", type=int, default=20, dest="count", help="how many clips")
    parser.add_argument(
        "--sources", default="", help="sets whose clips are ranked, labelled or not: a,b"
    )
    parser.add_argument("--json", action="store_true", help="end with the list as one line")


def run(given: argparse.Namespace) -> int:
    """The command: prints the clips, best first, with the reason."""
    from analysis.actions.checkpoint import CheckpointError
    from analysis.training.store import open_store

    sources = tuple(name for name in given.sources.split(",") if name)
    try:
        found = to_label(
            given.weights, store=open_store(given.store), count=given.count, sources=sources
        )
    except CheckpointError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    sys.stdout.write("\n".join(_line(one) for one in found) + "\n")
    if given.json:
        sys.stdout.write(json.dumps(found) + "\n")
    return 0


def to_label(
    path: Path, *, store: Store, count: int, sources: tuple[str, ...] = ()
) -> list[dict[str, Any]]:
    """The clips of a store to label next, each with its measures and its reason in words.

    Clips without a label are ranked; with `sources`, every clip of those sets that the checkpoint
    did not learn from, as a rehearsal. People whom it is judged on are left out.

    Raises:
        CheckpointError: no checkpoint of ours.
        LabellessDataError: no clip to rank.
    """
    from analysis.actions import checkpoint
    from analysis.training.errors import LabellessDataError

    loaded = checkpoint.load(path)
    pool, known = _pools(store, made_by=loaded.made_by, sources=sources)
    if not pool:
        raise LabellessDataError(name=store.folder.name, wanted="clips to rank")
    clips, vectors, draws, labels = _drawn(loaded, store=store, entries=pool, draws=DRAWS)
    held = _drawn(loaded, store=store, entries=known, draws=1)[1] if known else None
    picks = rank(vectors, draws, count=count, labelled=held)
    return [
        {**asdict(one), "clip": clips[one.place], "why": because(one, labels=labels)}
        for one in picks
    ]


def because(pick: Pick, *, labels: Sequence[str]) -> str:
    """A pick's reason in words."""
    first, second = (labels[place] for place in pick.between)
    if pick.reason == UNSTEADY:
        return f"changes its mind between {first} and {second} (dropout)"
    if pick.reason == UNLIKE:
        return f"unlike anything labelled (distance {pick.distance:.2f})"
    return f"torn between {first} and {second} (margin {1.0 - pick.margin:.2f})"


def _pools(
    store: Store, *, made_by: Mapping[str, Any], sources: tuple[str, ...]
) -> tuple[tuple[Entry, ...], tuple[Entry, ...]]:
    """Clips to rank, and labelled ones that the checkpoint learned from."""
    from analysis.training.parts import LEAST_FRAMES, names_of, who
    from analysis.training.pseudo_labels import unlabelled

    people = made_by.get("people", {})
    taught = set(people.get("train", ()))
    apart = set(made_by.get("settings", {}).get("data", {}).get("test_people", ()))
    usable = store.choose(lambda e: e.frames >= LEAST_FRAMES and not names_of(e) & apart)
    known = [e for e in usable if who(e) in taught and not unlabelled(e)]
    if sources:
        pool = tuple(e for e in usable if e.source in sources and who(e) not in taught)
    else:
        pool = tuple(e for e in usable if unlabelled(e))
    some = np.random.default_rng(SEED).permutation(len(known))[:KNOWN]
    return pool, tuple(known[place] for place in sorted(some.tolist()))


def _drawn(
    loaded: Checkpoint, *, store: Store, entries: tuple[Entry, ...], draws: int
) -> tuple[list[str], Float, Float, list[str]]:
    """Clips' names, vectors (N, E), probabilities (S, N, L) and labels' names."""
    import torch

    from analysis.actions import windows
    from analysis.training import judge
    from analysis.training.evaluate import asked_of
    from analysis.training.samples import LEAST_ROWS, Samples
    from analysis.training.settings import DataSettings, FitSettings

    asked = asked_of(loaded, entries=entries)
    settings = FitSettings(data=DataSettings(store=str(store.folder)))
    samples = Samples(store, entries=entries, labels=asked.labels, settings=settings)
    seen = [
        one for one in (samples[i] for i in range(len(samples))) if one.pose.shape[0] >= LEAST_ROWS
    ]
    poses = [judge.asked(one) for one in seen]
    vectors = windows.read(loaded.model, poses, label_vectors=asked.vectors)
    probabilities = []
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(SEED)
        for _ in range(draws if draws > 1 else 0):
            loaded.model.train()
            read = windows.read(loaded.model, poses, label_vectors=asked.vectors, dropout=True)
            probabilities.append([one.clip_prob for one in read])
    return (
        [one.clip for one in seen],
        np.array([one.vector for one in vectors]),
        np.array(probabilities or [[one.clip_prob for one in vectors]]),
        [label.key for label in asked.labels],
    )


def _line(one: Mapping[str, Any]) -> str:
    return f"{one['score']:.3f}  {one['clip']:<48}  {one['why']}"


def _check(vectors: Float, draws: Float, *, labelled: Float | None, count: int) -> None:
    if vectors.ndim != 2 or draws.ndim != 3 or draws.shape[1] != vectors.shape[0]:
        raise ValueError(
            f"expected vectors (N, E) and probabilities (N, L) or (S, N, L), got {vectors.shape} "
            f"and {draws.shape}"
        )
    if draws.shape[2] < 2:
        raise ValueError("expected probabilities of at least two labels")
    if labelled is not None and labelled.size and labelled.shape[1:] != vectors.shape[1:]:
        raise ValueError(f"expected labelled vectors of {vectors.shape[1]}, got {labelled.shape}")
    if not (np.isfinite(vectors).all() and np.isfinite(draws).all()) or count < 0:
        raise ValueError("expected finite vectors and probabilities, and a count of at least 0")


def _entropy(prob: Float) -> Float:
    found: Float = -(prob * np.log(np.maximum(prob, TINY))).sum(axis=-1)
    return found


def _units(vectors: Float) -> Float:
    units: Float = vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), TINY)
    return units


def _apart(a: Float, b: Float) -> Float:
    """1 - cosine (N, M), no more than 1."""
    apart: Float = np.clip(1.0 - a @ b.T, 0.0, 1.0)
    return apart
