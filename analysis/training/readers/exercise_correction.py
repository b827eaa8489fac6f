"""Exercise-Correction: MediaPipe's landmarks of single frames, as tables.

Each row is a still: one frame of an unknown person. x and y are shares of the picture's own width
and height, whose ratio the set does not tell.
"""

from __future__ import annotations

import csv
import io
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Final

import numpy as np

from analysis.features.body17 import BODY17
from analysis.training.readers.archives import members
from analysis.training.readers.catalogue import may_ship
from analysis.training.records import MotionClip, Removed
from analysis.training.skeleton import empty

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

LICENCE: Final = "MIT-exercise-correction"
# Folder and file → exercise, and what each label says: (stage or fault, right or wrong).
TABLES: Final[dict[str, tuple[str, dict[str, tuple[str, float]]]]] = {
    "squat_model/train": ("squat", {"up": ("up", np.nan), "down": ("down", np.nan)}),
    "squat_model/test": ("squat", {"up": ("up", np.nan), "down": ("down", np.nan)}),
    "lunge_model/stage.test": (
        "lunge",
        {"I": ("start", np.nan), "M": ("middle", np.nan), "D": ("down", np.nan)},
    ),
    "lunge_model/err.test": ("lunge", {"C": ("down", 1.0), "L": ("knee over toe", 0.0)}),
    "plank_model/test": (
        "plank",
        {"C": ("straight", 1.0), "H": ("hips high", 0.0), "L": ("hips low", 0.0)},
    ),
    "plank_model/kaggle": ("plank", {"C": ("straight", 1.0)}),
    "bicep_model/test": ("bicep_curl", {"C": ("upright", 1.0), "L": ("leaning back", 0.0)}),
}


def read(path: Path) -> Iterator[MotionClip | Removed]:
    """One still per row of each table of landmarks; other tables are no poses and are passed over.

    Raises:
        CorruptDataError: the archive is cut.
    """
    for member, content in members(path, suffixes=(".csv",)):
        place = PurePosixPath(member)
        table = f"{place.parent.name}/{place.stem}"
        if table not in TABLES:
            continue
        for number, row in enumerate(csv.DictReader(io.StringIO(content.decode()))):
            yield _still(row, table=table, clip=f"exercise_correction:{table}/{number}")


def _still(row: dict[str, str], *, table: str, clip: str) -> MotionClip | Removed:
    exercise, labels = TABLES[table]
    if row.get("label") not in labels:
        return Removed("exercise_correction", clip, "no_label", str(row.get("label")))
    xy, score = empty(1, axes=2), np.full((1, len(BODY17.keypoints)), np.nan)
    try:
        for place, name in enumerate(BODY17.keypoints):
            if f"{name}_x" in row:
                xy[0, place] = float(row[f"{name}_x"]), float(row[f"{name}_y"])
                score[0, place] = float(row[f"{name}_v"])
    except (ValueError, KeyError, TypeError) as error:
        return Removed("exercise_correction", clip, "corrupt", repr(error))
    said, correct = labels[row["label"]]
    return MotionClip(
        source="exercise_correction",
        family="exercise_correction",
        person=None,
        sequence=f"exercise_correction:{table}",
        clip=clip,
        time_s=np.zeros(1),
        xyz_m=None,
        xy=xy,
        score=score,
        action=exercise,
        correct=correct,
        style=said if np.isnan(correct) else None,
        folds=("train" if table.endswith("train") else "test",),
        licence=LICENCE,
        may_ship=may_ship(LICENCE),
        text=f"{exercise.replace('_', ' ')}: {said}",
    )
