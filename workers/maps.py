"""The map of a club's segments: drawn when some have come that are not on it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sportsbr.reports.alike import map_rows, waits_for_map
from sportsbr.reports.services import store_places

if TYPE_CHECKING:
    from uuid import UUID


def draw(club_id: UUID | str) -> int:
    """Lay the club's segments out by likeness; how many were placed.

    The same segments are always given the same places, so that two workers do no harm.
    """
    from analysis.explain.layout import layout

    if not waits_for_map(club_id):
        return 0
    rows = sorted(map_rows(club_id), key=lambda row: row.pk)
    places = layout(np.array([row.values for row in rows], dtype=np.float64))
    store_places({row.pk: (float(x), float(y)) for row, (x, y) in zip(rows, places, strict=True)})
    return len(rows)
