"""Bandai-Namco motion, acted in styles: BVH at 30 Hz, centimetres, y up.

All files carry one retargeted skeleton or nearly so, and nothing says which of the three actors is
seen: the person is unknown, and splits by person are refused.
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
from analysis.training.skeleton import BANDAI_BVH, from_tree

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

UNIT_M: Final = 0.01
LICENCE: Final = "CC-BY-NC-4.0"


def read(path: Path) -> Iterator[MotionClip | Removed]:
    """One clip per file, named `dataset-N_ACTION_STYLE_NUMBER.bvh`.

    Raises:
        CorruptDataError: the archive is cut.
    """
    for member, content in members(path, suffixes=(".bvh",)):
        stem = PurePosixPath(member).stem
        parts = stem.split("_")
        if len(parts) != 4:
            yield Removed("bandai", f"bandai:{stem}", "no_label", stem)
            continue
        try:
            motion = bvh.parse_bvh(content.decode("latin-1"), name=member)
        except CorruptDataError as error:
            yield Removed("bandai", f"bandai:{stem}", "corrupt", str(error))
            continue
        step = thin(1.0 / motion.frame_s)
        posed = bvh.pose(motion, rows=slice(None, None, step))
        xyz_m = from_tree(posed, points=BANDAI_BVH, unit_m=UNIT_M)
        _, action, style, _ = parts
        yield MotionClip(
            source="bandai",
            family="bandai",
            person=None,
            sequence=f"bandai:{stem}",
            clip=f"bandai:{stem}",
            time_s=np.arange(xyz_m.shape[0], dtype=np.float64) * (step * motion.frame_s),
            xyz_m=xyz_m,
            xy=None,
            score=None,
            action=action.replace("-", "_"),
            style=style.replace("-", "_"),
            licence=LICENCE,
            may_ship=may_ship(LICENCE),
            text=f"{action.replace('-', ' ')}, acted {style.replace('-', ' ')}",
        )
