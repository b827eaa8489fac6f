"""Every sentence re-checked before it is kept; what the data do not support is dropped. Pure."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from analysis.feedback.claims import rule, sentences
from analysis.feedback.facts import gather
from analysis.schema import Dropped, Sentence, Verdict

if TYPE_CHECKING:
    from collections.abc import Sequence

    from analysis.feedback.facts import Point
    from analysis.knowledge.catalogue import Catalogue
    from analysis.schema import Feedback, Finding, Segment

FIELDS: Final = ("headline", "why", "cue", "drill")
WRITTEN: Final = ("headline", "why")  # what a language model writes; the rest is the graph's
LEAST_KEPT: Final = 0.5  # share of what a language model wrote that must stand


@dataclass(frozen=True, slots=True)
class VerifiedFeedback:
    """What may be stored, how many of its sentences were checked, and what was dropped and why.

    `taken_over` counts feedback of a language model of which so little stood that the grounded
    wording of the same findings was taken instead.
    """

    kept: tuple[Feedback, ...]
    kept_sentences: int
    rejected: tuple[Dropped, ...]
    taken_over: int = 0

    @property
    def dropped(self) -> tuple[str, ...]:
        """The sentences that were dropped."""
        return tuple(item.text for item in self.rejected)


def verify(
    feedback: Sequence[Feedback],
    *,
    findings: Sequence[Finding],
    segments: Sequence[Segment],
    catalogue: Catalogue,
    lang: str,
    instead: Sequence[Feedback] = (),
) -> VerifiedFeedback:
    """Check every sentence of every field against the findings that its feedback names.

    A headline that is not supported gives way to the catalogue's own name of the finding. Feedback
    that names no known finding, or of which nothing is left, is dropped whole. `instead` is
    grounded wording, taken for feedback on the same findings of which too little is left.
    """
    known = {f.finding_id: f for f in findings}
    others = {item.finding_ids: item for item in instead}
    kept: list[Feedback] = []
    rejected: list[Dropped] = []
    count = taken_over = 0
    for item in feedback:
        named = [known[i] for i in item.finding_ids if i in known]
        if not named or len(named) < len(item.finding_ids) or item.lang != lang:
            rejected.extend(_whole(item))
            continue
        points = gather(named, segments=segments, catalogue=catalogue)
        checked, bad = _check(item, points=points, catalogue=catalogue)
        rejected.extend(bad)
        other = others.get(item.finding_ids)
        if other is not None and other != item and _too_little(checked, bad):
            checked, bad = _check(other, points=points, catalogue=catalogue)
            rejected.extend(bad)
            taken_over += 1
        if checked.sentences:
            kept.append(_headed(checked, point=points[0], catalogue=catalogue))
            count += len(checked.sentences)
    return VerifiedFeedback(tuple(kept), count, tuple(rejected), taken_over)


def _check(
    item: Feedback, *, points: Sequence[Point], catalogue: Catalogue
) -> tuple[Feedback, list[Dropped]]:
    """The feedback with its supported sentences, each with its findings; and the others."""
    told: list[Sentence] = []
    bad: list[Dropped] = []
    at_s = {f.finding_id: f.at_s for p in points for f in p.findings}
    for name in FIELDS:
        for text in sentences(getattr(item, name)):
            ruling = rule(
                text, points=points, catalogue=catalogue, lang=item.lang,
                prescribed=name in {"cue", "drill"},
            )  # fmt: skip
            if ruling.problem:
                bad.append(Dropped(text, ruling.problem, name, item.lang, item.writer))
            else:
                shown = _clearest(ruling.finding_ids, points=points)
                told.append(Sentence(name, text, ruling.finding_ids, at_s[shown]))
    checked = replace(
        item,
        headline=_joined(told, "headline", lang=item.lang),
        why=_joined(told, "why", lang=item.lang),
        cue=_joined(told, "cue", lang=item.lang),
        drill=_joined(told, "drill", lang=item.lang),
        sentences=tuple(told),
    )
    return checked, bad


def _headed(item: Feedback, *, point: Point, catalogue: Catalogue) -> Feedback:
    """Feedback without a headline gets the catalogue's own name of its finding."""
    if item.headline:
        return item
    text, worst = _plain_headline(point, catalogue=catalogue, lang=item.lang), point.worst
    told = Sentence("headline", text, (worst.finding_id,), worst.at_s)
    return replace(item, headline=text, sentences=(told, *item.sentences))


def _joined(told: Sequence[Sentence], name: str, *, lang: str) -> str:
    return (" " if lang == "en" else "").join(s.text for s in told if s.field == name)


def _clearest(finding_ids: Sequence[str], *, points: Sequence[Point]) -> str:
    """Of the findings that a sentence rests on, the one whose moment is shown for it."""
    worst = [p.worst.finding_id for p in points]
    return next((key for key in worst if key in finding_ids), finding_ids[0])


def _too_little(checked: Feedback, bad: Sequence[Dropped]) -> bool:
    """Whether less of what a language model wrote stands than fell, or no reason is left."""
    good = sum(s.field in WRITTEN for s in checked.sentences)
    fallen = sum(d.field in WRITTEN for d in bad)
    return not checked.why or good < LEAST_KEPT * (good + fallen)


def _plain_headline(point: Point, *, catalogue: Catalogue, lang: str) -> str:
    stop = "." if lang == "en" else "。"
    if point.fault is not None:
        return point.fault.name[lang] + stop
    if point.verdict is Verdict.WITHIN:
        return point.metric.praise[lang]
    words = catalogue.terms[f"reason.{point.findings[0].reason}"][lang]
    return words[:1].upper() + words[1:] + stop


def _whole(item: Feedback) -> list[Dropped]:
    return [
        Dropped(text, "names no findings of this report", name, item.lang, item.writer)
        for name in FIELDS
        for text in sentences(getattr(item, name))
    ]
