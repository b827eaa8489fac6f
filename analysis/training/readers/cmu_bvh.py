"""CMU motion capture as BVH (B. Hahne's conversion), 120 Hz, y up, with the index's descriptions.

One unit of length is 1/0.45 inch, as in CMU's own skeletons; the first frame of each file is a
T-pose that the conversion put in, and is left out.
"""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Final

import numpy as np

from analysis.training.errors import CorruptDataError
from analysis.training.readers import bvh
from analysis.training.readers.archives import members, thin
from analysis.training.readers.catalogue import may_ship
from analysis.training.records import MotionClip, Removed
from analysis.training.skeleton import CMU_BVH, from_tree

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

UNIT_M: Final = 0.0254 / 0.45
LICENCE: Final = "CMU-mocap"
# The first word that the description holds names the action; several actions in one trial
# ("jump, balance") are named by the one that comes first in this list.
WORDS: Final = (
    ("basketball - crossover dribble, shoot", "basketball_shoot"),
    ("dribble, shoot", "basketball_shoot"),
    ("dribble", "basketball_dribble"),
    ("playground - forward jumps", "jump"),
    ("climb", "climb"),
    ("swordplay", "swordplay"),
    ("punch", "punch"),
    ("dance", "dance"),
    ("soccer", "soccer_kick"),
    ("jump", "jump"),
    ("run", "run"),
    ("navigate", "walk"),
    ("walk", "walk"),
)


def read(path: Path) -> Iterator[MotionClip | Removed]:
    """One clip per trial, without an action where the index says nothing we can name.

    Raises:
        CorruptDataError: the archive is cut.
    """
    described = _descriptions(path)
    for member, content in members(path, suffixes=(".bvh",)):
        trial = PurePosixPath(member).stem
        try:
            motion = bvh.parse_bvh(content.decode("latin-1"), name=member)
        except CorruptDataError as error:
            yield Removed("cmu_bvh", f"cmu_bvh:{trial}", "corrupt", str(error))
            continue
        step = thin(1.0 / motion.frame_s)
        if motion.values.shape[0] < 2:
            yield Removed("cmu_bvh", f"cmu_bvh:{trial}", "too_short", "a T-pose only")
            continue
        posed = bvh.pose(motion, rows=slice(1, None, step))
        xyz_m = from_tree(posed, points=CMU_BVH, unit_m=UNIT_M)
        text = described.get(trial, "")
        yield MotionClip(
            source="cmu_bvh",
            family="cmu",
            person=f"cmu:{trial.partition('_')[0]}",
            sequence=f"cmu:{trial}",
            clip=f"cmu_bvh:{trial}",
            time_s=np.arange(xyz_m.shape[0], dtype=np.float64) * (step * motion.frame_s),
            xyz_m=xyz_m,
            xy=None,
            score=None,
            action=action_of(text),
            licence=LICENCE,
            may_ship=may_ship(LICENCE),
            text=text,
        )


def action_of(description: str) -> str | None:
    """The action that a trial's description names; None when it names none we know."""
    lowered = description.lower()
    return next((action for word, action in WORDS if word in lowered), None)


def _descriptions(path: Path) -> dict[str, str]:
    import xlrd

    described: dict[str, str] = {}
    for member, content in members(path, suffixes=(".xls",)):
        try:
            sheet = xlrd.open_workbook(file_contents=content).sheet_by_index(0)
        except xlrd.XLRDError as error:
            raise CorruptDataError(name=member, found=str(error), expected="a sheet") from error
        for row in range(sheet.nrows):
            trial, text = (str(value).strip() for value in sheet.row_values(row)[:2])
            if trial and text.lower() != "unknown":
                described[trial] = text
    return described
