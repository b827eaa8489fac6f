"""Labels and the words that the model knows them by."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Final

import yaml

from analysis.actions.checkpoint import Label
from analysis.training.errors import LabellessDataError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    import numpy as np

    from analysis.training.store import Entry

LEAST_LABELS: Final = 2


@cache
def texts() -> Mapping[str, str]:
    """Action → what it looks like, for every action that a set of ours names."""
    content = files("analysis.training").joinpath("labels.yaml").read_text(encoding="utf-8")
    read: dict[str, str] = yaml.safe_load(content)
    return read


def text_of(action: str) -> str:
    """The words for an action; its own name where nobody wrote any."""
    return texts().get(action, action.replace("_", " "))


@cache
def _hints() -> Mapping[str, Mapping[str, Sequence[str]]]:
    content = files("analysis.training").joinpath("hints.yaml").read_text(encoding="utf-8")
    read: dict[str, dict[str, list[str]]] = yaml.safe_load(content)
    return read


def hint(action: str, *, rng: np.random.Generator, learning: bool) -> str:
    """Words that narrow down an action without naming it; "" where nobody wrote any.

    Learning and judging draw from different words.
    """
    written = _hints().get(action, {}).get("learn" if learning else "judge", ())
    return str(rng.choice(list(written))) if written else ""


def labels_of(entries: Iterable[Entry]) -> tuple[Label, ...]:
    """One label per set and action, in a stable order; a set's labels are weighed together.

    Raises:
        LabellessDataError: fewer than two different actions in all.
    """
    pairs = sorted(
        {
            (entry.source, action)
            for entry in entries
            for action in (*entry.frame_vocabulary, *((entry.action,) if entry.action else ()))
        }
    )
    if len({action for _, action in pairs}) < LEAST_LABELS:
        raise LabellessDataError(name="the chosen clips", wanted="action")
    return tuple(
        Label(key=f"{source}.{action}", text=text_of(action), group=source)
        for source, action in pairs
    )
