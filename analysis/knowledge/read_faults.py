"""Data → what is wrong, why, and what helps: faults, causes, cues and drills."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

from analysis.knowledge.records import LANGUAGES, Cause, Drill, Fault
from analysis.knowledge.rule import Rule

if TYPE_CHECKING:
    from collections.abc import Mapping

    from analysis.knowledge.node import Node
    from analysis.knowledge.records import Metric

OUTSIDE: Final = ("below", "above")
VERDICTS: Final = (*OUTSIDE, "within")
JOINS: Final = ("all", "any")


def drill(node: Node, *, key: str) -> Drill:
    """An exercise, and who should not do it."""
    node.only("name", "how", "contraindications")
    return Drill(
        key=key,
        name=node.child("name").text(),
        how=node.child("how").text(),
        contraindications=node.child("contraindications", []).texts(),
    )


def causes(node: Node, *, key: str, drills: Mapping[str, Drill]) -> dict[str, Cause]:
    """Causes by their name in the file.

    Raises:
        CatalogueError: causes lie behind each other in a circle.
    """
    known = set(node.value) if isinstance(node.value, dict) else set()
    found = {}
    for name, child in node.items():
        child.only("name", "because", "drills")
        found[name] = Cause(
            key=f"{key}.{name}",
            name=child.child("name").text(),
            because=tuple(f"{key}.{one}" for one in child.child("because", []).some_of(known)),
            drills=tuple(drills[one] for one in child.child("drills", []).some_of(drills)),
        )
    _check_acyclic(node, causes=found)
    return found


def _check_acyclic(node: Node, *, causes: Mapping[str, Cause]) -> None:
    by_key = {cause.key: (name, cause) for name, cause in causes.items()}
    settled: set[str] = set()

    def visit(key: str, above: tuple[str, ...]) -> None:
        name, cause = by_key[key]
        if key in above:
            circle = " → ".join(one.rpartition(".")[2] for one in (*above, key))
            raise node.child(name).fail(f"causes that form no circle, not {circle}")
        if key not in settled:
            for deeper in cause.because:
                visit(deeper, (*above, key))
            settled.add(key)

    for key in by_key:
        visit(key, ())


def fault(
    node: Node,
    *,
    key: str,
    metrics: tuple[Metric, ...],
    causes: Mapping[str, Cause],
    drills: Mapping[str, Drill],
) -> Fault:
    """A fault with a rule that can be evaluated."""
    node.only("when", "name", "matters", "causes", "cues", "drills")
    by_name = {metric.key.rpartition(".")[2]: metric for metric in metrics}
    rule = _rule(node.child("when"), metrics=by_name)
    first = next(rule.leaves())
    _check_rule(node.child("when"), rule=rule)
    cues = node.child("cues").texts()
    if not cues:
        raise node.child("cues").fail("at least one cue")
    roots = tuple(
        _root(child, key=f"{key}.cause{number}", causes=causes)
        for number, child in enumerate(node.child("causes").elements(), start=1)
    )
    if not roots:
        raise node.child("causes").fail("at least one cause")
    return Fault(
        key=key,
        name=node.child("name").text(),
        rule=rule,
        metric=first.metric,
        verdict=first.verdict,
        matters=node.child("matters").text(),
        roots=roots,
        cues=cues,
        drills=tuple(drills[name] for name in node.child("drills").some_of(drills)),
    )


def _root(node: Node, *, key: str, causes: Mapping[str, Cause]) -> Cause:
    """One of the technique's causes by its name, or words of its own."""
    if isinstance(node.value, dict) and set(node.value) & set(LANGUAGES):
        return Cause(key=key, name=node.text(), because=(), drills=())
    return causes[node.one_of(causes)]


def _rule(node: Node, *, metrics: Mapping[str, Metric]) -> Rule:
    table = node.value if isinstance(node.value, dict) else {}
    for op in JOINS:
        if op in table:
            node.only(op)
            parts = tuple(_rule(child, metrics=metrics) for child in node.child(op).elements())
            if not parts:
                raise node.child(op).fail("at least one condition")
            return Rule(op, parts=parts)
    if "not" in table:
        node.only("not")
        return Rule("not", parts=(_rule(node.child("not"), metrics=metrics),))
    node.only("metric", "is")
    metric = metrics[node.child("metric").one_of(metrics)]
    verdict = node.child("is").one_of(VERDICTS)
    borders = [band.low if verdict == "below" else band.high for band in metric.bands]
    if verdict in OUTSIDE and all(math.isinf(border) for border in borders):
        raise node.fail(f"a side on which the bands of {metric.key} have a border")
    return Rule("is", metric=metric.key, verdict=verdict)


def _check_rule(node: Node, *, rule: Rule) -> None:
    """The first condition must say that something is outside; and it must be able to hold."""
    first = next(rule.leaves())
    if first.verdict not in OUTSIDE or not _needs(rule, first):
        raise node.fail("a first condition that is below or above, and that the fault needs")
    names = list(dict.fromkeys(leaf.metric for leaf in rule.leaves()))
    if not _satisfiable(rule, names=names, chosen={}):
        raise node.fail("conditions that can hold at the same time")


def _needs(rule: Rule, leaf: Rule) -> bool:
    """Whether the rule holds only where its first leaf does (it is not under any or not)."""
    return rule is leaf or (rule.op == "all" and _needs(rule.parts[0], leaf))


def _satisfiable(rule: Rule, *, names: list[str], chosen: dict[str, str]) -> bool:
    if not names:
        return rule.holds(chosen) is True
    return any(
        _satisfiable(rule, names=names[1:], chosen={**chosen, names[0]: verdict})
        for verdict in VERDICTS
    )
