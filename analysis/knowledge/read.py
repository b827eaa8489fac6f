"""Data files → records, refusing whatever could not be evaluated later."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

from analysis.knowledge.records import (
    COACH_SET,
    LANGUAGES,
    Band,
    Detector,
    Drill,
    Event,
    Evidence,
    Fault,
    Lexicon,
    Measure,
    Metric,
    PhaseDefinition,
    Source,
    Sport,
    Technique,
    Unit,
)
from analysis.knowledge.signals import UNITS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from analysis.knowledge.node import Node
    from analysis.knowledge.records import Text

DETECTORS: Final = ("dip", "flight", "swing")
EVENTS: Final = ("start", "end", "peak", "valley", "takeoff", "landing")
STATS: Final = ("max", "min", "mean", "range", "at_peak", "near_max", "turn", "gravity")
COMBINES: Final = ("max", "min", "mean", "gap", "swing")
SIDES: Final = ("both", "each", "racket", "none")
VIEWS: Final = ("any", "side", "front", "back", "oblique")
# What a formula needs beside its phases: "signal" in them, the signal at an "event", or nothing.
OPS: Final = {
    "max": "signal",
    "min": "signal",
    "range": "signal",
    "rise": "signal",
    "turn": "signal",
    "asymmetry": "signal",
    "at": "event",
    "duration": "",
    "flight_height": "",
}
OP_UNITS: Final = {"duration": "s", "flight_height": "m"}
LEVELS: Final = ("beginner", "club", "elite")
SEXES: Final = ("female", "male")


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
        CatalogueError: names the file, the key and what is expected.
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


def _technique(
    node: Node, *, key: str, sport: str, units: Mapping[str, Unit], body: frozenset[str]
) -> Technique:
    node.only(
        "name", "count", "detect", "events", "phases", "moments", "metrics", "faults", "drills"
    )
    events = _events(node.child("events"))
    phases = _phases(node.child("phases"), events=events)
    moments = {}
    for name, child in node.child("moments", {}).items():
        if name not in {event.key for event in events}:
            raise child.fail("an event of this technique as the key")
        moments[name] = child.text()
    names = tuple(phase.key for phase in phases)
    metrics = tuple(
        _metric(child, key=f"{key}.{name}", phases=names, moments=moments, units=units, body=body)
        for name, child in node.child("metrics").items()
    )
    drills = {
        name: _drill(child, key=f"{key}.{name}") for name, child in node.child("drills").items()
    }
    faults = tuple(
        _fault(child, key=f"{key}.{name}", metrics=metrics, drills=drills)
        for name, child in node.child("faults").items()
    )
    _check_unique(node, sections=("phases", "metrics", "faults", "drills"))
    _check_used(node, faults=faults, drills=drills)
    _check_judged(node, metrics=metrics, faults=faults)
    return Technique(
        key=key,
        sport=sport,
        name=node.child("name").text(),
        count=_count(node.child("count")),
        detector=_detector(node.child("detect")),
        events=events,
        phases=phases,
        moments=moments,
        metrics=metrics,
        faults=faults,
        drills=tuple(drills.values()),
    )


def _check_unique(node: Node, *, sections: tuple[str, ...]) -> None:
    seen: dict[str, str] = {}
    for section in sections:
        for name, child in node.child(section).items():
            if name in seen:
                raise child.fail(f"a name that {seen[name]} does not use already")
            seen[name] = section


def _check_used(node: Node, *, faults: tuple[Fault, ...], drills: Mapping[str, Drill]) -> None:
    used = {drill.key for fault in faults for drill in fault.drills}
    for name, drill in drills.items():
        if drill.key not in used:
            raise node.child("drills").child(name).fail("a fault that names this drill")


def _check_judged(node: Node, *, metrics: tuple[Metric, ...], faults: tuple[Fault, ...]) -> None:
    """Each border of a band needs a fault that says what lies beyond it."""
    judged = {(fault.metric, fault.verdict) for fault in faults}
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


def _signal(node: Node) -> str:
    return node.one_of(UNITS)


def _detector(node: Node) -> Detector:
    node.only("kind", "signal", "prominence", "duration_s", "evidence")
    bounds = [element.number() for element in node.child("duration_s").elements()]
    if len(bounds) != 2 or not 0 < bounds[0] < bounds[1]:
        raise node.child("duration_s").fail("two rising positive numbers")
    return Detector(
        kind=node.child("kind").one_of(DETECTORS),
        signal=_signal(node.child("signal")),
        prominence=node.child("prominence").number(),
        min_duration_s=bounds[0],
        max_duration_s=bounds[1],
        evidence=tuple(_evidence(child) for child in node.child("evidence").elements()),
    )


def _evidence(node: Node) -> Evidence:
    node.only("signals", "stat", "combine", "zero", "full", "pad_s")
    zero, full = node.child("zero").number(), node.child("full").number()
    if zero == full:
        raise node.fail("different values of zero and full")
    return Evidence(
        signals=tuple(_signal(child) for child in node.child("signals").elements()),
        stat=node.child("stat").one_of(STATS),
        combine=node.child("combine").one_of(COMBINES),
        zero=zero,
        full=full,
        pad_s=node.child("pad_s", 0.0).number(),
    )


def _events(node: Node) -> tuple[Event, ...]:
    keys = set(node.value) if isinstance(node.value, dict) else set()
    events = []
    for key, child in node.items():
        child.only("kind", "signal", "after", "before", "last")
        kind = child.child("kind").one_of(EVENTS)
        bordered = kind in {"start", "end"}
        events.append(
            Event(
                key=key,
                kind=kind,
                signal="" if bordered else _signal(child.child("signal")),
                after=child.child("after", "start").one_of(keys),
                before=child.child("before", "end").one_of(keys),
                last=bool(child.child("last", "").value),
            )
        )
    if not events or events[0].kind != "start" or events[-1].kind != "end":
        raise node.fail("events in order, the first of kind start and the last of kind end")
    _check_acyclic(node, events=events)
    return tuple(events)


def _check_acyclic(node: Node, *, events: list[Event]) -> None:
    """Each event must be reachable by placing first those that it refers to."""
    placed: set[str] = {event.key for event in events if event.kind in {"start", "end"}}
    waiting = [event for event in events if event.key not in placed]
    while waiting:
        ready = [e for e in waiting if {e.after, e.before} <= placed]
        if not ready:
            raise node.child(waiting[0].key).fail("borders (after, before) that form no circle")
        placed |= {event.key for event in ready}
        waiting = [event for event in waiting if event.key not in placed]


def _phases(node: Node, *, events: tuple[Event, ...]) -> tuple[PhaseDefinition, ...]:
    order = [event.key for event in events]
    phases = []
    for key, child in node.items():
        child.only("from", "to", "name")
        start, stop = child.child("from").one_of(order), child.child("to").one_of(order)
        if order.index(start) >= order.index(stop):
            raise child.fail("an end after its start in the order of events")
        phases.append(PhaseDefinition(key, child.child("name").text(), start, stop))
    return tuple(phases)


def _metric(
    node: Node,
    *,
    key: str,
    phases: tuple[str, ...],
    moments: Mapping[str, Text],
    units: Mapping[str, Unit],
    body: frozenset[str],
) -> Metric:
    node.only(
        "name", "body", "unit", "side", "measure", "views", "otherwise", "error_floor",
        "min_rate_hz", "moment", "importance", "bands", "source", "praise",
    )  # fmt: skip
    unit = node.child("unit").one_of(units)
    measure = _measure(node.child("measure"), phases=phases, moments=moments, unit=unit)
    has_other = "otherwise" in node.value
    other = node.child("otherwise", {})
    if has_other:
        other.only("signal", "error_floor")
    return Metric(
        key=key,
        name=node.child("name").text(),
        unit=unit,
        body=node.child("body").some_of(body),
        side=node.child("side").one_of(SIDES),
        measure=measure,
        views=frozenset(node.child("views").some_of(VIEWS)),
        error_floor=node.child("error_floor").number(),
        otherwise=Measure(measure.op, _signal(other.child("signal")), measure.phases, measure.event)
        if has_other
        else None,
        otherwise_error_floor=other.child("error_floor").number() if has_other else math.nan,
        min_rate_hz=node.child("min_rate_hz").number(),
        moment=node.child("moment").one_of(moments) if "moment" in node.value else "",
        importance=node.child("importance").whole(),
        bands=tuple(_band(child) for child in node.child("bands").elements()),
        source=_source(node.child("source")),
        praise=node.child("praise").text(),
    )


def _measure(
    node: Node, *, phases: tuple[str, ...], moments: Mapping[str, Text], unit: str
) -> Measure:
    node.only("op", "signal", "phases", "event")
    op = node.child("op").one_of(OPS)
    signal = _signal(node.child("signal")) if OPS[op] else ""
    gives = UNITS[signal] if signal else OP_UNITS[op]
    if gives != unit:
        raise node.fail(f"a formula in the metric's unit {unit!r}, not {gives!r}")
    at_event = OPS[op] == "event"
    return Measure(
        op=op,
        signal=signal,
        phases=() if at_event else node.child("phases").some_of(phases),
        event=node.child("event").one_of(moments) if at_event else "",
    )


def _band(node: Node) -> Band:
    node.only("low", "high", "level", "sex")
    low = node.child("low", -math.inf).value
    high = node.child("high", math.inf).value
    if not all(isinstance(v, int | float) for v in (low, high)) or not low < high:
        raise node.fail("numbers with low below high, at least one of them")
    if math.isinf(low) and math.isinf(high):
        raise node.fail("a low or a high border")
    return Band(
        low=float(low),
        high=float(high),
        level=node.child("level", "").one_of(("", *LEVELS)),
        sex=node.child("sex", "").one_of(("", *SEXES)),
    )


def _source(node: Node) -> Source:
    if node.value == COACH_SET:
        return Source(kind=COACH_SET)
    if isinstance(node.value, str):
        raise node.fail(f"{COACH_SET!r} or a table with author, year, title and journal")
    node.only("author", "year", "title", "journal", "note")
    return Source(
        kind="published",
        author=node.child("author").words(),
        year=node.child("year").whole(),
        title=node.child("title").words(),
        journal=node.child("journal").words(),
        note=node.child("note", "").words(),
    )


def _drill(node: Node, *, key: str) -> Drill:
    node.only("name", "how", "contraindications")
    return Drill(
        key=key,
        name=node.child("name").text(),
        how=node.child("how").text(),
        contraindications=node.child("contraindications", []).texts(),
    )


def _fault(
    node: Node, *, key: str, metrics: tuple[Metric, ...], drills: Mapping[str, Drill]
) -> Fault:
    node.only("when", "name", "matters", "causes", "cues", "drills")
    when = node.child("when")
    when.only("metric", "is")
    by_name = {metric.key.rpartition(".")[2]: metric for metric in metrics}
    metric = by_name[when.child("metric").one_of(by_name)]
    verdict = when.child("is").one_of(("below", "above"))
    borders = [band.low if verdict == "below" else band.high for band in metric.bands]
    if all(math.isinf(border) for border in borders):
        raise when.fail(f"a side on which the bands of {metric.key} have a border")
    cues = node.child("cues").texts()
    if not cues:
        raise node.child("cues").fail("at least one cue")
    return Fault(
        key=key,
        name=node.child("name").text(),
        metric=metric.key,
        verdict=verdict,
        matters=node.child("matters").text(),
        causes=node.child("causes").texts(),
        cues=cues,
        drills=tuple(drills[name] for name in node.child("drills").some_of(drills)),
    )
