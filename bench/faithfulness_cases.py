"""Made-up findings and what is true of them. Part of `bench/faithfulness.py`; no script of its own.

A case is one measure of one technique of the catalogue, over a few repetitions with known values:
too low, too high, on target, or not to be judged; of one side, or of left and right.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from analysis.feedback.facts import Point, gather
from analysis.feedback.find import judge
from analysis.feedback.reading import own_moments
from analysis.schema import Finding, Phase, Segment, Verdict

if TYPE_CHECKING:
    from collections.abc import Iterator
    from random import Random

    from analysis.knowledge.catalogue import Catalogue
    from analysis.knowledge.records import Band, Metric, Technique

STYLES: Final = ("symbol", "name", "words")
EN_ONES: Final = (
    *("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"),
    *("eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen"),
    "nineteen",
)
EN_TENS: Final = (
    *("-", "-", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"),
)
EN_NTH: Final = ["-", "first", "second", "third", "fourth", "fifth", "sixth", "seventh"]
ZH_DIGITS: Final = "零一二三四五六七八九"


@dataclass(frozen=True, slots=True)
class Case:
    """Findings of one measure, and the points that may be told of them."""

    technique: Technique
    metric: Metric
    band: Band
    verdict: Verdict
    segments: tuple[Segment, ...]
    points: tuple[Point, ...]  # one, or left and right

    @property
    def point(self) -> Point:
        """The first."""
        return self.points[0]


def cases(catalogue: Catalogue, *, rng: Random, rounds: int) -> Iterator[Case]:
    """Cases of every measure and each kind of verdict, `rounds` times with other values."""
    for _ in range(rounds):
        for technique in catalogue.techniques:
            for metric in technique.metrics:
                for verdict in (Verdict.BELOW, Verdict.ABOVE, Verdict.WITHIN, Verdict.CANNOT_TELL):
                    band = metric.band(level="club", sex=None)
                    if _possible(metric, technique, band, verdict=verdict):
                        yield _case(
                            technique, metric, band, verdict=verdict, rng=rng, catalogue=catalogue
                        )


def _possible(metric: Metric, technique: Technique, band: Band, *, verdict: Verdict) -> bool:
    if verdict in {Verdict.BELOW, Verdict.ABOVE}:
        names = {fault.verdict for fault in technique.faults_of(metric.key)}
        return verdict.value in names
    return math.isfinite(band.low) or math.isfinite(band.high)


def _case(
    technique: Technique,
    metric: Metric,
    band: Band,
    *,
    verdict: Verdict,
    rng: Random,
    catalogue: Catalogue,
) -> Case:
    repetitions = rng.randint(2, 7)
    segments = tuple(_segment(i, technique) for i in range(1, repetitions + 1))
    count = rng.randint(1, repetitions)
    chosen = sorted(rng.sample(range(repetitions), count))
    sided = metric.side in {"each", "racket", "both"}
    two = sided and verdict in {Verdict.BELOW, Verdict.ABOVE} and rng.random() < 0.4
    sides = ("left", "right") if two else ((rng.choice(("left", "right")),) if sided else ("",))
    if metric.side == "both" and not two:
        sides = ("",)
    findings: list[Finding] = []
    for number, side in enumerate(sides):
        for place in chosen:
            key = f"{metric.key}.{side}" if side else metric.key
            value, sd = _value(metric, band, verdict=verdict, rng=rng, shift=number)
            findings.append(
                _finding(
                    len(findings) + 1, key, value, sd=sd, segment=segments[place], metric=metric,
                    technique=technique, band=band, verdict=verdict, rng=rng,
                )
            )  # fmt: skip
    points = tuple(gather(findings, segments=segments, catalogue=catalogue))
    return Case(technique, metric, band, verdict, segments, points)


def _segment(number: int, technique: Technique) -> Segment:
    start_s = 6.0 * number
    length_s = 3.0 / max(1, len(technique.phases))
    phases = tuple(
        Phase(p.key, start_s + i * length_s, start_s + (i + 1) * length_s)
        for i, p in enumerate(technique.phases)
    )
    return Segment(f"s{number}", 1, technique.key, phases, start_s, start_s + 3.0, 0.9)


def _value(
    metric: Metric, band: Band, *, verdict: Verdict, rng: Random, shift: int
) -> tuple[float, float]:
    """A value with its error that has the verdict; the second side lies further out."""
    scale = max(abs(b) for b in (band.low, band.high) if math.isfinite(b)) or 1.0
    step = max(0.15 * scale, 3 * metric.error_floor)
    far = step * (0.7 + 0.6 * rng.random() + 0.8 * shift)
    sd = 0.2 * step
    if verdict is Verdict.CANNOT_TELL:
        return math.nan, math.nan
    if verdict is Verdict.BELOW:
        return band.low - far, sd
    if verdict is Verdict.ABOVE:
        return band.high + far, sd
    if math.isfinite(band.low) and math.isfinite(band.high):
        middle = (band.low + band.high) / 2
        return middle, min(sd, (band.high - band.low) / 6)
    return (band.low + far, sd) if math.isfinite(band.low) else (band.high - far, sd)


def _finding(
    number: int,
    key: str,
    value: float,
    *,
    sd: float,
    segment: Segment,
    metric: Metric,
    technique: Technique,
    band: Band,
    verdict: Verdict,
    rng: Random,
) -> Finding:
    faults = technique.faults_of(metric.key)
    fault = next((f for f in faults if f.verdict == verdict.value), faults[0])
    reason = ""
    confidence = 0.0
    if verdict is Verdict.CANNOT_TELL:
        reason = rng.choice(("view", "unseen", "low_frame_rate"))
    else:
        confidence = judge(value, sd=sd, low=band.low, high=band.high)[1]
    return Finding(
        finding_id=f"f{number}",
        rule_id=fault.key,
        segment_id=segment.segment_id,
        track_id=1,
        metric=key,
        verdict=verdict,
        measured=value,
        low=band.low,
        high=band.high,
        unit=metric.unit,
        at_s=segment.start_s + 1.0 + 0.1 * rng.randint(0, 9),
        sd=sd,
        confidence=confidence,
        reason=reason,
    )


def told(value: float, *, unit: str, catalogue: Catalogue, lang: str, style: str) -> str:
    """A value with its unit: "72°", "72 degrees" or "seventy-two degrees"."""
    known = catalogue.units[unit]
    text = f"{round(value, known.decimals) + 0.0:.{known.decimals}f}"
    if style == "symbol":
        return f"{text}{known.symbol[lang]}"
    space = " " if lang == "en" else ""
    whole = known.decimals == 0 and value >= 0
    if style == "words" and whole:
        text = spelled(round(value), lang=lang)
    return f"{text}{space}{known.name[lang]}"


def spelled(number: int, *, lang: str) -> str:
    """A whole number from 0 to 999 in words."""
    if lang == "en":
        if number < 20:
            return EN_ONES[number]
        if number < 100:
            rest = number % 10
            return EN_TENS[number // 10] + (f"-{EN_ONES[rest]}" if rest else "")
        rest = number % 100
        head = f"{EN_ONES[number // 100]} hundred"
        return head + (f" and {spelled(rest, lang=lang)}" if rest else "")
    if number < 10:
        return ZH_DIGITS[number]
    if number < 100:
        tens, ones = divmod(number, 10)
        head = "十" if tens == 1 else f"{ZH_DIGITS[tens]}十"
        return head + (ZH_DIGITS[ones] if ones else "")
    hundreds, rest = divmod(number, 100)
    gap = "零" if 0 < rest < 10 else ("一" if 10 <= rest < 20 else "")
    return f"{ZH_DIGITS[hundreds]}百{gap}{spelled(rest, lang=lang) if rest else ''}"


def facts(
    case: Case, *, catalogue: Catalogue, lang: str, style: str, rng: Random
) -> dict[str, Any]:
    """Everything true that a frame may ask for; numbers as (value, unit) pairs under "numbers"."""
    point, metric = case.point, case.metric
    name = metric.name[lang]
    if point.side and len(case.points) == 1:
        side = catalogue.text(f"side.{point.side}", lang)
        name = f"{name} on the {side} side" if lang == "en" else f"{side}{name}"
    name = f"the {name}" if lang == "en" else name
    found: dict[str, Any] = {
        "metric": name,
        "metric_": name[:1].upper() + name[1:],
        "many": case.technique.count[lang][1],
        "n": spelled(point.count, lang=lang) if style == "words" else str(point.count),
        "N": spelled(point.repetitions, lang=lang) if style == "words" else str(point.repetitions),
        "numbers": _numbers(case, rng=rng),
        "style": style,
    }
    if lang != "en" and style == "words":
        found |= {k: "两" for k, v in (("n", point.count), ("N", point.repetitions)) if v == 2}
    found |= _words(case, catalogue=catalogue, lang=lang, rng=rng)
    return found


def _numbers(case: Case, *, rng: Random) -> dict[str, tuple[float, str]]:
    point, unit = case.point, case.metric.unit
    numbers: dict[str, tuple[float, str]] = {}
    if point.measured:
        border = point.border
        if case.verdict is Verdict.WITHIN:
            border = case.band.low if math.isfinite(case.band.low) else case.band.high
        numbers |= {
            "mean": (point.mean, unit),
            "border": (border, unit),
            "gap": (abs(point.mean - border), unit),
        }
        if len(point.measured) == 1 and len(case.points) == 1:
            numbers |= {"value": (point.mean, unit), "sd": (point.findings[0].sd, unit)}
        if len(point.measured) > 1:
            numbers |= {"low": (min(point.measured), unit), "high": (max(point.measured), unit)}
        chosen = rng.randrange(len(point.findings))
        numbers["nth_value"] = (point.findings[chosen].measured, unit)
        numbers["nth"] = (point.numbers[chosen], "")
    if len(case.points) == 2:
        left, right = case.points
        numbers |= {
            "left": (left.mean, unit),
            "right": (right.mean, unit),
            "diff": (abs(left.mean - right.mean), unit),
        }
    if unit != "s":
        numbers["time"] = (point.worst.at_s, "s")
    return numbers


def _words(case: Case, *, catalogue: Catalogue, lang: str, rng: Random) -> dict[str, str]:
    point = case.point
    found: dict[str, str] = {}
    fault = point.fault
    if fault is not None:
        name = fault.name[lang]
        found |= {
            "fault_": name,
            "fault": (name[:1].lower() + name[1:]) if lang == "en" else name,
            "matters": fault.matters[lang].rstrip(".。"),
            "cause": fault.causes[0][lang].rstrip(".。") if fault.causes else "",
            "cue": fault.cues[0][lang].rstrip(".。"),
        }
        if fault.drills:
            drill = rng.choice(fault.drills)
            found |= {"drill": drill.name[lang], "how": drill.how[lang].rstrip(".。")}
    if case.verdict is Verdict.CANNOT_TELL:
        found["reason"] = catalogue.terms[f"reason.{point.findings[0].reason}"][lang]
    own = [p for p in case.technique.phases if p.key in set(own_moments(point))]
    if own:
        found["phase"] = rng.choice(own).name[lang]
    if len(case.points) == 2:
        left, right = case.points
        words = (
            {"left": "left", "right": "right"} if lang == "en" else {"left": "左", "right": "右"}
        )
        larger = "left" if left.mean > right.mean else "right"
        found["larger"] = words[larger]
        found["smaller"] = words["right" if larger == "left" else "left"]
    return found
