"""Keypoint names, edges and left/right pairs, as data."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Skeleton:
    """A set of K keypoints: order is that of every array's keypoint axis."""

    name: str
    keypoints: tuple[str, ...]
    edges: tuple[tuple[str, str], ...]

    @property
    def pairs(self) -> tuple[tuple[int, int], ...]:
        """Indices of (left, right) keypoints that mirror each other."""
        return tuple(
            (i, self.keypoints.index(name.replace("left_", "right_", 1)))
            for i, name in enumerate(self.keypoints)
            if name.startswith("left_")
        )

    def index(self, keypoint: str) -> int:
        """Place of a keypoint on the axis.

        Raises:
            KeyError: no such keypoint; the message lists those there are.
        """
        if keypoint not in self.keypoints:
            raise KeyError(f"{self.name} has no {keypoint!r}; expected one of {self.keypoints}")
        return self.keypoints.index(keypoint)

    @property
    def edge_indices(self) -> tuple[tuple[int, int], ...]:
        """Edges as places on the keypoint axis."""
        return tuple((self.index(a), self.index(b)) for a, b in self.edges)


_LIMBS: Final = (
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
)

_FEET: Final = (
    ("left_ankle", "left_heel"),
    ("left_heel", "left_foot_index"),
    ("left_ankle", "left_foot_index"),
    ("right_ankle", "right_heel"),
    ("right_heel", "right_foot_index"),
    ("right_ankle", "right_foot_index"),
)

BLAZEPOSE33: Final = Skeleton(
    name="blazepose33",
    keypoints=(
        "nose",
        "left_eye_inner",
        "left_eye",
        "left_eye_outer",
        "right_eye_inner",
        "right_eye",
        "right_eye_outer",
        "left_ear",
        "right_ear",
        "left_mouth",
        "right_mouth",
        "left_shoulder",
        "right_shoulder",
        "left_elbow",
        "right_elbow",
        "left_wrist",
        "right_wrist",
        "left_pinky",
        "right_pinky",
        "left_index",
        "right_index",
        "left_thumb",
        "right_thumb",
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
        *_LIMBS,
        *_FEET,
        ("left_wrist", "left_index"),
        ("right_wrist", "right_index"),
        ("nose", "left_ear"),
        ("nose", "right_ear"),
    ),
)

COCO17: Final = Skeleton(
    name="coco17",
    keypoints=(
        "nose",
        "left_eye",
        "right_eye",
        "left_ear",
        "right_ear",
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
    ),
    edges=(*_LIMBS, ("nose", "left_ear"), ("nose", "right_ear")),
)

# Halpe's body and feet, in its order. Its head, neck and hip points are named apart from those
# that the features derive; the big toe is where BlazePose has its foot index.
HALPE26: Final = Skeleton(
    name="halpe26",
    keypoints=(
        *COCO17.keypoints,
        "crown",
        "neck_base",
        "pelvis",
        "left_foot_index",
        "right_foot_index",
        "left_small_toe",
        "right_small_toe",
        "left_heel",
        "right_heel",
    ),
    edges=(
        *_LIMBS,
        *_FEET,
        ("left_heel", "left_small_toe"),
        ("right_heel", "right_small_toe"),
        ("nose", "left_ear"),
        ("nose", "right_ear"),
        ("crown", "neck_base"),
    ),
)

SKELETONS: Final = {skeleton.name: skeleton for skeleton in (BLAZEPOSE33, COCO17, HALPE26)}
