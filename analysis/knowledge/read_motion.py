"""Data → how a technique moves: its detector, events and phases."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

from analysis.knowledge.records import Detector, Event, Evidence, PhaseDefinition
from analysis.knowledge.signals import ARM_SIGNALS, UNITS

if TYPE_CHECKING:
    from analysis.knowledge.node import Node

DETECTORS: Final = ("dip", "flight", "swing")
EVENTS: Final = ("start", "end", "peak", "valley", "rises", "falls", "takeoff", "landing")
STATS: Final = ("max", "min", "mean", "range", "at_peak", "near_max", "turn", "gravity")
COMBINES: Final = ("max", "min", "mean", "gap", "swing")
LIMBS: Final = ("acting", "other", "both")
BORDERS: Final = {"start", "end"}


def signal(node: Node) -> str:
    """The template of a signal that is measured."""
    return node.one_of(UNITS)


def detector(node: Node) -> Detector:
    """How the segmenter that needs no training finds the technique."""
    node.only("kind", "signal", "prominence", "duration_s", "evidence")
    bounds = [element.number() for element in node.child("duration_s").elements()]
    if len(bounds) != 2 or not 0 < bounds[0] < bounds[1]:
        raise node.child("duration_s").fail("two rising positive numbers")
    return Detector(
        kind=node.child("kind").one_of(DETECTORS),
        signal=signal(node.child("signal")),
        prominence=node.child("prominence").number(),
        min_duration_s=bounds[0],
        max_duration_s=bounds[1],
        evidence=tuple(_evidence(child) for child in node.child("evidence").elements()),
    )


def events(node: Node) -> tuple[Event, ...]:
    """The moments of a repetition, in order of time."""
    keys = tuple(node.value) if isinstance(node.value, dict) else ()
    found = [_event(child, key=key, keys=keys) for key, child in node.items()]
    if not found or found[0].kind != "start" or found[-1].kind != "end":
        raise node.fail("events in order, the first of kind start and the last of kind end")
    _check_acyclic(node, events=found)
    return tuple(found)


def phases(node: Node, *, events: tuple[Event, ...]) -> tuple[PhaseDefinition, ...]:
    """The parts of a repetition, each between two events, none beginning before the one above."""
    order = [event.key for event in events]
    found: list[PhaseDefinition] = []
    for key, child in node.items():
        child.only("from", "to", "name")
        start, stop = child.child("from").one_of(order), child.child("to").one_of(order)
        if order.index(start) >= order.index(stop):
            raise child.fail("an end after its start in the order of events")
        if found and order.index(start) < order.index(found[-1].stop):
            raise child.fail(f"a start that is not before the end of {found[-1].key!r}")
        found.append(PhaseDefinition(key, child.child("name").text(), start, stop))
    if not found:
        raise node.fail("at least one phase")
    return tuple(found)


def _evidence(node: Node) -> Evidence:
    node.only("signals", "stat", "combine", "zero", "full", "pad_s")
    zero, full = node.child("zero").number(), node.child("full").number()
    if zero == full:
        raise node.fail("different values of zero and full")
    return Evidence(
        signals=tuple(signal(child) for child in node.child("signals").elements()),
        stat=node.child("stat").one_of(STATS),
        combine=node.child("combine").one_of(COMBINES),
        zero=zero,
        full=full,
        pad_s=node.child("pad_s", 0.0).number(),
    )


def _event(node: Node, *, key: str, keys: tuple[str, ...]) -> Event:
    node.only("kind", "signal", "after", "before", "last", "limb", "level")
    kind = node.child("kind").one_of(EVENTS)
    named = "" if kind in BORDERS else signal(node.child("signal"))
    passes = kind in {"rises", "falls"}
    usual = "acting" if named in ARM_SIGNALS else "both"
    return Event(
        key=key,
        kind=kind,
        signal=named,
        after=node.child("after", keys[0]).one_of(keys),
        before=node.child("before", keys[-1]).one_of(keys),
        last=bool(node.child("last", "").value),
        limb=node.child("limb", usual).one_of(LIMBS),
        level=node.child("level").number() if passes else math.nan,
    )


def _check_acyclic(node: Node, *, events: list[Event]) -> None:
    """Each event must be reachable by placing first those that it refers to."""
    placed: set[str] = {event.key for event in events if event.kind in BORDERS}
    waiting = [event for event in events if event.key not in placed]
    while waiting:
        ready = [e for e in waiting if {e.after, e.before} <= placed]
        if not ready:
            raise node.child(waiting[0].key).fail("borders (after, before) that form no circle")
        placed |= {event.key for event in ready}
        waiting = [event for event in waiting if event.key not in placed]
