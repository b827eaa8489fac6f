"""A person's stretch of the footage, cut into parts that are measured one after the other.

Pure. What belongs together in time (a repetition, the rhythm of a set) is far shorter than a
part, and the margins let every part see what lies around its borders.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from analysis.schema import Float, Int

PART_S: Final = 300.0  # a part is about this long …
MARGIN_S: Final = 30.0  # … with so much on either side: longer than a repetition and its rhythm


@dataclass(frozen=True, slots=True, eq=False)
class Seen:
    """Which rows of the observations show one person, and in which frames (both (N,), rising)."""

    track_id: int
    rows: Int
    frame: Int


@dataclass(frozen=True, slots=True)
class Part:
    """A part of one person's stretch that is measured at once.

    Frames [first, last) with margins; the part itself is `frames` of them after the first `skip`,
    and what lies in [start_s, stop_s) is its own.
    """

    first: int
    last: int
    skip: int
    frames: int
    start_s: float
    stop_s: float


def plan_parts(frame: Int, *, time_s: Float) -> list[Part]:
    """Cut one person's stretch, seen in frames (N,), into parts of at most about `PART_S`."""
    first, last = int(frame[0]), int(frame[-1]) + 1
    times = time_s[first:last]
    count = max(1, round(float(times[-1] - times[0]) / PART_S))
    borders_s = np.linspace(times[0], times[-1], count + 1)[1:-1]
    cuts = [0, *(int(i) for i in np.searchsorted(times, borders_s)), times.size]
    parts = []
    for start, stop in itertools.pairwise(cuts):
        lead = int(np.searchsorted(times, times[start] - MARGIN_S))
        tail = int(np.searchsorted(times, times[stop - 1] + MARGIN_S, side="right"))
        parts.append(
            Part(
                first=first + lead,
                last=first + tail,
                skip=start - lead,
                frames=stop - start,
                start_s=float(times[start]) if start else -np.inf,
                stop_s=float(times[stop]) if stop < times.size else np.inf,
            )
        )
    return parts
