"""`robustness`: a checkpoint on footage made worse in measured ways, and on attacked points.

Each clip counts once per row: 1 or 0 where the whole clip has a label, the share of its labelled
frames that are right where a set labels frames. Means come with the interval of Wilson (1927), at
95 %, over clips; the change from clean footage is over the same clips. Clips of one person are
alike, so the intervals are narrower than they would be over people.
"""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import torch

from analysis.actions import checkpoint
from analysis.actions.checkpoint import CheckpointError
from analysis.actions.model import Batch, pad_batch
from analysis.actions.windows import text_tokens
from analysis.training import attack, judge
from analysis.training.errors import UnknownPersonError
from analysis.training.evaluate import asked_of, labelled
from analysis.training.losses import UNKNOWN
from analysis.training.parts import names_of, who
from analysis.training.samples import LEAST_ROWS, PADDING, Samples
from analysis.training.settings import DataSettings, FitSettings
from analysis.training.store import open_store
from analysis.training.views import Look
from analysis.training.worse import conditions

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator, Mapping, Sequence

    from torch import Tensor

    from analysis.actions.checkpoint import Checkpoint
    from analysis.actions.model import FusedModel
    from analysis.training.judge import Answer
    from analysis.training.samples import Sample
    from analysis.training.store import Entry, Store
    from analysis.training.worse import Condition

REACHES: Final = (0.01, 0.02, 0.05, 0.1)  # trunk lengths
STEPS: Final = 10
BATCH: Final = 16
SEED: Final = 1
NORMAL_95: Final = 1.96


@dataclass(frozen=True, slots=True)
class Row:
    """One condition: what each clip scored (0..1)."""

    what: str
    how: str
    scores: Mapping[str, float]  # clip → score
    sets: Mapping[str, str]  # clip → set


@dataclass(frozen=True, slots=True)
class Under:
    """A checkpoint and the clips that it is tried on."""

    loaded: Checkpoint
    samples: Samples
    vectors: Tensor


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What `python -m analysis.training robustness` takes."""
    parser.add_argument("weights", type=Path, metavar="CHECKPOINT")
    parser.add_argument("--store", type=Path, required=True, help="as `prepare` writes it")
    parser.add_argument(
        "--people",
        default="",
        help="people, recordings, folds or sets: a,b (else all unknown to it)",
    )
    parser.add_argument("--clips", type=int, default=200, help="at most so many of each set")
    parser.add_argument("--out", type=Path, metavar="FILE", help="the card as JSON")
    parser.add_argument("--json", action="store_true", help="end with the card as one line")


def run(given: argparse.Namespace) -> int:
    """The command: prints the card."""
    people = tuple(name for name in given.people.split(",") if name)
    try:
        made = card(given.weights, store=open_store(given.store), people=people, most=given.clips)
    except CheckpointError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    sys.stdout.write("\n".join(told(made)) + "\n")
    if given.out:
        given.out.parent.mkdir(parents=True, exist_ok=True)
        given.out.write_text(json.dumps(made, indent=1), encoding="utf-8")
    if given.json:
        sys.stdout.write(json.dumps(made) + "\n")
    return 0


def card(
    path: Path, *, store: Store, people: tuple[str, ...] = (), most: int = 200
) -> dict[str, Any]:
    """The robustness card of a checkpoint on clips of `people`.

    None named: of everybody whom the checkpoint neither learned from nor was stopped by.

    Raises:
        CheckpointError: no checkpoint of ours.
        LabellessDataError: nothing in the store carries a label.
        UnknownPersonError: nobody is left to judge on.
    """
    loaded = checkpoint.load(path)
    entries = judged_on(store, made_by=loaded.made_by, people=people, most=most)
    asked = asked_of(loaded, entries=entries)
    settings = FitSettings(data=DataSettings(store=str(store.folder)))
    samples = Samples(store, entries=entries, labels=asked.labels, settings=settings)
    under = Under(loaded, samples, asked.vectors)
    rows = [*(_row(under, condition) for condition in conditions()), *_attacks(under)]
    known = set(loaded.made_by.get("people", {}).get("train", ()))
    return {
        "weights": {"file": path.name, "sha256": checkpoint.sha256_of(path)},
        "people": sorted({who(entry) for entry in entries}),
        "learned_from": sorted({who(entry) for entry in entries} & known),
        "clips": len(entries),
        "rows": summary(rows),
    }


def judged_on(
    store: Store, *, made_by: Mapping[str, Any], people: tuple[str, ...], most: int
) -> tuple[Entry, ...]:
    """Labelled clips of these people, at most `most` of each set, drawn with a fixed seed.

    Raises:
        UnknownPersonError: there is none.
    """
    told_of = made_by.get("people", {})
    known = {*told_of.get("train", ()), *told_of.get("validation", ())}
    chosen = [
        entry
        for entry in labelled(store)
        if (names_of(entry) & set(people) if people else who(entry) not in known)
    ]
    if not chosen:
        raise UnknownPersonError(clips=len(store.entries), name=", ".join(people) or "the store")
    rng = np.random.default_rng(SEED)
    kept: list[Entry] = []
    for source in sorted({entry.source for entry in chosen}):
        mine = [entry for entry in chosen if entry.source == source]
        places = rng.permutation(len(mine))[:most]
        kept += [mine[place] for place in sorted(places.tolist())]
    return tuple(kept)


def summary(rows: Sequence[Row]) -> list[dict[str, Any]]:
    """Each row's figures over all clips and by set; changes are from the first row."""
    clean = rows[0].scores
    told_of = []
    for row in rows:
        groups = {"all": list(row.scores)}
        for clip, source in row.sets.items():
            groups.setdefault(source, []).append(clip)
        figures = {name: _figures(row.scores, clean, clips) for name, clips in groups.items()}
        told_of.append({"what": row.what, "how": row.how, "sets": figures})
    return told_of


def wilson(mean: float, *, count: int) -> tuple[float, float]:
    """The 95 % interval of a share (Wilson 1927); also holds for means of numbers in 0..1."""
    z2 = NORMAL_95**2
    middle = (mean + z2 / (2 * count)) / (1 + z2 / count)
    half = NORMAL_95 * np.sqrt(mean * (1 - mean) / count + z2 / (4 * count**2)) / (1 + z2 / count)
    return float(max(0.0, middle - half)), float(min(1.0, middle + half))


def told(made: Mapping[str, Any]) -> list[str]:
    """The card in lines."""
    lines = [f"weights: {made['weights']['file']}", f"people: {', '.join(made['people'])}"]
    if made["learned_from"]:
        lines.append(
            f"WARNING: THE MODEL LEARNED FROM {len(made['learned_from'])} OF THESE PEOPLE: "
            "scores on them are too good."
        )
    sets = [name for name in made["rows"][0]["sets"] if name != "all"]
    head = "".join(f"  {name:>18}" for name in ("all", *sets))
    lines += ["", f"{'':<52}{head}", f"{'':<52}  {'mean [95 %] change':>18}"]
    for row in made["rows"]:
        cells = "".join(f"  {_cell(row['sets'].get(name)):>18}" for name in ("all", *sets))
        lines.append(f"{row['what'] + ': ' + row['how']:<52}{cells}")
    return lines


def scored(answers: Sequence[Answer]) -> dict[str, float]:
    """Clip → 1 or 0, or the share of its frames that are right; what has no truth is left out."""
    scores: dict[str, float] = {}
    for one in answers:
        known = one.frames_truth != UNKNOWN
        if one.segmented and known.any():
            scores[one.clip] = float((one.frames_said == one.frames_truth)[known].mean())
        elif one.truth != UNKNOWN and not one.told:
            scores[one.clip] = float(int(one.prob.argmax()) == one.truth)
    return scores


def attacked_samples(
    model: FusedModel, samples: Sequence[Sample], *, vectors: Tensor, reach: float, steps: int
) -> list[Sample]:
    """The same clips with their points moved against their clip label, within `reach`.

    A clip longer than a window of serving is attacked as one piece and read in windows.
    """
    generator = torch.Generator().manual_seed(SEED)
    order = sorted(range(len(samples)), key=lambda place: samples[place].pose.shape[0])
    out = list(samples)
    for start in range(0, len(order), BATCH):
        part = [samples[place] for place in order[start : start + BATCH]]
        pose, frames = pad_batch([torch.from_numpy(s.pose) for s in part], multiple=PADDING)
        ids, mask = text_tokens(model.language, [s.text for s in part])
        moved = attack.attacked(
            model, Batch(pose, frames, ids, mask),
            truth=torch.tensor([s.clip_label for s in part]),
            candidates=torch.from_numpy(np.stack([s.candidates for s in part])),
            label_vectors=vectors, reach=reach, steps=steps, generator=generator,
        ).numpy()  # fmt: skip
        for row, place in enumerate(order[start : start + BATCH]):
            rows = samples[place].pose.shape[0]
            out[place] = replace(samples[place], pose=np.ascontiguousarray(moved[row, :rows]))
    return out


def _row(under: Under, condition: Condition) -> Row:
    look = Look(cameras=condition.cameras, befalls=condition.befalls)
    samples = replace(under.samples, look=look)
    if condition.needs_3d:
        entries = tuple(e for e in samples.entries if "xyz_m" in e.rows)
        samples = replace(samples, entries=entries)
    judged = judge.judge(under.loaded.model, samples=samples, vectors=under.vectors)
    return _as_row(condition.what, condition.how, judged.answers)


def _attacks(under: Under) -> Iterator[Row]:
    """Only clips that have a label as a whole: the attack is on the clip's loss."""
    drawn = (under.samples[place] for place in range(len(under.samples)))
    usable = [
        one
        for one in drawn
        if one.clip_label != UNKNOWN and not one.segmented and one.pose.shape[0] >= LEAST_ROWS
    ]
    model = under.loaded.model
    for reach in REACHES if usable else ():
        moved = attacked_samples(model, usable, vectors=under.vectors, reach=reach, steps=STEPS)
        answers = judge.answers(model, moved, vectors=under.vectors)
        how = f"within {reach} trunk lengths, {STEPS} steps"
        yield _as_row("attacked", how, answers)


def _as_row(what: str, how: str, answers: Sequence[Answer]) -> Row:
    scores = scored(answers)
    return Row(what, how, scores, {a.clip: a.group for a in answers if a.clip in scores})


def _figures(
    scores: Mapping[str, float], clean: Mapping[str, float], clips: Sequence[str]
) -> dict[str, Any]:
    values = np.array([scores[clip] for clip in clips])
    if not values.size:
        return {"clips": 0, "mean": None, "low": None, "high": None, "change": None}
    mean = float(values.mean())
    low, high = wilson(mean, count=values.size)
    both = [clip for clip in clips if clip in clean]
    change = float(np.mean([scores[c] - clean[c] for c in both])) if both else None
    return {"clips": values.size, "mean": mean, "low": low, "high": high, "change": change}


def _cell(figures: Mapping[str, Any] | None) -> str:
    if not figures or figures["mean"] is None:
        return "–"
    change = "" if figures["change"] is None else f" {figures['change']:+.2f}"
    return f"{figures['mean']:.2f} [{figures['low']:.2f}–{figures['high']:.2f}]{change}"
