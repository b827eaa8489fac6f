"""`prepare`: a folder of labelled movement into one store, with a report of what was left out."""

from __future__ import annotations

import json
import resource
import sys
import time
from collections import Counter
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from analysis.training.clean import REASONS, Cleaner
from analysis.training.errors import DataError, NotFiniteDataError, UnknownDataError
from analysis.training.readers.catalogue import LICENCES, SETS, DataSet
from analysis.training.records import MeasureTable, MotionClip, Removed
from analysis.training.store import INDEX, StoreWriter, code_sha256, sha256_of

if TYPE_CHECKING:
    import argparse

REPORT: Final = "report.json"
EXAMPLES: Final = 20  # removals named one by one, per reason; all are counted


@dataclass(slots=True)
class SetReport:
    """What came of one file."""

    name: str
    file: str
    sha256: str
    licence: str
    ship: str
    clips: int = 0
    frames: int = 0
    seconds: float = 0.0
    table_rows: int = 0
    unlabelled: int = 0
    unknown_person: int = 0
    actions: Counter[str] = field(default_factory=Counter)
    frame_labels: Counter[str] = field(default_factory=Counter)
    styles: Counter[str] = field(default_factory=Counter)
    correct: Counter[str] = field(default_factory=Counter)
    people: Counter[str] = field(default_factory=Counter)
    removed: Counter[str] = field(default_factory=Counter)
    examples: list[Removed] = field(default_factory=list)
    refused: str = ""
    took_s: float = 0.0

    def count(self, clip: MotionClip) -> None:
        """A kept clip."""
        self.clips += 1
        self.frames += clip.frames
        self.seconds += clip.duration_s
        self.unknown_person += clip.person is None
        if clip.person:
            self.people[clip.person] += 1
        if clip.action:
            self.actions[clip.action] += 1
        if clip.style:
            self.styles[clip.style] += 1
        if not np.isnan(clip.correct):
            self.correct["correct" if clip.correct else "incorrect"] += 1
        if clip.frame_labels is not None:
            words, counts = np.unique(clip.frame_labels, return_counts=True)
            self.frame_labels.update(dict(zip(words.tolist(), counts.tolist(), strict=True)))
        labelled = clip.action or clip.style or clip.frame_labels is not None
        self.unlabelled += not labelled and bool(np.isnan(clip.correct))

    def stored(self) -> dict[str, Any]:
        """As JSON can hold it."""
        values = {one.name: getattr(self, one.name) for one in fields(self)}
        counted = {name: dict(v) if isinstance(v, Counter) else v for name, v in values.items()}
        return {**counted, "examples": [asdict(removed) for removed in self.examples]}

    def leave(self, removed: Removed) -> None:
        """A clip that was left out."""
        self.removed[removed.reason] += 1
        if sum(one.reason == removed.reason for one in self.examples) < EXAMPLES:
            self.examples.append(removed)


def prepare(source: Path, *, out: Path, only: tuple[str, ...] = ()) -> dict[str, Any]:
    """Read every set in `source` into a store at `out`; returns the report, also stored there.

    A set that cannot be read is refused as a whole and told; the others are prepared.

    Raises:
        UnknownDataError: nothing in the folder that a reader knows.
    """
    jobs = _jobs(source, only=only)
    out.mkdir(parents=True, exist_ok=True)
    (out / INDEX).unlink(missing_ok=True)
    for stale in out.glob("shard-*.safetensors"):
        stale.unlink()
    writer, cleaner = StoreWriter(folder=out), Cleaner()
    tables: list[MeasureTable] = []
    reports = [
        _read(one, path=path, writer=writer, cleaner=cleaner, tables=tables) for one, path in jobs
    ]
    _store_tables(tables, folder=out)
    head = {
        "code_sha256": code_sha256(),
        "sources": {report.file: report.sha256 for report in reports},
    }
    writer.close(head)
    report = {
        **head,
        "sets": [one.stored() for one in reports],
        "reasons": REASONS,
        "peak_mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    }
    text = json.dumps(report, ensure_ascii=False, indent=1)
    (out / REPORT).write_text(text, encoding="utf-8")
    return report


def _jobs(source: Path, *, only: tuple[str, ...]) -> list[tuple[DataSet, Path]]:
    """Sets in the catalogue's order: of two conversions of a recording the better told is kept."""
    jobs = [
        (one, path)
        for one in SETS.values()
        if not only or one.name in only
        for path in sorted(source.glob(one.pattern))
        if path.is_file()
    ]
    if not jobs:
        found = sorted(path.name for path in source.iterdir()) if source.is_dir() else ["no folder"]
        raise UnknownDataError(
            name=str(source),
            found=", ".join(found[:5]) or "nothing",
            expected=", ".join(one.pattern for one in SETS.values()),
        )
    return jobs


def _read(
    one: DataSet, *, path: Path, writer: StoreWriter, cleaner: Cleaner, tables: list[MeasureTable]
) -> SetReport:
    began_s = time.monotonic()
    report = SetReport(
        name=one.name,
        file=path.name,
        sha256=sha256_of(path),
        licence=one.licence,
        ship=LICENCES[one.licence].ship,
    )
    try:
        for item in one.read(path):
            judged = cleaner.judge(item) if isinstance(item, MotionClip) else item
            match judged:
                case MotionClip():
                    report.count(judged)
                    writer.add(judged)
                case Removed():
                    report.leave(judged)
                case MeasureTable():
                    report.table_rows += len(judged.person)
                    report.people.update(judged.person)
                    tables.append(judged)
        if report.clips == 0 and set(report.removed) == {"not_finite"}:
            raise NotFiniteDataError(name=path.name)
    except DataError as error:
        report.refused = str(error)
    report.took_s = round(time.monotonic() - began_s, 2)
    return report


def _store_tables(tables: list[MeasureTable], *, folder: Path) -> None:
    for table in tables:
        stored = {**asdict(table), "values": None}
        rows = np.where(np.isfinite(table.values), table.values, np.nan).tolist()
        stored["values"] = [[None if np.isnan(cell) else cell for cell in row] for row in rows]
        text = json.dumps(stored, ensure_ascii=False)
        (folder / f"table-{table.source}.json").write_text(text, encoding="utf-8")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Options of the subcommand."""
    parser.add_argument("source", type=Path, metavar="DIR", help="folder of labelled movement")
    parser.add_argument("--out", type=Path, required=True, metavar="STORE", help="folder to write")
    parser.add_argument("--sets", default="", help="only these, by name, with commas between")
    parser.add_argument("--json", action="store_true", help="end with the report as one line")


def run(given: argparse.Namespace) -> int:
    """Prepare and tell; 1 when a set was refused."""
    only = tuple(name for name in given.sets.split(",") if name)
    unknown = [name for name in only if name not in SETS]
    if unknown:
        raise UnknownDataError(name="--sets", found=unknown[0], expected=", ".join(SETS))
    report = prepare(given.source, out=given.out, only=only)
    for one in report["sets"]:
        sys.stdout.write(told(one))
    sys.stdout.write(f"peak memory {report['peak_mib']:.0f} MiB\n")
    if given.json:
        sys.stdout.write(json.dumps(report, ensure_ascii=False) + "\n")
    return int(any(one["refused"] for one in report["sets"]))


def told(one: dict[str, Any]) -> str:
    """A set's part of the report in lines."""
    size = f"{one['clips']} clips, {one['frames']} frames, {one['seconds'] / 60:.1f} min"
    terms = f"{one['licence']} ({one['ship']})"
    lines = [f"{one['name']}: {size}, {len(one['people'])} people, {terms}, {one['took_s']:.1f} s"]
    if one["refused"]:
        lines.append(f"  REFUSED: {one['refused']}")
    if one["table_rows"]:
        lines.append(f"  a table of {one['table_rows']} rows")
    for name in ("actions", "frame_labels", "styles", "correct", "people"):
        if one[name]:
            counts = sorted(one[name].items(), key=lambda pair: (-pair[1], pair[0]))
            shown = ", ".join(f"{word} {count}" for word, count in counts)
            lines.append(f"  {name.replace('_', ' ')}: {shown}")
    if one["unknown_person"]:
        lines.append(f"  person unknown in {one['unknown_person']}: no split by person")
    elif len(one["people"]) == 1:
        lines.append("  one person only: no split by person")
    if one["unlabelled"]:
        lines.append(f"  without any label {one['unlabelled']}: kept for pretraining")
    for reason, count in one["removed"].items():
        first = next(e for e in one["examples"] if e["reason"] == reason)
        lines.append(
            f"  left out {count}: {REASONS[reason]} (first: {first['clip']} {first['detail']})"
        )
    return "\n".join(lines) + "\n"
