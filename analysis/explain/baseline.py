"""What a clip is compared with: the same person, at the same times, doing nothing. Pure.

Shapes as in `analysis.features.model_input`: T rows, K keypoints, C numbers a row.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np

from analysis.features.model_input import JOINT_CHANNELS, KEYPOINTS

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Rows = NDArray[np.float32]

JOINTS: Final = KEYPOINTS * len(JOINT_CHANNELS)  # so many numbers of a row are the keypoints'
XY: Final = slice(0, 2)
VELOCITY: Final = slice(2, 4)
SEEN: Final = JOINT_CHANNELS.index("seen")


def joints_of(rows: NDArray[Any]) -> NDArray[Any]:
    """The keypoints' part (T, K, 6) of rows (T, C)."""
    return rows[:, :JOINTS].reshape(-1, KEYPOINTS, len(JOINT_CHANNELS))


def still(clip: Rows, *, every: Rows) -> Rows:
    """Rows (T, C): each keypoint rests where it is on average in `every` (N, C), nothing moves.

    What was seen, and how surely, stays as in the clip: a path from this baseline to the clip then
    never crosses the step at which a point counts as unseen, where a gradient tells nothing.
    """
    known = joints_of(every)
    seen = known[..., SEEN] > 0
    count = np.maximum(seen.sum(axis=0), 1)[:, None]
    mean = (known[..., XY] * seen[..., None]).sum(axis=0) / count
    resting = np.zeros_like(clip)
    joints = joints_of(clip).copy()
    joints[..., VELOCITY] = 0.0
    joints[..., XY] = np.where(joints[..., SEEN, None] > 0, mean, 0.0)
    resting[:, :JOINTS] = joints.reshape(clip.shape[0], -1)
    return resting
