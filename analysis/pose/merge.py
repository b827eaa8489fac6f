"""Tracks that a coach says are one person become one. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from analysis.schema import PoseTrack

if TYPE_CHECKING:
    from collections.abc import Sequence


def merged(
    tracks: Sequence[PoseTrack], *, merges: Sequence[Sequence[int]]
) -> tuple[PoseTrack, ...]:
    """Tracks with each group of ids put together under the group's lowest, the others as they are.

    In a frame that several of a group have, the surest counts. Groups that share an id are one;
    ids that no track has are ignored.
    """
    by_id = {track.track_id: track for track in tracks}
    parent = {track_id: track_id for track_id in by_id}

    def root(track_id: int) -> int:
        while parent[track_id] != track_id:
            track_id = parent[track_id]
        return track_id

    for group in merges:
        known = sorted({root(track_id) for track_id in group if track_id in by_id})
        for track_id in known[1:]:
            parent[track_id] = known[0]
    return tuple(
        _joined([by_id[other] for other in by_id if root(other) == track_id])
        for track_id in by_id
        if root(track_id) == track_id
    )


def _joined(group: Sequence[PoseTrack]) -> PoseTrack:
    first = min(group, key=lambda track: track.track_id)
    if len(group) == 1:
        return first
    scores = np.stack([track.score for track in group])
    sure = np.where(np.isfinite(scores), scores, 0.0).mean(axis=2)
    choice = sure.argmax(axis=0)
    frames = np.arange(choice.size)
    known = [track.xyz_m is not None for track in group]
    empty = np.full((*first.score.shape, 3), np.nan)
    worlds = np.stack([empty if track.xyz_m is None else track.xyz_m for track in group])
    return PoseTrack(
        track_id=first.track_id,
        skeleton=first.skeleton,
        time_s=first.time_s,
        box_px=np.stack([track.box_px for track in group])[choice, frames],
        xy_px=np.stack([track.xy_px for track in group])[choice, frames],
        xyz_m=worlds[choice, frames] if any(known) else None,
        score=scores[choice, frames],
    )
