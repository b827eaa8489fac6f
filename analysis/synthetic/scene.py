"""What is drawn: the athlete's joints dressed in capsules, and the place they stand in."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from analysis.skeletons import BLAZEPOSE33
from analysis.synthetic.body import unit

if TYPE_CHECKING:
    from analysis.schema import Float

Colour = tuple[int, int, int]

SKIN: Final[Colour] = (222, 170, 135)
SOCK: Final[Colour] = (236, 236, 232)
SHOE: Final[Colour] = (245, 245, 245)
SOLE: Final[Colour] = (60, 170, 190)
WHITE: Final[Colour] = (248, 248, 248)
DARK: Final[Colour] = (32, 26, 24)
LIPS: Final[Colour] = (166, 84, 74)
GRIP: Final[Colour] = (40, 40, 44)
FRAME: Final[Colour] = (240, 196, 40)


@dataclass(frozen=True, slots=True, kw_only=True)
class Kit:
    """What tells one athlete from another: the colours of the clothes and of the hair."""

    shirt: Colour = (214, 62, 52)
    shorts: Colour = (38, 46, 84)
    hair: Colour = (52, 38, 30)


RED: Final = Kit()


@dataclass(frozen=True, slots=True)
class Capsule:
    """A round-ended cone between two points in world metres; a sphere where they coincide."""

    start_m: Float
    end_m: Float
    start_radius_m: float
    end_radius_m: float
    colour: Colour


def dress(
    points_m: Float, *, height_m: float, racket: bool = False, kit: Kit = RED
) -> list[Capsule]:
    """Capsules of one figure whose keypoints (33, 3) are given; radii follow stature."""
    at = {name: points_m[i] for i, name in enumerate(BLAZEPOSE33.keypoints)}
    scale = height_m / 1.75
    parts = [*_trunk(at, scale, kit), *_head(at, scale, kit)]
    for side in ("left", "right"):
        parts += [*_arm(at, side, scale, kit), *_leg(at, side, scale, kit)]
    if racket:
        parts += _racket(at, scale)
    return parts


def post(*, at_m: tuple[float, float], radius_m: float, height_m: float, colour: Colour) -> Capsule:
    """A round post that stands on the floor, for somebody to pass behind."""
    x, y = at_m
    low, high = np.array([x, y, 0.0]), np.array([x, y, height_m])
    return Capsule(low, high, radius_m, radius_m, colour)


def _mix(a: Float, b: Float, share: float) -> Float:
    mixed: Float = a + (b - a) * share
    return mixed


def _trunk(at: dict[str, Float], scale: float, kit: Kit) -> list[Capsule]:
    """Three columns from hips to shoulders: narrow from the side, broad from the front."""
    hips, neck = (_mix(at[f"left_{p}"], at[f"right_{p}"], 0.5) for p in ("hip", "shoulder"))
    parts = []
    for side in ("left", "right"):
        hip, shoulder = at[f"{side}_hip"], at[f"{side}_shoulder"]
        waist = _mix(_mix(hips, hip, 0.75), _mix(neck, shoulder, 0.62), 0.33)
        chest = _mix(_mix(hips, hip, 0.9), _mix(neck, shoulder, 0.66), 0.78)
        parts += [
            Capsule(_mix(hips, hip, 0.85), waist, 0.100 * scale, 0.094 * scale, kit.shirt),
            Capsule(waist, chest, 0.094 * scale, 0.103 * scale, kit.shirt),
            Capsule(chest, _mix(neck, shoulder, 0.72), 0.100 * scale, 0.070 * scale, kit.shirt),
            Capsule(hip, _mix(hip, waist, 0.25), 0.106 * scale, 0.104 * scale, kit.shorts),
        ]
    spine = (_mix(hips, neck, 0.06), _mix(hips, neck, 0.36), _mix(hips, neck, 0.80))
    yoke = [_mix(neck, at[f"{side}_shoulder"], 0.62) for side in ("left", "right")]
    low = [_mix(hips, at[f"{side}_hip"], 0.9) for side in ("left", "right")]
    parts += [
        Capsule(spine[0], spine[1], 0.099 * scale, 0.096 * scale, kit.shirt),
        Capsule(spine[1], spine[2], 0.096 * scale, 0.104 * scale, kit.shirt),
        Capsule(spine[2], _mix(hips, neck, 1.04), 0.102 * scale, 0.062 * scale, kit.shirt),
        Capsule(yoke[0], yoke[1], 0.073 * scale, 0.073 * scale, kit.shirt),
        Capsule(low[0], low[1], 0.106 * scale, 0.106 * scale, kit.shorts),
    ]
    return parts


def _head(at: dict[str, Float], scale: float, kit: Kit) -> list[Capsule]:
    ears = _mix(at["left_ear"], at["right_ear"], 0.5)
    neck = _mix(at["left_shoulder"], at["right_shoulder"], 0.5)
    left = unit(at["left_ear"] - at["right_ear"])
    eyes = _mix(at["left_eye"], at["right_eye"], 0.5)
    chin = _mix(at["left_mouth"], at["right_mouth"], 0.5)
    up = unit(eyes - chin)
    ahead = unit(np.cross(left, up))
    crown = ears + scale * (0.050 * up - 0.004 * ahead)
    jaw = ears + scale * (0.034 * ahead - 0.052 * up)
    brow = scale * 0.020 * up
    parts = [
        Capsule(
            neck - scale * 0.02 * up, ears - scale * 0.03 * up, 0.062 * scale, 0.056 * scale, SKIN
        ),
        Capsule(
            ears + scale * (0.012 * ahead + 0.024 * up), jaw, 0.086 * scale, 0.064 * scale, SKIN
        ),
        Capsule(
            crown - scale * 0.012 * ahead,
            crown + scale * (0.014 * ahead),
            0.092 * scale,
            0.086 * scale,
            kit.hair,
        ),
        Capsule(
            crown - scale * 0.03 * ahead,
            ears - scale * (0.026 * ahead + 0.02 * up),
            0.084 * scale,
            0.076 * scale,
            kit.hair,
        ),
        Capsule(
            _mix(at["nose"], eyes, 0.75),
            at["nose"] - scale * 0.012 * ahead,
            0.009 * scale,
            0.015 * scale,
            SKIN,
        ),
    ]
    mouth = [at[f"{side}_mouth"] - scale * 0.004 * ahead for side in ("left", "right")]
    middle = _mix(mouth[0], mouth[1], 0.5) + scale * 0.012 * ahead
    parts += [Capsule(end, middle, 0.006 * scale, 0.009 * scale, LIPS) for end in mouth]
    for side in ("left", "right"):
        eye, ear = at[f"{side}_eye"], at[f"{side}_ear"]
        parts += [
            Capsule(
                eye - scale * 0.012 * ahead,
                eye - scale * 0.012 * ahead,
                0.017 * scale,
                0.017 * scale,
                WHITE,
            ),
            Capsule(
                eye + scale * 0.001 * ahead,
                eye + scale * 0.001 * ahead,
                0.008 * scale,
                0.008 * scale,
                DARK,
            ),
            Capsule(
                at[f"{side}_eye_inner"] + brow,
                at[f"{side}_eye_outer"] + brow,
                0.006 * scale,
                0.006 * scale,
                kit.hair,
            ),
            Capsule(
                ear + scale * 0.012 * up,
                ear - scale * 0.014 * up,
                0.019 * scale,
                0.012 * scale,
                SKIN,
            ),
        ]
    return parts


def _arm(at: dict[str, Float], side: str, scale: float, kit: Kit) -> list[Capsule]:
    shoulder, elbow, wrist = (at[f"{side}_{p}"] for p in ("shoulder", "elbow", "wrist"))
    index, pinky, thumb = (at[f"{side}_{p}"] for p in ("index", "pinky", "thumb"))
    sleeve = _mix(shoulder, elbow, 0.48)
    palm = _mix(_mix(index, pinky, 0.5), wrist, 0.1)
    tips = wrist + 1.45 * (_mix(index, pinky, 0.4) - wrist)
    muscle = _mix(elbow, wrist, 0.28)
    return [
        Capsule(shoulder, sleeve, 0.063 * scale, 0.060 * scale, kit.shirt),
        Capsule(_mix(shoulder, elbow, 0.52), elbow, 0.049 * scale, 0.041 * scale, SKIN),
        Capsule(elbow, muscle, 0.041 * scale, 0.042 * scale, SKIN),
        Capsule(muscle, wrist, 0.042 * scale, 0.028 * scale, SKIN),
        Capsule(wrist, palm, 0.027 * scale, 0.034 * scale, SKIN),
        Capsule(palm, tips, 0.031 * scale, 0.016 * scale, SKIN),
        Capsule(_mix(wrist, thumb, 0.4), thumb, 0.017 * scale, 0.012 * scale, SKIN),
    ]


def _leg(at: dict[str, Float], side: str, scale: float, kit: Kit) -> list[Capsule]:
    hip, knee, ankle = (at[f"{side}_{p}"] for p in ("hip", "knee", "ankle"))
    heel, toe = at[f"{side}_heel"], at[f"{side}_foot_index"]
    hem, calf = _mix(hip, knee, 0.62), _mix(knee, ankle, 0.3)
    above = unit(ankle - _mix(heel, toe, 0.24))
    behind = heel + scale * (0.028 * above + 0.030 * unit(toe - heel))
    ball = toe + scale * (0.016 * above - 0.045 * unit(toe - heel))
    tip = toe + scale * (0.008 * above - 0.018 * unit(toe - heel))
    return [
        Capsule(hip, hem, 0.098 * scale, 0.082 * scale, kit.shorts),
        Capsule(_mix(hip, knee, 0.66), knee, 0.069 * scale, 0.055 * scale, SKIN),
        Capsule(knee, calf, 0.055 * scale, 0.059 * scale, SKIN),
        Capsule(calf, ankle, 0.059 * scale, 0.036 * scale, SKIN),
        Capsule(_mix(knee, ankle, 0.78), ankle, 0.041 * scale, 0.040 * scale, SOCK),
        Capsule(ankle, behind, 0.042 * scale, 0.040 * scale, SHOE),
        Capsule(behind, ball, 0.041 * scale, 0.037 * scale, SHOE),
        Capsule(_mix(ankle, behind, 0.2), ball, 0.040 * scale, 0.036 * scale, SHOE),
        Capsule(ball, tip, 0.037 * scale, 0.026 * scale, SHOE),
        Capsule(heel + scale * 0.02 * unit(toe - heel), toe, 0.016 * scale, 0.014 * scale, SOLE),
    ]


def _racket(at: dict[str, Float], scale: float) -> list[Capsule]:
    """In the right hand, on from the forearm and tilted towards the thumb."""
    wrist, thumb = at["right_wrist"], at["right_thumb"]
    palm = _mix(at["right_index"], at["right_pinky"], 0.5)
    along = unit(0.8 * unit(wrist - at["right_elbow"]) + 0.6 * unit(thumb - palm))
    across = unit(np.cross(along, unit(palm - wrist) + 0.3 * unit(thumb - wrist)))
    throat = palm + 0.36 * scale * along
    centre = throat + 0.15 * scale * along
    angles = np.linspace(0.0, 2.0 * np.pi, 17)
    rim = centre + scale * (
        0.165 * np.cos(angles)[:, None] * along + 0.125 * np.sin(angles)[:, None] * across
    )
    thin = 0.010 * scale
    hoop = [Capsule(a, b, thin, thin, FRAME) for a, b in itertools.pairwise(rim)]
    grip = Capsule(palm - 0.07 * scale * along, palm + 0.16 * scale * along, 0.016, 0.015, GRIP)
    return [*hoop, grip, Capsule(palm + 0.14 * scale * along, throat, 0.012, 0.012, FRAME)]
