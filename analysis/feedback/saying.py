"""A sentence while it is checked: what is unexplained in it, and what it was found to say."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from analysis.feedback.facts import Point
    from analysis.feedback.quantities import Quantity
    from analysis.feedback.speech import Speech
    from analysis.knowledge.catalogue import Catalogue
    from analysis.schema import Finding

JOINS: Final = {"en": re.compile(r"\s(?:and|with|against)\s"), "zh-hans": re.compile(r"[和与]|另")}


@dataclass(eq=False)
class Saying:
    """Text with its number words as digits and the catalogue's own words taken out."""

    text: str
    kinds: frozenset[str]
    points: tuple[Point, ...]
    speech: Speech
    catalogue: Catalogue
    quantities: tuple[Quantity, ...]
    claims: set[str] = field(default_factory=set)  # kinds of claims that were found to hold
    left: str = ""  # the text, with what is explained blanked out, at the same places
    sides: list[tuple[str, int]] = field(default_factory=list)  # in order of the text
    taken: set[int] = field(default_factory=set)  # indices of quantities that are explained
    shown: dict[str, None] = field(default_factory=dict)  # ids of findings that bear it out

    def __post_init__(self) -> None:
        self.left = self.speech.both.sub(lambda m: " " * len(m[0]), self.text)
        self.sides = sorted(
            (
                (side, match.start())
                for side, pattern in self.speech.side.items()
                for match in pattern.finditer(self.left)
            ),
            key=lambda pair: pair[1],
        )

    @property
    def without_numbers(self) -> str:
        """The text with its numbers and units blanked: a unit may hold words, as 倍身高."""
        text = self.text
        for quantity in self.quantities:
            space = " " * (quantity.end - quantity.start)
            text = text[: quantity.start] + space + text[quantity.end :]
        return text

    @property
    def has_both_sides(self) -> bool:
        """Whether it speaks of left and right."""
        return len({side for side, _ in self.sides}) > 1

    def blank(self, pattern: re.Pattern[str]) -> bool:
        """Take out every match of a pattern; whether there was one."""
        found = list(pattern.finditer(self.left))
        for match in found:
            self.blank_span(match.start(), match.end())
        return bool(found)

    def blank_span(self, start: int, end: int) -> None:
        """Take out a stretch; places of what follows stay."""
        self.left = self.left[:start] + " " * (end - start) + self.left[end:]

    def clause_at(self, place: int) -> str:
        """The clause in which a place of the text lies."""
        ends = list(self.speech.clause.finditer(self.text))
        begin = max([0, *(m.end() for m in ends if m.end() <= place)])
        stop = min([len(self.text), *(m.start() for m in ends if m.start() >= place)])
        return self.text[begin:stop]

    def points_at(self, place: int) -> list[Point]:
        """The points that what stands at a place of the text may be about: those of its side."""
        side = self.side_at(place)
        return [p for p in self.points if not side or p.side == side]

    def side_at(self, place: int) -> str:
        """The side that is spoken of at a place; "" where none is, or both are."""
        said = {side for side, _ in self.sides}
        if len(said) == 1:
            return said.pop()
        own = {side for side, at in self.sides if self._same_clause(at, place)}
        if len(own) == 1:
            return own.pop()
        before = [side for side, at in self.sides if at < place]
        return before[-1] if before and not own else ""

    def hold(self, kind: str, *, findings: Iterable[Finding]) -> None:
        """Something that it says is so, and these findings show it."""
        self.claims.add(kind)
        self.shown |= dict.fromkeys(f.finding_id for f in findings)

    def support(self, owners: Sequence[Point]) -> tuple[str, ...]:
        """Ids of the findings that it rests on, in order of time."""
        wanted = self.shown or dict.fromkeys(
            f.finding_id for point in owners or self.points for f in point.findings
        )
        found = {f.finding_id: f for p in self.points for f in p.findings}
        return tuple(sorted(wanted, key=lambda key: (found[key].at_s, key)))

    def _same_clause(self, one: int, other: int) -> bool:
        between = self.text[min(one, other) : max(one, other)]
        joins = JOINS[self.speech.lang]
        return not (self.speech.clause.search(between) or joins.search(between))
