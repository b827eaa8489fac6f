"""What changed from session to session, and whether that is more than the error. Pure.

A change is real where it exceeds the minimum detectable change, MDC95 = 1.96 · √2 · SEM (Weir 2005,
"Quantifying test-retest reliability using the intraclass correlation coefficient and the SEM",
Journal of Strength and Conditioning Research 19(1), 231–240); with a standard error of its own for
each session, √2 · SEM becomes the root of the sum of their squares.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

Z95: Final = 1.96


@dataclass(frozen=True, slots=True)
class Session:
    """One report's mean of a metric, in `unit`."""

    report: str
    at: datetime
    mean: float
    sem: float
    repetitions: int


@dataclass(frozen=True, slots=True)
class Trend:
    """A metric over an athlete's sessions, oldest first."""

    technique: str
    metric: str
    unit: str
    sessions: tuple[Session, ...]

    @property
    def change(self) -> float | None:
        """Of the last session against the one before; None with fewer than two."""
        if len(self.sessions) < 2:
            return None
        return self.sessions[-1].mean - self.sessions[-2].mean

    @property
    def mdc95(self) -> float | None:
        """The least change between the last two sessions that is surely none of the error."""
        if len(self.sessions) < 2:
            return None
        return minimum_detectable_change(self.sessions[-2].sem, self.sessions[-1].sem)

    @property
    def is_real(self) -> bool:
        """Whether the change is more than the error can explain."""
        if self.change is None or self.mdc95 is None:
            return False
        return abs(self.change) > self.mdc95


def minimum_detectable_change(before: float, after: float) -> float:
    """MDC95 from the standard errors of two means, in their unit."""
    return Z95 * math.hypot(before, after)


def trends(patterns: Iterable[tuple[str, datetime, dict[str, Any]]]) -> tuple[Trend, ...]:
    """Trends from (report, time, pattern of the report), in order of technique and metric.

    Patterns without a mean are left out.
    """
    gathered: dict[tuple[str, str, str], list[Session]] = {}
    for report, at, pattern in patterns:
        if pattern["mean"] is None or pattern["sem"] is None:
            continue
        key = (pattern["technique"], pattern["metric"], pattern["unit"])
        session = Session(report, at, pattern["mean"], pattern["sem"], pattern["judged"])
        gathered.setdefault(key, []).append(session)
    return tuple(
        Trend(*key, sessions=_ordered(sessions)) for key, sessions in sorted(gathered.items())
    )


def _ordered(sessions: Sequence[Session]) -> tuple[Session, ...]:
    return tuple(sorted(sessions, key=lambda session: session.at))
