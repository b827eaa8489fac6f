"""`compare`: checkpoints and exports side by side, on the same people and the same machine.

Accuracy is of people whom none of them learned from; where all that is left are those whom
training was stopped by, it is of them, and said. Time and memory are measured one by one, each in
a process of its own with one thread, in turns, so that a busy machine slows all alike; everything
is also told as a share of the first.
"""

from __future__ import annotations

import json
import os
import resource
import statistics
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from analysis.actions import checkpoint, exported, windows
from analysis.actions.checkpoint import CheckpointError
from analysis.features.model_input import JOINT_CHANNELS, KEYPOINTS, RATE_HZ
from analysis.training import judge
from analysis.training.evaluate import asked_of, labelled
from analysis.training.parts import who
from analysis.training.samples import Samples
from analysis.training.settings import DataSettings, FitSettings
from analysis.training.store import open_store

if TYPE_CHECKING:
    import argparse
    from collections.abc import Mapping, Sequence

    from analysis.actions.checkpoint import Checkpoint
    from analysis.actions.exported import Exported
    from analysis.training.store import Entry, Store

WINDOW_ROWS: Final = 200
LONG_ROWS: Final = 1500  # a minute at 25 rows a second
READINGS: Final = 15  # of a window, in each turn
TEXT: Final = "sport tennis, seen from the side, level club"
MEASURED: Final = ("accuracy", "window_ms", "seconds_per_second", "peak_mb", "file_mb", "whole_mb")


def compare(
    paths: Sequence[Path], *, store: Store | None, rounds: int = 3, threads: int = 1
) -> dict[str, Any]:
    """One row per file, each figure also as a share of the first's; `accuracy` None: no store.

    Raises:
        CheckpointError: a file is neither a checkpoint nor an export of ours.
        DataError: the store has no label.
    """
    for path in paths:
        opened(path)  # refused before minutes go into measuring
    scores: dict[str, Any] = {"judged_on": None, "mean": [None] * len(paths)}
    if store is not None:
        scores = accuracies(paths, store=store)
    turns: list[list[dict[str, float]]] = [[] for _ in paths]
    for _ in range(rounds):
        for place, path in enumerate(paths):
            turns[place].append(_apart(path, threads=threads))
    rows = []
    for place, path in enumerate(paths):
        row: dict[str, Any] = {"name": path.name, "accuracy": scores["mean"][place]}
        row |= {
            name: statistics.median(turn[name] for turn in turns[place]) for name in turns[place][0]
        }
        rows.append({**row, **sizes(path)})
    for row in rows:
        row["of_first"] = {name: _ratio(row[name], rows[0][name]) for name in MEASURED}
    return {"judged_on": scores["judged_on"], "threads": threads, "rows": rows}


def opened(path: Path, *, threads: int = 0) -> Checkpoint | Exported:
    """A checkpoint or an export, by its name.

    Raises:
        CheckpointError: neither.
    """
    if path.suffix == exported.SUFFIX:
        return exported.load(path, threads=threads)
    return checkpoint.load(path)


def accuracies(paths: Sequence[Path], *, store: Store) -> dict[str, Any]:
    """The mean of the main figures of each, over the same clips of the same people."""
    every = [opened(path) for path in paths]
    entries, whom = judged_on([one.made_by for one in every], entries=labelled(store))
    means = []
    for one in every:
        asked = asked_of(one, entries=entries)
        settings = FitSettings(data=DataSettings(store=str(store.folder)), model=one.model.config)
        samples = Samples(store, entries=entries, labels=asked.labels, settings=settings)
        judged = judge.judge(one.model, samples=samples, vectors=asked.vectors)
        means.append(judged.scores()["mean"])
    return {"judged_on": whom, "mean": means, "clips": len(entries)}


def judged_on(
    made_by: Sequence[Mapping[str, Any]], *, entries: Sequence[Entry]
) -> tuple[tuple[Entry, ...], str]:
    """Clips of sets that the first learned from, by people whom none did; and who they are.

    Raises:
        CheckpointError: everybody was learned from.
    """
    known: dict[str, set[str]] = {"train": set(), "validation": set()}
    for one in made_by:
        for part, people in known.items():
            people |= set(one.get("people", {}).get(part, ()))
    sets = {name.partition(":")[0] for name in known["train"]}
    here = [entry for entry in entries if not sets or entry.source in sets]
    strangers = [entry for entry in here if who(entry) not in known["train"]]
    test = [entry for entry in strangers if who(entry) not in known["validation"]]
    if not strangers:
        raise CheckpointError("compare: expected somebody in the store whom none learned from")
    return (tuple(test), "test people") if test else (tuple(strangers), "validation people")


def sizes(path: Path) -> dict[str, float]:
    """The file, and the file with the language model that it needs beside it."""
    size = path.stat().st_size
    config = opened(path).model.config
    beside = 0
    if path.suffix != exported.SUFFIX and config.fusion != "pose":
        folder = checkpoint.language_folder(config.language_model)
        beside = sum(file.stat().st_size for file in folder.glob(f"*{checkpoint.SUFFIX}"))
    return {"file_mb": size / 1e6, "whole_mb": (size + beside) / 1e6}


def measure(path: Path, *, threads: int) -> dict[str, float]:
    """Time and memory of this process, which should have done nothing else.

    `window_ms`: median time of one window; `seconds_per_second`: seconds of movement that are read
    in one, overlaps included; `peak_mb`: the most memory that the process ever held.
    """
    import torch

    torch.set_num_threads(threads)
    one = opened(path, threads=threads)
    window_s = [_timed(one, rows=WINDOW_ROWS) for _ in range(READINGS + 3)][3:]
    long_s = [_timed(one, rows=LONG_ROWS) for _ in range(4)][1:]
    return {
        "window_ms": statistics.median(window_s) * 1e3,
        "seconds_per_second": LONG_ROWS / RATE_HZ / statistics.median(long_s),
        "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e6,
    }


def _timed(one: Checkpoint | Exported, *, rows: int) -> float:
    channels = KEYPOINTS * len(JOINT_CHANNELS) + one.model.config.body_channels
    pose = np.random.default_rng(0).random((rows, channels)).astype(np.float32)
    every = np.ones(len(one.labels), dtype=np.bool_)
    asked = [windows.Asked(pose=pose, text=TEXT, candidates=every)]
    start_s = time.perf_counter()
    windows.read(one.model, asked, label_vectors=one.label_vectors)
    return time.perf_counter() - start_s


def _apart(path: Path, *, threads: int) -> dict[str, float]:
    """`measure` in a process of its own."""
    command = [sys.executable, "-m", "analysis.training", "compare", str(path), "--measure"]
    done = subprocess.run(
        [*command, "--threads", str(threads)],
        check=True,
        capture_output=True,
        text=True,
        env={**os.environ, "OMP_NUM_THREADS": str(threads)},
    )
    found: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return found


def _ratio(value: float | None, first: float | None) -> float | None:
    return None if value is None or not first else value / first


def told(table: Mapping[str, Any]) -> list[str]:
    """The table in lines: each figure, and behind it the share of the first's."""
    people = table["judged_on"] or "nobody: no store was named"
    lines = [f"accuracy of {people}; {table['threads']} thread(s)"]
    lines.append(f"{'':<28}" + "".join(f"{name:>24}" for name in MEASURED))
    for row in table["rows"]:
        cells = [_cell(row[name], row["of_first"][name]) for name in MEASURED]
        lines.append(f"{row['name']:<28}" + "".join(f"{cell:>24}" for cell in cells))
    return lines


def _cell(value: float | None, share: float | None) -> str:
    if value is None:
        return "–"
    return f"{value:.3g}" + ("" if share is None else f" ({share:.2f} ×)")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What `python -m analysis.training compare` takes."""
    parser.add_argument("files", type=Path, nargs="+", help="checkpoints and exports; first = 1")
    parser.add_argument("--store", type=Path, help="prepared movement, for accuracy")
    parser.add_argument("--rounds", type=int, default=3, help="turns of measuring")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--measure", action="store_true", help="this process alone, as JSON")


def run(given: argparse.Namespace) -> int:
    """The command: the table, and one line of JSON."""
    if given.measure:
        sys.stdout.write(json.dumps(measure(given.files[0], threads=given.threads)) + "\n")
        return 0
    store = open_store(given.store) if given.store else None
    table = compare(given.files, store=store, rounds=given.rounds, threads=given.threads)
    sys.stdout.write("\n".join(told(table)) + "\n" + json.dumps(table) + "\n")
    return 0
