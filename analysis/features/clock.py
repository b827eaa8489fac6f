"""Slow motion: measured in real seconds, told in those of the player. Pure."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from analysis.schema import Correction, Finding, PoseTrack, Segment, SignalSet


def in_real_time(track: PoseTrack, *, scale: float) -> PoseTrack:
    """A track on the clock of what happened: `scale` real seconds per presentation second."""
    return track if scale == 1 else replace(track, time_s=track.time_s * scale)


def signals_as_played(signals: SignalSet, *, scale: float) -> SignalSet:
    """Signals measured in real time on the player's clock; speeds stay real."""
    return signals if scale == 1 else replace(signals, time_s=signals.time_s / scale)


def segment_as_played(segment: Segment, *, scale: float) -> Segment:
    """A segment found in real time on the player's clock."""
    if scale == 1:
        return segment
    phases = tuple(
        replace(p, start_s=p.start_s / scale, end_s=p.end_s / scale) for p in segment.phases
    )
    why = segment.explanation
    return replace(
        segment,
        start_s=segment.start_s / scale,
        end_s=segment.end_s / scale,
        phases=phases,
        explanation=None if why is None else why.at_scale(scale),
    )


def finding_as_played(finding: Finding, *, scale: float) -> Finding:
    """A finding's moment on the player's clock; what was measured stays real."""
    return finding if scale == 1 else replace(finding, at_s=finding.at_s / scale)


def correction_as_played(correction: Correction, *, scale: float) -> Correction:
    """A correction found in real time on the player's clock; its id stays."""
    if scale == 1:
        return correction
    return replace(correction, start_s=correction.start_s / scale, end_s=correction.end_s / scale)
