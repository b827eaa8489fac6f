"""`evaluate`: a checkpoint's answers about labelled movement of other people, and their worth.

A checkpoint says labels of the sets that it was trained on. A set of the same name is asked for its
own labels; one that the checkpoint has never heard of is asked for every label there is, matched by
words ("squat" is one label, whoever recorded it). Actions that no label stands for are movements
that should be answered "unknown".
"""

from __future__ import annotations

import json
import sys
import tempfile
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from analysis.actions import checkpoint
from analysis.actions.checkpoint import CheckpointError, Label
from analysis.training import baselines, judge
from analysis.training.errors import LabellessDataError
from analysis.training.labels import labels_of, text_of
from analysis.training.losses import UNKNOWN
from analysis.training.parts import LEAST_FRAMES, who
from analysis.training.prepare import prepare
from analysis.training.samples import Note, Samples
from analysis.training.settings import DataSettings, FitSettings
from analysis.training.store import open_store

if TYPE_CHECKING:
    import argparse
    from collections.abc import Mapping, Sequence

    import torch

    from analysis.actions.checkpoint import Checkpoint
    from analysis.actions.exported import Exported
    from analysis.training.judge import Answer, Judged
    from analysis.training.store import Entry, Store

WEIGHTS: Final = Path(__file__).resolve().parents[1] / "weights"
FOLDS: Final = 3  # of whole people, for a baseline that has only this data to learn from


@dataclass(frozen=True, slots=True, eq=False)
class Asked:
    """What a checkpoint is asked for in a store. L labels."""

    labels: tuple[Label, ...]  # each set's candidates, under that set's name
    vectors: torch.Tensor  # (L, label_width)
    thresholds: tuple[float | None, ...]  # of each label: below it, the answer is "unknown"
    how: Mapping[str, str]  # set → "its own labels", "labels of other sets" or "by text alone"


@dataclass(frozen=True, slots=True, eq=False)
class Evaluated:
    """Answers of one checkpoint about one store, and the figures."""

    judged: Judged
    report: dict[str, Any]


def asked_of(
    loaded: Checkpoint | Exported, *, entries: Sequence[Entry], by_text: tuple[str, ...] = ()
) -> Asked:
    """The candidates for every set among `entries`; sets in `by_text` are named by text alone."""
    labels: list[Label] = []
    vectors: list[torch.Tensor] = []
    thresholds: list[float | None] = []
    how: dict[str, str] = {}
    for source in sorted({entry.source for entry in entries}):
        if source in by_text:
            mine = labels_of([entry for entry in entries if entry.source == source])
            labels.extend(mine)
            vectors.append(judge.label_vectors(loaded.model, labels=mine))
            thresholds.extend([None] * len(mine))
            how[source] = "by text alone"
            continue
        places = [i for i, label in enumerate(loaded.labels) if label.group == source]
        how[source] = "its own labels" if places else "labels of other sets"
        if places:
            labels.extend(loaded.labels[i] for i in places)
        else:
            places = _distinct(loaded.labels)
            words = _words(entries, source=source)
            labels.extend(_under(source, loaded.labels[i], words=words) for i in places)
        vectors.append(loaded.label_vectors[places])
        thresholds.extend(loaded.thresholds.get(loaded.labels[i].group) for i in places)
    import torch

    return Asked(tuple(labels), torch.cat(vectors), tuple(thresholds), how)


def evaluate(
    path: Path,
    *,
    store: Store,
    by_text: tuple[str, ...] = (),
    keep: Sequence[Entry] | None = None,
    note: Note = Note.NONE,
    kept_views: int = 0,
) -> Evaluated:
    """Score a checkpoint on every labelled clip of a store, or on those in `keep`.

    Where the `note` beside each clip names what is done, naming it is no merit and is not scored;
    grades and frames are. `kept_views` above 0 keeps what was seen for the next call.

    Raises:
        CheckpointError: no checkpoint of ours.
        LabellessDataError: nothing in the store carries a label.
    """
    loaded = checkpoint.load(path)
    entries = tuple(keep) if keep is not None else labelled(store)
    asked = asked_of(loaded, entries=entries, by_text=by_text)
    samples = Samples(
        store,
        entries=entries,
        labels=asked.labels,
        settings=FitSettings(data=DataSettings(store=str(store.folder), kept_views=kept_views)),
        note=note,
    )
    judged = judge.judge(loaded.model, samples=samples, vectors=asked.vectors)
    report = judge.as_dict(judged)
    report["weights"] = {"file": path.name, "sha256": checkpoint.sha256_of(path)}
    report["asked"] = dict(asked.how)
    report["unknown"] = unknown(judged, asked=asked, entries=entries)
    report["known_people"] = known_people(loaded.made_by, entries=entries, store=store)
    return Evaluated(judged, report)


def labelled(store: Store) -> tuple[Entry, ...]:
    """Clips long enough to hold motion, of which the action is known, whole or frame by frame.

    Raises:
        LabellessDataError: there is none.
    """
    found = store.choose(
        lambda one: one.frames >= LEAST_FRAMES and bool(one.action or one.frame_vocabulary)
    )
    if not found:
        raise LabellessDataError(name=store.folder.name, wanted="action")
    return found


def unknown(judged: Judged, *, asked: Asked, entries: Sequence[Entry]) -> dict[str, dict[str, Any]]:
    """Per set: how many movements are none of the labels, and what is answered "unknown".

    `recall`: of those, the share answered "unknown"; `false_rejection`: of the movements that are
    labels, the share answered so all the same. None where nothing is there to judge by.
    """
    of_clip = {entry.clip: entry for entry in entries}
    told: dict[str, dict[str, Any]] = {}
    for group in asked.how:
        answers = [a for a in judged.answers if a.group == group]
        known = [a for a in answers if a.truth != UNKNOWN]
        strange = [a for a in answers if a.truth == UNKNOWN and of_clip[a.clip].action]
        told[group] = {
            "movements": len(strange),
            "recall": _rejected(strange, asked=asked),
            "false_rejection": _rejected(known, asked=asked),
        }
    return told


def is_unknown(answer: Answer, *, asked: Asked) -> bool | None:
    """Whether the answer is "unknown"; None where the checkpoint keeps no threshold for it."""
    threshold = asked.thresholds[int(answer.prob.argmax())]
    return None if threshold is None else answer.surest < threshold


def known_people(
    made_by: Mapping[str, Any], *, entries: Sequence[Entry], store: Store
) -> dict[str, Any]:
    """Who is here and was also learned from or stopped by, and which files are the very same."""
    people = made_by.get("people")
    here = {who(entry) for entry in entries}
    files = dict(store.head.get("sources", {}))
    same = sorted(n for n, sha in files.items() if sha in set(made_by.get("files", {}).values()))
    if people is None:
        return {"told": False, "train": [], "validation": [], "same_files": same}
    both = {part: sorted(here & set(people.get(part, ()))) for part in ("train", "validation")}
    return {"told": True, **both, "same_files": same}


def baseline_beside(store: Store, *, name: str, seed: int = 1) -> dict[str, float]:
    """Scores of a plain baseline that learns from this data alone, folds of whole people.

    A set of one person has none.
    """
    entries = labelled(store)
    labels = labels_of(entries)
    settings = FitSettings(data=DataSettings(store=str(store.folder)), seed=seed)
    learning = Samples(store, entries=entries, labels=labels, settings=settings, learning=True)
    learn, test = baselines.draw(learning), baselines.draw(replace(learning, learning=False))
    whole = judge.Judged(labels=labels)
    for group in sorted({entry.source for entry in entries}):
        people = sorted({who(entry) for entry in entries if entry.source == group})
        np.random.default_rng(seed).shuffle(people)
        for held in (set(people[fold::FOLDS]) for fold in range(min(FOLDS, len(people)))):
            part = baselines.judged_by(
                name,
                learn=[s for s in learn if s.group == group and s.person not in held],
                test=[s for s in test if s.group == group and s.person in held],
                labels=labels,
                seed=seed,
            )
            whole.answers.extend(part.answers)
    return whole.scores() if whole.answers else {}


def differences(before: Mapping[str, float], after: Mapping[str, float]) -> dict[str, float]:
    """After less before, of the figures that both have."""
    return {name: after[name] - before[name] for name in after if name in before}


def shipped() -> Path:
    """The checkpoint that comes with the project.

    Raises:
        CheckpointError: there is none, or more than one.
    """
    found = sorted(WEIGHTS.glob(f"*{checkpoint.SUFFIX}"))
    if len(found) != 1:
        names = ", ".join(path.name for path in found) or "none"
        raise CheckpointError(
            f"analysis/weights: expected one *{checkpoint.SUFFIX}, found {names}; "
            "name a checkpoint with --weights FILE"
        )
    return found[0]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What `python -m analysis.training evaluate` takes."""
    data = parser.add_mutually_exclusive_group(required=True)
    data.add_argument("--data", type=Path, metavar="DIR", help="folder of labelled movement")
    data.add_argument("--store", type=Path, help="already prepared, instead of --data")
    parser.add_argument("--weights", type=Path, metavar="FILE", help="checkpoint (else as shipped)")
    parser.add_argument("--before", type=Path, metavar="FILE", help="another, to compare with")
    parser.add_argument(
        "--by-text", default="", help="sets whose own labels are asked for by their words: a,b"
    )
    parser.add_argument("--baseline", default="logistic", help='beside it; "" for none')
    parser.add_argument("--json", action="store_true", help="end with the report as one line")


def run(given: argparse.Namespace) -> int:
    """The command."""
    try:
        with tempfile.TemporaryDirectory(prefix="sportsbr-evaluate-") as folder:
            report = _report(given, folder=Path(folder))
    except CheckpointError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    sys.stdout.write("\n".join(told(report)) + "\n")
    if given.json:
        sys.stdout.write(json.dumps(_plain(report)) + "\n")
    return 0


def _report(given: argparse.Namespace, *, folder: Path) -> dict[str, Any]:
    weights = given.weights or shipped()
    checkpoint.describe(weights)  # refused before minutes go into reading the data
    if given.data:
        refused = [one for one in prepare(given.data, out=folder)["sets"] if one["refused"]]
        for one in refused:
            sys.stderr.write(f"{one['name']}: {one['refused']}\n")
    store = open_store(given.store or folder)
    by_text = tuple(name for name in given.by_text.split(",") if name)
    report = evaluate(weights, store=store, by_text=by_text).report
    if given.before:
        before = evaluate(given.before, store=store, by_text=by_text).report
        report["before"] = before
        report["difference"] = differences(before["scores"], report["scores"])
    if given.baseline:
        report["baseline"] = {given.baseline: baseline_beside(store, name=given.baseline)}
    return report


def told(report: Mapping[str, Any]) -> list[str]:
    """The report in lines."""
    lines = [*_people(report["known_people"]), f"weights: {report['weights']['file']}"]
    if "before" in report:
        lines.append(f"before: {report['before']['weights']['file']}")
    for group, how in report["asked"].items():
        lines += [
            "",
            f"{group} (asked for {how})",
            *_figures(group, report),
            *_strange(group, report),
        ]
        if group in report:
            lines += _classes(report[group])
    return lines


def _people(known: Mapping[str, Any]) -> list[str]:
    lines = []
    if not known["told"]:
        lines.append("WARNING: the checkpoint does not say whom it learned from.")
    if known["same_files"]:
        lines.append(
            f"WARNING: THE MODEL LEARNED FROM THESE FILES: {', '.join(known['same_files'])}"
        )
    if known["train"]:
        lines.append(
            f"WARNING: THE MODEL LEARNED FROM {len(known['train'])} OF THESE PEOPLE "
            f"({', '.join(known['train'][:8])}, …): scores on them are too good."
        )
    if known["validation"]:
        lines.append(
            f"WARNING: training was stopped by {len(known['validation'])} of these people "
            f"({', '.join(known['validation'][:8])}, …)."
        )
    return lines


def _figures(group: str, report: Mapping[str, Any]) -> list[str]:
    lines = []
    for name, value in report["scores"].items():
        if name.partition("/")[0] != group:
            continue
        line = f"  {name.partition('/')[2]:<18} {value:.3f}"
        if name in report.get("difference", {}):
            line += f"   before {report['before']['scores'][name]:.3f}"
            line += f" ({report['difference'][name]:+.3f})"
        for baseline, scores in report.get("baseline", {}).items():
            line += f"   {baseline} {scores[name]:.3f}" if name in scores else ""
        lines.append(line)
    return lines


def _strange(group: str, report: Mapping[str, Any]) -> list[str]:
    one = report["unknown"][group]
    if one["recall"] is None and one["false_rejection"] is None:
        return ["  unknown: the checkpoint keeps no threshold here"] if one["movements"] else []
    shares = {name: one[name] for name in ("recall", "false_rejection")}
    words = ", ".join(f"{n} {'–' if v is None else f'{v:.3f}'}" for n, v in shares.items())
    return [f"  unknown: {one['movements']} movements are none of the labels; {words}"]


def _classes(one: Mapping[str, Any]) -> list[str]:
    lines = ["  label, clips, precision, recall, F1; then how often it was called what"]
    for row, label in zip(one["confusion"], one["per_class"], strict=True):
        shares = " ".join(f"{label[name]:.2f}" for name in ("precision", "recall", "f1"))
        counts = " ".join(f"{count:4d}" for count in row)
        lines.append(f"  {label['label']:<34} {label['support']:5d}  {shares}  | {counts}")
    return lines


def _rejected(answers: Sequence[Answer], *, asked: Asked) -> float | None:
    said = [is_unknown(answer, asked=asked) for answer in answers]
    judged = [one for one in said if one is not None]
    return float(np.mean(judged)) if judged else None


def _distinct(labels: Sequence[Label]) -> list[int]:
    """Places of the labels, the first of those with the same words."""
    first: dict[str, int] = {}
    for place, label in enumerate(labels):
        first.setdefault(label.text, place)
    return sorted(first.values())


def _words(entries: Sequence[Entry], *, source: str) -> dict[str, str]:
    """What a set's actions look like → the action."""
    actions = {
        action
        for entry in entries
        if entry.source == source
        for action in (*entry.frame_vocabulary, entry.action)
        if action
    }
    return {text_of(action): action for action in sorted(actions)}


def _under(source: str, label: Label, *, words: Mapping[str, str]) -> Label:
    """Another set's label as one of `source`, by the name that `source` has for it."""
    action = words.get(label.text, label.key.partition(".")[2])
    return Label(key=f"{source}.{action}", text=label.text, group=source)


def _plain(value: Any) -> Any:
    """NaN becomes null: JSON has none."""
    if isinstance(value, dict):
        return {name: _plain(one) for name, one in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(one) for one in value]
    return None if isinstance(value, float) and not np.isfinite(value) else value
