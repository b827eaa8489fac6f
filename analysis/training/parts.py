"""Who a run learns from, who it stops by, and who it is judged on: nobody is in two parts."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Final

import numpy as np

from analysis.training.errors import LabellessDataError, SinglePersonError
from analysis.training.splits import By, check

if TYPE_CHECKING:
    from collections.abc import Sequence

    from analysis.training.settings import DataSettings
    from analysis.training.store import Entry, Store

LEAST_FRAMES: Final = 8


@dataclass(frozen=True, slots=True)
class Parts:
    """Three lists of clips."""

    train: tuple[Entry, ...]
    validation: tuple[Entry, ...]
    test: tuple[Entry, ...]

    @property
    def everybody(self) -> tuple[Entry, ...]:
        """All three."""
        return (*self.train, *self.validation, *self.test)


def parts_of(store: Store, *, settings: DataSettings, seed: int, need_labels: bool = True) -> Parts:
    """Split the chosen sets by who moves.

    `settings.test_people` name people ("hdm05:bd"), recordings ("bandai:dataset-2_*", a pattern,
    names many), a set's clips of one action ("bandai:bow") or official folds ("jhmdb:test1").
    Of every set with enough people left, some are held out to stop by; where no set has enough,
    one person of the largest is. With a `validation_share` of 0 nobody is.

    Raises:
        LabellessDataError: nothing is left to learn from, or nothing left has a label it needs.
        SinglePersonError: one person only, so that nobody is left to stop by.
        PersonOnBothSidesError: a recording of a test person is also named otherwise.
    """
    chosen = store.choose(lambda entry: _wanted(entry, settings=settings))
    test = tuple(e for e in chosen if is_named(e, names=settings.test_people))
    # A recording that is named stands for itself: its person may be in other recordings.
    judged = {who(e) for e in test if e.sequence not in settings.test_people}
    apart = {e.sequence for e in test}
    rest = tuple(e for e in chosen if who(e) not in judged and e.sequence not in apart)
    tells = tuple(e for e in rest if e.labelled or not need_labels)  # the others judge nothing
    if not tells:
        raise LabellessDataError(name=", ".join(settings.sources) or "the store", wanted="anything")
    held = _held_out(tells, settings=settings, seed=seed) if settings.validation_share else set()
    train = tuple(e for e in rest if who(e) not in held)
    validation = tuple(e for e in rest if who(e) in held)
    # Recordings are checked and not people: two people only may share a set's sequences, and a
    # run that leaves out one recording has its person on the other side; its name says so.
    for other in (test, validation):
        check(train, other, by=By.SEQUENCE)
    return Parts(train=train, validation=validation, test=test)


def who(entry: Entry) -> str:
    """The person; where nobody wrote down who, the recording stands for them."""
    return entry.person or entry.sequence


def names_of(entry: Entry) -> set[str]:
    """Everything that `test_people` may call a clip by."""
    folds = {f"{entry.source}:{fold}" for fold in entry.folds}
    action = f"{entry.source}:{entry.action}"
    return {who(entry), entry.sequence, entry.source, action, *folds}


def is_named(entry: Entry, *, names: Sequence[str]) -> bool:
    """Whether `test_people` names a clip: by one of `names_of`, or its recording by a pattern."""
    patterns = [name for name in names if "*" in name]
    known = bool(names_of(entry) & set(names))
    return known or any(fnmatchcase(entry.sequence, pattern) for pattern in patterns)


def _wanted(entry: Entry, *, settings: DataSettings) -> bool:
    if settings.sources and entry.source not in settings.sources:
        return False
    if {f"{entry.source}.{word}" for word in (entry.action, *entry.frame_vocabulary)} & set(
        settings.without
    ):
        return False
    shippable = entry.may_ship or not settings.may_ship_only
    return shippable and entry.frames >= LEAST_FRAMES


def _held_out(entries: Sequence[Entry], *, settings: DataSettings, seed: int) -> set[str]:
    people: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for entry in entries:
        people[entry.source][who(entry)] += 1
    held: set[str] = set()
    for source, clips in sorted(people.items()):
        if len(clips) >= settings.least_people:
            held |= _some(clips, share=settings.validation_share, seed=seed, source=source)
    if held:
        return held
    source = max(people, key=lambda one: (len(people[one]), one))
    if len(people[source]) < 2:
        raise SinglePersonError(name=source, people=", ".join(people[source]), least=2)
    return {sorted(people[source])[seed % len(people[source])]}


def _some(clips: dict[str, int], *, share: float, seed: int, source: str) -> set[str]:
    """People drawn until they have about `share` of the clips."""
    names = sorted(clips)
    np.random.default_rng([seed, len(source)]).shuffle(names)
    wanted, picked = share * sum(clips.values()), set[str]()
    for name in names[:-1]:
        if sum(clips[one] for one in picked) >= wanted:
            break
        picked.add(name)
    return picked
