"""One sentence against the facts: what it claims, and whether each claim holds. Pure.

A sentence stands where everything in it that can be checked holds, something in it can, and
little is left that is neither: words from outside the subject are how an injected instruction or
an invented exercise shows. The order below is that of the text: the catalogue's own words are taken
out first, then numbers with what is said about them, then sides, parts of the body, phases,
judgements; what remains is held against a list of words that claim nothing by themselves.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache, lru_cache
from itertools import pairwise
from typing import TYPE_CHECKING, Final

from analysis.feedback.counts import count_problem
from analysis.feedback.judgements import judgement_problem
from analysis.feedback.numerals import digits
from analysis.feedback.quantities import quantities
from analysis.feedback.reading import (
    MARK,
    hides,
    mask,
    own_moments,
    phase_names,
    sentences,
    word_pattern,
)
from analysis.feedback.saying import Saying
from analysis.feedback.speech import speech as speech_of
from analysis.feedback.values import value_problem

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from analysis.feedback.facts import Point
    from analysis.knowledge.catalogue import Catalogue

__all__ = ["Ruling", "mask", "rule", "sentences", "unsupported"]

CLAIMING: Final = frozenset({"fault", "why", "cue", "drill", "praise", "reason", "risk"})
PRESCRIBED: Final = frozenset({"cue", "drill", "risk"})  # what the graph says to do
NAMED: Final = frozenset({"why", "reason", "risk", "drill"})  # what the graph says of causes
PART_OF: Final = {
    "leg": {"knee", "hip", "ankle", "foot"},
    "arm": {"elbow", "shoulder", "wrist"},
    "hand": {"wrist"},
    "back": {"trunk"},
    "pelvis": {"hip"},
}
MOMENTS: Final = {  # other words for phases → parts of the keys of phases and events they may mean
    "down": ("descent", "down", "lower", "countermovement", "eccentric"),
    "up": ("ascent", "up", "concentric", "push_off", "drive"),
    "back": ("back", "draw"),
    "contact": ("contact", "impact"),
    "follow": ("follow", "finish"),
    "air": ("rise", "fall", "flight", "air"),
    "land": ("land", "absorption", "contact_foot", "strike"),
    "off": ("off", "drive", "takeoff"),
}
STRANGE_SHARE: Final = {"en": 0.2, "zh-hans": 0.2}  # of the words (characters) of a sentence
STRANGE_LEAST: Final = {"en": 1, "zh-hans": 2}  # so many are always let pass


@dataclass(frozen=True, slots=True)
class Ruling:
    """Why a sentence does not stand ("" where it does), and which findings it rests on."""

    problem: str
    finding_ids: tuple[str, ...] = ()


def unsupported(
    sentence: str, *, points: Sequence[Point], catalogue: Catalogue, lang: str
) -> str | None:
    """Why a sentence does not follow from the facts, or None where it does."""
    return rule(sentence, points=points, catalogue=catalogue, lang=lang).problem or None


def rule(
    sentence: str,
    *,
    points: Sequence[Point],
    catalogue: Catalogue,
    lang: str,
    prescribed: bool = False,
) -> Ruling:
    """Whether a sentence follows from the facts of some points, and from which findings.

    Every number with its unit, every count, side, body part, phase, direction, comparison, cause
    and drill must agree with the findings. `prescribed`: it must hold a cue or drill of the graph.

    Raises:
        KeyError: a language that is not spoken here.
    """
    speech = speech_of(lang)
    if hides(sentence):
        return Ruling("characters that nobody sees")
    masked = mask(sentence, points=points, catalogue=catalogue, lang=lang)
    text = digits(masked.rest, lang=lang)
    ratio = any(p.metric.unit == "ratio" for p in points)
    saying = Saying(
        text=text,
        kinds=masked.kinds,
        points=tuple(points),
        speech=speech,
        catalogue=catalogue,
        quantities=tuple(quantities(text, catalogue=catalogue, speech=speech, ratio=ratio)),
    )
    for check in CHECKS:
        problem = check(saying)
        if problem:
            return Ruling(problem)
    if prescribed and not masked.kinds & PRESCRIBED:
        # What is prescribed must come from the graph: a cue or drill that it does not hold for
        # these findings is invented, however harmless it sounds.
        return Ruling("not a cue or drill of these findings")
    if not masked.kinds & CLAIMING and not saying.claims:
        return Ruling("nothing in it can be checked")
    return Ruling("", saying.support(masked.owners))


def _talk_problem(saying: Saying) -> str:
    """Talk that no report holds: addresses, instructions, boundless praise, exercises, causes."""
    speech, text = saying.speech, saying.text
    found = speech.forbidden.search(text)
    if found:
        return f"not of this report: {found[0]!r}"
    bare = speech.harmless.sub(lambda m: " " * len(m[0]), text)
    for found in speech.prescribing.finditer(bare):
        if not saying.kinds & PRESCRIBED or MARK not in saying.clause_at(found.end() - 1):
            return f"prescribes what the graph does not: {found[0].strip()!r}"
    for found in speech.causal.finditer(text):
        if not saying.kinds & NAMED or MARK not in saying.clause_at(found.start()):
            return f"a cause that the graph does not name: {found[0]!r}"
    return ""


def _foreign_problem(saying: Saying) -> str:
    """A fault, metric, drill or technique that these findings do not speak of."""
    found = foreign_names(saying.catalogue, lang=saying.speech.lang).search(saying.text)
    return f"{found[0]!r} is not what was found" if found else ""


@lru_cache(maxsize=8)
def foreign_names(catalogue: Catalogue, *, lang: str) -> re.Pattern[str]:
    """One pattern for every name in the catalogue."""
    names: set[str] = set()
    for technique in catalogue.techniques:
        names.add(technique.name[lang])
        names |= {fault.name[lang] for fault in technique.faults}
        names |= {metric.name[lang] for metric in technique.metrics}
        names |= {drill.name[lang] for drill in technique.drills}
    joined = "|".join(re.escape(name) for name in sorted(names, key=lambda n: (-len(n), n)))
    return re.compile(rf"(?<!\w)(?:{joined})(?!\w)" if lang == "en" else joined, re.IGNORECASE)


def _side_problem(saying: Saying) -> str:
    """A side that was not told apart, or that is not the findings'."""
    said = {side for side, _ in saying.sides}
    missing = said - {p.side for p in saying.points}
    return f"side {sorted(missing)}" if missing else ""


def _body_problem(saying: Saying) -> str:
    own = {b for p in saying.points for b in p.metric.body}
    lexicon = saying.catalogue.lexicon.words("body", lang=saying.speech.lang)
    for part, words in lexicon.items():
        for word in sorted(words, key=len, reverse=True):
            if part not in own and saying.blank(word_pattern(word, lang=saying.speech.lang)):
                return f"body ['{part}']"
            saying.blank(word_pattern(word, lang=saying.speech.lang))
    for part, pattern in saying.speech.body.items():
        if saying.blank(pattern) and not own & PART_OF.get(part, {part}):
            return f"body ['{part}']"
    return ""


def _phase_problem(saying: Saying) -> str:
    """A phase or moment that the metric does not speak of."""
    lang = saying.speech.lang
    own = {key for p in saying.points for key in own_moments(p)}
    for point in {p.technique.key: p for p in saying.points}.values():
        for key, words in phase_names(point):
            stem = words[lang] if lang == "en" else words[lang].removesuffix("阶段")
            hit = saying.blank(word_pattern(stem, lang=lang))
            if hit and key not in own:
                return f"phase {key}"
    for concept, pattern in saying.speech.moment.items():
        if saying.blank(pattern) and not any(
            part in key for part in MOMENTS[concept] for key in own
        ):
            return f"phase {concept}"
    return ""


def _strange_problem(saying: Saying) -> str:
    """Too many words that neither belong to the findings nor to talk about measurements."""
    lang, speech = saying.speech.lang, saying.speech
    ends = [m.end() for m in speech.clause.finditer(saying.text)]
    for start, stop in pairwise([0, *ends, len(saying.text)]):
        left, text = saying.left[start:stop], saying.text[start:stop]
        if lang == "en":
            words = speech.words.findall(left.lower())
            strange = [w for w in words if not _is_known(w, known=speech.known)]
            total = len(speech.words.findall(text)) + text.count(MARK)
        else:
            left = _known_chinese(speech.known).sub(" ", left)
            strange = speech.words.findall(left) + re.findall(r"[A-Za-z]{2,}", left)
            total = len(speech.words.findall(text)) + 2 * text.count(MARK)
        if len(strange) > max(STRANGE_LEAST[lang], STRANGE_SHARE[lang] * total):
            return f"words from elsewhere: {' '.join(strange)}"
    return ""


def _is_known(word: str, *, known: frozenset[str]) -> bool:
    bare = word.removesuffix("'s").removesuffix("’s")
    stems = {bare, bare.removesuffix("s"), bare.removesuffix("es"), bare.removesuffix("ly")}
    for ending in ("ed", "ing", "d", "er", "est"):
        if bare.endswith(ending):
            stem = bare.removesuffix(ending)
            stems |= {stem, stem + "e", stem[:-1]}
    return bool(stems & known)


@cache
def _known_chinese(known: frozenset[str]) -> re.Pattern[str]:
    return re.compile("|".join(sorted(known, key=lambda word: (-len(word), word))))


CHECKS: Final[tuple[Callable[[Saying], str], ...]] = (
    _talk_problem,
    _foreign_problem,
    _side_problem,
    value_problem,
    count_problem,
    judgement_problem,
    _body_problem,
    _phase_problem,
    _strange_problem,
)
