"""Every sentence re-checked before it is kept; what the data do not support is dropped. Pure."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from analysis.feedback.claims import mask, sentences, unsupported
from analysis.feedback.facts import gather
from analysis.schema import Verdict

if TYPE_CHECKING:
    from collections.abc import Sequence

    from analysis.feedback.facts import Point
    from analysis.knowledge.catalogue import Catalogue
    from analysis.schema import Feedback, Finding, Segment


@dataclass(frozen=True, slots=True)
class VerifiedFeedback:
    """What may be stored, how many of its sentences were checked, and what was dropped."""

    kept: tuple[Feedback, ...]
    kept_sentences: int
    dropped: tuple[str, ...]


def verify(
    feedback: Sequence[Feedback],
    *,
    findings: Sequence[Finding],
    segments: Sequence[Segment],
    catalogue: Catalogue,
    lang: str,
) -> VerifiedFeedback:
    """Check every sentence of every field against the findings that its feedback names.

    A headline that is not supported gives way to the catalogue's own name of the finding. Feedback
    that names no known finding, or of which nothing is left, is dropped whole.
    """
    kept: list[Feedback] = []
    dropped: list[str] = []
    count = 0
    known = {f.finding_id: f for f in findings}
    for item in feedback:
        named = [known[i] for i in item.finding_ids if i in known]
        if not named or len(named) < len(item.finding_ids) or item.lang != lang:
            dropped.extend(_all_sentences(item))
            continue
        points = gather(named, segments=segments, catalogue=catalogue)
        checked, good, bad = _check(item, points=points, catalogue=catalogue)
        dropped.extend(bad)
        if good:
            kept.append(checked)
            count += good
    return VerifiedFeedback(tuple(kept), count, tuple(dropped))


def _check(
    item: Feedback, *, points: Sequence[Point], catalogue: Catalogue
) -> tuple[Feedback, int, list[str]]:
    """The feedback with its supported sentences, how many there are, and the others."""
    fields: dict[str, str] = {}
    bad: list[str] = []
    good = 0
    for name in ("headline", "why", "cue", "drill"):
        supported = []
        for sentence in sentences(getattr(item, name)):
            if _holds(sentence, field=name, points=points, catalogue=catalogue, lang=item.lang):
                supported.append(sentence)
            else:
                bad.append(sentence)
        good += len(supported)
        fields[name] = (" " if item.lang == "en" else "").join(supported)
    if good and not fields["headline"]:
        fields["headline"] = _plain_headline(points[0], catalogue=catalogue, lang=item.lang)
    checked = replace(
        item,
        headline=fields["headline"],
        why=fields["why"],
        cue=fields["cue"],
        drill=fields["drill"],
    )
    return checked, good, bad


def _holds(
    sentence: str, *, field: str, points: Sequence[Point], catalogue: Catalogue, lang: str
) -> bool:
    if unsupported(sentence, points=points, catalogue=catalogue, lang=lang) is not None:
        return False
    if field in {"cue", "drill"}:
        # What is prescribed must come from the graph: a cue or drill that it does not hold for
        # these findings is invented, however harmless it sounds.
        return field in mask(sentence, points=points, catalogue=catalogue, lang=lang).kinds
    return True


def _plain_headline(point: Point, *, catalogue: Catalogue, lang: str) -> str:
    stop = "." if lang == "en" else "。"
    if point.fault is not None:
        return point.fault.name[lang] + stop
    if point.verdict is Verdict.WITHIN:
        return point.metric.praise[lang]
    words = catalogue.terms[f"reason.{point.findings[0].reason}"][lang]
    return words[:1].upper() + words[1:] + stop


def _all_sentences(item: Feedback) -> list[str]:
    texts = (item.headline, item.why, item.cue, item.drill)
    return [sentence for text in texts for sentence in sentences(text)]
