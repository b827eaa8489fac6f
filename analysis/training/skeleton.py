"""How each motion set's own points become the model's 17 (`analysis.features.body17`), as data.

What a set has no point for stays NaN: it is never invented. Optical markers sit on the skin, so
hips, shoulders and knees are placed inside the body by published regressions (see `VICON_HIP`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from analysis.features.body17 import BODY17

if TYPE_CHECKING:
    from collections.abc import Mapping

    from analysis.schema import Float
    from analysis.training.kinematics import Posed


@dataclass(frozen=True, slots=True)
class JointPoint:
    """A point fixed to a joint: `local_m` in the joint's own axes."""

    joint: str
    local_m: tuple[float, float, float] = (0.0, 0.0, 0.0)


# The joint trees end near the crown or at the base of the skull; the nose is placed from there,
# forward in the head's own axes (about 10 cm: head length 19 cm, half of it, less the hair).
CMU_BVH: Final[Mapping[str, JointPoint]] = {
    "nose": JointPoint("Head", (0.0, 0.03, 0.10)),
    "left_shoulder": JointPoint("LeftArm"),
    "right_shoulder": JointPoint("RightArm"),
    "left_elbow": JointPoint("LeftForeArm"),
    "right_elbow": JointPoint("RightForeArm"),
    "left_wrist": JointPoint("LeftHand"),
    "right_wrist": JointPoint("RightHand"),
    "left_hip": JointPoint("LeftUpLeg"),
    "right_hip": JointPoint("RightUpLeg"),
    "left_knee": JointPoint("LeftLeg"),
    "right_knee": JointPoint("RightLeg"),
    "left_ankle": JointPoint("LeftFoot"),
    "right_ankle": JointPoint("RightFoot"),
    "left_foot_index": JointPoint("LeftToeBase_end"),
    "right_foot_index": JointPoint("RightToeBase_end"),
}
ASF: Final[Mapping[str, JointPoint]] = {
    "nose": JointPoint("head", (0.0, 0.03, 0.10)),
    "left_shoulder": JointPoint("lhumerus"),
    "right_shoulder": JointPoint("rhumerus"),
    "left_elbow": JointPoint("lradius"),
    "right_elbow": JointPoint("rradius"),
    "left_wrist": JointPoint("lwrist"),
    "right_wrist": JointPoint("rwrist"),
    "left_hip": JointPoint("lfemur"),
    "right_hip": JointPoint("rfemur"),
    "left_knee": JointPoint("ltibia"),
    "right_knee": JointPoint("rtibia"),
    "left_ankle": JointPoint("lfoot"),
    "right_ankle": JointPoint("rfoot"),
    "left_foot_index": JointPoint("ltoes_tip"),
    "right_foot_index": JointPoint("rtoes_tip"),
}
# Bandai-Namco: the head's x points up its bone, its y forward (seen in the walks).
BANDAI_BVH: Final[Mapping[str, JointPoint]] = {
    "nose": JointPoint("Head", (0.06, 0.10, 0.0)),
    "left_shoulder": JointPoint("UpperArm_L"),
    "right_shoulder": JointPoint("UpperArm_R"),
    "left_elbow": JointPoint("LowerArm_L"),
    "right_elbow": JointPoint("LowerArm_R"),
    "left_wrist": JointPoint("Hand_L"),
    "right_wrist": JointPoint("Hand_R"),
    "left_hip": JointPoint("UpperLeg_L"),
    "right_hip": JointPoint("UpperLeg_R"),
    "left_knee": JointPoint("LowerLeg_L"),
    "right_knee": JointPoint("LowerLeg_R"),
    "left_ankle": JointPoint("Foot_L"),
    "right_ankle": JointPoint("Foot_R"),
    "left_foot_index": JointPoint("Toes_L"),
    "right_foot_index": JointPoint("Toes_R"),
}

# Vicon's Plug-in Gait full-body set in the order of its columns.
VICON39: Final = (
    "LFHD", "RFHD", "LBHD", "RBHD", "C7", "T10", "CLAV", "STRN", "RBAK",
    "LSHO", "LUPA", "LELB", "LFRM", "LWRA", "LWRB", "LFIN",
    "RSHO", "RUPA", "RELB", "RFRM", "RWRA", "RWRB", "RFIN",
    "LASI", "RASI", "LPSI", "RPSI",
    "LTHI", "LKNE", "LTIB", "LANK", "LHEE", "LTOE",
    "RTHI", "RKNE", "RTIB", "RANK", "RHEE", "RTOE",
)  # fmt: skip
# Hip centre from its ASIS marker, in shares of the distance between both ASIS: inwards, downwards,
# backwards (Bell, Brand, Pedersen 1989/1990).
VICON_HIP: Final = (0.14, 0.30, 0.22)
# Shoulder centre below the acromion marker, in shares of the distance between both (Rab 2002).
VICON_SHOULDER: Final = 0.17
MARKER_RADIUS_M: Final = 0.007
HALF_KNEE_M: Final = 0.05  # half the epicondylar breadth (about 10 cm in adults)
HALF_ANKLE_M: Final = 0.035  # half the bimalleolar breadth (about 7 cm)
NOSE_FROM_FRONT_M: Final = (0.03, 0.07)  # forward of and below the two front head markers

JHMDB15: Final = (
    "neck", "belly", "nose", "right_shoulder", "left_shoulder", "right_hip", "left_hip",
    "right_elbow", "left_elbow", "right_knee", "left_knee", "right_wrist", "left_wrist",
    "right_ankle", "left_ankle",
)  # fmt: skip
MOVENET13: Final = (
    "nose", "left_shoulder", "right_shoulder", "left_elbow", "right_elbow", "left_wrist",
    "right_wrist", "left_hip", "right_hip", "left_knee", "right_knee", "left_ankle", "right_ankle",
)  # fmt: skip

# Columns that turn another set's axes into ours (x right, y down, z away); all are rotations, so
# that left stays left.
FROM_Y_UP: Final = np.array([[1.0, 0.0, 0.0], [0.0, -1.0, 0.0], [0.0, 0.0, -1.0]])
FROM_Z_UP: Final = np.array([[1.0, 0.0, 0.0], [0.0, 0.0, -1.0], [0.0, 1.0, 0.0]])


def empty(frames: int, *, axes: int) -> Float:
    """Rows (F, 17, axes) of NaN."""
    return np.full((frames, len(BODY17.keypoints), axes), np.nan)


def from_tree(posed: Posed, *, points: Mapping[str, JointPoint], unit_m: float) -> Float:
    """A posed tree (y up) as our 17 points in metres (F, 17, 3) and our axes.

    Raises:
        KeyError: a joint of the map is not in the tree.
    """
    out = empty(posed.places.shape[0], axes=3)
    for name, point in points.items():
        joint = posed.index(point.joint)
        local = posed.turns[:, joint] @ np.array(point.local_m)
        out[:, BODY17.index(name)] = posed.places[:, joint] * unit_m + local
    turned: Float = out @ FROM_Y_UP.T
    return turned


def from_names(values: Float, *, names: tuple[str, ...]) -> Float:
    """Rows (F, n, d) of points named as ours, in any order, as (F, 17, d)."""
    out = empty(values.shape[0], axes=values.shape[2])
    for place, name in enumerate(names):
        if name in BODY17.keypoints:
            out[:, BODY17.index(name)] = values[:, place]
    return out


def from_vicon(markers_m: Float) -> Float:
    """Plug-in Gait markers (F, 39, 3), z up, metres, as joint centres (F, 17, 3) in our axes.

    Elbow and wrist keep to their markers' line (elbow: the outer epicondyle; wrist: midway between
    both), heel and toe to the shoe.
    """
    at = {name: markers_m[:, place] for place, name in enumerate(VICON39)}
    out = empty(markers_m.shape[0], axes=3)

    def put(name: str, place: Float) -> None:
        out[:, BODY17.index(name)] = place

    put("nose", _nose(at))
    across = at["LASI"] - at["RASI"]
    width = np.linalg.norm(across, axis=-1, keepdims=True)
    left = across / width
    front = (at["LASI"] + at["RASI"]) / 2
    forward = _unit(_without(front - (at["LPSI"] + at["RPSI"]) / 2, along=left))
    up = np.cross(forward, left)
    shoulders = np.linalg.norm(at["LSHO"] - at["RSHO"], axis=-1, keepdims=True)
    trunk = _unit((at["LSHO"] + at["RSHO"]) / 2 - front)
    inwards, downwards, backwards = VICON_HIP
    for side, letter, sign in (("left", "L", 1.0), ("right", "R", -1.0)):
        hip = at[f"{letter}ASI"] - width * (
            inwards * sign * left + downwards * up + backwards * forward
        )
        put(f"{side}_hip", hip)
        put(f"{side}_shoulder", at[f"{letter}SHO"] - VICON_SHOULDER * shoulders * trunk)
        put(f"{side}_elbow", at[f"{letter}ELB"])
        put(f"{side}_wrist", (at[f"{letter}WRA"] + at[f"{letter}WRB"]) / 2)
        inside = -sign * _unit(_without(left, along=_unit(hip - at[f"{letter}KNE"])))
        put(f"{side}_knee", at[f"{letter}KNE"] + (HALF_KNEE_M + MARKER_RADIUS_M) * inside)
        put(f"{side}_ankle", at[f"{letter}ANK"] + (HALF_ANKLE_M + MARKER_RADIUS_M) * inside)
        put(f"{side}_heel", at[f"{letter}HEE"])
        put(f"{side}_foot_index", at[f"{letter}TOE"])
    turned: Float = out @ FROM_Z_UP.T
    return turned


def _nose(at: Mapping[str, Float]) -> Float:
    front = (at["LFHD"] + at["RFHD"]) / 2
    left = _unit(at["LFHD"] - at["RFHD"])
    forward = _unit(_without(front - (at["LBHD"] + at["RBHD"]) / 2, along=left))
    ahead, below = NOSE_FROM_FRONT_M
    nose: Float = front + ahead * forward - below * np.cross(forward, left)
    return nose


def _unit(vectors: Float) -> Float:
    unit: Float = vectors / np.linalg.norm(vectors, axis=-1, keepdims=True)
    return unit


def _without(vectors: Float, *, along: Float) -> Float:
    rest: Float = vectors - np.sum(vectors * along, axis=-1, keepdims=True) * along
    return rest
