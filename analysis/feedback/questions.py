"""Questions about a report in plain words: which findings they are about, and a grounded answer.

Pure. What a question asks is matched against the findings and against the catalogue's words for
them; its text is only ever compared, never obeyed. What no finding speaks of is "not measured".
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

from analysis.feedback.answer_words import Asked, asked_of, not_measured, words_of
from analysis.feedback.claims import rule, sentences
from analysis.feedback.facts import gather
from analysis.feedback.phrase import WORDINGS
from analysis.feedback.prompt import ANSWER_TASK, described, messages, read_answer
from analysis.schema import Sentence, Verdict

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from analysis.feedback.facts import Point
    from analysis.feedback.prompt import Messages
    from analysis.knowledge.catalogue import Catalogue
    from analysis.schema import Finding, Segment

    Similarity = Callable[[str, Sequence[str]], Sequence[float]]  # -1..1 for each text

MOST_POINTS: Final = 3  # of a report that one answer tells of
LEAST_SHARE: Final = 0.6  # of the best match's score that the others told of must have
ALIKE: Final = 0.45  # cosine from which a sentence is taken to be about the same thing
ALIKE_WORTH: Final = 1.5  # what that counts beside a matching word
HAN: Final = re.compile(r"[\u4e00-\u9fff]")


@dataclass(frozen=True, slots=True)
class Answer:
    """What is answered: checked sentences, and whether what was asked for was measured at all."""

    lang: str
    sentences: tuple[Sentence, ...]
    is_measured: bool
    writer: str = "grounded"
    dropped: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        """The sentences as one text."""
        return (" " if self.lang == "en" else "").join(s.text for s in self.sentences)


def language_of(question: str) -> str:
    """The language that a question is asked in: Chinese where it has Chinese characters."""
    return "zh-hans" if HAN.search(question) else "en"


def answer(
    question: str,
    *,
    findings: Sequence[Finding],
    segments: Sequence[Segment],
    catalogue: Catalogue,
    similarity: Similarity | None = None,
) -> Answer:
    """The findings that a question is about, told in its language.

    `similarity` may find findings that are meant in other words (English only).
    """
    lang = language_of(question)
    points = gather(findings, segments=segments, catalogue=catalogue)
    asked = asked_of(question, lang=lang)
    chosen = relevant(
        asked, points=points, catalogue=catalogue, similarity=similarity if lang == "en" else None
    )
    told: list[Sentence] = []
    dropped: list[str] = []
    for point in chosen:
        for text in _texts(point, asked=asked, catalogue=catalogue):
            for sentence in sentences(text):
                ruling = rule(sentence, points=[point], catalogue=catalogue, lang=lang)
                if ruling.problem:
                    dropped.append(sentence)
                else:
                    worst = point.worst
                    told.append(Sentence("why", sentence, ruling.finding_ids, worst.at_s))
    is_measured = bool(told) and not asked.unmeasured(chosen)
    if not is_measured:
        told.insert(0, not_measured(asked, points=points, catalogue=catalogue))
    unique = list({s.text: s for s in told}.values())
    return Answer(lang, tuple(unique), is_measured, dropped=tuple(dropped))


def relevant(
    asked: Asked,
    *,
    points: Sequence[Point],
    catalogue: Catalogue,
    similarity: Similarity | None = None,
) -> list[Point]:
    """The points that a question is about, best first; none where nothing matches."""
    scores = [asked.score(point, words=words_of(point, lang=asked.lang)) for point in points]
    if similarity is not None and points:
        texts = [words_of(point, lang="en") for point in points]
        alike = similarity(asked.text, texts)
        scores = [s + ALIKE_WORTH * (a >= ALIKE) * a for s, a in zip(scores, alike, strict=True)]
    ranked = sorted(
        ((score, point) for score, point in zip(scores, points, strict=True) if score > 0),
        key=lambda pair: (-pair[0], pair[1].fault is None, -pair[1].weight),
    )
    best = ranked[0][0] if ranked else 0.0
    del catalogue
    return [point for score, point in ranked if score >= LEAST_SHARE * best][:MOST_POINTS]


def _texts(point: Point, *, asked: Asked, catalogue: Catalogue) -> list[str]:
    """What is said of a point: what was measured, then what the question is after."""
    words = WORDINGS[asked.lang]
    fault = point.fault
    if point.verdict is Verdict.CANNOT_TELL:
        reason = point.findings[0].reason
        return [
            words.unjudged_headline([point]),
            words.sentence(catalogue.text(f"reason.{reason}", asked.lang)),
        ]
    if fault is None:
        return [words.praise_why(point, catalogue=catalogue)]
    told = [words.fault_headline(point), words.fault_why(point, catalogue=catalogue)]
    if "help" in asked.intents:
        told.append(fault.cues[0][asked.lang])
        told.append(words.drill(point))
    return [text for text in told if text]


def ask_model(
    question: str,
    *,
    given: Answer,
    findings: Sequence[Finding],
    segments: Sequence[Segment],
    catalogue: Catalogue,
    is_remote: bool,
) -> Messages:
    """The messages that ask a language model to word an answer.

    A remote model is not told the question itself, which is free text that may name people, but
    only what was understood of it: the findings and the purpose.
    """
    used = {key for s in given.sentences for key in s.finding_ids}
    points = gather(
        [f for f in findings if f.finding_id in used], segments=segments, catalogue=catalogue
    )
    asked = asked_of(question, lang=given.lang)
    data: dict[str, Any] = {
        "purpose": sorted(asked.intents),
        "is_measured": given.is_measured,
        "facts": [described(p, catalogue=catalogue, lang=given.lang) for p in points],
        "grounded_answer": given.text,
    }
    if not is_remote:
        data["question"] = question
    return messages(ANSWER_TASK, data=data, lang=given.lang)


def worded(
    given: Answer,
    text: str | None,
    *,
    writer: str,
    findings: Sequence[Finding],
    segments: Sequence[Segment],
    catalogue: Catalogue,
) -> Answer:
    """The answer in a model's words as far as they hold; the given one where too little does.

    Each sentence must hold for one of the points that the grounded answer tells of. That something
    was not measured is said in the given words whatever the model says.
    """
    read = read_answer(text, keys=("answer",)) if text is not None else None
    if read is None or not given.is_measured:
        return given
    used = {key for s in given.sentences for key in s.finding_ids}
    points = gather(
        [f for f in findings if f.finding_id in used], segments=segments, catalogue=catalogue
    )
    told: list[Sentence] = []
    dropped: list[str] = []
    for sentence in sentences(read["answer"]):
        for point in points:
            ruling = rule(sentence, points=[point], catalogue=catalogue, lang=given.lang)
            if not ruling.problem:
                told.append(Sentence("why", sentence, ruling.finding_ids, point.worst.at_s))
                break
        else:
            dropped.append(sentence)
    if len(told) <= len(dropped):
        return replace(given, dropped=(*given.dropped, *dropped))
    return replace(given, sentences=tuple(told), writer=writer, dropped=tuple(dropped))
