"""`pseudo`: labels that a checkpoint guesses for clips which have none, where it has earned trust.

A clip is seen through several cameras. It is labelled when all of them agree, most of its frames
say the same, no answer lies below the threshold of "unknown", and the mean confidence is above a
threshold. That threshold is found on people whom the checkpoint did not learn from: the lowest
above which it is right often enough. People whose true labels are hidden from all this then tell
what the guesses are worth. Nobody who is judged on is ever labelled.
"""

from __future__ import annotations

import json
import sys
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from analysis.actions import checkpoint
from analysis.actions.checkpoint import CheckpointError
from analysis.training import judge
from analysis.training.errors import LabellessDataError, UnknownPersonError
from analysis.training.evaluate import asked_of, is_unknown
from analysis.training.parts import LEAST_FRAMES, names_of, who
from analysis.training.pseudo_labels import PseudoLabel, PseudoLabels, unlabelled, write
from analysis.training.samples import LEAST_ROWS, Samples
from analysis.training.settings import DataSettings, FitSettings
from analysis.training.store import open_store
from analysis.training.views import Look

if TYPE_CHECKING:
    import argparse
    from collections.abc import Mapping, Sequence

    from analysis.actions.checkpoint import Checkpoint
    from analysis.training.evaluate import Asked
    from analysis.training.judge import Answer
    from analysis.training.store import Entry, Store

VIEWS: Final = 4
PRECISION: Final = 0.95
LEAST_CLIPS: Final = 10  # a threshold rests on at least so many guesses
FRAMES_AGREE: Final = 0.5  # share of a clip's frames that must say what the clip says
# What becomes of a guess.
KEPT: Final = "kept"
DISAGREE: Final = "views disagree"
FRAMES: Final = "frames disagree"
STRANGE: Final = "unknown"
UNSURE: Final = "unsure"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """How much trust a guess needs."""

    views: int = VIEWS  # cameras
    precision: float = (
        PRECISION  # share of right guesses above the threshold, where labels are known
    )
    hide: tuple[str, ...] = ()  # people whose labels are hidden; () = every second to calibrate on


@dataclass(frozen=True, slots=True)
class Guess:
    """What all the views of one clip say together."""

    clip: str
    action: str | None  # None: no guess, and `why`
    confidence: float
    why: str


@dataclass(frozen=True, slots=True)
class People:
    """Three lists of clips."""

    calibrate: tuple[Entry, ...]  # labels known, not learned from
    hidden: tuple[Entry, ...]  # the same, but their labels are only used to count what was right
    unlabelled: tuple[Entry, ...]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What `python -m analysis.training pseudo` takes."""
    parser.add_argument("weights", type=Path, metavar="CHECKPOINT")
    parser.add_argument("--store", type=Path, required=True, help="as `prepare` writes it")
    parser.add_argument("--out", type=Path, required=True, help="the file of labels")
    parser.add_argument("--views", type=int, default=VIEWS, help="cameras that must agree")
    parser.add_argument("--precision", type=float, default=PRECISION)
    parser.add_argument("--hide", default="", help="people whose labels are hidden as a test: a,b")


def run(given: argparse.Namespace) -> int:
    """The command: writes the labels, prints the report and ends with it as JSON."""
    hide = tuple(name for name in given.hide.split(",") if name)
    wanted = Wanted(views=given.views, precision=given.precision, hide=hide)
    try:
        found = guessed(given.weights, store=open_store(given.store), wanted=wanted)
    except CheckpointError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    write(found, given.out)
    sys.stdout.write("\n".join([*told(found.report), json.dumps(found.report)]) + "\n")
    return 0


def guessed(path: Path, *, store: Store, wanted: Wanted) -> PseudoLabels:
    """Labels for the unlabelled clips of a store, with a report.

    Raises:
        CheckpointError: no checkpoint of ours.
        LabellessDataError: nobody's labels are there to find the threshold by.
        UnknownPersonError: the checkpoint does not say whom it learned from and is judged on, or
            labels are to be hidden of somebody whom it learned from.
    """
    loaded = checkpoint.load(path)
    people = people_of(store, made_by=loaded.made_by, known={lb.group for lb in loaded.labels},
                       hide=wanted.hide)  # fmt: skip
    guesses = {
        name: _guesses(loaded, store=store, entries=entries, views=wanted.views)
        for name, entries in (
            ("calibrate", people.calibrate),
            ("hidden", people.hidden),
            ("unlabelled", people.unlabelled),
        )
    }
    actions = {e.clip: e.action for e in (*people.calibrate, *people.hidden)}
    found = threshold(_scored(guesses["calibrate"], actions), precision=wanted.precision)
    above = {name: [_above(one, found) for one in these] for name, these in guesses.items()}
    labels = tuple(
        PseudoLabel(one.clip, one.action, one.confidence, wanted.views)
        for one in above["unlabelled"]
        if one.action is not None
    )
    report = {
        "threshold": found,
        "wanted_precision": wanted.precision,
        "views": wanted.views,
        "labelled": len(labels),
        "why_not": dict(Counter(g.why for g in above["unlabelled"] if g.why != KEPT)),
        "per_class": dict(sorted(Counter(one.action for one in labels).items())),
        "calibration": _worth(above["calibrate"], actions, entries=people.calibrate),
        "hidden": _worth(above["hidden"], actions, entries=people.hidden),
    }
    told_of = loaded.made_by["people"]
    taught_by = tuple(sorted({*told_of["train"], *told_of["validation"]}))
    return PseudoLabels(labels, checkpoint.sha256_of(path), taught_by, report)


def people_of(
    store: Store, *, made_by: Mapping[str, Any], known: set[str], hide: tuple[str, ...] = ()
) -> People:
    """Who is labelled, who the threshold is found by, and whose labels test the guesses.

    Only sets in `known` (whose labels the checkpoint has) are taken. People whom the checkpoint is
    judged on are in none of the lists unless `hide` names them: then their labels are hidden, and
    what is guessed of them is counted and thrown away.

    Raises:
        UnknownPersonError, LabellessDataError: as `guessed`.
    """
    people, settings = made_by.get("people"), made_by.get("settings", {}).get("data")
    if people is None or settings is None:
        raise UnknownPersonError(clips=len(store.entries), name="the checkpoint")
    judged = set(settings["test_people"])
    usable = store.choose(lambda e: e.frames >= LEAST_FRAMES and e.source in known)
    apart = {who(e) for e in usable if names_of(e) & judged}
    hidden = {who(e) for e in usable if names_of(e) & set(hide)}
    if hidden & set(people["train"]):
        names = ", ".join(sorted(hidden & set(people["train"])))
        raise UnknownPersonError(clips=0, name=f"{names}, whom the checkpoint learned from,")
    named = [e for e in usable if e.action and who(e) not in people["train"]]
    fair = sorted({who(e) for e in named} - apart - hidden)
    if not fair:
        raise LabellessDataError(name=store.folder.name, wanted="people it did not learn from")
    hidden = hidden or set(fair[1::2])
    return People(
        calibrate=tuple(e for e in named if who(e) in set(fair) - hidden),
        hidden=tuple(e for e in named if who(e) in hidden),
        unlabelled=tuple(
            e for e in usable if unlabelled(e) and who(e) not in {*apart, *people["validation"]}
        ),
    )


def threshold(scored: Sequence[tuple[float, bool]], *, precision: float) -> float | None:
    """The lowest confidence above which guesses are right often enough; None where there is none.

    `scored` are (confidence, right); at least LEAST_CLIPS of them must lie above.
    """
    ordered = sorted(scored, reverse=True)
    right = np.cumsum([ok for _, ok in ordered]) if ordered else np.zeros(0)
    found = None
    for place, (confidence, _) in enumerate(ordered):
        tied = place + 1 < len(ordered) and ordered[place + 1][0] == confidence
        if place + 1 >= LEAST_CLIPS and not tied and right[place] >= precision * (place + 1):
            found = confidence
    return found


def together(answers: Sequence[Answer], *, asked: Asked) -> Guess:
    """What the views of one clip say; confidence is their mean for the label they agree on."""
    clip = answers[0].clip
    said = {int(one.prob.argmax()) for one in answers}
    prob = np.mean([one.prob for one in answers], axis=0)
    place, confidence = int(prob.argmax()), float(prob.max())
    if len(said) > 1:
        return Guess(clip, None, confidence, DISAGREE)
    if any(is_unknown(one, asked=asked) for one in answers):
        return Guess(clip, None, confidence, STRANGE)
    agree = np.mean([float((one.frames_said == 1 + place).mean()) for one in answers])
    if agree < FRAMES_AGREE:
        return Guess(clip, None, confidence, FRAMES)
    return Guess(clip, asked.labels[place].key.partition(".")[2], confidence, KEPT)


def told(report: Mapping[str, Any]) -> list[str]:
    """The report in lines."""
    if report["threshold"] is None:
        share = f"{report['wanted_precision']:.0%}"
        lines = [f"No labels: nowhere is it right in {share} of at least {LEAST_CLIPS} clips."]
    else:
        lines = [f"{report['labelled']} labels, each surer than {report['threshold']:.3f}"]
    lines += [f"  {action:<30} {count:5d}" for action, count in report["per_class"].items()]
    lines += [f"  not labelled, {why}: {count}" for why, count in report["why_not"].items()]
    for name, words in (("calibration", "to find it"), ("hidden", "labels hidden")):
        one = report[name]
        right = "–" if one["precision"] is None else f"{one['precision']:.3f}"
        lines.append(
            f"people {', '.join(one['people']) or 'nobody'} ({words}): {one['guessed']} of "
            f"{one['clips']} clips guessed, {right} of them rightly"
        )
    return lines


def _guesses(
    loaded: Checkpoint, *, store: Store, entries: tuple[Entry, ...], views: int
) -> list[Guess]:
    if not entries:
        return []
    asked = asked_of(loaded, entries=entries)
    settings = FitSettings(data=DataSettings(store=str(store.folder)))
    seen: dict[str, list[Answer]] = {}
    for view in range(views):
        samples = Samples(store, entries=entries, labels=asked.labels, settings=settings,
                          look=Look(place=view))  # fmt: skip
        for start in range(0, len(samples), judge.BLOCK):
            drawn = (samples[i] for i in range(start, min(start + judge.BLOCK, len(samples))))
            block = [one for one in drawn if one.pose.shape[0] >= LEAST_ROWS]
            for one in judge.answers(loaded.model, block, vectors=asked.vectors):
                seen.setdefault(one.clip, []).append(one)
    return [together(answers, asked=asked) for answers in seen.values()]


def _above(guess: Guess, least: float | None) -> Guess:
    if guess.action is None or (least is not None and guess.confidence >= least):
        return guess
    return Guess(guess.clip, None, guess.confidence, UNSURE)


def _scored(
    guesses: Sequence[Guess], actions: Mapping[str, str | None]
) -> list[tuple[float, bool]]:
    made = [one for one in guesses if one.action is not None]
    return [(one.confidence, one.action == actions[one.clip]) for one in made]


def _worth(
    guesses: Sequence[Guess], actions: Mapping[str, str | None], *, entries: Sequence[Entry]
) -> dict[str, Any]:
    right = [ok for _, ok in _scored(guesses, actions)]
    return {
        "people": sorted({who(entry) for entry in entries}),
        "clips": len(entries),
        "guessed": len(right),
        "precision": float(np.mean(right)) if right else None,
    }
