"""What the fused model chooses among: the catalogue's techniques, and movements it knows besides.

Pure. A technique has several columns where sets word the same movement differently; movements that
are no technique of the sport asked for are candidates too, so that a walk is not pressed into the
nearest technique: they count as "unknown".
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Protocol

import numpy as np
import yaml

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from analysis.knowledge.records import Technique
    from analysis.schema import Float

FILE = "movements.yaml"


class Known(Protocol):
    """A label that was trained: `analysis.actions.checkpoint.Label` is one."""

    @property
    def key(self) -> str:
        """Set and action: "hdm05.squat"."""
        ...

    @property
    def text(self) -> str:
        """The words it was trained with."""
        ...

    @property
    def group(self) -> str:
        """The set."""
        ...


@dataclass(frozen=True, slots=True)
class Movement:
    """How a technique is known."""

    text: str
    labels: tuple[str, ...] = ()  # actions of sets, without the set's name


@dataclass(frozen=True, slots=True)
class Candidates:
    """N techniques and C columns."""

    techniques: tuple[str, ...]  # (N,) keys
    texts: tuple[str, ...]  # (C,) each once
    technique: tuple[int, ...]  # (C,) place among the techniques; -1 = another movement
    names: tuple[str, ...]  # (C,) technique's key, or the trained label's
    groups: tuple[frozenset[str], ...]  # (N,) sets that trained it; empty = known by words alone

    def by_technique(self, columns: Float) -> Float:
        """(..., C) → (..., N): what a technique's columns have together."""
        together: Float = np.asarray(columns @ self._membership())
        return together

    def nearest(self, cosines: Float) -> Float:
        """(C,) → (N,): cosine of each technique's nearest text."""
        inside = self._membership().T > 0
        best: Float = np.where(inside, cosines, -1.0).max(axis=1, initial=-1.0)
        return best

    def _membership(self) -> Float:
        own = np.array(self.technique)[:, None] == np.arange(len(self.techniques))
        member: Float = own.astype(np.float64)
        return member


@cache
def movements() -> Mapping[str, Movement]:
    """Technique → its words and its labels, as `movements.yaml` beside this file says."""
    content = files("analysis.actions").joinpath(FILE).read_text(encoding="utf-8")
    return {
        key: Movement(told["text"], tuple(told.get("labels", ())))
        for key, told in yaml.safe_load(content).items()
    }


def candidates(techniques: Sequence[Technique], *, trained: Sequence[Known]) -> Candidates:
    """Columns for the techniques, then for every other movement that was trained."""
    known = movements()
    own = [known.get(t.key, Movement(t.name["en"])) for t in techniques]
    columns: dict[str, tuple[int, str]] = {}  # text → technique, name
    groups: list[set[str]] = [set() for _ in techniques]
    for place, (technique, movement) in enumerate(zip(techniques, own, strict=True)):
        columns.setdefault(movement.text, (place, technique.key))
    for label in trained:
        action = label.key.partition(".")[2]
        place = next((i for i, one in enumerate(own) if action in one.labels), -1)
        if place >= 0:
            groups[place].add(label.group)
        columns.setdefault(label.text, (place, label.key))
    return Candidates(
        techniques=tuple(t.key for t in techniques),
        texts=tuple(columns),
        technique=tuple(place for place, _ in columns.values()),
        names=tuple(name for _, name in columns.values()),
        groups=tuple(frozenset(one) for one in groups),
    )


def least_cosines(found: Candidates, *, thresholds: Mapping[str, float]) -> Float:
    """Cosine (N,) below which a technique is not believed.

    Thresholds were calibrated by set; a technique that no calibrated set trained has to convince
    as much as the strictest asks.
    """
    finite = {group: value for group, value in thresholds.items() if np.isfinite(value)}
    strictest = max(finite.values(), default=-1.0)
    return np.array(
        [
            min((finite[group] for group in groups if group in finite), default=strictest)
            for groups in found.groups
        ]
    )
