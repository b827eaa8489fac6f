"""Data files → records, refusing whatever could not be evaluated later."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

from analysis.knowledge import read_faults, read_metrics, read_motion
from analysis.knowledge.records import LANGUAGES, Lexicon, Sport, Technique, Unit
from analysis.knowledge.signals import ACTING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from analysis.knowledge.node import Node
    from analysis.knowledge.records import Cause, Drill, Fault, Metric, Text

SECTIONS: Final = (
    "name", "count", "detect", "acting", "together", "events", "phases", "moments", "metrics",
    "faults", "causes", "drills",
)  # fmt: skip
NAMED: Final = ("phases", "metrics", "faults", "causes", "drills")


def read_units(node: Node) -> dict[str, Unit]:
    """Units by key."""
    units = {}
    for key, unit in node.items():
        unit.only("symbol", "name", "decimals")
        units[key] = Unit(
            key=key,
            symbol={lang: unit.child("symbol").child(lang).words() for lang in LANGUAGES},
            name=unit.child("name").text(),
            decimals=unit.child("decimals").whole(),
        )
    return units


def read_table(node: Node) -> dict[str, Text]:
    """Words by key."""
    return {key: child.text() for key, child in node.items()}


def read_lexicon(node: Node) -> Lexicon:
    """Words that stand for body parts, sides, directions and bounds."""
    groups = {}
    for group, terms in node.items():
        groups[group] = {
            term: {
                lang: tuple(word.words() for word in texts.child(lang).elements())
                for lang in LANGUAGES
            }
            for term, texts in terms.items()
        }
    return Lexicon(groups)


def read_sport(node: Node, *, units: Mapping[str, Unit], body: frozenset[str]) -> Sport:
    """A sport's file.

    Raises:
        CatalogueError: names the file, the line, the key and what is expected.
    """
    node.only("key", "name", "techniques")
    key = node.child("key").words()
    return Sport(
        key=key,
        name=node.child("name").text(),
        techniques=tuple(
            _technique(child, key=f"{key}.{name}", sport=key, units=units, body=body)
            for name, child in node.child("techniques").items()
        ),
    )


def check_together(nodes: Mapping[str, Node], *, techniques: Mapping[str, Technique]) -> None:
    """Techniques may name others, of any sport, as done at the same time: these must exist."""
    for node in nodes.values():
        sport = node.child("key").words()
        for name, child in node.child("techniques").items():
            others = set(techniques) - {f"{sport}.{name}"}
            child.child("together", []).some_of(others)


def _technique(
    node: Node, *, key: str, sport: str, units: Mapping[str, Unit], body: frozenset[str]
) -> Technique:
    node.only(*SECTIONS)
    events = read_motion.events(node.child("events"))
    phases = read_motion.phases(node.child("phases"), events=events)
    moments = _moments(node.child("moments", {}), events={event.key for event in events})
    names = tuple(phase.key for phase in phases)
    metrics = tuple(
        read_metrics.metric(
            child, key=f"{key}.{name}", phases=names, moments=moments, units=units, body=body
        )
        for name, child in node.child("metrics").items()
    )
    drills = {
        name: read_faults.drill(child, key=f"{key}.{name}")
        for name, child in node.child("drills").items()
    }
    causes = read_faults.causes(node.child("causes", {}), key=key, drills=drills)
    faults = tuple(
        read_faults.fault(child, key=f"{key}.{name}", metrics=metrics, causes=causes, drills=drills)
        for name, child in node.child("faults").items()
    )
    _check_unique(node)
    _check_used(node, faults=faults, causes=causes, drills=drills)
    _check_judged(node, metrics=metrics, faults=faults)
    return Technique(
        key=key,
        sport=sport,
        name=node.child("name").text(),
        count=_count(node.child("count")),
        detector=read_motion.detector(node.child("detect")) if "detect" in node.value else None,
        acting=node.child("acting", "dominant_wrist").one_of(ACTING),
        together=tuple(child.words() for child in node.child("together", []).elements()),
        events=events,
        phases=phases,
        moments=moments,
        metrics=metrics,
        faults=faults,
        causes=tuple(causes.values()),
        drills=tuple(drills.values()),
    )


def _moments(node: Node, *, events: set[str]) -> dict[str, Text]:
    moments = {}
    for name, child in node.items():
        if name not in events:
            raise child.fail("an event of this technique as the key")
        moments[name] = child.text()
    return moments


def _check_unique(node: Node) -> None:
    seen: dict[str, str] = {}
    for section in NAMED:
        for name, child in node.child(section, {}).items():
            if name in seen:
                raise child.fail(f"a name that {seen[name]} does not use already")
            seen[name] = section


def _check_used(
    node: Node,
    *,
    faults: tuple[Fault, ...],
    causes: Mapping[str, Cause],
    drills: Mapping[str, Drill],
) -> None:
    named = {cause.key for fault in faults for cause in fault.roots}
    named |= {key for cause in causes.values() for key in cause.because}
    for name, cause in causes.items():
        if cause.key not in named:
            raise node.child("causes").child(name).fail("a fault or cause that names this cause")
    used = {drill.key for fault in faults for drill in fault.drills}
    used |= {drill.key for cause in causes.values() for drill in cause.drills}
    for name, drill in drills.items():
        if drill.key not in used:
            raise node.child("drills").child(name).fail("a fault that names this drill")


def _check_judged(node: Node, *, metrics: tuple[Metric, ...], faults: tuple[Fault, ...]) -> None:
    """Each border of a band needs a fault that says what lies beyond it, whatever else is so."""
    judged = {(fault.metric, fault.verdict) for fault in faults if fault.rule.op == "is"}
    for metric in metrics:
        lows = any(math.isfinite(band.low) for band in metric.bands)
        highs = any(math.isfinite(band.high) for band in metric.bands)
        for verdict, bounded in (("below", lows), ("above", highs)):
            if bounded and (metric.key, verdict) not in judged:
                name = metric.key.rpartition(".")[2]
                raise node.child("metrics").child(name).fail(f"a fault for being {verdict}")


def _count(node: Node) -> dict[str, tuple[str, str]]:
    node.only(*LANGUAGES)
    forms = {}
    for lang in LANGUAGES:
        child = node.child(lang)
        words = (
            [element.words() for element in child.elements()]
            if isinstance(child.value, list)
            else [child.words()] * 2
        )
        if len(words) != 2:
            raise child.fail("one word, or two: for one and for many")
        forms[lang] = (words[0], words[1])
    return forms
