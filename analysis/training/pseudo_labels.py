"""A file of guessed labels, and who may learn from it.

`pseudo` writes it; `fit` reads it where `[data] pseudo_labels` names it. A guess is only ever
learned from: nobody is judged on one, and a teacher who knew somebody that is now judged on may not
teach.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from analysis.training.errors import CorruptDataError, PersonOnBothSidesError
from analysis.training.parts import who

if TYPE_CHECKING:
    from collections.abc import Mapping

    from analysis.training.parts import Parts
    from analysis.training.settings import DataSettings
    from analysis.training.store import Entry

FORMAT: Final = "sportsbr-pseudo-labels-1"


@dataclass(frozen=True, slots=True)
class PseudoLabel:
    """One guess."""

    clip: str
    action: str  # in the set's own words: "deep_squat"
    confidence: float  # 0..1, mean over the views
    views: int  # that agree


@dataclass(frozen=True, slots=True)
class PseudoLabels:
    """All guesses of one teacher, and whom it learned from."""

    labels: tuple[PseudoLabel, ...]
    weights_sha256: str
    taught_by: tuple[str, ...]  # people (or recordings) whose labels the teacher has seen
    report: Mapping[str, Any]


def write(found: PseudoLabels, path: Path) -> None:
    """Write it whole or not at all."""
    content = {"format": FORMAT, **asdict(found)}
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_name(f".{path.name}.unfinished")
    unfinished.write_text(json.dumps(content, indent=1, allow_nan=False), encoding="utf-8")
    unfinished.replace(path)


def read(path: Path) -> PseudoLabels:
    """What `write` wrote.

    Raises:
        CorruptDataError: not that.
    """
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        made_as = content["format"]
        found = PseudoLabels(
            labels=tuple(PseudoLabel(**one) for one in content["labels"]),
            weights_sha256=content["weights_sha256"],
            taught_by=tuple(content["taught_by"]),
            report=content["report"],
        )
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise CorruptDataError(name=str(path), found=repr(error), expected=FORMAT) from error
    if made_as != FORMAT:
        raise CorruptDataError(name=str(path), found=made_as, expected=FORMAT)
    return found


def taken(parts: Parts, *, settings: DataSettings) -> tuple[tuple[Entry, ...], Mapping[str, float]]:
    """Who is learned from, guesses filled in, and how far each guess is trusted: clip → weight.

    Only clips to learn from that have no label of their own take one.

    Raises:
        CorruptDataError: the file that the settings name is none.
        PersonOnBothSidesError: the teacher learned from somebody who is judged on here.
    """
    if not settings.pseudo_labels:
        return parts.train, {}
    found = read(Path(settings.pseudo_labels))
    both = sorted({who(one) for one in parts.test} & set(found.taught_by))
    if both:
        raise PersonOnBothSidesError(kind="person", people=", ".join(both[:5]))
    filled: list[Entry] = []
    weights: dict[str, float] = {}
    guesses = {one.clip: one for one in found.labels}
    for entry in parts.train:
        guess = guesses.get(entry.clip) if unlabelled(entry) else None
        if guess is None or f"{entry.source}.{guess.action}" in settings.without:
            filled.append(entry)
            continue
        filled.append(replace(entry, action=guess.action))
        weights[entry.clip] = settings.pseudo_weight * guess.confidence
    return tuple(filled), weights


def unlabelled(entry: Entry) -> bool:
    """Whether nobody said what is done in it."""
    return not entry.action and not entry.frame_vocabulary
