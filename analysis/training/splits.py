"""Who is learned from and who is judged on: split by person or source, never by clip.

Clips of one person are alike; a random split scores a model on people it knows (the sets' README
shows by how much). Every split here is checked, whoever made it.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING

import numpy as np

from analysis.training.errors import (
    LabellessDataError,
    PersonOnBothSidesError,
    SinglePersonError,
    UnknownPersonError,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from analysis.training.store import Entry


class By(StrEnum):
    """What is kept together."""

    PERSON = "person"
    SEQUENCE = "sequence"  # an unbroken recording; its person may be on both sides
    SOURCE = "source"  # a whole set


@dataclass(frozen=True, slots=True)
class Split:
    """One fold. `excluded` are clips that could be on neither side."""

    name: str  # who is judged on: "hdm05:bd"
    by: By
    train: tuple[Entry, ...]
    test: tuple[Entry, ...]
    excluded: tuple[Entry, ...] = ()

    def __post_init__(self) -> None:
        check(self.train, self.test, by=self.by)


def group_of(entry: Entry, *, by: By) -> str | None:
    """The person, recording or set of a clip; None where it is not known."""
    return {By.PERSON: entry.person, By.SEQUENCE: entry.sequence, By.SOURCE: entry.source}[by]


def check(train: Sequence[Entry], test: Sequence[Entry], *, by: By) -> None:
    """Refuse a split that judges on what it learned from.

    Raises:
        PersonOnBothSidesError: a person (recording, set) or one and the same clip is on both sides.
        UnknownPersonError: somebody is judged on who cannot be told from those learned from.
    """
    trained = {group_of(entry, by=by) for entry in train} - {None}
    judged = {group_of(entry, by=by) for entry in test} - {None}
    both = sorted(str(group) for group in trained & judged)
    if not both:
        both = sorted({entry.clip for entry in train} & {entry.clip for entry in test})
    if both:
        raise PersonOnBothSidesError(kind=by.value, people=", ".join(both[:5]))
    families = {entry.family for entry in test}
    unknown = [e for e in test if group_of(e, by=by) is None] or [
        e for e in train if group_of(e, by=by) is None and e.family in families
    ]
    if unknown:
        raise UnknownPersonError(clips=len(unknown), name=unknown[0].source)


def leave_one_out(entries: Sequence[Entry], *, by: By) -> Iterator[Split]:
    """A fold for each person (recording, set), judged on by what all others teach.

    Raises:
        SinglePersonError: fewer than two.
        UnknownPersonError: a clip does not say whose it is.
    """
    groups = _groups(entries, by=by, least=2)
    for name, test in sorted(groups.items()):
        train = tuple(e for other, clips in sorted(groups.items()) if other != name for e in clips)
        yield Split(name=name, by=by, train=train, test=tuple(test))


def k_folds(entries: Sequence[Entry], *, k: int, by: By, seed: int) -> Iterator[Split]:
    """K folds of whole people, of about equal numbers of clips.

    Raises:
        SinglePersonError: fewer people than folds.
        UnknownPersonError: a clip does not say whose it is.
    """
    groups = _groups(entries, by=by, least=max(k, 2))
    names = sorted(groups)
    np.random.default_rng(seed).shuffle(names)
    parts: list[list[str]] = [[] for _ in range(k)]
    for name in sorted(names, key=lambda one: -len(groups[one])):  # stable: ties stay shuffled
        min(parts, key=lambda part: sum(len(groups[one]) for one in part)).append(name)
    for number, part in enumerate(parts):
        test = tuple(e for name in part for e in groups[name])
        train = tuple(e for name in sorted(groups) if name not in part for e in groups[name])
        yield Split(name=f"fold {number + 1} of {k}", by=by, train=train, test=test)


def official(entries: Sequence[Entry], *, number: int) -> Split:
    """A split that the set itself defines ("train1", "test1"), of clips whose people are unknown.

    Its clips are kept apart; its people are not known to be. The name says so.

    Raises:
        LabellessDataError: no clip is in it.
    """
    train = tuple(entry for entry in entries if f"train{number}" in entry.folds)
    test = tuple(entry for entry in entries if f"test{number}" in entry.folds)
    if not train or not test:
        raise LabellessDataError(name="entries", wanted=f"official split {number}")
    name = f"official split {number} (people unknown)"
    return Split(name=name, by=By.SEQUENCE, train=train, test=test)


def hold_out(split: Split, *, share: float, seed: int) -> tuple[Split, tuple[Entry, ...]]:
    """People of the training side set aside for early stopping: (the smaller split, them).

    Raises:
        SinglePersonError: only one person to train on.
    """
    groups = _groups(split.train, by=split.by, least=2)
    names = sorted(groups)
    np.random.default_rng(seed).shuffle(names)
    held: list[str] = []
    for name in names[:-1]:
        held.append(name)
        if sum(len(groups[one]) for one in held) >= share * len(split.train):
            break
    validation = tuple(e for name in held for e in groups[name])
    train = tuple(e for e in split.train if group_of(e, by=split.by) not in held)
    check(train, validation, by=split.by)
    return replace(split, train=train), validation


def with_others(split: Split, others: Sequence[Entry]) -> Split:
    """The split with clips of other sets to learn from, less those who may be judged on.

    A clip is excluded when its person (recording) is judged on, or when who it shows is not known
    and its family of sets is one that is judged on.
    """
    judged = {group_of(entry, by=split.by) for entry in split.test}
    people = {entry.person for entry in split.test} - {None}
    families = {entry.family for entry in split.test}
    have = {entry.clip for entry in (*split.train, *split.test)}
    added: list[Entry] = []
    excluded = list(split.excluded)
    for entry in others:
        if entry.clip in have:
            continue
        group = group_of(entry, by=split.by)
        unknown = (group is None or entry.person is None) and entry.family in families
        if group in judged or entry.person in people or unknown:
            excluded.append(entry)
        else:
            added.append(entry)
    return replace(split, train=(*split.train, *added), excluded=tuple(excluded))


def labelled(entries: Sequence[Entry], *, label: str) -> tuple[Entry, ...]:
    """Entries that carry `label`: "action", "correct", "style", "side" or "frame_labels".

    Raises:
        LabellessDataError: fewer than two different values: there is nothing to tell apart.
    """
    if label == "frame_labels":
        found = tuple(entry for entry in entries if entry.frame_vocabulary)
        values = {word for entry in found for word in entry.frame_vocabulary}
    else:
        found = tuple(entry for entry in entries if getattr(entry, label) is not None)
        values = {str(getattr(entry, label)) for entry in found}
    if len(values) < 2:
        raise LabellessDataError(name=_names(entries), wanted=label)
    return found


def _groups(entries: Sequence[Entry], *, by: By, least: int) -> dict[str, list[Entry]]:
    groups: dict[str, list[Entry]] = defaultdict(list)
    unknown = 0
    for entry in entries:
        group = group_of(entry, by=by)
        if group is None:
            unknown += 1
        else:
            groups[group].append(entry)
    if unknown:
        raise UnknownPersonError(clips=unknown, name=_names(entries))
    if len(groups) < least:
        people = ", ".join(sorted(groups)) or "nobody"
        raise SinglePersonError(name=_names(entries), people=people, least=least)
    return dict(groups)


def _names(entries: Sequence[Entry]) -> str:
    return ", ".join(sorted({entry.source for entry in entries})) or "the data"
