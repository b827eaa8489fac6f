"""Where parts of the body are against each other, and what only one plane or depth shows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from analysis.features import angles

if TYPE_CHECKING:
    from collections.abc import Mapping

    from analysis.schema import Float

    Column = tuple[str, Float, Float]  # unit, values (F,), sd (F,)

SIDES: Final = ("left", "right")
LEAST_WIDTH_BH: Final = 0.02  # hips nearer to each other in the picture do not show the front
TWIST_SD_DEG: Final = 12.0  # of two lines whose depth is guessed from one picture


def knee_valgus(
    xy_px: Mapping[str, Float], *, sd_px: Mapping[str, Float], side: str, height_px: float
) -> Column:
    """How far the knee falls inwards of the line from hip to ankle, degrees in the picture (F,).

    The frontal plane projection angle (Willson and Davis 2008, Journal of Orthopaedic & Sports
    Physical Therapy 38(10), 606–615): 180° less the angle hip–knee–ankle, positive towards the
    other leg. NaN where the hips lie behind each other, as seen from the side.
    """
    hip, knee, ankle = (xy_px[f"{side}_{part}"] for part in ("hip", "knee", "ankle"))
    other = "left" if side == "right" else "right"
    inwards = xy_px[f"{other}_hip"][:, 0] - hip[:, 0]
    points = angles.Points(xy=xy_px, sd=sd_px)
    bend_deg, sd_deg = angles.joint_angle(
        points, [f"{side}_ankle", f"{side}_knee", f"{side}_hip"], offset_deg=-180.0, scale=1.0
    )
    # Where the line from hip to ankle passes the knee's height, seen from the side it bends to.
    drop = np.where(np.abs(ankle[:, 1] - hip[:, 1]) > 1e-9, ankle[:, 1] - hip[:, 1], np.nan)
    on_line = hip[:, 0] + (ankle[:, 0] - hip[:, 0]) * (knee[:, 1] - hip[:, 1]) / drop
    inside = np.sign((knee[:, 0] - on_line) * inwards)
    shown = np.abs(inwards) >= LEAST_WIDTH_BH * height_px
    values = np.where(shown, inside * np.abs(bend_deg), np.nan)
    return "deg", values, np.where(np.isfinite(values), sd_deg, np.nan)


def trunk_twist(points: angles.Points) -> Column:
    """Turn (F,) of the shoulders against the hips about the upright, degrees, unsigned, from 3D."""
    turned = []
    for part in ("hip", "shoulder"):
        line = points.xy[f"left_{part}"] - points.xy[f"right_{part}"]
        turned.append(np.degrees(np.arctan2(line[:, 2], line[:, 0])))
    values = np.abs(angles.wrap(turned[1] - turned[0], period_deg=360.0))
    return "deg", values, np.where(np.isfinite(values), TWIST_SD_DEG, np.nan)


def columns(
    xy_px: Mapping[str, Float],
    *,
    sd_px: Mapping[str, Float],
    right_xy_px: Mapping[str, Float],
    height_px: float,
    floor_px: float,
    points_3d: angles.Points | None,
) -> dict[str, Column]:
    """All of them by name; distances in body heights ("bh").

    `xy_px` lie on the still and level picture, `right_xy_px` are mirrored to face right.
    """
    found: dict[str, Column] = {}
    for side in SIDES:
        found[f"{side}_knee_valgus"] = knee_valgus(
            xy_px, sd_px=sd_px, side=side, height_px=height_px
        )
        for part in ("ankle", "wrist"):
            found[f"{side}_{part}_ahead"] = _apart(
                right_xy_px, sd_px, f"{side}_{part}", "mid_hip", axis=0, unit_px=height_px
            )
        found[f"{side}_elbow_height"] = _apart(
            xy_px, sd_px, f"{side}_shoulder", f"{side}_elbow", axis=1, unit_px=height_px
        )
    unit, width, sd = _apart(xy_px, sd_px, "left_ankle", "right_ankle", axis=0, unit_px=height_px)
    found["stance_width"] = (unit, np.abs(width), sd)
    head, head_sd = xy_px["head"], sd_px["head"] / height_px
    found["head_height"] = ("bh", (floor_px - head[:, 1]) / height_px, head_sd)
    found["head_across"] = ("bh", head[:, 0] / height_px, head_sd)
    found["pelvis_across"] = (
        "bh", xy_px["mid_hip"][:, 0] / height_px, sd_px["mid_hip"] / height_px
    )  # fmt: skip
    nowhere = np.full(head.shape[0], np.nan)
    found["trunk_twist"] = (
        ("deg", nowhere, nowhere) if points_3d is None else trunk_twist(points_3d)
    )
    return found


def _apart(
    xy_px: Mapping[str, Float],
    sd_px: Mapping[str, Float],
    one: str,
    other: str,
    *,
    axis: int,
    unit_px: float,
) -> Column:
    """How far `one` lies beyond `other` along an axis of the picture (0 right, 1 down)."""
    values = (xy_px[one][:, axis] - xy_px[other][:, axis]) / unit_px
    return "bh", values, np.hypot(sd_px[one], sd_px[other]) / unit_px
