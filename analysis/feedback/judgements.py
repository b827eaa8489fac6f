"""Whether a sentence judges as the findings do: too little, on target, cannot tell. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from analysis.feedback.reading import MARK
from analysis.feedback.saying import JOINS
from analysis.schema import Verdict

if TYPE_CHECKING:
    import re

    from analysis.feedback.facts import Point
    from analysis.feedback.saying import Saying

ALL: Final = frozenset(Verdict)
BELOW, ABOVE = frozenset({Verdict.BELOW}), frozenset({Verdict.ABOVE})
GOOD: Final = frozenset({Verdict.WITHIN})
FAULTY: Final = BELOW | ABOVE
UNSURE: Final = frozenset({Verdict.CANNOT_TELL})
SPEED_UNITS: Final = frozenset({"m/s", "bh/s", "deg/s", "bh2/s2"})


def judgement_problem(saying: Saying) -> str:
    """The first judgement that the verdicts do not bear out."""
    for kind, match in _found(saying):
        before = saying.left[: match.start()]
        negation = saying.speech.negation.search(before)
        fitting = [
            p
            for p in saying.points_at(match.start())
            if p.verdict in _allowed(kind, point=p, negated=negation is not None)
        ]
        if not fitting:
            return f"{'not ' if negation else ''}{kind} ({match[0]})"
        if kind == "good" and not negation and not _is_about_something(saying):
            return "praise of nothing in particular"
        if kind == "clear" and MARK not in _clause(saying, match):
            return "praise of nothing in particular"
        saying.hold("judgement", findings=(f for p in fitting for f in p.findings))
    for _, match in _found(saying):
        saying.blank_span(match.start(), match.end())
    return ""


def _found(saying: Saying) -> list[tuple[str, re.Match[str]]]:
    """Judging words that do not overlap, longer ones first."""
    found = [
        (kind, match)
        for kind, pattern in saying.speech.judging.items()
        for match in pattern.finditer(saying.left)
    ]
    kept: list[tuple[str, re.Match[str]]] = []
    for kind, match in sorted(found, key=lambda pair: pair[1].start() - pair[1].end()):
        if all(match.end() <= m.start() or m.end() <= match.start() for _, m in kept):
            kept.append((kind, match))
    return kept


def _allowed(kind: str, *, point: Point, negated: bool) -> frozenset[Verdict]:
    """The verdicts under which a judging word may be said of a point."""
    known = {
        "below": BELOW,
        "above": ABOVE,
        "good": GOOD,
        "clear": GOOD,
        "bad": FAULTY,
        "unsure": UNSURE,
    }
    if kind in {"fast", "slow"}:
        quick_is_much = point.metric.unit in SPEED_UNITS
        meant = ABOVE if (kind == "fast") == quick_is_much else BELOW
    elif kind in {"bent", "straight"}:
        if "flexion" not in point.metric.measure.signal:
            return frozenset()
        meant = ABOVE if kind == "bent" else BELOW
    else:
        meant = known[kind]
    if not negated:
        return meant
    return (ALL - meant - UNSURE) if kind != "unsure" else ALL - UNSURE


def _clause(saying: Saying, match: re.Match[str]) -> str:
    """The clause of a judgement; in Chinese with the one before, where its subject may stand."""
    ends = [0, *(m.end() for m in saying.speech.clause.finditer(saying.text, 0, match.start()))]
    if saying.speech.lang == "en":
        ends += [m.end() for m in JOINS["en"].finditer(saying.text, 0, match.start())]
        begin = max(ends)
    else:
        begin = ends[-2] if len(ends) > 1 else 0
    stop = saying.speech.clause.search(saying.text, match.end())
    return saying.text[begin : stop.start() if stop else len(saying.text)]


def _is_about_something(saying: Saying) -> bool:
    """Praise needs what it is for: a measure's name, a number or a count."""
    return MARK in saying.text or bool(saying.claims & {"number", "count"})
