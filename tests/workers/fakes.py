"""A pose backend that sees the same walking figure in every clip, slowly enough to be killed."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import numpy as np

from analysis.schema import Observations

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from analysis.config import PoseConfig
    from analysis.protocols import Frame

NAME = "tests.workers.fakes:SlowPose"
FRAME_S = 0.05


class SlowPose:
    """One person in the middle of the picture, a few pixels further in each frame."""

    skeleton = "blazepose33"
    models: Mapping[str, str] = {"slow": "0" * 64}

    def __init__(self, config: PoseConfig) -> None:
        del config

    def observe(self, frames: Iterable[tuple[int, Frame]]) -> Observations:
        seen = []
        for index, _ in frames:
            time.sleep(FRAME_S)
            seen.append(index)
        rows, points = len(seen), 33
        shape = np.linspace([100.0, 40.0], [140.0, 200.0], points)
        xy_px = shape + np.array(seen)[:, None, None] * np.array([1.0, 0.0])
        return Observations(
            skeleton=self.skeleton,
            frame=np.array(seen),
            box_px=np.concatenate([xy_px.min(axis=1), xy_px.max(axis=1)], axis=1),
            xy_px=xy_px,
            xyz_m=np.full((rows, points, 3), np.nan),
            score=np.full((rows, points), 0.9),
        )
