"""Grounded wording in English."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

from analysis.feedback.facts import distance_sd
from analysis.feedback.wording import Wording, number
from analysis.schema import Verdict

if TYPE_CHECKING:
    from collections.abc import Sequence

    from analysis.feedback.facts import Point
    from analysis.knowledge.catalogue import Catalogue

CLEARLY_SD: Final = 4.0  # from here on a fault is told as clear


class _English:
    lang = "en"

    def sentence(self, words: str) -> str:
        return f"{words[:1].upper()}{words[1:]}."

    def fault_headline(self, point: Point) -> str:
        fault = point.fault
        if fault is None:
            raise ValueError(f"{point.metric.key}: expected a fault to tell of")
        return f"{fault.name['en']}{_how_often(point)}."

    def fault_why(self, point: Point, *, catalogue: Catalogue) -> str:
        fault = point.fault
        if fault is None:
            raise ValueError(f"{point.metric.key}: expected a fault to tell of")
        parts = [
            self.sentence(f"{_measured(point, catalogue)}, {_short_of(point, catalogue)}"),
            fault.matters["en"],
        ]
        parts += [cause["en"] for cause in fault.causes[:1]]
        return " ".join(parts)

    def sides_why(self, points: Sequence[Point], *, catalogue: Catalogue) -> str:
        left, right = sorted(points, key=lambda p: p.side)
        fault = left.fault or right.fault
        if fault is None:
            raise ValueError(f"{left.metric.key}: expected a fault on one side")

        def told(value: float) -> str:
            return number(value, unit=left.metric.unit, catalogue=catalogue, lang="en")

        name = left.metric.name["en"]
        left_told, right_told = told(left.mean), told(right.mean)
        parts = [f"The {name} averaged {left_told} on the left and {right_told} on the right."]
        faulty = [p for p in (left, right) if p.fault is not None]
        asked = "asked for" if faulty[0].verdict is Verdict.BELOW else "allowed"
        where = "below" if faulty[0].verdict is Verdict.BELOW else "above"
        who = "Both sides are" if len(faulty) > 1 else f"The {faulty[0].side} side is"
        parts.append(f"{who} {where} the {told(faulty[0].border)} {asked}.")
        difference = told(abs(left.mean - right.mean))
        if difference != told(0.0):
            more, less = (left, right) if left.mean > right.mean else (right, left)
            parts.append(f"The {less.side} side shows {difference} less than the {more.side} side.")
        parts += [fault.matters["en"], *(cause["en"] for cause in fault.causes[:1])]
        return " ".join(parts)

    def praise_why(self, point: Point, *, catalogue: Catalogue) -> str:
        return self.sentence(f"{_measured(point, catalogue)}, {_band(point, catalogue)}")

    def unjudged_headline(self, points: Sequence[Point]) -> str:
        names = list(dict.fromkeys(p.metric.name["en"] for p in points))
        listed = names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
        return f"{points[0].technique.name['en']}: could not judge {listed}."

    def drill(self, point: Point) -> str:
        if point.fault is None or not point.fault.drills:
            return ""
        drill = point.fault.drills[0]
        told = f"{drill.name['en']}: {drill.how['en']}."
        if drill.contraindications:
            risks = " or ".join(c["en"] for c in drill.contraindications)
            told += f" Leave it out with {risks}."
        return told


def _how_often(point: Point) -> str:
    many = point.technique.count["en"][1]
    if point.repetitions <= 1:
        return ""
    if point.count == point.repetitions == 2:
        return f" in both {many}"
    if point.count == point.repetitions:
        return f" in all {point.repetitions} {many}"
    return f" in {point.count} of {point.repetitions} {many}"


def _measured(point: Point, catalogue: Catalogue) -> str:
    def told(value: float) -> str:
        return number(value, unit=point.metric.unit, catalogue=catalogue, lang="en")

    name = point.metric.name["en"]
    if point.side:
        name = f"{name} on the {catalogue.text(f'side.{point.side}', 'en')} side"
    if len(point.measured) == 1:
        finding = point.findings[0]
        return f"the {name} was {told(finding.measured)} (± {told(finding.sd)})"
    low, high = told(min(point.measured)), told(max(point.measured))
    if low == high:
        each = " each time" if point.count == point.repetitions else ""
        return f"the {name} was {low}{each}"
    return f"the {name} averaged {told(point.mean)} (from {low} to {high})"


def _short_of(point: Point, catalogue: Catalogue) -> str:
    def told(value: float) -> str:
        return number(value, unit=point.metric.unit, catalogue=catalogue, lang="en")

    gap = told(abs(point.mean - point.border))
    clearly = "well " if distance_sd(point.worst) >= CLEARLY_SD else ""
    if point.verdict is Verdict.BELOW:
        return f"{clearly}below the {told(point.border)} asked for, {gap} short of it"
    return f"{clearly}above the {told(point.border)} allowed, {gap} beyond it"


def _band(point: Point, catalogue: Catalogue) -> str:
    def told(value: float) -> str:
        return number(value, unit=point.metric.unit, catalogue=catalogue, lang="en")

    first = point.findings[0]
    if not math.isfinite(first.high):
        return f"on target (at least {told(first.low)})"
    if not math.isfinite(first.low):
        return f"on target (at most {told(first.high)})"
    return f"on target (between {told(first.low)} and {told(first.high)})"


ENGLISH: Final[Wording] = _English()
