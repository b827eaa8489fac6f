"""What was found of the people who were measured: segments, findings and notices.

A part of the pipeline that grew too long for its file; it strings `actions` and `feedback`.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

import numpy as np

from analysis.actions.marks import consistent, with_marks
from analysis.explain.segments import tell
from analysis.features import clock
from analysis.feedback.find import find
from analysis.filming_check import real_fps
from analysis.schema import Finding, Footage, Notice, Person, Segment

if TYPE_CHECKING:
    from collections.abc import Sequence

    from analysis.config import AnalysisConfig
    from analysis.knowledge.catalogue import Catalogue
    from analysis.protocols import ActionModel
    from analysis.schema import Correction, Float, PoseTrack, Scale, SignalSet

FAST_FPS: Final = 50.0  # below this a stroke's contact falls between two frames
RARELY_SEEN: Final = 0.6


class Judged:
    """Segments and findings, gathered as people and parts are measured, in real seconds."""

    def __init__(
        self,
        *,
        model: ActionModel,
        catalogue: Catalogue,
        config: AnalysisConfig,
        scale: float = 1.0,
    ) -> None:
        self._model, self._catalogue, self._config = model, catalogue, config
        self._scale = scale  # real seconds in one of the player's
        self._segments: list[Segment] = []
        self._findings: list[Finding] = []
        self._corrections: list[Correction] = []
        self._scales: dict[int, Scale] = {}
        self._vectors: dict[str, Float] = {}

    def add(
        self,
        track: PoseTrack,
        signals: SignalSet,
        *,
        start_s: float,
        stop_s: float,
        corrections: Sequence[Correction] = (),
        size: Scale | None = None,
    ) -> None:
        """What one part shows; a segment or correction belongs where its middle lies.

        Of several parts' scales the surest counts.
        """
        self._corrections.extend(
            c for c in corrections if start_s <= (c.start_s + c.end_s) / 2 < stop_s
        )
        known_size = self._scales.get(track.track_id)
        if size is not None and (known_size is None or _sureness(size) < _sureness(known_size)):
            self._scales[track.track_id] = size
        found = self._model.segment(self._model.score(signals, track), signals)
        marked = with_marks(
            found, signals=signals, catalogue=self._catalogue, config=self._config,
            scale=self._scale,
        )  # fmt: skip
        cut = consistent(marked, catalogue=self._catalogue)
        own = [s for s in cut if start_s <= (s.start_s + s.end_s) / 2 < stop_s]
        known = len(self._segments)
        own = [replace(s, segment_id=f"new{i}") for i, s in enumerate(own, start=known)]
        told = tell(
            own, model=self._model, track=track, signals=signals, config=self._config.explain,
            most=self._config.explain.most_segments - known, states=self._config.actions.states,
        )  # fmt: skip
        self._segments.extend(told.segments)
        self._vectors.update(told.vectors)
        self._findings.extend(
            find(own, signals=signals, catalogue=self._catalogue, config=self._config)
        )

    def as_played(self, *, scale: float) -> tuple[tuple[Segment, ...], tuple[Finding, ...]]:
        """Both with their ids in the report, in the player's seconds."""
        ids = self._ids()
        segments = tuple(
            clock.segment_as_played(replace(s, segment_id=ids[s.segment_id]), scale=scale)
            for s in self._ordered()
        )
        findings = tuple(
            clock.finding_as_played(
                replace(f, finding_id=f"f{i}", segment_id=ids[f.segment_id]), scale=scale
            )
            for i, f in enumerate(self._findings, start=1)
        )
        return segments, findings

    def vectors(self) -> dict[str, Float]:
        """Each segment's clip vector (E,) by its id in the report; none but the fused model's."""
        ids = self._ids()
        return {ids[key]: vector for key, vector in self._vectors.items()}

    def _ordered(self) -> list[Segment]:
        return sorted(self._segments, key=lambda s: (s.start_s, s.track_id))

    def _ids(self) -> dict[str, str]:
        return {s.segment_id: f"s{i}" for i, s in enumerate(self._ordered(), start=1)}

    def corrections(self, *, scale: float) -> tuple[Correction, ...]:
        """What the sequence put right, in the player's seconds."""
        return tuple(clock.correction_as_played(c, scale=scale) for c in self._corrections)

    def scales(self) -> tuple[Scale, ...]:
        """One for each person, in the order in which they were added."""
        return tuple(self._scales.values())


def _sureness(size: Scale) -> tuple[bool, float]:
    """Smaller is surer: known before unknown, then by the share that may be wrong."""
    if not size.source:
        return True, 0.0
    return False, size.sd_px_per_m / size.px_per_m


def person_of(track: PoseTrack) -> Person:
    """A track as the report tells of it."""
    seen = np.asarray(np.isfinite(track.score).any(axis=1))
    rows = np.flatnonzero(seen)
    return Person(
        track_id=track.track_id,
        first_s=float(track.time_s[rows[0]]),
        last_s=float(track.time_s[rows[-1]]),
        seen=float(seen[rows[0] : rows[-1] + 1].mean()),
        mean_score=float(np.nanmean(track.score)),
    )


def notices_on(
    footage: Footage,
    people: Sequence[Person],
    *,
    segments: Sequence[Segment],
    scales: Sequence[Scale],
    known: Sequence[Notice],
) -> tuple[Notice, ...]:
    """What the reader should know of the result; `known` was said before the analysis."""
    steps_s = np.diff(footage.time_s)
    fps = real_fps(footage)
    said = {notice.code for notice in known}
    told = []
    if footage.time_scale < 1:
        factor = 1 / footage.time_scale
        told.append(Notice("slow_motion", {"fps": fps, "factor": factor}))
    if not segments:
        told.append(Notice("no_segments"))
    if len(people) > 1:
        told.append(Notice("several_people", {"people": len(people)}))
    fast = any(s.technique.startswith("tennis.") for s in segments)
    if fast and fps < FAST_FPS and "filming_low_rate" not in said:
        told.append(Notice("low_frame_rate", {"fps": fps, "wanted": FAST_FPS}))
    if steps_s.size and np.percentile(steps_s, 95) > 1.5 * np.percentile(steps_s, 5):
        told.append(Notice("variable_frame_rate"))
    if not any(scale.source for scale in scales):
        told.append(Notice("no_scale"))
    told.extend(
        Notice("rarely_seen", {"track_id": person.track_id, "seen": person.seen})
        for person in people
        if person.seen < RARELY_SEEN
    )
    return tuple(told)


def notices_on_sight(*, cuts: int, too_brief: int) -> tuple[Notice, ...]:
    """What was cut, and who was in view too briefly to be reported on."""
    told = []
    if cuts:
        told.append(Notice("cuts", {"cuts": cuts}))
    if too_brief:
        told.append(Notice("brief_people", {"people": too_brief}))
    return tuple(told)
