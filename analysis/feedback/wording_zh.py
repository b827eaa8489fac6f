"""Grounded wording in Simplified Chinese."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

from analysis.feedback.facts import distance_sd
from analysis.feedback.wording import Wording, number
from analysis.schema import Verdict

if TYPE_CHECKING:
    from collections.abc import Sequence

    from analysis.feedback.facts import Point
    from analysis.knowledge.catalogue import Catalogue

LANG: Final = "zh-hans"
CLEARLY_SD: Final = 4.0  # from here on a fault is told as clear


class _Chinese:
    lang = LANG

    def sentence(self, words: str) -> str:
        return f"{words}。"

    def fault_headline(self, point: Point) -> str:
        fault = point.fault
        if fault is None:
            raise ValueError(f"{point.metric.key}: expected a fault to tell of")
        return f"{fault.name[LANG]}{_how_often(point)}。"

    def fault_why(self, point: Point, *, catalogue: Catalogue) -> str:
        fault = point.fault
        if fault is None:
            raise ValueError(f"{point.metric.key}: expected a fault to tell of")
        parts = [
            f"{_measured(point, catalogue)}，{_short_of(point, catalogue)}。",
            fault.matters[LANG],
        ]
        parts += [cause[LANG] for cause in fault.causes[:1]]
        return "".join(parts)

    def sides_why(self, points: Sequence[Point], *, catalogue: Catalogue) -> str:
        left, right = sorted(points, key=lambda p: p.side)
        fault = left.fault or right.fault
        if fault is None:
            raise ValueError(f"{left.metric.key}: expected a fault on one side")

        def told(value: float) -> str:
            return number(value, unit=left.metric.unit, catalogue=catalogue, lang=LANG)

        names = {"left": "左侧", "right": "右侧"}
        parts = [
            f"左侧{left.metric.name[LANG]}平均 {told(left.mean)}，右侧平均 {told(right.mean)}。"
        ]
        faulty = [p for p in (left, right) if p.fault is not None]
        is_below = faulty[0].verdict is Verdict.BELOW
        who = "两侧都" if len(faulty) > 1 else names[faulty[0].side]
        border = told(faulty[0].border)
        parts.append(f"{who}低于 {border}的要求。" if is_below else f"{who}高于 {border}的上限。")
        difference = told(abs(left.mean - right.mean))
        if difference != told(0.0):
            more, less = (left, right) if left.mean > right.mean else (right, left)
            parts.append(f"{names[less.side]}比{names[more.side]}少 {difference}。")
        parts += [fault.matters[LANG], *(cause[LANG] for cause in fault.causes[:1])]
        return "".join(parts)

    def praise_why(self, point: Point, *, catalogue: Catalogue) -> str:
        return f"{_measured(point, catalogue)}，{_band(point, catalogue)}。"

    def unjudged_headline(self, points: Sequence[Point]) -> str:
        names = "、".join(dict.fromkeys(p.metric.name[LANG] for p in points))
        return f"{points[0].technique.name[LANG]}：{names}这次无法判断。"

    def drill(self, point: Point) -> str:
        if point.fault is None or not point.fault.drills:
            return ""
        drill = point.fault.drills[0]
        told = f"{drill.name[LANG]}：{drill.how[LANG]}。"
        if drill.contraindications:
            risks = "、".join(c[LANG] for c in drill.contraindications)
            told += f"有{risks}时不要做。"
        return told


def _how_often(point: Point) -> str:
    many = point.technique.count[LANG][1]
    if point.repetitions <= 1:
        return ""
    if point.count == point.repetitions:
        return f"，{point.repetitions} {many}都是如此"
    return f"，{point.repetitions} {many}中有 {point.count} 次出现"


def _measured(point: Point, catalogue: Catalogue) -> str:
    def told(value: float) -> str:
        return number(value, unit=point.metric.unit, catalogue=catalogue, lang=LANG)

    name = point.metric.name[LANG]
    if point.side:
        name = f"{catalogue.text(f'side.{point.side}', LANG)}{name}"
    if len(point.measured) == 1:
        finding = point.findings[0]
        return f"{name}为 {told(finding.measured)}（误差 ±{told(finding.sd)}）"
    low, high = told(min(point.measured)), told(max(point.measured))
    if low == high:
        each = "每次都是" if point.count == point.repetitions else "为"
        return f"{name}{each} {low}"
    return f"{name}平均 {told(point.mean)}（{low} 到 {high}）"


def _short_of(point: Point, catalogue: Catalogue) -> str:
    def told(value: float) -> str:
        return number(value, unit=point.metric.unit, catalogue=catalogue, lang=LANG)

    gap = told(abs(point.mean - point.border))
    clearly = "明显" if distance_sd(point.worst) >= CLEARLY_SD else ""
    if point.verdict is Verdict.BELOW:
        return f"{clearly}低于 {told(point.border)}的要求，还差 {gap}"
    return f"{clearly}超过 {told(point.border)}的上限，多出 {gap}"


def _band(point: Point, catalogue: Catalogue) -> str:
    def told(value: float) -> str:
        return number(value, unit=point.metric.unit, catalogue=catalogue, lang=LANG)

    first = point.findings[0]
    if not math.isfinite(first.high):
        return f"达标（要求至少 {told(first.low)}）"
    if not math.isfinite(first.low):
        return f"达标（要求最多 {told(first.high)}）"
    return f"达标（要求在 {told(first.low)} 到 {told(first.high)} 之间）"


CHINESE: Final[Wording] = _Chinese()
