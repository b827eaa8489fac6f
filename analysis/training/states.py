"""States that were acted (effort, fatigue, affect): which count, how well they are told, the terms.

The one set that has them (`readers/bandai.py`) was acted by three people, and nothing says which of
them is seen. A split by person can therefore not be made: parts are kept apart by recording, by
action or by the set's two halves, and a score says how well the acting of the same few people is
told again, not how well anybody's state is. Its licence is non-commercial: weights that learned
from it are a file of their own, with the terms beside it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np

from analysis.training.errors import LabellessDataError
from analysis.training.losses import UNKNOWN
from analysis.training.readers.catalogue import LICENCES
from analysis.training.records import Ship

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from analysis.training.store import Entry

SAME: Final[Mapping[str, str]] = {"exhausted": "tired"}  # one word for what two halves call two
TERMS: Final = {
    Ship.APART: "NOT FOR COMMERCIAL USE. These weights are a file of their own and are never mixed "
    "into the main weights; who passes them on passes these terms on.",
    Ship.NEVER: "NOT TO BE PASSED ON: some of the data gives no right to.",
}


def state_place(style: str | None, *, states: Sequence[str]) -> int:
    """Place of a clip's acted style among `states`; `UNKNOWN` where it is none of them."""
    word = SAME.get(style or "", style)
    return states.index(word) if word in states else UNKNOWN


def check(states: Sequence[str], *, entries: Iterable[Entry]) -> None:
    """Refuse states that nothing shows.

    Raises:
        LabellessDataError: a state without a clip to learn it from.
    """
    shown = {state_place(entry.style, states=states) for entry in entries}
    for place, state in enumerate(states):
        if place not in shown:
            raise LabellessDataError(name="the chosen clips", wanted=f"the state {state}")


def scores(pairs: Iterable[tuple[int, int]]) -> dict[str, float]:
    """Of (acted, said): accuracy, and its mean over the states, so that rare ones count as much.

    {} where nothing is known.
    """
    judged = np.array([pair for pair in pairs if UNKNOWN not in pair]).reshape(-1, 2)
    if not judged.size:
        return {}
    truth = judged[:, 0]
    right = truth == judged[:, 1]
    of_each = [float(right[truth == place].mean()) for place in np.unique(truth)]
    return {
        "state_accuracy": float(right.mean()),
        "state_balanced_accuracy": float(np.mean(of_each)),
    }


def told(train: Sequence[Entry], test: Sequence[Entry], *, states: Sequence[str]) -> dict[str, Any]:
    """What a score of states rests on, for the report: counts, and what keeps the parts apart."""
    counts = {
        name: {
            state: sum(state_place(e.style, states=states) == place for e in entries)
            for place, state in enumerate(states)
        }
        for name, entries in (("train", train), ("test", test))
    }
    people = {e.person for e in (*train, *test) if e.style}
    apart = "recordings; who is seen is not known" if None in people else "people"
    return {**counts, "kept_apart": apart, "acted": True}


def terms(entries: Iterable[Entry]) -> str:
    """What has to lie beside weights that learned from `entries`; "" where they may go freely."""
    licences = [LICENCES[name] for name in sorted({e.licence for e in entries}) if name in LICENCES]
    bound = {licence.ship for licence in licences} - {Ship.MAIN}
    lines = [text for ship, text in TERMS.items() if ship in bound]
    return "\n".join([*lines, *(one.attribution for one in licences)]) + "\n" if lines else ""
