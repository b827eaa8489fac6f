"""JHMDB: 15 annotated joints of short clips, 2D, with the three official splits.

The same clip lies in train or test of each split: it is read once, and `folds` says where it is.
The people are not named. Coordinates are JHMDB's `pos_world`: centred, in picture heights over the
person's scale, the picture's aspect kept.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from analysis.training.errors import CorruptDataError
from analysis.training.readers.archives import arrays, pieces, stream_rows
from analysis.training.readers.catalogue import may_ship
from analysis.training.records import MotionClip, Removed
from analysis.training.skeleton import JHMDB15, from_names

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from numpy.typing import NDArray

RATE_HZ: Final = 30.0  # HMDB51's clips were brought to 30 frames per second
LICENCE: Final = "unverified-jhmdb"
PARTS: Final = tuple(f"{part}{split}" for split in (1, 2, 3) for part in ("train", "test"))


def read(path: Path) -> Iterator[MotionClip | Removed]:
    """One clip per different clip, not per mention.

    Raises:
        CorruptDataError: not the arrays that the set has.
    """
    folds: dict[str, list[str]] = {}
    for part, rows, _ in _mentions(path):
        folds.setdefault(_digest(rows), []).append(part)
    told: set[str] = set()
    for _, rows, label in _mentions(path):
        digest = _digest(rows)
        if digest in told:
            continue
        told.add(digest)
        yield MotionClip(
            source="jhmdb",
            family="jhmdb",
            person=None,
            sequence=f"jhmdb:{digest[:12]}",
            clip=f"jhmdb:{digest[:12]}",
            time_s=np.arange(rows.shape[0]) / RATE_HZ,
            xyz_m=None,
            xy=from_names(rows.astype(np.float64), names=JHMDB15),
            score=None,
            action=label,
            folds=tuple(dict.fromkeys(folds[digest])),
            licence=LICENCE,
            may_ship=may_ship(LICENCE),
            text=label,
        )


def _mentions(path: Path) -> Iterator[tuple[str, NDArray[Any], str]]:
    for part in PARTS:
        stored = arrays(path, keys=(f"{part}_offsets", f"{part}_label"))
        offsets, labels = stored[f"{part}_offsets"], stored[f"{part}_label"]
        ends = pieces(offsets, rows=int(offsets[-1]), name=path.name)
        if labels.shape != (len(ends),):
            raise CorruptDataError(name=path.name, found=part, expected="a label for each clip")
        for rows, label in zip(
            stream_rows(path, key=f"{part}_x", ends=ends), labels.tolist(), strict=True
        ):
            yield part, rows, str(label)


def _digest(rows: NDArray[Any]) -> str:
    return hashlib.sha256(np.ascontiguousarray(rows).tobytes()).hexdigest()
