"""Tracks that a coach says are one person become one. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from analysis.pose.people import surer

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from analysis.schema import Int, Observations


def merged(
    people: Mapping[int, Int], *, observations: Observations, merges: Sequence[Sequence[int]]
) -> dict[int, Int]:
    """Rows of each track id, each group of ids put together under its lowest, the others as given.

    In a frame that several of a group have, the surest row counts. Groups that share an id are
    one; ids that nobody has are ignored.
    """
    parent = {track_id: track_id for track_id in people}

    def root(track_id: int) -> int:
        while parent[track_id] != track_id:
            track_id = parent[track_id]
        return track_id

    for group in merges:
        known = sorted({root(track_id) for track_id in group if track_id in people})
        for track_id in known[1:]:
            parent[track_id] = known[0]
    together: dict[int, Int] = {}
    for track_id, rows in sorted(people.items()):
        own = root(track_id)
        together[own] = surer(observations, together[own], rows) if own in together else rows
    return together
