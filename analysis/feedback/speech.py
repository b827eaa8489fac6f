"""What the checker listens for in a language: cues around numbers, judgements, and forbidden talk.

The patterns are data: `speech_en.yaml`, `speech_zh.yaml` beside this module.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, fields
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any, Final

import yaml

if TYPE_CHECKING:
    from collections.abc import Mapping

    Pattern = re.Pattern[str]

FILES: Final = {"en": "speech_en.yaml", "zh-hans": "speech_zh.yaml"}
NOTHING: Final = r"(?!)"  # matches nowhere


@dataclass(frozen=True, slots=True)
class Speech:
    """One language's patterns.

    `before` and `after` are cues in front of and right behind a number: low and high (bounds),
    less and more (the measurement against a border), past (more, or the distance from the border),
    border, gap, gap_less, gap_more, sd, mean, lowest, highest, time. `judging` are words that place
    a measurement without a number. A pattern that is said to stand "in front" is searched for at
    the end of what comes before, one "behind" is matched at the beginning of what follows.
    """

    lang: str
    clause: Pattern  # what parts two clauses
    before: Mapping[str, Pattern]
    after: Mapping[str, Pattern]
    around: tuple[tuple[str, Pattern, Pattern], ...]  # (kind, in front, behind): "比 90° 低"
    span: Pattern  # what stands between the two numbers of a range
    one_of_them: Pattern  # a single repetition is spoken of, without saying which
    approx: Pattern  # in front of a number
    approx_after: Pattern
    not_reached: Pattern  # in front of a border: less
    negation: Pattern  # in front of a judgement
    judging: Mapping[str, Pattern]
    quantifier: Mapping[str, Pattern]
    counted: Pattern  # behind a number that counts repetitions
    whole: Pattern  # in front of a number that counts all repetitions
    last: Pattern
    side: Mapping[str, Pattern]
    both: Pattern
    reference: Pattern  # a comparison is with the side that follows
    larger: Pattern
    smaller: Pattern
    differ: Pattern
    body: Mapping[str, Pattern]  # beside the catalogue's own words
    moment: Mapping[str, Pattern]  # other words for phases and events
    prescribing: Pattern
    harmless: Pattern  # what looks like a prescription and is none
    causal: Pattern
    forbidden: Pattern
    words: Pattern
    known: frozenset[str]  # words that claim nothing by themselves


@cache
def speech(lang: str) -> Speech:
    """A language's patterns, read and compiled when first asked for.

    Raises:
        KeyError: a language without patterns; the message lists those there are.
    """
    if lang not in FILES:
        raise KeyError(f"no speech patterns for {lang!r}; expected one of {sorted(FILES)}")
    text = files("analysis.feedback").joinpath(FILES[lang]).read_text(encoding="utf-8")
    data: dict[str, Any] = yaml.safe_load(text)
    reader = _Reader(parts=data.pop("parts"), is_spaced=lang == "en")
    known = frozenset(data.pop("known").split())
    around = tuple(
        (row["kind"], reader.one(row["front"]), reader.one(rf"\s*(?:{row['back']})"))
        for row in data.pop("around")
    )
    after = {kind: reader.behind(words) for kind, words in data.pop("after").items()}
    rest = {field.name: reader.read(data[field.name]) for field in fields(Speech)
            if field.name in data}  # fmt: skip
    return Speech(lang=lang, known=known, around=around, after=after, **rest)


@dataclass(frozen=True, slots=True)
class _Reader:
    """Patterns out of plain values: a string is one, a list has alternatives."""

    parts: Mapping[str, str]
    is_spaced: bool  # words stand apart

    def read(self, value: Any) -> Any:
        if isinstance(value, dict):
            return {key: self.read(item) for key, item in value.items()}
        if isinstance(value, list):
            joined = "|".join(value) or NOTHING
            return self.one(rf"(?<!\w)(?:{joined})(?!\w)" if self.is_spaced else joined)
        return self.one(value)

    def behind(self, words: list[str]) -> Pattern:
        end = r"(?!\w)" if self.is_spaced else ""
        return self.one(rf"\s*(?:{'|'.join(words)}){end}")

    def one(self, pattern: str) -> Pattern:
        for name, part in self.parts.items():
            pattern = pattern.replace(f"<{name}>", part)
        return re.compile(pattern, re.IGNORECASE)
