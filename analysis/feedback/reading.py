"""A sentence made ready to be checked: cut out, cleaned, the catalogue's words taken out. Pure."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from analysis.feedback.facts import advice
from analysis.schema import Verdict

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from analysis.feedback.facts import Point
    from analysis.knowledge.catalogue import Catalogue
    from analysis.knowledge.records import Text

MARK: Final = "▪"  # stands where words of the catalogue stood that these findings call for
COUNTED: Final = "◆"  # stands where repetitions were named: "squats"
ENDS: Final = re.compile(r"(?<=[.!?])\s+|(?<=[。！？])\s*|\n+")
WIDE: Final = re.compile(r"[\uff10-\uff19\uff21-\uff3a\uff41-\uff5a\uff0e\uff05]")
STAND_IN: Final = re.compile(r"Person-[A-Z]\d*(?:, |，)?")  # of pseudonyms: claims nothing
CONTRACTED: Final = re.compile(r"(?<=[a-z])n['’]t\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Masked:
    """A sentence whose grounded words are taken out; `kinds` says which were found."""

    rest: str
    kinds: frozenset[str]
    owners: tuple[Point, ...]  # whose words they were


def sentences(text: str) -> list[str]:
    """A text cut after its full stops (and 。！？), nothing lost but the space between."""
    return [part.strip() for part in ENDS.split(text) if part and part.strip()]


def plain(sentence: str) -> str:
    """Full-width digits and letters as plain ones, contractions written out, no stand-ins."""
    text = WIDE.sub(lambda m: unicodedata.normalize("NFKC", m[0]), sentence)
    text = re.sub(r"\bcan['’]t\b|\bcannot\b", "can not", text, flags=re.IGNORECASE)
    return CONTRACTED.sub(" not", STAND_IN.sub("", text))


def hides(sentence: str) -> bool:
    """Whether it carries characters that nobody sees."""
    return any(unicodedata.category(char) in {"Cc", "Cf", "Co"} for char in sentence)


def mask(sentence: str, *, points: Sequence[Point], catalogue: Catalogue, lang: str) -> Masked:
    """Take out the catalogue's own words for these findings, longest first."""
    rest = plain(sentence)
    kinds: set[str] = set()
    owners: list[Point] = []
    pieces = {
        (kind, plain(piece).rstrip(".。!！"), number)
        for number, point in enumerate(points)
        for kind, text in grounded(point, catalogue)
        for piece in sentences(text[lang])
    }
    rank = {"count": 0, "phase": 2}
    for kind, words, number in sorted(
        pieces, key=lambda piece: (-len(piece[1]), rank.get(piece[0], 1), piece)
    ):
        found = word_pattern(words, lang=lang)
        if found.search(rest):
            rest = found.sub(COUNTED if kind == "count" else MARK, rest)
            kinds.add(kind)
            owners.append(points[number])
    return Masked(rest, frozenset(kinds), tuple(owners))


def grounded(point: Point, catalogue: Catalogue) -> Iterator[tuple[str, Text]]:
    """(kind, words) of everything that a point may say in the catalogue's words."""
    technique = point.technique
    yield "technique", technique.name
    for form in (0, 1):
        yield "count", {lang: forms[form] for lang, forms in technique.count.items()}
    yield "metric", point.metric.name
    for key, words in phase_names(point):
        if key in set(own_moments(point)):
            yield "phase", words
    if point.fault is not None:
        yield "fault", point.fault.name
        yield "why", point.fault.matters
        yield from (("why", cause) for cause in point.fault.causes)
        yield from (("cue", cue) for cue in point.fault.cues)
        for drill in point.fault.drills:
            yield "drill", drill.name
            yield "drill", drill.how
            yield from (("risk", risk) for risk in drill.contraindications)
    elif point.verdict is Verdict.WITHIN:
        yield "praise", point.metric.praise
    for reason in {f.reason for f in point.findings} - {""}:
        yield "reason", catalogue.terms[f"reason.{reason}"]
        yield "cue", catalogue.terms[advice(reason, metric=point.metric)]


def phase_names(point: Point) -> Iterator[tuple[str, Text]]:
    """Key and words of every phase and moment of the point's technique."""
    for phase in point.technique.phases:
        yield phase.key, phase.name
    for key, words in point.technique.moments.items():
        yield f"moment {key}", words
        # "at contact (the fastest moment of the hand)" is also told without what is in brackets.
        yield f"moment {key}", {k: re.split(r"\s*[（(]", v)[0] for k, v in words.items()}


def own_moments(point: Point) -> Iterator[str]:
    """Keys of the phases and moments that a metric speaks of."""
    measure = point.metric.measure
    yield from measure.phases
    event = measure.event or point.metric.moment
    if event:
        yield f"moment {event}"
        yield from (p.key for p in point.technique.phases if event in {p.start, p.stop})


@lru_cache(maxsize=8192)
def word_pattern(words: str, *, lang: str) -> re.Pattern[str]:
    """Finds words: whole ones in English, as they stand in Chinese."""
    escaped = re.escape(words)
    whole = rf"(?<!\w){escaped}(?!\w)" if lang == "en" else escaped
    return re.compile(whole, re.IGNORECASE)
