"""A coach's own marks, and what the knowledge rules out: the last word on segments. Pure."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from analysis.actions.phases import phases
from analysis.knowledge.graph import exclusive
from analysis.knowledge.signals import acting_side
from analysis.schema import Segment

if TYPE_CHECKING:
    from collections.abc import Sequence

    from analysis.config import AnalysisConfig, MarkConfig
    from analysis.knowledge.catalogue import Catalogue
    from analysis.schema import Phase, SignalSet

SAME: Final = 0.2  # share of the shorter of two segments that may overlap: borders are not sharp


def with_marks(
    segments: Sequence[Segment],
    *,
    signals: SignalSet,
    catalogue: Catalogue,
    config: AnalysisConfig,
    scale: float = 1.0,
) -> tuple[Segment, ...]:
    """Segments of one person with the coach's marks in place of what they overlap.

    Marks are told in seconds of the player, segments and signals in real ones: `scale` of these
    pass in one of those. A mark of a technique gets its phases from the signals, whatever found
    the rest; a mark of none only takes away.

    Raises:
        KeyError: a mark of a technique that the catalogue does not know.
    """
    own = [mark for mark in config.marks if mark.track_id == signals.track_id]
    kept = [
        segment
        for segment in segments
        if not any(
            _overlap(segment, start_s=mark.start_s * scale, end_s=mark.end_s * scale) > SAME
            for mark in own
        )
    ]
    given = [
        _marked(
            mark, number=number, signals=signals, catalogue=catalogue, config=config, scale=scale
        )
        for number, mark in enumerate(own, start=1)
        if mark.technique
    ]
    return tuple(sorted([*kept, *given], key=lambda segment: segment.start_s))


def consistent(segments: Sequence[Segment], *, catalogue: Catalogue) -> tuple[Segment, ...]:
    """Segments of one person without those that the knowledge rules out.

    Of two that overlap and whose techniques exclude each other the likelier stays; phases that
    their technique does not have, or that come out of its order, are taken out.
    """
    apart = exclusive(catalogue)
    kept: list[Segment] = []
    for segment in sorted(segments, key=lambda one: (-one.score, one.start_s)):
        rivals = [
            other
            for other in kept
            if (other.technique == segment.technique)
            or apart.has_edge(other.technique, segment.technique)
        ]
        if all(_overlap(segment, start_s=one.start_s, end_s=one.end_s) <= SAME for one in rivals):
            kept.append(_in_order(segment, catalogue=catalogue))
    return tuple(sorted(kept, key=lambda segment: segment.start_s))


def _marked(
    mark: MarkConfig,
    *,
    number: int,
    signals: SignalSet,
    catalogue: Catalogue,
    config: AnalysisConfig,
    scale: float,
) -> Segment:
    technique = catalogue.technique(mark.technique)
    start_s, end_s = mark.start_s * scale, mark.end_s * scale
    side = acting_side(
        signals, acting=technique.acting, start_s=start_s, stop_s=end_s,
        handedness=config.athlete.handedness,
    )  # fmt: skip
    return Segment(
        segment_id=f"mark{number}",
        track_id=mark.track_id,
        technique=technique.key,
        phases=phases(technique, signals=signals, start_s=start_s, end_s=end_s, side=side),
        start_s=start_s,
        end_s=end_s,
        score=1.0,
    )


def _overlap(segment: Segment, *, start_s: float, end_s: float) -> float:
    """Share of the shorter of the two that both cover."""
    both_s = min(segment.end_s, end_s) - max(segment.start_s, start_s)
    return max(0.0, both_s) / min(segment.end_s - segment.start_s, end_s - start_s)


def _in_order(segment: Segment, *, catalogue: Catalogue) -> Segment:
    order = {phase.key: i for i, phase in enumerate(catalogue.technique(segment.technique).phases)}
    kept: list[Phase] = []
    for phase in segment.phases:
        follows = not kept or (
            order.get(phase.name, -1) > order[kept[-1].name] and phase.start_s >= kept[-1].end_s
        )
        if phase.name in order and follows and phase.start_s < phase.end_s:
            kept.append(phase)
    if len(kept) == len(segment.phases):
        return segment
    return replace(segment, phases=tuple(kept))
