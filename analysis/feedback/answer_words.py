"""What a question asks for, and the words in which it is said that nothing measured answers it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Final

import yaml

from analysis.schema import Sentence, Verdict

if TYPE_CHECKING:
    from collections.abc import Sequence

    from analysis.feedback.facts import Point
    from analysis.knowledge.catalogue import Catalogue

MOST_LISTED: Final = 6  # measures named when what was asked for is not among them
COMMON: Final = frozenset(
    """
    a an and are as at be by can did do does for from had has have he her his how i in is it its
    me my of on or our she so than that the their them they this to was we were what when where
    which who why will with you your report athlete please tell about too much many there
    """.split()  # noqa: SIM905 - a list of words is read more easily so
)
WORD: Final = re.compile(r"[a-z]+")
OPENING: Final = {
    "en": "This was not measured in this report.",
    "zh-hans": "这份报告没有测量这一项。",
}
LISTING: Final = {
    "en": "What was measured here: {names}.",
    "zh-hans": "这里测量的有：{names}。",
}


@dataclass(frozen=True, slots=True)
class Asked:
    """A question as far as it is understood."""

    text: str
    lang: str
    intents: frozenset[str]
    quantities: frozenset[str]  # keys of `quantities` in answer_words.yaml
    units: frozenset[str]  # of measures that would answer; empty where no quantity is named
    words: frozenset[str]  # and what is alike

    def score(self, point: Point, *, words: str) -> float:
        """How much of the question a point speaks of; 0 for nothing."""
        if self.lang == "en":
            shared = len(self.words & set(_stems(words)))
        else:
            shared = sum(word in words for word in self.words)
        named = 2.0 * (point.technique.name[self.lang].lower() in self.text.lower())
        side = 1.0 * bool(point.side and self._names_side(point.side))
        score = shared + named + side
        if not (score or self._is_general):
            return 0.0
        return score + self._fits(point)

    @property
    def _is_general(self) -> bool:
        """Whether it asks about the report as a whole: "what is the main problem?"."""
        return bool(self.intents & {"bad", "good", "help", "unsure"}) and not self.quantities

    def _fits(self, point: Point) -> float:
        wanted = {
            "good": point.verdict is Verdict.WITHIN,
            "unsure": point.verdict is Verdict.CANNOT_TELL,
            "bad": point.fault is not None,
            "why": point.fault is not None,
            "help": point.fault is not None,
        }
        return 0.5 * sum(wanted.get(intent, False) for intent in self.intents)

    def _names_side(self, side: str) -> bool:
        word = {"en": side, "zh-hans": {"left": "左", "right": "右"}[side]}[self.lang]
        return word in self.text.lower()

    def unmeasured(self, chosen: Sequence[Point]) -> bool:
        """Whether it asks for a quantity that none of the chosen measures is."""
        if not self.quantities:
            return False
        return not any(p.metric.unit in self.units for p in chosen)


def asked_of(question: str, *, lang: str) -> Asked:
    """A question's intents, quantities and words.

    Raises:
        KeyError: a language in which nothing can be asked.
    """
    data = _data()[lang]
    text = " ".join(question.split())
    low = text.lower()
    named = {key for key, row in data["quantities"].items() if _any(row["words"], low, lang=lang)}
    units = {unit for key in named for unit in data["quantities"][key]["units"]}
    alike = {word for group in data["alike"] if _any(group, low, lang=lang) for word in group}
    own = set(_stems(low)) - COMMON if lang == "en" else set(_pieces(low))
    return Asked(
        text=text,
        lang=lang,
        intents=frozenset(k for k, words in data["intents"].items() if _any(words, low, lang=lang)),
        quantities=frozenset(named),
        units=frozenset(units),
        words=frozenset({*own, *(_stems(" ".join(alike)) if lang == "en" else alike)}),
    )


def words_of(point: Point, *, lang: str) -> str:
    """What the catalogue says of a point, to compare a question with."""
    parts = [point.technique.name[lang], point.metric.name[lang]]
    if point.fault is not None:
        parts += [point.fault.name[lang], point.fault.matters[lang]]
    return ". ".join(parts).lower()


def not_measured(asked: Asked, *, points: Sequence[Point], catalogue: Catalogue) -> Sentence:
    """That what was asked for was not measured, and what was."""
    del catalogue
    names = list(dict.fromkeys(p.metric.name[asked.lang] for p in points if p.measured))
    text = OPENING[asked.lang]
    if names:
        comma = ", " if asked.lang == "en" else "、"
        listed = LISTING[asked.lang].format(names=comma.join(names[:MOST_LISTED]))
        text += (" " if asked.lang == "en" else "") + listed
    return Sentence("why", text, (), 0.0)


@cache
def _data() -> dict[str, Any]:
    path = files("analysis.feedback").joinpath("answer_words.yaml")
    data: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
    return data


def _any(words: Sequence[str], text: str, *, lang: str) -> bool:
    if lang != "en":
        return any(word in text for word in words)
    return any(re.search(rf"\b{re.escape(word)}\b", text) for word in words)


def _stems(text: str) -> list[str]:
    return [
        word.removesuffix("s") if len(word) > 3 else word
        for word in WORD.findall(text.lower())
        if word not in COMMON
    ]


def _pieces(text: str) -> list[str]:
    """Two characters at a time: Chinese words without a dictionary."""
    han = re.sub(r"[^\u4e00-\u9fff]", " ", text)
    return [a + b for part in han.split() for a, b in pairwise(part)]
