"""One thing made wrong in a true sentence. Part of `bench/faithfulness.py`; not a script."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from analysis.feedback.reading import own_moments
from analysis.schema import Verdict

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from random import Random

    from analysis.knowledge.catalogue import Catalogue
    from bench.faithfulness_cases import Case

OPPOSITE: Final = {
    Verdict.BELOW: "above",
    Verdict.ABOVE: "below",
}
WRONG_UNITS: Final = {"en": (" cm", " percent", " kg"), "zh-hans": ("厘米", "%", "公斤")}
LEAST_STEPS: Final = 3  # of the last digit that is told


def plants(
    frame: str,
    *,
    group: str,
    case: Case,
    known: Mapping[str, Any],
    words: Mapping[str, Any],
    catalogue: Catalogue,
    lang: str,
    rng: Random,
) -> Iterator[tuple[str, str]]:
    """(what is wrong, the sentence) for each thing that can be made wrong in a frame."""
    from bench.faithfulness import fill

    def filled(changes: Mapping[str, Any], *, of: str = frame) -> str | None:
        return fill(of, known={**known, **changes}, catalogue=catalogue, lang=lang)

    found: list[tuple[str, str | None]] = [
        ("number", filled(_wrong_number(frame, known=known, catalogue=catalogue, rng=rng))),
        ("count", filled(_wrong_count(frame, case=case, lang=lang, rng=rng))),
        ("phase", filled(_wrong_phase(frame, case=case, lang=lang, rng=rng))),
        ("side", _wrong_side(frame, case=case, known=known, lang=lang, fill=filled)),
        ("comparison", _swapped(frame, known=known, fill=filled)),
        ("joint", _wrong_joint(filled({}), case=case, words=words, lang=lang, rng=rng)),
        ("unit", _wrong_unit(filled({}), case=case, catalogue=catalogue, lang=lang, rng=rng)),
    ]
    if group in {"below", "above"}:
        opposite = rng.choice(words["frames"][OPPOSITE[case.verdict]])
        found.append(("direction", filled({}, of=opposite)))
    true = filled({})
    lie_kind = rng.choice(("drill", "injection", "injection", "cause"))
    lie = rng.choice(words["lies"][lie_kind])
    joined = rng.random() < 0.4 and true is not None
    found.append((lie_kind, _joined(str(true), lie, lang=lang) if joined else lie))
    for wrong, text in found:
        if text is not None and text != true:
            yield wrong, text


def _wrong_number(
    frame: str, *, known: Mapping[str, Any], catalogue: Catalogue, rng: Random
) -> dict[str, Any]:
    slots = [k for k, (_, unit) in known["numbers"].items() if unit and f"{{{k}}}" in frame]
    if not slots:
        return {}
    slot = rng.choice(slots)
    value, unit = known["numbers"][slot]
    step = 10.0 ** -catalogue.units[unit].decimals
    far = max(abs(value) * rng.uniform(0.12, 0.5), LEAST_STEPS * step, 0.4 * (slot == "time"))
    wrong = value + rng.choice((-1, 1)) * far
    if value >= 0 > wrong:
        wrong = value + far
    return {"numbers": {**known["numbers"], slot: (wrong, unit)}}


def _wrong_count(frame: str, *, case: Case, lang: str, rng: Random) -> dict[str, Any]:
    slots = [slot for slot in ("n", "N") if f"{{{slot}}}" in frame]
    if not slots:
        return {}
    slot = rng.choice(slots)
    point = case.point
    right = point.count if slot == "n" else point.repetitions
    others = [n for n in range(1, 9) if n != right and (slot == "N" or n <= point.repetitions)]
    del lang
    return {slot: str(rng.choice(others))} if others else {}


def _wrong_phase(frame: str, *, case: Case, lang: str, rng: Random) -> dict[str, Any]:
    own = set(own_moments(case.point))
    others = [p.name[lang] for p in case.technique.phases if p.key not in own]
    return {"phase": rng.choice(others)} if "{phase}" in frame and others else {}


def _wrong_side(frame: str, *, case: Case, known: Mapping[str, Any], lang: str, fill: Any) -> Any:
    """The other side, or a side where none was told apart."""
    if len(case.points) > 1 or "{metric" not in frame:
        return None
    names = (
        {"left": "left", "right": "right"} if lang == "en" else {"left": "左侧", "right": "右侧"}
    )
    side = case.point.side
    name = known["metric"]
    if side:
        other = "right" if side == "left" else "left"
        name = name.replace(names[side], names[other])
    elif lang == "en":
        name = f"{name} on the left side"
    else:
        name = f"右侧{name}"
    return fill({"metric": name, "metric_": name[:1].upper() + name[1:]})


def _swapped(frame: str, *, known: Mapping[str, Any], fill: Any) -> Any:
    if "{larger}" in frame:
        return fill({"larger": known.get("smaller"), "smaller": known.get("larger")})
    if "{left}" in frame and "left" in known["numbers"]:
        numbers = known["numbers"]
        swapped = {**numbers, "left": numbers["right"], "right": numbers["left"]}
        return fill({"numbers": swapped})
    return None


def _wrong_joint(
    text: str | None, *, case: Case, words: Mapping[str, Any], lang: str, rng: Random
) -> str | None:
    """Another joint in place of the one that was measured."""
    others = [j for j in words["joints"] if j not in case.metric.body]
    if text is None or not case.metric.body or not others:
        return None
    other = words["joints"][rng.choice(others)]
    for joint in case.metric.body:
        plain = {"en": joint, "zh-hans": words["joints"][joint].removesuffix("关节")}[lang]
        pattern = rf"\b{plain}s?\b" if lang == "en" else f"{plain[:1]}(?:关节|部|盖)?"
        if re.search(pattern, text):
            return re.sub(pattern, other, text, count=1)
    return None


def _wrong_unit(
    text: str | None, *, case: Case, catalogue: Catalogue, lang: str, rng: Random
) -> str | None:
    unit = catalogue.units[case.metric.unit]
    if text is None:
        return None
    for told in (unit.symbol[lang], f" {unit.name[lang]}", unit.name[lang]):
        pattern = rf"(?<=\d){re.escape(told)}(?![A-Za-z])"
        if re.search(pattern, text):
            return re.sub(pattern, rng.choice(WRONG_UNITS[lang]), text, count=1)
    return None


def _joined(true: str, lie: str, *, lang: str) -> str:
    if lang == "en":
        return f"{true.rstrip('.')}, and {lie[:1].lower()}{lie[1:]}"
    return f"{true.rstrip('。')}，{lie}"
