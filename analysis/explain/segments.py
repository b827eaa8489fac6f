"""Segments of the fused model with what is told of them: why, their place on a map, their state.

The layer above the stages where training's own features and the network meet; torch and captum
are imported when there is something to explain.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import numpy as np

from analysis.actions.context import NOTHING
from analysis.actions.predict import INSTALL, FusedSegmenter
from analysis.errors import BackendNotInstalledError
from analysis.explain.baseline import still
from analysis.explain.coalitions import parts_of
from analysis.explain.signals import SIGNALS, TEXT, Held
from analysis.explanation import INTEGRATED_GRADIENTS, Explanation, SignalPart, StateShare

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from analysis.config import ExplainConfig
    from analysis.explain.attribution import LogOdds
    from analysis.schema import Float, PoseTrack, Segment, SignalSet

    Rows = NDArray[np.float32]

LONGEST_ROWS: Final = 200  # of a longer segment the middle is explained: what a window holds
LEAST_ROWS: Final = 2


@dataclass(frozen=True, slots=True, eq=False)
class Told:
    """Segments with their explanations, and each one's clip vector (E,) by its id."""

    segments: tuple[Segment, ...]
    vectors: Mapping[str, Float]


def tell(
    segments: Sequence[Segment],
    *,
    model: object,
    track: PoseTrack,
    signals: SignalSet,
    config: ExplainConfig,
    most: int,
    states: bool = False,
) -> Told:
    """What the action model that made these segments of one person can say of them.

    Another model than the fused one says nothing: its rules are its explanation. The first `most`
    segments are explained; every one gets its vector and, with `states`, how likely each state
    is that the weights know.

    Raises:
        BackendNotInstalledError: captum is missing.
    """
    if not isinstance(model, FusedSegmenter) or not segments:
        return Told(tuple(segments), {})
    rows = model.rows(track)
    text = model.context(signals).words()
    spans = [_span(rows.time_s, segment) for segment in segments]
    readings = model.read([rows.values[a:b] for a, b in spans], text=text)
    vectors = {s.segment_id: r.vector for s, r in zip(segments, readings, strict=True)}
    told = list(segments)
    if states:
        told = [
            replace(s, states=_states(r.state_logits, names=model.network.config.states))
            for s, r in zip(segments, readings, strict=True)
        ]
    for place, (segment, (start, stop)) in enumerate(zip(tuple(told), spans, strict=True)):
        if config.enabled and place < most:
            clip = _Clip(rows.values, rows.time_s, start=start, stop=stop, text=text)
            why = _explained(clip, model=model, technique=segment.technique, config=config)
            told[place] = replace(segment, explanation=why)
    return Told(tuple(told), vectors)


@dataclass(frozen=True, slots=True, eq=False)
class _Clip:
    every: Rows  # (N, C) all of the person
    every_s: Float  # (N,)
    start: int
    stop: int
    text: str

    @property
    def rows(self) -> Rows:
        return self.every[self.start : self.stop]

    @property
    def time_s(self) -> Float:
        return self.every_s[self.start : self.stop]


def _span(time_s: Float, segment: Segment) -> tuple[int, int]:
    """The segment's rows [start, stop), at least `LEAST_ROWS`, at most `LONGEST_ROWS`."""
    start = int(np.searchsorted(time_s, segment.start_s - 1e-9))
    stop = int(np.searchsorted(time_s, segment.end_s + 1e-9, side="right"))
    start = max(0, min(start, time_s.size - LEAST_ROWS))
    stop = min(max(stop, start + LEAST_ROWS), time_s.size)
    spare = max(0, stop - start - LONGEST_ROWS)
    return start + spare // 2, stop - (spare - spare // 2)


def _states(logits: Float | None, *, names: Sequence[str]) -> tuple[StateShare, ...]:
    """Likeliest first; nothing from weights that know no states."""
    if logits is None:
        return ()
    prob = np.exp(logits - logits.max())
    ordered = sorted(zip(names, prob / prob.sum(), strict=True), key=lambda pair: -pair[1])
    return tuple(StateShare(name, float(p)) for name, p in ordered)


def _explained(
    clip: _Clip, *, model: FusedSegmenter, technique: str, config: ExplainConfig
) -> Explanation:
    try:
        from analysis.explain.attention import attention
        from analysis.explain.attribution import LogOdds, integrated_gradients
    except ImportError as error:
        raise BackendNotInstalledError(
            backend="fused", reason=str(error), command=INSTALL
        ) from error
    place = model.among.techniques.index(technique)
    log_odds = LogOdds(
        model.network, model.label_vectors, own=np.array(model.among.technique) == place
    )
    baseline = still(clip.rows, every=clip.every)
    found = integrated_gradients(
        log_odds, clip.rows, baseline=baseline, text=clip.text, steps=config.steps
    )
    moments, bin_s = found.moments(clip.time_s)
    direction, words = attention(
        model.network, clip.rows, text=clip.text, label_vectors=model.label_vectors,
        time_s=clip.time_s,
    )  # fmt: skip
    return Explanation(
        method=INTEGRATED_GRADIENTS,
        log_odds_gain=found.difference,
        completeness_gap=found.gap,
        bin_s=bin_s,
        joints=found.joints(),
        moments=moments,
        signals=_signals(clip, log_odds=log_odds, most=config.coalitions),
        attention_direction=direction,
        attention=words,
    )


def _signals(clip: _Clip, *, log_odds: LogOdds, most: int) -> tuple[SignalPart, ...]:
    """What each named signal adds; the text too, where there is any."""
    says = log_odds.model.language is not None and clip.text != NOTHING
    names = (*SIGNALS, TEXT) if says else SIGNALS
    held = Held(clip.rows, every=clip.every)

    def value(coalitions: NDArray[np.bool_]) -> Float:
        kept = [frozenset(np.array(names)[row].tolist()) for row in coalitions]
        texts = [clip.text if TEXT in one or not says else NOTHING for one in kept]
        return log_odds.of([held.rows(one) for one in kept], texts=texts)

    parts = parts_of(value, groups=len(names), most=most)
    found = zip(names, parts.shapley, parts.lime, strict=True)
    told = (SignalPart(name, float(shapley), float(lime)) for name, shapley, lime in found)
    return tuple(sorted(told, key=lambda part: -abs(part.shapley)))
