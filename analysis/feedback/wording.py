"""What a language's wording must be able to say, and how numbers are written."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence

    from analysis.feedback.facts import Point
    from analysis.knowledge.catalogue import Catalogue


class Wording(Protocol):
    """One language."""

    @property
    def lang(self) -> str:
        """The language's code."""
        ...

    def sentence(self, words: str) -> str:
        """A clause as a sentence."""
        ...

    def fault_headline(self, point: Point) -> str:
        """What is wrong, and how often."""
        ...

    def fault_why(self, point: Point, *, catalogue: Catalogue) -> str:
        """What was measured, what is asked for, why it matters, what is often behind it."""
        ...

    def sides_why(self, points: Sequence[Point], *, catalogue: Catalogue) -> str:
        """The same for left and right together: each side's mean, and how far they lie apart."""
        ...

    def praise_why(self, point: Point, *, catalogue: Catalogue) -> str:
        """What was measured and that it is within its band."""
        ...

    def unjudged_headline(self, points: Sequence[Point]) -> str:
        """What could not be judged."""
        ...

    def drill(self, point: Point) -> str:
        """An exercise and who should not do it."""
        ...


def number(value: float, *, unit: str, catalogue: Catalogue, lang: str) -> str:
    """A value rounded as its unit is read, with its symbol; never "-0"."""
    known = catalogue.units[unit]
    rounded = round(value, known.decimals) + 0.0
    return f"{rounded:.{known.decimals}f}{known.symbol[lang]}"
