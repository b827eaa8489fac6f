"""How tall the athlete is in pixels and where the floor is: the units of heights and speeds."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from analysis.features.clean import runs
from analysis.features.speeds import speed

if TYPE_CHECKING:
    from collections.abc import Mapping

    from analysis.config import AnalysisConfig
    from analysis.schema import Float

# Ears to shoulder line against top of head to shoulder line, in shares of stature: acromion at
# 0.818, ears at about eye height 0.936 (Drillis and Contini's proportions).
CROWN_OVER_EARS: Final = (1.0 - 0.818) / (0.936 - 0.818)
ANKLE_SHARE: Final = 0.039  # of stature: the ankle's height, by the same proportions
STRAIGHT_KNEE_DEG: Final = 40.0
PLANTED_BH_S: Final = 0.3  # a foot slower than this, in body heights a second, is on the ground
FLOOR_PERCENTILE: Final = 90.0
STATURE_SD: Final = 0.03  # relative, of a stature summed from limbs by general proportions
PLANT_S: Final = 0.1
FLOOR_SPAN_BH: Final = 0.5  # planted toes closer together than this tell no angle
PLACE_SD_BH: Final = 0.005


def body_height_px(points_px: Mapping[str, Float], *, knee_flexion_deg: Float) -> float:
    """Stature in px from limb lengths (median over the frames with nearly straight legs).

    Sum of ankle to heel, shank, thigh, hip to shoulder (means of the sides) and shoulders to the
    crown, over the middle half of the frames by length. A skeleton without heels has the ankle's
    height added by proportion. NaN when the body was never seen whole.
    """
    over_ankles = (
        _mean_side(points_px, "knee", "ankle")
        + _mean_side(points_px, "hip", "knee")
        + _mean_side(points_px, "hip", "shoulder")
        + CROWN_OVER_EARS * _length(points_px["head"] - points_px["neck"])
    )
    under_ankles = _mean_side(points_px, "ankle", "heel")
    if not np.isfinite(under_ankles).any():
        under_ankles = over_ankles * ANKLE_SHARE / (1.0 - ANKLE_SHARE)
    total = over_ankles + under_ankles
    straight = total[np.isfinite(total) & (np.abs(knee_flexion_deg) < STRAIGHT_KNEE_DEG)]
    chosen = straight if straight.size >= 5 else total[np.isfinite(total)]
    if not chosen.size:
        return float("nan")
    low, high = np.percentile(chosen, (25, 75))
    return float(chosen[(chosen >= low) & (chosen <= high)].mean())


def lowest_px(points_px: Mapping[str, Float], *, side: str) -> Float:
    """How low a foot reaches (F,), as y in px (down is more); the ankle where feet are unknown."""
    parts = [points_px[f"{side}_{part}"][:, 1] for part in ("ankle", "heel", "foot_index")]
    lowest: Float = np.fmax.reduce(parts)
    return lowest


def floor_px(points_px: Mapping[str, Float], *, time_s: Float, height_px: float) -> float:
    """The floor's y in px: the level at which slow feet rest, robust to a few strays."""
    levels = []
    for side in ("left", "right"):
        level_px = lowest_px(points_px, side=side)
        if time_s.size < 2:
            levels.append(level_px[np.isfinite(level_px)])  # a still: taken as standing
            continue
        speed = np.abs(np.gradient(level_px, time_s)) / height_px
        levels.append(level_px[np.isfinite(speed) & (speed < PLANTED_BH_S)])
    resting = np.concatenate(levels)
    return float(np.percentile(resting, FLOOR_PERCENTILE)) if resting.size else float("nan")


def px_per_m(
    config: AnalysisConfig, *, height_px: float, zoom: Float, time_s: Float
) -> tuple[str, float, float]:
    """What the scale rests on ("line", "height" or ""), px per metre and its sd.

    s = length in px / length in m. A line that somebody marked goes before the athlete's stature;
    it must lie as far from the camera as the athlete. NaN when neither is known.
    """
    line, height_m = config.scale.line, config.athlete.height_m
    if line is not None:
        at = int(np.argmin(np.abs(time_s - line.at_s)))
        length_px = float(np.hypot(line.b_px[0] - line.a_px[0], line.b_px[1] - line.a_px[1]))
        found = float(zoom[at]) * length_px / line.length_m
        return "line", found, float(zoom[at]) * 2**0.5 * config.scale.click_sd_px / line.length_m
    if height_m is not None and np.isfinite(height_px):
        return "height", height_px / height_m, STATURE_SD * height_px / height_m
    return "", float("nan"), float("nan")


def floor_deg(
    points_px: Mapping[str, Float], *, time_s: Float, height_px: float, planted_bh_s: float
) -> tuple[float, float]:
    """The floor's angle in the picture, anticlockwise in degrees, and its sd; NaN if untold.

    φ = -atan(slope) of the line through the places where toes were planted (slower than
    `planted_bh_s`), with an offset of its own for each foot: they stand at different depths. The
    sd follows from the places' scatter, never taken below what a keypoint is good for.
    """
    sides = [
        _plants(
            points_px[_toe(points_px, side)], time_s=time_s, limit_px_s=planted_bh_s * height_px
        )
        for side in ("left", "right")
    ]
    known = [places for places in sides if places.size]
    if not known:
        return float("nan"), float("nan")
    centred = np.concatenate([places - places.mean(axis=0) for places in known])
    spare = centred.shape[0] - len(known) - 1
    across = float(np.sum(centred[:, 0] ** 2))
    if spare < 1 or np.ptp(centred[:, 0]) < FLOOR_SPAN_BH * height_px:
        return float("nan"), float("nan")
    slope = float(np.sum(centred[:, 0] * centred[:, 1])) / across
    scatter = float(np.sum((centred[:, 1] - slope * centred[:, 0]) ** 2)) / spare
    sd = np.sqrt(max(scatter, (PLACE_SD_BH * height_px) ** 2) / across) / (1 + slope**2)
    return float(-np.degrees(np.arctan(slope))), float(np.degrees(sd))


def _toe(points_px: Mapping[str, Float], side: str) -> str:
    known = bool(np.isfinite(points_px[f"{side}_foot_index"]).any())
    return f"{side}_foot_index" if known else f"{side}_ankle"


def _plants(toe_px: Float, *, time_s: Float, limit_px_s: float) -> Float:
    """The mean places (N, 2) where a toe stood for at least `PLANT_S`."""
    slow = np.asarray(speed(toe_px, time_s=time_s) < limit_px_s)
    stood = [
        toe_px[start:stop].mean(axis=0)
        for start, stop in runs(slow)
        if time_s[stop - 1] - time_s[start] >= PLANT_S
    ]
    return np.array(stood).reshape(len(stood), 2)


def _mean_side(points_px: Mapping[str, Float], a: str, b: str) -> Float:
    """The mean of the sides that were seen: from the side the far limb may never be."""
    sides = [_length(points_px[f"{s}_{a}"] - points_px[f"{s}_{b}"]) for s in ("left", "right")]
    left, right = (np.where(np.isfinite(one), one, other) for one, other in (sides, sides[::-1]))
    return np.asarray((left + right) / 2, dtype=np.float64)


def _length(vectors: Float) -> Float:
    length: Float = np.linalg.norm(vectors, axis=1)
    return length
