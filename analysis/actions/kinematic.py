"""A segmenter that needs no training: curves, their turns and the catalogue's conditions."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

import numpy as np

from analysis.actions.borders import LEFT_STANDING, jump_borders, swing_borders
from analysis.actions.decode import Repetition, dips, non_overlapping, rises
from analysis.actions.evidence import fit
from analysis.actions.phases import phases
from analysis.knowledge.signals import SIDES, column, frame_rate_hz, sided
from analysis.schema import ActionScores, Segment

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from analysis.config import AnalysisConfig
    from analysis.knowledge.catalogue import Catalogue
    from analysis.knowledge.records import Detector, Technique
    from analysis.schema import Float, PoseTrack, SignalSet

LEAST_BRAKING_S: Final = 0.08  # no fast hand stops sooner: what does was lost from sight
UNKNOWN: Final = "unknown"
ALONE: Final = 0.9  # a movement that is not repeated convinces a little less
# Punches, throws, turns on a board and shots at a basket look like strokes, hops like jumps, steps
# like shallow squats. Unless a sport was named, what convinces too little is left without a name.
UNCONVINCING: Final = 0.25
STROKES_IN_A_SET: Final = 3
SET_STANDS: Final = (0.35, 0.2)  # mean pelvis speed in bh/s: no stroke, surely one
JUMP_SIDEWAYS: Final = (0.25, 0.18)  # share of the pelvis's squared speed that is level
JUMP_RANGE: Final = (0.2, 0.28)  # bh from the lowest to the highest pelvis: a hop, surely a jump
SHALLOW: Final = 0.15  # bh that the pelvis sinks; a lone squat must be deeper …
COMPANY_S: Final = 8.0  # … lone: without another within this time
COMPANY_SCORE: Final = 0.5  # … that convinces by itself
BUSY_HAND: Final = 2.0  # bh/s; a shallow dip with a faster hand is part of something else …
BUSY_S: Final = 0.4  # … so long before and after as well
ALIKE: Final = 0.5  # repetitions are alike when their sizes differ by less than this share
RHYTHM_S: Final = 20.0  # a set: repetitions that follow each other within this time
MIN_RATE_HZ: Final = {"dip": 3.0, "flight": 15.0, "swing": 15.0}


class KinematicSegmenter:
    """Finds repetitions of the catalogue's techniques in one person's signals."""

    models: Mapping[str, str] = {}

    def __init__(self, *, config: AnalysisConfig, catalogue: Catalogue) -> None:
        self._config = config
        self._techniques = catalogue.candidates(config.sport)

    def score(self, signals: SignalSet, track: PoseTrack) -> ActionScores:
        """Fit of the best repetition that covers each frame; the last label is "unknown".

        Raises:
            ValueError: signals and track are of different people.
        """
        if signals.track_id != track.track_id:
            raise ValueError(
                f"expected signals of track {track.track_id}, got those of {signals.track_id}"
            )
        return self.score_signals(signals)

    def score_signals(self, signals: SignalSet) -> ActionScores:
        """As `score`; this model needs no more than the signals."""
        labels = (*(t.key for t in self._techniques), UNKNOWN)
        prob = np.zeros((signals.time_s.size, len(labels)))
        for repetition in non_overlapping(self._candidates(signals)):
            inside = _inside(signals, repetition)
            prob[inside, labels.index(repetition.technique)] = repetition.score
        prob[:, -1] = 1.0 - prob[:, :-1].sum(axis=1)
        return ActionScores(signals.track_id, signals.time_s, labels, np.clip(prob, 0.0, 1.0))

    def segment(self, scores: ActionScores, signals: SignalSet) -> Sequence[Segment]:
        """Repetitions whose mean score reaches the configured one, in order of time.

        Nothing at all is a real answer. Ids are "s1", "s2" … within this person.
        """
        least = self._config.actions.min_score
        rated = [_rated(c, scores=scores, signals=signals) for c in self._candidates(signals)]
        chosen = non_overlapping([c for c in rated if c.score >= least])
        by_key = {t.key: t for t in self._techniques}
        return tuple(
            self._segment(c, number=i, technique=by_key[c.technique], signals=signals)
            for i, c in enumerate(chosen, start=1)
        )

    def _segment(
        self, chosen: Repetition, *, number: int, technique: Technique, signals: SignalSet
    ) -> Segment:
        return Segment(
            segment_id=f"s{number}",
            track_id=signals.track_id,
            technique=technique.key,
            phases=phases(
                technique,
                signals=signals,
                start_s=chosen.start_s,
                end_s=chosen.end_s,
                side=chosen.side,
            ),
            start_s=chosen.start_s,
            end_s=chosen.end_s,
            score=chosen.score,
        )

    def proposals(self, technique: Technique, signals: SignalSet) -> list[Repetition]:
        """Every stretch with the technique's outline, whatever its conditions say (score 0..1).

        None for a technique whose outline is not known: it has no detector.
        """
        detector = technique.detector
        if detector is None or frame_rate_hz(signals.time_s) < MIN_RATE_HZ[detector.kind]:
            return []
        propose = {"dip": _dips, "flight": _flights, "swing": self._swings}[detector.kind]
        return list(propose(technique.key, detector, signals))

    def _candidates(self, signals: SignalSet) -> list[Repetition]:
        found: list[Repetition] = []
        for technique in self._techniques:
            if technique.detector is None:
                continue
            fitting = [c for c in self.proposals(technique, signals) if c.score > 0]
            rated = _with_rhythm(fitting)
            if self._config.sport is None:
                doubted = {"dip": _doubted_dips, "flight": _doubted_flights}
                doubt = doubted.get(technique.detector.kind, _doubted_swings)
                rated = doubt(rated, signals=signals)
            found.extend(rated)
        return found

    def _swings(
        self, technique: str, detector: Detector, signals: SignalSet
    ) -> Iterator[Repetition]:
        """Peaks of a hand's speed, each of them once for the hand that is faster."""
        told = self._config.athlete.handedness
        for side in (told,) if told in SIDES else SIDES:
            speed = column(signals, sided(detector.signal, side=side))
            for rise in rises(signals.time_s, speed, prominence=detector.prominence):
                start_s, end_s = swing_borders(
                    signals.time_s,
                    speed,
                    contact_s=rise.peak_s,
                    lead_s=detector.max_duration_s / 2,
                )
                lasts_s = end_s - start_s
                stops_at_once = end_s - rise.peak_s < LEAST_BRAKING_S
                if stops_at_once or not (
                    detector.min_duration_s <= lasts_s <= detector.max_duration_s
                ):
                    continue
                score = fit(
                    detector.evidence,
                    signals=signals,
                    start_s=start_s,
                    peak_s=rise.peak_s,
                    end_s=end_s,
                    side=side,
                )
                yield Repetition(technique, start_s, rise.peak_s, end_s, rise.size, score, side)


def _dips(technique: str, detector: Detector, signals: SignalSet) -> Iterator[Repetition]:
    """The body sinks and comes back."""
    height = column(signals, detector.signal)
    for dip in dips(signals.time_s, height, prominence=detector.prominence, fraction=LEFT_STANDING):
        if detector.min_duration_s <= dip.end_s - dip.start_s <= detector.max_duration_s:
            score = fit(
                detector.evidence,
                signals=signals,
                start_s=dip.start_s,
                peak_s=dip.peak_s,
                end_s=dip.end_s,
            )
            yield Repetition(technique, dip.start_s, dip.peak_s, dip.end_s, dip.size, score)


def _flights(technique: str, detector: Detector, signals: SignalSet) -> Iterator[Repetition]:
    """Both feet leave the floor; the conditions are looked at in flight."""
    feet = column(signals, detector.signal)
    pelvis = column(signals, "pelvis_height")
    for flight in rises(signals.time_s, feet, prominence=detector.prominence):
        if not detector.min_duration_s <= flight.end_s - flight.start_s <= detector.max_duration_s:
            continue
        start_s, end_s = jump_borders(
            signals.time_s, pelvis, takeoff_s=flight.start_s, landing_s=flight.end_s
        )
        score = fit(
            detector.evidence,
            signals=signals,
            start_s=flight.start_s,
            peak_s=flight.peak_s,
            end_s=flight.end_s,
        )
        if start_s < end_s:
            yield Repetition(technique, start_s, flight.peak_s, end_s, flight.size, score)


def _with_rhythm(candidates: list[Repetition]) -> list[Repetition]:
    """Movements that are repeated alike convince more than one that stands alone."""
    return [
        candidate
        if any(_same_set(candidate, other) for other in candidates)
        else replace(candidate, score=ALONE * candidate.score)
        for candidate in candidates
    ]


def _doubted_swings(candidates: list[Repetition], *, signals: SignalSet) -> list[Repetition]:
    """Without a sport named, a stroke is one of several alike, by somebody who stands."""
    doubted = []
    for one in candidates:
        alike = [other for other in candidates if _same_set(one, other)]
        in_set = len(non_overlapping([one, *alike])) >= STROKES_IN_A_SET
        speed = column(signals, "pelvis_speed")[_inside(signals, one)]
        score = one.score * _ramp(_mean(speed), SET_STANDS) * (1.0 if in_set else UNCONVINCING)
        doubted.append(replace(one, score=score))
    return doubted


def _doubted_flights(candidates: list[Repetition], *, signals: SignalSet) -> list[Repetition]:
    """Without a sport named, a vertical jump goes up and comes down, and not along."""
    doubted = []
    for one in candidates:
        inside = _inside(signals, one)
        speed = column(signals, "pelvis_speed")[inside]
        rising = column(signals, "pelvis_vertical_speed")[inside]
        height = column(signals, "pelvis_height")[inside]
        level = _mean(speed**2 - rising**2) / _mean(speed**2)
        extent = float(np.nanmax(height) - np.nanmin(height)) if _seen(height) else float("nan")
        sure = _ramp(level, JUMP_SIDEWAYS) * _ramp(extent, JUMP_RANGE)
        doubted.append(replace(one, score=one.score * sure))
    return doubted


def _doubted_dips(candidates: list[Repetition], *, signals: SignalSet) -> list[Repetition]:
    """Without a sport named, a shallow dip is a squat only in the company of others."""
    doubted = []
    for one in candidates:
        near = [
            other
            for other in candidates
            if other.score > COMPANY_SCORE and 0 < abs(other.peak_s - one.peak_s) <= COMPANY_S
        ]
        alone = len(non_overlapping([one, *near])) < 2
        doubtful = one.size < SHALLOW and (alone or _hand_is_busy(one, signals=signals))
        doubted.append(replace(one, score=one.score * (UNCONVINCING if doubtful else 1.0)))
    return doubted


def _hand_is_busy(one: Repetition, *, signals: SignalSet) -> bool:
    around = np.abs(signals.time_s - (one.start_s + one.end_s) / 2)
    near = around <= (one.end_s - one.start_s) / 2 + BUSY_S
    speeds = (column(signals, f"{side}_wrist_speed")[near] for side in SIDES)
    return any(bool((speed > BUSY_HAND).any()) for speed in speeds)


def _seen(values: Float) -> bool:
    return bool(np.isfinite(values).any())


def _mean(values: Float) -> float:
    return float(np.nanmean(values)) if _seen(values) else float("nan")


def _ramp(value: float, ends: tuple[float, float]) -> float:
    """0 at the first of `ends`, 1 at the second; 1 for what was not seen."""
    zero, full = ends
    return 1.0 if np.isnan(value) else float(np.clip((value - zero) / (full - zero), 0.0, 1.0))


def _same_set(one: Repetition, other: Repetition) -> bool:
    apart = one.end_s <= other.start_s or other.end_s <= one.start_s
    near = apart and one.side == other.side and abs(one.peak_s - other.peak_s) <= RHYTHM_S
    return near and abs(one.size - other.size) <= ALIKE * max(one.size, other.size)


def _inside(
    signals: SignalSet, repetition: Repetition
) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    time_s = signals.time_s
    inside: np.ndarray[tuple[int], np.dtype[np.bool_]] = (time_s >= repetition.start_s) & (
        time_s <= repetition.end_s
    )
    return inside


def _rated(candidate: Repetition, *, scores: ActionScores, signals: SignalSet) -> Repetition:
    """A candidate with what the scores say of its stretch."""
    inside = _inside(signals, candidate)
    if candidate.technique not in scores.labels or not inside.any():
        return replace(candidate, score=0.0)
    column_index = scores.labels.index(candidate.technique)
    return replace(candidate, score=float(scores.prob[inside, column_index].mean()))
