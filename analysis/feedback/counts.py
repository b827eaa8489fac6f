"""Whether a sentence counts repetitions rightly, in numbers or in words such as "most". Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from analysis.schema import Verdict

if TYPE_CHECKING:
    from analysis.feedback.facts import Point
    from analysis.feedback.quantities import Quantity
    from analysis.feedback.saying import Saying

ABOUT_HALF: Final = 0.1


def count_problem(saying: Saying) -> str:
    """The first count or quantifier that is not the findings'."""
    bare = [(i, q) for i, q in enumerate(saying.quantities) if not q.unit and i not in saying.taken]
    if len(bare) > 2 or any(q.value != int(q.value) or q.value < 0 for _, q in bare):
        return "numbers without a unit"
    share = next((q for q in saying.quantities if q.unit == "percent"), None)
    if share is not None:
        return "a percentage"
    everything = saying.speech.quantifier["all"].search(saying.text) is not None
    fitting = [p for p in saying.points if _fits(p, [q for _, q in bare], saying=saying)]
    if bare and not fitting:
        return f"count {' of '.join(f'{q.value:g}' for _, q in bare)!r}"
    for _, quantity in bare:
        saying.blank_span(quantity.start, quantity.end)
    if bare and not (len(bare) == 1 and _is_whole(bare[0][1], saying=saying) and not everything):
        saying.hold("count", findings=(f for p in fitting for f in p.findings))
    return _quantifier_problem(saying)


def _fits(point: Point, counts: list[Quantity], *, saying: Saying) -> bool:
    values = sorted(int(q.value) for q in counts)
    everything = saying.speech.quantifier["all"].search(saying.text) is not None
    if not values:
        return True
    if len(values) == 2:
        fits = values == [point.count, point.repetitions]
        return fits and not (everything and point.count < point.repetitions)
    if everything:
        return values[0] == point.count == point.repetitions
    if _is_whole(counts[0], saying=saying):
        return values[0] == point.repetitions
    if not saying.speech.counted.match(saying.text, counts[0].end):
        return False
    return values[0] == point.count


def _is_whole(quantity: Quantity, *, saying: Saying) -> bool:
    """Whether it counts all repetitions: "over these 5 squats"."""
    return bool(saying.speech.whole.search(saying.text[: quantity.start]))


def _quantifier_problem(saying: Saying) -> str:
    """Words such as "each", "most", "half" and "never", where they stand without numbers."""
    for word, pattern in saying.speech.quantifier.items():
        if not saying.blank(pattern):
            continue
        fitting = [p for p in saying.points if _share_fits(p, word=word)]
        if not fitting:
            return f"quantifier {word}"
        if word != "all" or saying.kinds & {"count"}:
            saying.hold("count", findings=(f for p in fitting for f in p.findings))
    return ""


def _share_fits(point: Point, *, word: str) -> bool:
    share = point.count / max(1, point.repetitions)
    if word == "never":  # "no squat reached it": every one was at fault
        return share >= 1 and point.verdict in {Verdict.BELOW, Verdict.ABOVE}
    if word == "once":
        return point.count == 1
    return {
        "all": share >= 1,
        "most": share > 0.5,
        "half": abs(share - 0.5) <= ABOUT_HALF,
        "some": 0 < share < 1,
    }[word]
