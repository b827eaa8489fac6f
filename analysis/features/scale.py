"""How tall the athlete is in pixels and where the floor is: the units of heights and speeds."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping

    from analysis.schema import Float

# Ears to shoulder line against top of head to shoulder line, in shares of stature: acromion at
# 0.818, ears at about eye height 0.936 (Drillis and Contini's proportions).
CROWN_OVER_EARS: Final = (1.0 - 0.818) / (0.936 - 0.818)
ANKLE_SHARE: Final = 0.039  # of stature: the ankle's height, by the same proportions
STRAIGHT_KNEE_DEG: Final = 40.0
PLANTED_BH_S: Final = 0.3  # a foot slower than this, in body heights a second, is on the ground
FLOOR_PERCENTILE: Final = 90.0


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


def _mean_side(points_px: Mapping[str, Float], a: str, b: str) -> Float:
    sides = [_length(points_px[f"{s}_{a}"] - points_px[f"{s}_{b}"]) for s in ("left", "right")]
    return np.asarray(np.mean(sides, axis=0), dtype=np.float64)


def _length(vectors: Float) -> Float:
    length: Float = np.linalg.norm(vectors, axis=1)
    return length
