"""UI-PRMD: ten rehabilitation exercises, each done right and wrong, by optical markers.

Vicon's axes are z up, millimetres; a marker that was lost reads exactly 0.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from analysis.training.errors import CorruptDataError
from analysis.training.readers.archives import arrays, pieces, stream_rows
from analysis.training.readers.catalogue import may_ship
from analysis.training.records import MotionClip, Removed
from analysis.training.skeleton import VICON39, from_vicon

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

RATE_HZ: Final = 100.0 / 3.0  # every third frame of about 100 Hz
LICENCE: Final = "PDDL-1.0"
EXERCISES: Final = {
    "m01": "deep_squat",
    "m02": "hurdle_step",
    "m03": "inline_lunge",
    "m04": "side_lunge",
    "m05": "sit_to_stand",
    "m06": "straight_leg_raise",
    "m07": "shoulder_abduction",
    "m08": "shoulder_extension",
    "m09": "shoulder_rotation",
    "m10": "shoulder_scaption",
}


def read(path: Path) -> Iterator[MotionClip | Removed]:
    """One clip per repetition.

    Raises:
        CorruptDataError: not the arrays that the set has.
    """
    stored = arrays(path, keys=("offsets", "meta"))
    offsets, meta = stored["offsets"], stored["meta"]
    ends = pieces(offsets, rows=int(offsets[-1]), name=path.name)
    if meta.shape != (len(ends), 4):
        raise CorruptDataError(name=path.name, found=f"meta {meta.shape}", expected="(clips, 4)")
    for rows, (movement, subject, episode, verdict) in zip(
        stream_rows(path, key="x", ends=ends), meta.tolist(), strict=True
    ):
        clip = f"uiprmd:{movement}_{subject}_{episode}_{verdict}"
        if movement not in EXERCISES or verdict not in {"correct", "incorrect"}:
            yield Removed("uiprmd", clip, "no_label", f"{movement}, {verdict}")
            continue
        if rows.shape[1:] != (3 * len(VICON39),):
            raise CorruptDataError(
                name=path.name, found=f"{rows.shape[1:]} columns", expected=str(3 * len(VICON39))
            )
        markers = rows.reshape(-1, len(VICON39), 3).astype(np.float64) / 1000.0
        markers[(markers == 0.0).all(axis=-1)] = np.nan
        exercise = EXERCISES[movement]
        yield MotionClip(
            source="uiprmd",
            family="uiprmd",
            person=f"uiprmd:{subject}",
            sequence=f"uiprmd:{movement}_{subject}_{verdict}",
            clip=clip,
            time_s=np.arange(rows.shape[0]) / RATE_HZ,
            xyz_m=from_vicon(markers),
            xy=None,
            score=None,
            action=exercise,
            correct=float(verdict == "correct"),
            licence=LICENCE,
            may_ship=may_ship(LICENCE),
            text=exercise.replace("_", " "),
        )
