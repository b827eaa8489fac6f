"""Joint and segment angles in Sports2D's conventions.

Image axes, x right and y down; points are those of a figure that faces right (mirror x before).
Standing upright every joint reads 0°, shank, thigh and arm -90°, trunk and head +90°; flexion is
positive. Each angle comes with its standard deviation, propagated to first order from the points'.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping

    from analysis.schema import Float

FORGOTTEN_FRAMES: Final = 10
JOINTS: Final[dict[str, tuple[tuple[str, ...], float, float]]] = {
    # name: (points, offset, scale); "S_" stands for the side
    "ankle_dorsiflexion": (("S_knee", "S_ankle", "S_foot_index", "S_heel"), 90.0, 1.0),
    "knee_flexion": (("S_ankle", "S_knee", "S_hip"), -180.0, 1.0),
    "hip_flexion": (("S_knee", "S_hip", "mid_hip", "neck"), 0.0, -1.0),
    "shoulder_flexion": (("S_elbow", "S_shoulder", "mid_hip", "neck"), 0.0, -1.0),
    "elbow_flexion": (("S_wrist", "S_elbow", "S_shoulder"), 180.0, -1.0),
}
SEGMENTS: Final[dict[str, tuple[str, str]]] = {
    # the limb's far end, then its near end
    "S_foot_angle": ("S_foot_index", "S_heel"),
    "S_shank_angle": ("S_ankle", "S_knee"),
    "S_thigh_angle": ("S_knee", "S_hip"),
    "S_upper_arm_angle": ("S_elbow", "S_shoulder"),
    "S_forearm_angle": ("S_wrist", "S_elbow"),
    "trunk_angle": ("neck", "mid_hip"),
    "head_angle": ("head", "neck"),
    "pelvis_angle": ("left_hip", "right_hip"),
    "shoulders_angle": ("left_shoulder", "right_shoulder"),
}
JOINTS_3D: Final[dict[str, tuple[str, str, str]]] = {
    "knee_flexion_3d": ("S_ankle", "S_knee", "S_hip"),
    "hip_flexion_3d": ("S_knee", "S_hip", "S_shoulder"),
    "elbow_flexion_3d": ("S_wrist", "S_elbow", "S_shoulder"),
}
HALF_TURN: Final = frozenset({"pelvis_angle", "shoulders_angle"})  # a line without a direction
SIDES: Final = ("left", "right")


@dataclass(frozen=True, slots=True)
class Points:
    """Named points over time: `xy` name → (F, 2 or 3), `sd` name → (F,) in the same unit."""

    xy: Mapping[str, Float]
    sd: Mapping[str, Float]


def all_angles(points: Points) -> dict[str, tuple[Float, Float]]:
    """Every joint and segment angle: name → (values_deg (F,), sd_deg (F,))."""
    found: dict[str, tuple[Float, Float]] = {}
    for side in SIDES:
        for name, (template, offset, scale) in JOINTS.items():
            chosen = [p.replace("S_", f"{side}_") for p in template]
            found[f"{side}_{name}"] = joint_angle(points, chosen, offset_deg=offset, scale=scale)
    for name, template_pair in SEGMENTS.items():
        for side in SIDES if name.startswith("S_") else ("",):
            distal, proximal = (p.replace("S_", f"{side}_") for p in template_pair)
            full = name.replace("S_", f"{side}_")
            period_deg = 180.0 if name in HALF_TURN else 360.0
            found[full] = segment_angle(
                points, distal=distal, proximal=proximal, period_deg=period_deg
            )
    trunk_deg, trunk_sd_deg = found["trunk_angle"]
    found["trunk_lean"] = (wrap(90.0 - trunk_deg, period_deg=360.0), trunk_sd_deg)
    return found


def joint_angle(
    points: Points, chosen: list[str], *, offset_deg: float, scale: float
) -> tuple[Float, Float]:
    """Angle in [-180, 180) between two limbs given by three points (one shared) or four."""
    p = [points.xy[name] for name in chosen]
    s = [points.sd[name] for name in chosen]
    u, v = (p[0] - p[1], p[2] - p[1]) if len(p) == 3 else (p[1] - p[0], p[3] - p[2])
    cross = u[:, 0] * v[:, 1] - u[:, 1] * v[:, 0]
    theta_deg = -np.degrees(np.arctan2(cross, (u * v).sum(axis=1)))
    gradient_u, gradient_v = _turn(u), -_turn(v)
    if len(p) == 3:
        shared = ((gradient_u + gradient_v) ** 2).sum(axis=1)
        variance = (
            s[0] ** 2 * (gradient_u**2).sum(axis=1)
            + s[1] ** 2 * shared
            + s[2] ** 2 * (gradient_v**2).sum(axis=1)
        )
    else:
        variance = (s[0] ** 2 + s[1] ** 2) * (gradient_u**2).sum(axis=1) + (
            s[2] ** 2 + s[3] ** 2
        ) * (gradient_v**2).sum(axis=1)
    values_deg = wrap((theta_deg + offset_deg) * scale, period_deg=360.0)
    return values_deg, np.degrees(np.sqrt(variance))


def segment_angle(
    points: Points, *, distal: str, proximal: str, period_deg: float
) -> tuple[Float, Float]:
    """Angle of the limb from +x, anticlockwise as seen; a half-turn period for undirected lines."""
    u = points.xy[distal] - points.xy[proximal]
    theta_deg = -np.degrees(np.arctan2(u[:, 1], u[:, 0]))
    variance = (points.sd[distal] ** 2 + points.sd[proximal] ** 2) * (_turn(u) ** 2).sum(axis=1)
    return wrap(theta_deg, period_deg=period_deg), np.degrees(np.sqrt(variance))


def flexion_3d(points: Points) -> dict[str, tuple[Float, Float]]:
    """Unsigned flexion from 3D points: 0° straight; independent of the view."""
    found = {}
    for side in SIDES:
        for name, template in JOINTS_3D.items():
            chosen = [p.replace("S_", f"{side}_") for p in template]
            a, b, c = (points.xy[n] for n in chosen)
            u, v = a - b, c - b
            length_u, length_v = np.linalg.norm(u, axis=1), np.linalg.norm(v, axis=1)
            with np.errstate(divide="ignore", invalid="ignore"):
                cosine = np.clip((u * v).sum(axis=1) / (length_u * length_v), -1.0, 1.0)
                sd_a, sd_b, sd_c = (points.sd[n] for n in chosen)
                variance = (sd_a**2 + sd_b**2) / length_u**2 + (sd_c**2 + sd_b**2) / length_v**2
            found[f"{side}_{name}"] = (
                180.0 - np.degrees(np.arccos(cosine)),
                np.degrees(np.sqrt(variance)),
            )
    return found


def wrap(angle_deg: Float, *, period_deg: float) -> Float:
    """Into [-period/2, period/2)."""
    half_deg = period_deg / 2
    return np.mod(np.asarray(angle_deg) + half_deg, period_deg) - half_deg


def unwrap(angle_deg: Float, *, period_deg: float) -> Float:
    """Remove jumps of whole periods between frames that were measured; NaN stays NaN.

    After a gap of more than `FORGOTTEN_FRAMES` nothing tells how often the angle went round: each
    stretch between such gaps lies about 0 for itself, so that one mistake does not carry on.
    """
    unwrapped = angle_deg.copy()
    rows = np.flatnonzero(np.isfinite(angle_deg))
    for stretch in np.split(rows, np.flatnonzero(np.diff(rows) > FORGOTTEN_FRAMES) + 1):
        if stretch.size:
            whole = np.unwrap(angle_deg[stretch], period=period_deg)
            unwrapped[stretch] = whole - np.round(np.median(whole) / period_deg) * period_deg
    return unwrapped


def _turn(u: Float) -> Float:
    """Gradient (F, 2) of a vector's direction with respect to its end; NaN for no length."""
    square = (u**2).sum(axis=1, keepdims=True)
    square = np.where(square > 0, square, np.nan)
    return np.stack((-u[:, 1], u[:, 0]), axis=1) / square
