"""The model's skeleton: 17 body points that every backend and every motion set can give.

Serving and training meet here: `to_body17` takes any skeleton of `analysis.skeletons` by the names
of its keypoints; the motion sets' own joints are mapped in `analysis.training.skeleton`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from analysis.skeletons import SKELETONS, Skeleton

if TYPE_CHECKING:
    from analysis.schema import Float

BODY17: Final = Skeleton(
    name="body17",
    keypoints=(
        "nose",
        "left_shoulder",
        "right_shoulder",
        "left_elbow",
        "right_elbow",
        "left_wrist",
        "right_wrist",
        "left_hip",
        "right_hip",
        "left_knee",
        "right_knee",
        "left_ankle",
        "right_ankle",
        "left_heel",
        "right_heel",
        "left_foot_index",
        "right_foot_index",
    ),
    edges=(
        ("left_shoulder", "right_shoulder"),
        ("left_hip", "right_hip"),
        ("left_shoulder", "left_hip"),
        ("right_shoulder", "right_hip"),
        ("left_shoulder", "left_elbow"),
        ("left_elbow", "left_wrist"),
        ("right_shoulder", "right_elbow"),
        ("right_elbow", "right_wrist"),
        ("left_hip", "left_knee"),
        ("left_knee", "left_ankle"),
        ("right_hip", "right_knee"),
        ("right_knee", "right_ankle"),
        ("left_ankle", "left_heel"),
        ("left_heel", "left_foot_index"),
        ("right_ankle", "right_heel"),
        ("right_heel", "right_foot_index"),
    ),
)

# Other skeletons' words for the same point.
ALIASES: Final = {
    "left_foot_index": ("left_big_toe",),
    "right_foot_index": ("right_big_toe",),
}


def mirror_order() -> tuple[int, ...]:
    """For each keypoint the place of its mirror image; indexing with it swaps the sides."""
    order = list(range(len(BODY17.keypoints)))
    for left, right in BODY17.pairs:
        order[left], order[right] = right, left
    return tuple(order)


def to_body17(values: Float, *, skeleton: str) -> Float:
    """Rows (F, K, …) of a named skeleton as (F, 17, …); NaN where it has no such point.

    Raises:
        KeyError: the skeleton is not in `analysis.skeletons`; the message lists those there are.
    """
    if skeleton == BODY17.name:
        return np.asarray(values, dtype=np.float64)
    if skeleton not in SKELETONS:
        raise KeyError(f"no skeleton {skeleton!r}; expected one of {', '.join(SKELETONS)}")
    have = SKELETONS[skeleton].keypoints
    shape = (values.shape[0], len(BODY17.keypoints), *values.shape[2:])
    out: Float = np.full(shape, np.nan)
    for place, name in enumerate(BODY17.keypoints):
        found = next((n for n in (name, *ALIASES.get(name, ())) if n in have), None)
        if found is not None:
            out[:, place] = values[:, have.index(found)]
    return out
