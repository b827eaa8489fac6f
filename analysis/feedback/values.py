"""Whether the measured numbers of a sentence are those of the findings. Pure."""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING, Final

from analysis.feedback.quantities import BORDERS, GAPS, gaps_of, spans, values_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from analysis.feedback.facts import Point
    from analysis.feedback.quantities import Quantity
    from analysis.feedback.saying import Saying
    from analysis.schema import Finding

    Offer = tuple[float, Finding | None]

NTH: Final = re.compile(r"#(\d+)\s*(?:次|◆|个|回|遍)?")
NEAR_CHARS: Final = 4  # between a word of difference and its number
SECONDS_AROUND: Final = 0.06  # a moment is told to the tenth of a second at best


def value_problem(saying: Saying) -> str:
    """The first number with a unit, or repetition, or comparison of sides that does not hold."""
    for check in (_ranges, _repetitions, _sides_compared):
        problem = check(saying)
        if problem:
            return problem
    for index, quantity in enumerate(saying.quantities):
        if quantity.unit and index not in saying.taken:
            problem = _number_problem(quantity, saying=saying)
            if problem:
                return problem
            _take(index, saying=saying)
    return ""


def _number_problem(quantity: Quantity, *, saying: Saying) -> str:
    if quantity.unit == "percent":
        return "percentage"
    points = saying.points_at(quantity.start)
    own = [p for p in points if p.metric.unit == quantity.unit]
    is_time = quantity.unit == "s" and (not own or "time" in quantity.roles)
    roles = (
        ["time"]
        if is_time
        else (sorted(quantity.roles) or [_plain_role(saying, unit=quantity.unit)])
    )
    for role in roles:
        offers = [
            (point, offer)
            for point in (points if is_time else own)
            for offer in _offers(point, role=role, saying=saying)
            if _is(offer[0], quantity, is_time=is_time)
        ]
        kept = [(p, o) for p, o in offers if _relation_holds(p, role=role, quantity=quantity)]
        if not kept:
            return f"number {quantity.value:g}{quantity.unit} ({role})"
        for point, (_value, finding) in kept[:1] if is_time else kept:
            shown = point.findings if finding is None else (finding,)
            saying.hold("number", findings=shown)
    return ""


def _plain_role(saying: Saying, *, unit: str) -> str:
    """A value about which nothing is said is the mean, unless single repetitions are spoken of."""
    bare = [q for q in saying.quantities if q.unit == unit and not q.roles]
    several = len(bare) > 1 and not saying.sides
    singled = saying.speech.one_of_them.search(saying.text) or "repetition" in saying.claims
    moment = any("time" in q.roles or (q.unit == "s" != unit) for q in saying.quantities)
    return "value" if several or singled or moment else "mean"


def _offers(point: Point, *, role: str, saying: Saying) -> list[Offer]:
    unit = saying.catalogue.units.get(point.metric.unit)
    if role in GAPS:
        return gaps_of(point, role=role, unit=unit)
    if role == "past":  # 超过 is said of a border, and of how far beyond it
        crossed = [o for o in values_of(point, role="border") if point.mean > o[0]]
        return crossed + gaps_of(point, role="gap_more", unit=unit)
    return values_of(point, role=role)


def _is(value: float, quantity: Quantity, *, is_time: bool) -> bool:
    reach = max(quantity.reach, SECONDS_AROUND) if is_time else quantity.reach
    return abs(value - quantity.value) <= reach


def _relation_holds(point: Point, *, role: str, quantity: Quantity) -> bool:
    """Whether the measurement lies on the side of a border that the words say."""
    if role == "less":
        return point.mean < quantity.value
    if role == "more":
        return point.mean > quantity.value
    return True


def _take(index: int, *, saying: Saying) -> None:
    """A number that holds is explained, with the words that said what it is."""
    quantity = saying.quantities[index]
    saying.taken.add(index)
    saying.blank_span(quantity.start, quantity.end)
    for start, end in quantity.cues:
        saying.blank_span(start, end)


def _ranges(saying: Saying) -> str:
    """A range ("from a to b"): the least and the most measured, or the band's ends."""
    for i, j in spans(saying.text, found=saying.quantities, speech=saying.speech):
        one, two = saying.quantities[i], saying.quantities[j]
        unit = one.unit or two.unit
        own = [p for p in saying.points_at(one.start) if p.metric.unit == unit]
        if not own:
            continue
        fitting = [p for p in own if _is_range(p, one=one, two=two)]
        if not fitting:
            if "low" in one.roles or saying.has_both_sides:
                continue
            return f"range {one.value:g} to {two.value:g}"
        saying.hold("number", findings=(f for p in fitting for f in p.findings))
        _take(i, saying=saying)
        _take(j, saying=saying)
    return ""


def _is_range(point: Point, *, one: Quantity, two: Quantity) -> bool:
    first = point.findings[0]
    ends = [(first.low, first.high)]
    if point.measured:
        ends.append((min(point.measured), max(point.measured)))
    return any(
        _is(low, one, is_time=False) and _is(high, two, is_time=False)
        for low, high in ends
        if math.isfinite(low) and math.isfinite(high)
    )


def _repetitions(saying: Saying) -> str:
    """A repetition by its number ("in the third it was 74°"): the value of that repetition."""
    named = [(m.start(), int(m[1]), m.span()) for m in NTH.finditer(saying.text)]
    points = saying.points
    last = max((p.repetitions for p in points), default=0)
    named += [(m.start(), last, m.span()) for m in saying.speech.last.finditer(saying.text)]
    named.sort()
    for place, number, span in named:
        of = {f.finding_id: f for p in saying.points_at(place) for f in _of(p, number)}
        if not of:
            return f"repetition {number}"
        saying.hold("repetition", findings=of.values())
        saying.blank_span(*span)
    for index, quantity in enumerate(saying.quantities):
        if not named or not quantity.unit or quantity.roles & (BORDERS | {*GAPS, "sd", "time"}):
            continue
        earlier = [n for place, n, _ in named if place < quantity.start] or [named[0][1]]
        offered = [
            f
            for p in saying.points_at(quantity.start)
            if p.metric.unit == quantity.unit
            for f in _of(p, earlier[-1])
        ]
        fitting = [f for f in offered if _is(f.measured, quantity, is_time=False)]
        if not fitting:
            return f"number {quantity.value:g} of repetition {earlier[-1]}"
        saying.hold("number", findings=fitting)
        _take(index, saying=saying)
    return ""


def _of(point: Point, number: int) -> Iterator[Finding]:
    for finding, own in zip(point.findings, point.numbers, strict=True):
        if own == number:
            yield finding


def _sides_compared(saying: Saying) -> str:
    """Sides ("the left bends 7° more than the right"): the difference, and which is which."""
    pairs = [
        (left, right)
        for left in saying.points
        for right in saying.points
        if (left.side, right.side) == ("left", "right") and left.metric is right.metric
    ]
    speech = saying.speech
    told_both = saying.has_both_sides or bool(speech.both.search(saying.text))
    if not pairs or not told_both:
        return ""
    for index, quantity in enumerate(saying.quantities):
        if not quantity.unit or not _is_difference(quantity, saying=saying):
            continue
        if not any(_differ_by(left, right, quantity) for left, right in pairs):
            return f"difference {quantity.value:g}"
        saying.hold("number", findings=(f for pair in pairs for p in pair for f in p.findings))
        _take(index, saying=saying)
    return _order_problem(saying, pairs=pairs)


def _is_difference(quantity: Quantity, *, saying: Saying) -> bool:
    if quantity.roles & (BORDERS - {"less", "more"}):
        return False
    speech = saying.speech
    text = saying.without_numbers
    before, after = text[: quantity.start], text[quantity.end :]
    words = (speech.larger, speech.smaller, speech.differ)
    return any(
        any(len(before) - m.end() <= NEAR_CHARS for m in pattern.finditer(before))
        or any(m.start() <= NEAR_CHARS for m in pattern.finditer(after))
        for pattern in words
    ) or bool(re.search(r"(?:by|of|gap of)\s*$", before))


def _differ_by(left: Point, right: Point, quantity: Quantity) -> bool:
    if left.metric.unit != quantity.unit:
        return False
    exact = abs(left.mean - right.mean)
    rounded = abs(round(left.mean) - round(right.mean)) if quantity.unit == "deg" else exact
    return _is(exact, quantity, is_time=False) or _is(rounded, quantity, is_time=False)


def _order_problem(saying: Saying, *, pairs: list[tuple[Point, Point]]) -> str:
    """Which side is said to be more, and whether it is."""
    speech, text = saying.speech, saying.without_numbers
    reference = speech.reference.search(text)
    if reference is None:
        return ""
    behind = [side for side, at in saying.sides if at >= reference.end()]
    word = speech.larger.search(text) or speech.smaller.search(text)
    if not behind or word is None:
        return ""
    is_larger = speech.larger.search(text) is not None
    if is_larger and speech.smaller.search(text) is not None:
        return "a comparison that says two things"
    for left, right in pairs:
        means = {"left": left.mean, "right": right.mean}
        other = "left" if behind[0] == "right" else "right"
        if (means[other] > means[behind[0]]) != is_larger:
            return f"{other} is not {word[0]} than {behind[0]}"
    saying.hold("comparison", findings=(f for pair in pairs for p in pair for f in p.findings))
    saying.blank(speech.reference)
    saying.blank(speech.larger)
    saying.blank(speech.smaller)
    return ""
