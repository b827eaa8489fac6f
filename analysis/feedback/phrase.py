"""Grounded wording: findings into sentences a coach would say, varied by what was found."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from analysis.feedback import wording_en, wording_zh
from analysis.feedback.facts import Point, advice, gather
from analysis.schema import Feedback, Verdict

if TYPE_CHECKING:
    from collections.abc import Sequence

    from analysis.config import AnalysisConfig, Private
    from analysis.feedback.wording import Wording
    from analysis.knowledge.catalogue import Catalogue
    from analysis.schema import Finding, Segment

WORDINGS: Final[dict[str, Wording]] = {
    "en": wording_en.ENGLISH,
    "zh-hans": wording_zh.CHINESE,
}
WORTH_TELLING: Final = 4  # importance of a metric worth praising, or worth saying it was not seen
MOST_PRAISES: Final = 2  # for each technique
CLIP_PAD_S: Final = 0.2  # around the moment, where the repetition is not known


class GroundedPhraser:
    """Writes without a language model: the same findings always give the same words."""

    writer = "grounded"

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue

    def phrase(
        self, findings: Sequence[Finding], *, segments: Sequence[Segment], lang: str
    ) -> Sequence[Feedback]:
        """Faults by importance, then what is well done, then what could not be judged.

        The same fault over several repetitions is one point.

        Raises:
            KeyError: a language without wording, or a metric that the catalogue does not know.
        """
        words = WORDINGS[lang]
        points = gather(findings, segments=segments, catalogue=self._catalogue)
        told = [
            Feedback(
                finding_ids=tuple(f.finding_id for p in sides for f in p.findings),
                lang=lang,
                headline=words.fault_headline(sides[0]),
                why=words.sides_why(sides, catalogue=self._catalogue)
                if len(sides) > 1
                else words.fault_why(sides[0], catalogue=self._catalogue),
                cue=_cue(sides[0], lang=lang),
                drill=words.drill(sides[0]),
                clip_s=_clip(sides[0], segments=segments),
            )
            for sides in _sides(_faults(points), points=points)
        ]
        told += [self._praise(p, words=words, segments=segments) for p in _praised(points)]
        told += [
            self._unjudged(group, words=words, segments=segments) for group in _unjudged(points)
        ]
        return told

    def _praise(self, point: Point, *, words: Wording, segments: Sequence[Segment]) -> Feedback:
        return Feedback(
            finding_ids=tuple(f.finding_id for f in point.findings),
            lang=words.lang,
            headline=point.metric.praise[words.lang],
            why=words.praise_why(point, catalogue=self._catalogue),
            cue="",
            drill="",
            clip_s=_clip(point, segments=segments),
        )

    def _unjudged(
        self, points: list[Point], *, words: Wording, segments: Sequence[Segment]
    ) -> Feedback:
        reason = points[0].findings[0].reason
        return Feedback(
            finding_ids=tuple(f.finding_id for p in points for f in p.findings),
            lang=words.lang,
            headline=words.unjudged_headline(points),
            why=words.sentence(self._catalogue.text(f"reason.{reason}", words.lang)),
            cue=self._catalogue.text(advice(reason, metric=points[0].metric), words.lang),
            drill="",
            clip_s=_clip(points[0], segments=segments),
        )


def _faults(points: list[Point]) -> list[Point]:
    return sorted((p for p in points if p.fault is not None), key=lambda p: -p.weight)


def _sides(faults: list[Point], *, points: list[Point]) -> list[list[Point]]:
    """Each fault with the same measure of the other side, where that was judged too.

    Left and right are told together once: which is worse is half of what a coach wants to know.
    """
    told: list[list[Point]] = []
    used: set[int] = set()
    for point in faults:
        if id(point) in used:
            continue
        others = [
            p
            for p in points
            if p.side and point.side and p.side != point.side and id(p) not in used
            and p.metric is point.metric and p.findings[0].track_id == point.findings[0].track_id
            and p.verdict in {point.verdict, Verdict.WITHIN}
        ]  # fmt: skip
        # A side that is at fault in some repetitions and well in others is no plain comparison.
        pair = [point, *others] if len(others) == 1 else [point]
        used |= {id(p) for p in pair}
        told.append(pair)
    return told


def _praised(points: list[Point]) -> list[Point]:
    """Metrics that matter and were within their band in most repetitions, none at fault."""
    at_fault = {(p.findings[0].track_id, p.metric.key, p.side) for p in points if p.fault}
    praised: list[Point] = []
    for point in sorted(points, key=lambda p: -p.metric.importance):
        same = [p for p in praised if p.technique.key == point.technique.key]
        if (
            point.verdict is Verdict.WITHIN
            and point.metric.importance >= WORTH_TELLING
            and 2 * point.count > point.repetitions
            and (point.findings[0].track_id, point.metric.key, point.side) not in at_fault
            and len(same) < MOST_PRAISES
        ):
            praised.append(point)
    return praised


def _unjudged(points: list[Point]) -> list[list[Point]]:
    """What no repetition could show, by technique and reason."""
    judged = {
        (p.findings[0].track_id, p.metric.key)
        for p in points
        if p.verdict is not Verdict.CANNOT_TELL
    }
    grouped: dict[tuple[int, str, str], list[Point]] = {}
    for point in points:
        first = point.findings[0]
        matters = point.metric.importance >= WORTH_TELLING
        if matters and (first.track_id, point.metric.key) not in judged:
            # One reason at a time, and one way of filming better next time.
            help_ = advice(first.reason, metric=point.metric)
            key = (first.track_id, point.technique.key, help_)
            grouped.setdefault(key, []).append(point)
    return list(grouped.values())


def _cue(point: Point, *, lang: str) -> str:
    return point.fault.cues[0][lang] if point.fault is not None else ""


def _clip(point: Point, *, segments: Sequence[Segment]) -> tuple[float, float]:
    """The repetition that shows the point best."""
    worst = point.worst
    for segment in segments:
        if (segment.track_id, segment.segment_id) == (worst.track_id, worst.segment_id):
            return segment.start_s, segment.end_s
    return max(0.0, worst.at_s - CLIP_PAD_S), worst.at_s + CLIP_PAD_S


def grounded_writer(
    *, catalogue: Catalogue, config: AnalysisConfig, private: Private
) -> GroundedPhraser:
    """The writer that needs neither a model nor what is known of the athlete."""
    del config, private
    return GroundedPhraser(catalogue)
