"""Anthropometry, and a posture turned into 33 keypoints by forward kinematics.

World axes, metres: x where the athlete looks at the start, y to the athlete's left, z up; the
floor is z = 0. Legs hang from the pelvis and stand on toes that a motion has placed: the knee
between them follows from the two bone lengths, so a planted foot never slides.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from analysis.skeletons import BLAZEPOSE33

if TYPE_CHECKING:
    from analysis.schema import Float

SIDES: Final = ("left", "right")
_REACH: Final = 1.0 - 1e-9  # keeps the root real when a limb is stretched out


@dataclass(frozen=True, slots=True, kw_only=True)
class Body:
    """Segment lengths in metres as shares of stature (after Drillis and Contini 1966)."""

    height_m: float = 1.75

    def length_m(self, segment: str) -> float:
        """Length of a segment or offset of a landmark."""
        return SHARES[segment] * self.height_m


ADULT: Final = Body()

SHARES: Final = {
    "ankle_height": 0.039,
    "shank": 0.246,
    "thigh": 0.245,
    "trunk": 0.288,  # hip joint to shoulder joint
    "upper_arm": 0.186,
    "forearm": 0.146,
    "hand": 0.060,  # wrist to knuckles
    "half_hips": 0.055,
    "half_shoulders": 0.105,
    "heel_behind_ankle": 0.032,
    "toe_before_ankle": 0.108,
    "sole_height": 0.012,  # heel and toe landmarks above the ground
    "ears_above_shoulders": 0.112,
}

# Face landmarks in head axes (forward, left, up), as shares of stature, from between the ears.
_FACE: Final = {
    "nose": (0.062, 0.0, -0.006),
    "eye_inner": (0.050, 0.009, 0.016),
    "eye": (0.049, 0.018, 0.017),
    "eye_outer": (0.043, 0.027, 0.016),
    "ear": (0.0, 0.043, 0.0),
    "mouth": (0.048, 0.014, -0.030),
}


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Posture:
    """All that a motion decides, for F moments; angles in degrees, lengths in metres.

    Yaw is anticlockwise seen from above; lean tilts forward, side tilts to the athlete's left.
    `hand_m` holds each wrist from its shoulder in chest axes (forward, left, up); `elbow_hint`
    says to which side of that line the elbow lies, in the same axes; `foot_pitch_deg` lifts
    the heel about the toe.
    """

    pelvis_m: Float  # (F, 3) between the hip joints
    pelvis_yaw_deg: Float  # (F,)
    chest_yaw_deg: Float  # (F,) absolute, like the pelvis
    lean_deg: Float  # (F,)
    side_deg: Float  # (F,)
    head_pitch_deg: Float  # (F,) down positive, absolute
    head_yaw_deg: Float  # (F,) absolute
    toe_m: Float  # (F, 2, 3) left, right
    foot_yaw_deg: Float  # (F, 2)
    foot_pitch_deg: Float  # (F, 2)
    knee_in_deg: Float  # (F,) knees fall inwards by so much of their direction
    hand_m: Float  # (F, 2, 3)
    elbow_hint: Float  # (F, 2, 3)


def unit(vectors: Float) -> Float:
    """Vectors (..., 3) at length one."""
    length = np.linalg.norm(vectors, axis=-1, keepdims=True)
    scaled: Float = vectors / np.maximum(length, 1e-12)
    return scaled


def axes(yaw_deg: Float, *, lean_deg: Float | float, side_deg: Float | float) -> Float:
    """Frames (..., 3, 3) whose rows are forward, left and up of a turned and leaning part."""
    yaw, lean, side = (np.deg2rad(a) for a in np.broadcast_arrays(yaw_deg, lean_deg, side_deg))
    zero = np.zeros_like(yaw)
    ahead = np.stack([np.cos(yaw), np.sin(yaw), zero], axis=-1)
    left = np.stack([-np.sin(yaw), np.cos(yaw), zero], axis=-1)
    up = np.broadcast_to(np.array([0.0, 0.0, 1.0]), ahead.shape)
    cos_l, sin_l = np.cos(lean)[..., None], np.sin(lean)[..., None]
    forward, tall = ahead * cos_l - up * sin_l, up * cos_l + ahead * sin_l
    cos_s, sin_s = np.cos(side)[..., None], np.sin(side)[..., None]
    return np.stack([forward, left * cos_s - tall * sin_s, tall * cos_s + left * sin_s], axis=-2)


def from_axes(frames: Float, local: Float | tuple[float, float, float]) -> Float:
    """Vectors given in (forward, left, up) of `frames` (..., 3, 3), in world axes (..., 3)."""
    turned: Float = np.einsum("...i,...ij->...j", np.asarray(local, dtype=np.float64), frames)
    return turned


def hinge(root: Float, tip: Float, *, upper_m: float, lower_m: float, hint: Float) -> Float:
    """The middle joint (..., 3) of two bones between `root` and `tip`, bent towards `hint`.

    Law of cosines. Where the tip is out of reach the limb is straight.
    """
    line = tip - root
    span = np.linalg.norm(line, axis=-1, keepdims=True)
    along = unit(line)
    span = np.clip(span, abs(upper_m - lower_m) / _REACH, (upper_m + lower_m) * _REACH)
    share = (upper_m**2 - lower_m**2 + span**2) / (2.0 * span)
    offset = np.sqrt(np.maximum(upper_m**2 - share**2, 0.0))
    across = unit(hint - along * np.sum(hint * along, axis=-1, keepdims=True))
    joint: Float = root + along * share + across * offset
    return joint


def joints(posture: Posture, *, body: Body) -> Float:
    """Keypoints (F, 33, 3) of BLAZEPOSE33 in world metres."""
    points = np.full((posture.pelvis_m.shape[0], len(BLAZEPOSE33.keypoints), 3), np.nan)
    pelvis = axes(posture.pelvis_yaw_deg, lean_deg=0.0, side_deg=0.0)
    chest = axes(posture.chest_yaw_deg, lean_deg=posture.lean_deg, side_deg=posture.side_deg)
    neck = posture.pelvis_m + from_axes(chest, (0.0, 0.0, body.length_m("trunk")))
    for index, side in enumerate(SIDES):
        sign = 1.0 if side == "left" else -1.0
        hip = posture.pelvis_m + from_axes(pelvis, (0.0, sign * body.length_m("half_hips"), 0.0))
        leg = _leg(posture, hip, body=body, index=index)
        shoulder = neck + from_axes(chest, (0.0, sign * body.length_m("half_shoulders"), 0.0))
        arm = _arm(posture, shoulder, chest, body=body, index=index)
        for name, place in (leg | arm).items():
            points[:, BLAZEPOSE33.index(f"{side}_{name}")] = place
    _head(points, posture, neck, chest, body=body)
    return points


def _leg(posture: Posture, hip: Float, *, body: Body, index: int) -> dict[str, Float]:
    sign = 1.0 if index == 0 else -1.0
    yaw = posture.foot_yaw_deg[:, index]
    foot = axes(yaw, lean_deg=posture.foot_pitch_deg[:, index], side_deg=0.0)
    toe = posture.toe_m[:, index]
    sole = body.length_m("sole_height")
    behind = body.length_m("toe_before_ankle")
    ankle = toe + from_axes(foot, (-behind, 0.0, body.length_m("ankle_height") - sole))
    # A foot out of reach comes nearer: bones do not stretch.
    span = np.linalg.norm(ankle - hip, axis=-1, keepdims=True)
    longest = (body.length_m("thigh") + body.length_m("shank")) * _REACH
    moved = (ankle - hip) * (np.minimum(1.0, longest / np.maximum(span, 1e-9)) - 1.0)
    toe, ankle = toe + moved, ankle + moved
    heel = toe + from_axes(foot, (-behind - body.length_m("heel_behind_ankle"), 0.0, 0.0))
    ahead = axes(yaw - sign * posture.knee_in_deg, lean_deg=0.0, side_deg=0.0)
    knee = hinge(
        hip,
        ankle,
        upper_m=body.length_m("thigh"),
        lower_m=body.length_m("shank"),
        hint=ahead[..., 0, :],
    )
    return {"hip": hip, "knee": knee, "ankle": ankle, "heel": heel, "foot_index": toe}


def _arm(
    posture: Posture, shoulder: Float, chest: Float, *, body: Body, index: int
) -> dict[str, Float]:
    upper, lower = body.length_m("upper_arm"), body.length_m("forearm")
    reach = posture.hand_m[:, index]
    span = np.linalg.norm(reach, axis=-1, keepdims=True)
    reach = reach * np.minimum(1.0, (upper + lower) * _REACH / np.maximum(span, 1e-9))
    wrist = shoulder + from_axes(chest, reach)
    hint = from_axes(chest, posture.elbow_hint[:, index])
    elbow = hinge(shoulder, wrist, upper_m=upper, lower_m=lower, hint=hint)
    along = unit(wrist - elbow)
    flat = from_axes(chest, (1.0, 0.0, 0.0))
    across = unit(flat - along * np.sum(flat * along, axis=-1, keepdims=True))
    hand = body.length_m("hand")
    return {
        "shoulder": shoulder,
        "elbow": elbow,
        "wrist": wrist,
        "index": wrist + hand * (along + 0.25 * across),
        "pinky": wrist + hand * (0.9 * along - 0.3 * across),
        "thumb": wrist + hand * (0.55 * along + 0.45 * across),
    }


def _head(points: Float, posture: Posture, neck: Float, chest: Float, *, body: Body) -> None:
    """Fill the eleven face keypoints in place."""
    head = axes(posture.head_yaw_deg, lean_deg=posture.head_pitch_deg, side_deg=0.0)
    between = neck + 0.5 * body.length_m("ears_above_shoulders") * (
        chest[..., 2, :] + head[..., 2, :]
    )
    for name, share in _FACE.items():
        for sign, prefix in ((1.0, "left_"), (-1.0, "right_")):
            part = "mouth" if name == "mouth" else name
            local = (share[0], sign * share[1], share[2])
            keypoint = "nose" if name == "nose" else prefix + part
            offset = body.height_m * from_axes(head, local)
            points[:, BLAZEPOSE33.index(keypoint)] = between + offset
