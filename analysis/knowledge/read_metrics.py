"""Data → what is measured of a repetition: formula, view, band and source."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

from analysis.knowledge.read_motion import signal
from analysis.knowledge.records import COACH_SET, Band, Measure, Metric, Source
from analysis.knowledge.signals import UNITS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from analysis.knowledge.node import Node
    from analysis.knowledge.records import Text, Unit

SIDES: Final = ("both", "each", "acting", "other", "none")
VIEWS: Final = ("any", "side", "front", "back", "oblique")
# What a formula needs beside its phases: a "signal" in them, the signal at an "event", a "pair" of
# signals, phases "split" at an event, a signal of the "feet", or nothing.
OPS: Final = {
    "max": "signal",
    "min": "signal",
    "mean": "signal",
    "range": "signal",
    "rise": "signal",
    "turn": "signal",
    "asymmetry": "signal",
    "at": "event",
    "lag": "pair",
    "duration": "",
    "flight_height": "",
    "tempo": "split",
    "rate": "signal",
    "oscillation": "signal",
    "contact": "feet",
    "at_touchdown": "feet",
}
OP_UNITS: Final = {
    "duration": "s",
    "flight_height": "m",
    "lag": "s",
    "tempo": "ratio",
    "rate": "per_min",
    "contact": "s",
}
LEVELS: Final = ("beginner", "club", "elite")
SEXES: Final = ("female", "male")
USUAL_RATE_HZ: Final = 20.0


def metric(
    node: Node,
    *,
    key: str,
    phases: tuple[str, ...],
    moments: Mapping[str, Text],
    units: Mapping[str, Unit],
    body: frozenset[str],
) -> Metric:
    """One metric; whatever could not be evaluated later is refused here."""
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
    bands = tuple(_band(child) for child in node.child("bands").elements())
    _check_bands(node.child("bands"), bands=bands)
    return Metric(
        key=key,
        name=node.child("name").text(),
        unit=unit,
        body=node.child("body").some_of(body),
        side=node.child("side", "none").one_of(SIDES),
        measure=measure,
        views=frozenset(node.child("views", ["any"]).some_of(VIEWS)),
        error_floor=_positive(node.child("error_floor")),
        otherwise=Measure(measure.op, signal(other.child("signal")), measure.phases, measure.event)
        if has_other
        else None,
        otherwise_error_floor=_positive(other.child("error_floor")) if has_other else math.nan,
        min_rate_hz=node.child("min_rate_hz", USUAL_RATE_HZ).number(),
        moment=node.child("moment").one_of(moments) if "moment" in node.value else "",
        importance=node.child("importance").whole(),
        bands=bands,
        source=_source(node.child("source")),
        praise=node.child("praise").text(),
    )


def _positive(node: Node) -> float:
    if not node.number() > 0:
        raise node.fail("a number above 0: nothing is measured without an error")
    return node.number()


def _measure(
    node: Node, *, phases: tuple[str, ...], moments: Mapping[str, Text], unit: str
) -> Measure:
    node.only("op", "signal", "phases", "event", "other", "level")
    op = node.child("op").one_of(OPS)
    needs = OPS[op]
    named = signal(node.child("signal")) if needs in {"signal", "event", "pair", "feet"} else ""
    gives = OP_UNITS.get(op) or UNITS[named]
    if gives != unit:
        raise node.fail(f"a formula in the metric's unit {unit!r}, not {gives!r}")
    if needs == "feet" and "{side}" not in named:
        raise node.child("signal").fail("a signal of either side")
    timed = needs in {"event", "split"}
    return Measure(
        op=op,
        signal=named,
        phases=() if needs == "event" else node.child("phases").some_of(phases),
        event=node.child("event").one_of(moments) if timed else "",
        other=signal(node.child("other")) if needs == "pair" else "",
        level=node.child("level").number() if needs == "feet" else math.nan,
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


def _check_bands(node: Node, *, bands: tuple[Band, ...]) -> None:
    """Two bands for the same athlete would contradict each other; none says nothing."""
    if not bands:
        raise node.fail("at least one band")
    seen: set[tuple[str, str]] = set()
    for element, band in zip(node.elements(), bands, strict=True):
        if (band.level, band.sex) in seen:
            raise element.fail("one band for each level and sex")
        seen.add((band.level, band.sex))


def _source(node: Node) -> Source:
    if node.value == COACH_SET:
        return Source(kind=COACH_SET)
    if isinstance(node.value, str):
        raise node.fail(f"{COACH_SET!r} or a table with author, year, title and journal")
    if isinstance(node.value, dict) and "coach-set" in node.value:
        node.only("coach-set")
        return Source(kind=COACH_SET, note=node.child("coach-set").words())
    node.only("author", "year", "title", "journal", "note")
    return Source(
        kind="published",
        author=node.child("author").words(),
        year=node.child("year").whole(),
        title=node.child("title").words(),
        journal=node.child("journal").words(),
        note=node.child("note", "").words(),
    )
