"""One sentence against the facts: what it claims, and whether each claim holds. Pure."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from analysis.feedback.facts import advice
from analysis.schema import Verdict

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from analysis.feedback.facts import Point
    from analysis.knowledge.catalogue import Catalogue
    from analysis.knowledge.records import Drill, Fault, Metric, Technique, Text

MARK: Final = "▪"  # stands where words of the catalogue stood that these findings call for
CONTEXT_CHARS: Final = 18
NUMBER: Final = re.compile(r"[-−]?\d+(?:\.\d+)?")
ENDS: Final = re.compile(r"(?<=[.!?])\s+|(?<=[。！？])\s*|\n+")
COUNT_WORDS: Final = {
    "en": {
        "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8,
        "nine": 9, "ten": 10, "once": 1, "twice": 2,
    },
    "zh-hans": {
        "一": 1, "两": 2, "二": 2, "三": 3, "四": 4, "五": 5, "六": 6, "七": 7, "八": 8, "九": 9,
        "十": 10,
    },
}  # fmt: skip
OUT_OF: Final = {
    "en": re.compile(r"(\d+) (?:out )?of (?:the |your |his |her )?(\d+)"),
    "zh-hans": re.compile(
        rf"(?P<whole>\d+)\s*(?:次|{MARK})[^，。；：\d]{{0,4}}?有\s*(?P<part>\d+)\s*次"
    ),
}
ALL_OF: Final = {
    "en": re.compile(r"(?:all|every one of|each of)(?: the| your)? (\d+)"),
    "zh-hans": re.compile(rf"(\d+)\s*(?:次|{MARK})[^，。；：\d]{{0,3}}?(?:全部|都|均|全)"),
}
TIME: Final = {
    "en": re.compile(r"(?:^|\W)(?:at|at second)\s*$", re.IGNORECASE),
    "zh-hans": re.compile(r"第\s*$"),
}
ANY_COUNT: Final = {
    "en": re.compile(rf"(\d+)\s*(?:times|repetitions|reps|{MARK})"),
    "zh-hans": re.compile(rf"(\d+)\s*(?:次|{MARK}|个)"),
}
CUES_OF_ROLE: Final[dict[str, dict[str, tuple[str, ...]]]] = {
    "sd": {"en": ("±", "give or take", "error"), "zh-hans": ("±", "误差")},
    "gap_after": {
        "en": ("short of", "short", "beyond", "too", "less than asked", "more than"),
        "zh-hans": (),
    },
    "gap_before": {
        "en": ("by", "another", "missing"),
        "zh-hans": ("还差", "差了", "多出", "高出", "超出", "再多", "再少"),
    },
    "border_after": {
        "en": ("asked", "allowed", "target", "limit", "required", "border"),
        "zh-hans": ("的要求", "的上限", "的下限", "以上", "以下", "以内", "之间"),
    },
    "border_before": {
        "en": ("between", "target of", "limit of", "band of"),
        "zh-hans": ("要求", "上限", "下限", "标准", "超过"),
    },
}


@dataclass(frozen=True, slots=True)
class Masked:
    """A sentence whose grounded words are taken out; `kinds` says which were found."""

    rest: str
    kinds: frozenset[str]


def sentences(text: str) -> list[str]:
    """A text cut after its full stops (and 。！？), nothing lost but the space between."""
    return [part.strip() for part in ENDS.split(text) if part and part.strip()]


def unsupported(
    sentence: str, *, points: Sequence[Point], catalogue: Catalogue, lang: str
) -> str | None:
    """Why a sentence does not follow from the facts, or None where it does.

    Words taken from the catalogue for these very findings stand; in the rest every number with its
    unit, every side, body part, phase, direction and bound, and every name of a fault, metric or
    drill must agree with the findings. A sentence with nothing that could be checked is refused.
    """
    masked = mask(sentence, points=points, catalogue=catalogue, lang=lang)
    rest = _digits(masked.rest, lang=lang)
    rest, counted, wrong = _take_counts(rest, points=points, lang=lang)
    if wrong:
        return wrong
    problems = (
        _foreign_name(rest, catalogue=catalogue, lang=lang),
        _wrong_number(rest, points=points, catalogue=catalogue, lang=lang),
        _wrong_word(rest, points=points, catalogue=catalogue, lang=lang),
    )
    for problem in problems:
        if problem is not None:
            return problem
    judging = _terms("direction", rest, catalogue, lang) | _terms("bound", rest, catalogue, lang)
    if not masked.kinds and not counted and not judging and not NUMBER.search(rest):
        return "nothing in it can be checked"
    return None


def mask(sentence: str, *, points: Sequence[Point], catalogue: Catalogue, lang: str) -> Masked:
    """Take out the catalogue's own words for these findings, longest first."""
    rest, kinds = sentence, set()
    grounded = sorted(
        ((kind, piece) for kind, text in _grounded(points, catalogue) for piece in
         sentences(text[lang])),
        key=lambda pair: -len(pair[1]),
    )  # fmt: skip
    for kind, words in grounded:
        bare = words.rstrip(".。!！")
        pattern = _pattern(bare, lang=lang)
        if pattern.search(rest):
            rest = pattern.sub(MARK, rest)
            kinds.add(kind)
    return Masked(rest, frozenset(kinds))


def _grounded(points: Sequence[Point], catalogue: Catalogue) -> Iterator[tuple[str, Text]]:
    for point in points:
        yield "technique", point.technique.name
        for form in (0, 1):
            yield "count", {lang: forms[form] for lang, forms in point.technique.count.items()}
        yield "metric", point.metric.name
        if point.fault is not None:
            yield "fault", point.fault.name
            yield "why", point.fault.matters
            yield from (("why", cause) for cause in point.fault.causes)
            yield from (("cue", cue) for cue in point.fault.cues)
            for drill in point.fault.drills:
                yield "drill", drill.name
                yield "drill", drill.how
                yield from (("drill", risk) for risk in drill.contraindications)
        elif point.verdict is Verdict.WITHIN:
            yield "praise", point.metric.praise
        for reason in {f.reason for f in point.findings} - {""}:
            yield "reason", catalogue.terms[f"reason.{reason}"]
            yield "cue", catalogue.terms[advice(reason, metric=point.metric)]


def _digits(text: str, *, lang: str) -> str:
    """Counting words as digits, where they count something."""
    after = r"(?= of| out of| times| reps|\s*▪)" if lang == "en" else r"(?=\s*(?:次|▪|个|中))"
    before = r"\b" if lang == "en" else ""
    if lang == "en":
        text = re.sub(rf"\bboth(?=\s*{MARK})", "all 2", text, flags=re.IGNORECASE)
    for word, value in COUNT_WORDS[lang].items():
        text = re.sub(before + word + after, str(value), text, flags=re.IGNORECASE)
    return text


def _take_counts(text: str, *, points: Sequence[Point], lang: str) -> tuple[str, int, str | None]:
    """Check and take out "n of N"; (the rest, how many counts there were, what is wrong)."""
    taken = 0
    for match in OUT_OF[lang].finditer(text):
        named = match.groupdict()
        part = int(named["part"] if named else match[1])
        whole = int(named["whole"] if named else match[2])
        if not any((part, whole) == (p.count, p.repetitions) for p in points):
            return text, taken, f"count {match[0]!r}"
        taken += 1
    text = OUT_OF[lang].sub(" ", text)
    for match in ALL_OF[lang].finditer(text):
        if not any(int(match[1]) == p.count == p.repetitions for p in points):
            return text, taken, f"count {match[0]!r}"
        taken += 1
    text = ALL_OF[lang].sub(" ", text)
    for match in ANY_COUNT[lang].finditer(text):
        if not any(int(match[1]) == p.count for p in points):
            return text, taken, f"count {match[0]!r}"
        taken += 1
    return ANY_COUNT[lang].sub(" ", text), taken, None


def _foreign_name(text: str, *, catalogue: Catalogue, lang: str) -> str | None:
    """A fault, metric, drill or technique left in the rest: these findings do not speak of it."""
    for technique in catalogue.techniques:
        named: tuple[Fault | Metric | Drill | Technique, ...] = (
            *technique.faults,
            *technique.metrics,
            *technique.drills,
            technique,
        )
        for item in named:
            if _pattern(item.name[lang], lang=lang).search(text):
                return f"{item.key} is not what was found"
    return None


def _wrong_number(
    text: str, *, points: Sequence[Point], catalogue: Catalogue, lang: str
) -> str | None:
    symbols = sorted(_symbols(catalogue, lang=lang), key=lambda pair: -len(pair[0]))
    for match in NUMBER.finditer(text):
        after = text[match.end() :].lstrip()
        unit, length = next(((unit, len(s)) for s, unit in symbols if _begins(after, s)), (None, 0))
        if unit is None:
            return f"number without a unit: {match[0]!r}"
        before = text[max(0, match.start() - CONTEXT_CHARS) : match.start()]
        role = _role(before, after[length:], catalogue=catalogue, lang=lang)
        digits = match[0].replace("−", "-")
        allowed = [v for p in points for v in _allowed(p, role=role, unit=unit)]
        decimals = len(digits.partition(".")[2])
        reach = 0.5 * 10.0**-decimals + 1e-9
        if not any(abs(float(digits) - value) <= reach for value in allowed):
            return f"number {match[0]}{unit} ({role})"
    return None


def _symbols(catalogue: Catalogue, *, lang: str) -> Iterable[tuple[str, str]]:
    for unit in catalogue.units.values():
        for words in (unit.symbol[lang].strip(), unit.name[lang], unit.symbol["en"].strip()):
            yield words, unit.key
    yield "degree", "deg"
    yield "度", "deg"
    yield "%", "percent"  # no metric has it: a percentage is never supported
    yield "cm", "centimetre"
    yield "厘米", "centimetre"


def _begins(text: str, symbol: str) -> bool:
    if not text.startswith(symbol):
        return False
    follows = text[len(symbol) : len(symbol) + 1]
    return not (symbol[-1:].isascii() and symbol[-1:].isalpha() and follows.isascii()
                and follows.isalpha())  # fmt: skip


def _role(before: str, after: str, *, catalogue: Catalogue, lang: str) -> str:
    """What a number is said to be: sd, gap, border, time, or measured where nothing else fits."""
    clause = re.split(r"[,，;；（(]", before)[-1].lower()
    follows = re.split(r"[,，;；.。）)\d]", after)[0].lower()[:CONTEXT_CHARS]

    def hit(name: str, where: str) -> bool:
        return any(cue in where for cue in CUES_OF_ROLE[name][lang])

    bounds = catalogue.lexicon.words("bound", lang=lang)
    for term, words in bounds.items():
        if any(_pattern(word, lang=lang).search(clause) for word in words):
            return term
    directions = catalogue.lexicon.words("direction", lang=lang)
    near_border = any(
        _pattern(word, lang=lang).search(clause)
        for term in ("below", "above")
        for word in directions[term]
    )
    if hit("sd", clause):
        return "sd"
    if hit("gap_before", clause) or follows.lstrip().startswith(CUES_OF_ROLE["gap_after"][lang]):
        return "gap"
    if hit("border_after", follows) or hit("border_before", clause) or near_border:
        return "border"
    if TIME[lang].search(before):
        return "time"
    return "measured"


def _allowed(point: Point, *, role: str, unit: str) -> list[float]:
    """The numbers that a point offers for a role in a unit."""
    if role == "time":
        return [f.at_s for f in point.findings] if unit == "s" else []
    if unit != point.metric.unit:
        return []
    first = point.findings[0]
    measured = [*point.measured, point.mean]
    if role == "low":
        offered = [first.low]
    elif role == "high":
        offered = [first.high]
    elif role == "border":
        offered = [first.low, first.high]
    elif role == "sd":
        offered = [f.sd for f in point.findings]
    elif role == "gap":
        offered = [abs(value - point.border) for value in measured]
    else:
        offered = measured
    return [value for value in offered if math.isfinite(value)]


def _wrong_word(
    text: str, *, points: Sequence[Point], catalogue: Catalogue, lang: str
) -> str | None:
    """A side, body part, phase, direction or bound that the findings do not bear out."""
    lexicon = catalogue.lexicon
    plain = text.replace("左右", "") if lang != "en" else text
    bounds, plain = _hits(lexicon.words("bound", lang=lang), plain, lang=lang)
    first = [p.findings[0] for p in points]
    has = {
        "low": any(math.isfinite(f.low) for f in first),
        "high": any(math.isfinite(f.high) for f in first),
    }
    groups = (
        ("bound", bounds, {term for term, there in has.items() if there}),
        ("side", _terms("side", plain, catalogue, lang), {p.side for p in points}),
        (
            "body",
            _terms("body", plain, catalogue, lang),
            {b for p in points for b in p.metric.body},
        ),
        (
            "direction",
            _terms("direction", plain, catalogue, lang),
            {str(p.verdict) for p in points},
        ),
    )
    for name, said, true in groups:
        if said - true:
            return f"{name} {sorted(said - true)}"
    return _wrong_phase(plain, points=points, lang=lang)


def _wrong_phase(text: str, *, points: Sequence[Point], lang: str) -> str | None:
    for technique in {p.technique.key: p.technique for p in points}.values():
        true = {key for p in points for key in _moments(p)}
        names = {phase.key: phase.name[lang] for phase in technique.phases}
        names |= {f"moment {key}": words[lang] for key, words in technique.moments.items()}
        for key, name in names.items():
            if key not in true and _pattern(_stem(name, lang=lang), lang=lang).search(text):
                return f"phase {key}"
    return None


def _moments(point: Point) -> Iterator[str]:
    """Keys of the phases and moments that a metric speaks of."""
    measure = point.metric.measure
    yield from measure.phases
    event = measure.event or point.metric.moment
    if event:
        yield f"moment {event}"
        yield from (p.key for p in point.technique.phases if event in {p.start, p.stop})


def _stem(name: str, *, lang: str) -> str:
    return name.removesuffix("阶段") if lang != "en" else name


def _terms(group: str, text: str, catalogue: Catalogue, lang: str) -> set[str]:
    return _hits(catalogue.lexicon.words(group, lang=lang), text, lang=lang)[0]


def _hits(terms: dict[str, tuple[str, ...]], text: str, *, lang: str) -> tuple[set[str], str]:
    """Terms whose words stand in a text, and the text without them."""
    found = set()
    pairs = sorted(
        ((term, word) for term, words in terms.items() for word in words),
        key=lambda pair: -len(pair[1]),
    )
    for term, word in pairs:
        pattern = _pattern(word, lang=lang)
        if pattern.search(text):
            found.add(term)
            text = pattern.sub(MARK, text)
    return found, text


def _pattern(words: str, *, lang: str) -> re.Pattern[str]:
    escaped = re.escape(words)
    whole = rf"(?<!\w){escaped}(?!\w)" if lang == "en" else escaped
    return re.compile(whole, re.IGNORECASE)
