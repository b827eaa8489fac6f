"""The numbers of a sentence, and what the words around each say that it is. Pure."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from analysis.feedback.facts import Point
    from analysis.feedback.speech import Speech
    from analysis.knowledge.catalogue import Catalogue
    from analysis.knowledge.records import Unit
    from analysis.schema import Finding

NUMBER: Final = re.compile(r"(?<![A-Za-z\d#.])[-−]?\d+(?:\.\d+)?")
BORDERS: Final = frozenset({"low", "high", "less", "more", "border", "past"})
GAPS: Final = ("gap_less", "gap_more", "gap", "diff")
SAID_UNITS: Final = {  # beside those of the catalogue; no metric has the last three
    "deg": ("degrees", "degree", "度", "deg"),
    "s": ("seconds", "second", "s", "秒"),
    "percent": ("%", "percent", "per cent"),
    "cm": ("cm", "centimetres", "centimeters", "厘米"),
    "other": (
        "mm",
        "km/h",
        "kg",
        "kilos",
        "inches",
        "feet",
        "公斤",
        "公里",
        "毫米",
        "分钟",
        "minutes",
    ),
}


@dataclass(frozen=True, slots=True)
class Quantity:
    """A number with its unit, where it stands, and what the words around it make of it."""

    value: float
    reach: float  # how far the true value may lie from it: the rounding it was told with
    unit: str  # a unit's key; "" for a bare number
    start: int
    end: int  # behind the unit
    roles: frozenset[str]
    cues: tuple[tuple[int, int], ...]  # stretches of the text that gave it its roles


def quantities(text: str, *, catalogue: Catalogue, speech: Speech, ratio: bool) -> list[Quantity]:
    """Every number of a text; `ratio` tells whether "times" may be a unit."""
    symbols = _symbols(catalogue, ratio=ratio)
    bare = [(m, *_unit(text, m.end(), symbols=symbols, lang=speech.lang))
            for m in NUMBER.finditer(text)]  # fmt: skip
    found = []
    for place, (match, unit, end) in enumerate(bare):
        first = bare[place - 1][2] if place else 0
        last = bare[place + 1][0].start() if place + 1 < len(bare) else len(text)
        roles, cues = _roles(text, match.start(), end, first=first, last=last, speech=speech)
        found.append(
            Quantity(
                value=float(match[0].replace("−", "-")),
                reach=_reach(match[0], text, match.start(), end, speech=speech),
                unit=unit,
                start=match.start(),
                end=end,
                roles=roles,
                cues=cues,
            )
        )
    return found


def spans(text: str, *, found: Sequence[Quantity], speech: Speech) -> Iterator[tuple[int, int]]:
    """Neighbours (first, second) that are told as a range: "from 70° to 74°"."""
    for i, (one, two) in enumerate(pairwise(found)):
        between = text[one.end : two.start]
        same = two.unit in {one.unit, ""} or one.unit == ""
        if same and speech.span.fullmatch(between) and one.unit + two.unit:
            yield i, i + 1


def values_of(point: Point, *, role: str) -> list[tuple[float, Finding | None]]:
    """What a point offers for a role: values, each with the one finding that it is of, if it is."""
    first = point.findings[0]
    each: list[tuple[float, Finding | None]] = [
        (f.measured, f) for f in point.findings if math.isfinite(f.measured)
    ]
    mean: list[tuple[float, Finding | None]] = [(point.mean, None)]
    low: list[tuple[float, Finding | None]] = [(first.low, None)]
    high: list[tuple[float, Finding | None]] = [(first.high, None)]
    offered: Mapping[str, list[tuple[float, Finding | None]]] = {
        "low": low,
        "high": high,
        "border": [*low, *high],
        "less": [*low, *high],
        "more": [*low, *high],
        "sd": [(f.sd, f) for f in point.findings],
        "mean": mean,
        "lowest": sorted(each, key=lambda pair: pair[0])[:1],
        "highest": sorted(each, key=lambda pair: -pair[0])[:1],
        "time": [(f.at_s, f) for f in point.findings],
    }
    found = offered.get(role, [*mean, *each])
    return [(value, finding) for value, finding in found if math.isfinite(value)]


def gaps_of(point: Point, *, role: str, unit: Unit | None) -> list[tuple[float, Finding | None]]:
    """Distances from a border: of what is below it (gap_less), above it (gap_more), or either."""
    first = point.findings[0]
    found: list[tuple[float, Finding | None]] = []
    for value, finding in values_of(point, role="mean"):
        told = (value,) if unit is None else (value, round(value, unit.decimals))
        for border in (first.low, first.high):
            for side in told:
                short = border - side
                if not math.isfinite(short):
                    continue
                if role == "gap" or (short > 0) == (role == "gap_less"):
                    found.append((abs(short), finding))
    return found


def _symbols(catalogue: Catalogue, *, ratio: bool) -> list[tuple[str, str]]:
    pairs = {
        (words.strip(), unit.key)
        for unit in catalogue.units.values()
        if ratio or unit.key != "ratio"
        for lang in ("en", "zh-hans")
        for words in (unit.symbol[lang], unit.name[lang])
    }
    pairs |= {(word, key) for key, words in SAID_UNITS.items() for word in words}
    return sorted(pairs, key=lambda pair: -len(pair[0]))


def _unit(text: str, at: int, *, symbols: Sequence[tuple[str, str]], lang: str) -> tuple[str, int]:
    """(unit, where it ends) of the number that ends at `at`."""
    space = len(text[at:]) - len(text[at:].lstrip(" "))
    rest = text[at + space :]
    for word, key in symbols:
        if not rest.lower().startswith(word.lower()):
            continue
        follows = rest[len(word) : len(word) + 1]
        if not (word[-1:].isascii() and word[-1:].isalpha() and follows.isascii()
                and follows.isalpha()):  # fmt: skip
            return key, at + space + len(word)
    del lang
    return "", at


def _reach(digits: str, text: str, start: int, end: int, *, speech: Speech) -> float:
    """Half of the last digit that is told; of "about 70", half of the last that counts."""
    decimals = len(digits.partition(".")[2])
    step = 10.0**-decimals
    loose = speech.approx.search(text[:start]) or speech.approx_after.match(text[end:])
    if loose and not decimals and len(digits) > 1:
        step = 5.0 if digits.endswith(("0", "5")) else 2.0
    return 0.5 * step + 1e-6


def _roles(
    text: str, start: int, end: int, *, first: int, last: int, speech: Speech
) -> tuple[frozenset[str], tuple[tuple[int, int], ...]]:
    """What the words before and behind a number say that it is."""
    begin = max([first, *(m.end() for m in speech.clause.finditer(text, first, start))])
    stop = min([last, *(m.start() for m in speech.clause.finditer(text, end, last))])
    before, after = text[begin:start], text[end:stop]
    cues: dict[str, tuple[int, int]] = {}
    for kind, pattern in speech.before.items():
        for match in pattern.finditer(before):
            cues[kind] = (begin + match.start(), begin + match.end())
    behind = {
        kind: (end + m.start(), end + m.end())
        for kind, pattern in speech.after.items()
        if (m := pattern.match(after)) and m[0].strip()
    }
    for kind, front, back in speech.around:
        if front.search(before) and (m := back.match(after)):
            cues[kind] = (end + m.start(), end + m.end())
    missed = speech.not_reached.search(before)
    if missed:
        cues = {k: v for k, v in cues.items() if k in {"border", "mean"}}
        cues["less"] = (begin + missed.start(), begin + missed.end())
    cues = _without_swallowed(cues)
    roles = _settled(cues, behind, start=start, before=before)
    used = [span for kind, span in [*cues.items(), *behind.items()] if kind in roles]
    return frozenset(roles), tuple(used)


def _without_swallowed(cues: dict[str, tuple[int, int]]) -> dict[str, tuple[int, int]]:
    """Cues that are no part of a longer one: "no less than" is not "less than"."""
    return {
        kind: (a, b)
        for kind, (a, b) in cues.items()
        if not any(
            (c <= a and b <= d) and (d - c > b - a) for other, (c, d) in cues.items()
            if other != kind
        )
    }  # fmt: skip


def _settled(
    cues: Mapping[str, tuple[int, int]],
    behind: Mapping[str, tuple[int, int]],
    *,
    start: int,
    before: str,
) -> set[str]:
    """The roles that win: what touches the number first, then what stands further off."""
    del before
    for kind in ("gap_less", "gap_more"):
        if kind in behind:
            return {kind}
    near = max(cues, key=lambda kind: cues[kind], default="")
    if near in {"sd", "gap", "gap_less", "gap_more", "time"} and start - cues[near][1] <= 3:
        return {near}
    borders = {k for k in [*cues, *behind] if k in BORDERS}
    if "mean" in behind and not borders & {"low", "high"}:
        borders -= {k for k in borders if k in cues and k not in behind}
    if borders:
        return borders
    for kind in ("sd", "time", "mean"):
        if kind in behind:
            return {kind}
    extremes = {k for k in ("lowest", "highest") if k in cues}
    if extremes and near in extremes:
        return extremes
    return {near} if near in {"mean", "sd"} else set()
