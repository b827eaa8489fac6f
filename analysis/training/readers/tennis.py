"""Tennis shots: MoveNet's points (nose and twelve joints) of thirty frames, from broadcasts.

Columns are y, x of each point in shares of a square crop. Who plays is not told apart from the
match: the match stands for the person.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from analysis.training.errors import CorruptDataError
from analysis.training.readers.archives import arrays, pieces, stream_rows
from analysis.training.readers.catalogue import may_ship
from analysis.training.records import MotionClip, Removed
from analysis.training.skeleton import MOVENET13, from_names

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

RATE_HZ: Final = 30.0
LICENCE: Final = "none-stated-tennis"


def read(path: Path) -> Iterator[MotionClip | Removed]:
    """One clip per shot.

    Raises:
        CorruptDataError: not the arrays that the set has.
    """
    stored = arrays(path, keys=("offsets", "meta"))
    offsets, meta = stored["offsets"], stored["meta"]
    ends = pieces(offsets, rows=int(offsets[-1]), name=path.name)
    if meta.shape != (len(ends), 3):
        raise CorruptDataError(name=path.name, found=f"meta {meta.shape}", expected="(clips, 3)")
    for rows, (match, label, name) in zip(
        stream_rows(path, key="x", ends=ends), meta.tolist(), strict=True
    ):
        if rows.shape[1:] != (2 * len(MOVENET13),):
            raise CorruptDataError(
                name=path.name, found=f"{rows.shape[1:]} columns", expected=str(2 * len(MOVENET13))
            )
        points = rows.reshape(-1, len(MOVENET13), 2)[..., ::-1].astype(np.float64)
        yield MotionClip(
            source="tennis",
            family="tennis",
            person=f"tennis:{match}",
            sequence=f"tennis:{match}",
            clip=f"tennis:{match}/{name}",
            time_s=np.arange(rows.shape[0]) / RATE_HZ,
            xyz_m=None,
            xy=from_names(points, names=MOVENET13),
            score=None,
            action=label,
            licence=LICENCE,
            may_ship=may_ship(LICENCE),
            text=f"tennis {label}",
        )
