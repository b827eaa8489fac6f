"""Names and units of the signals that knowledge may speak of, and which side's to take."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from analysis.schema import Float, SignalSet

SIDES: Final = ("left", "right")
RATE_SLACK: Final = 1.01
SIDE_VIEW_DEG: Final = 35.0  # within this of a profile the sagittal plane is seen
FRONT_VIEW_DEG: Final = 35.0  # within this of facing or turning the back to the camera

_SIDED: Final = {
    "ankle_dorsiflexion": "deg",
    "knee_flexion": "deg",
    "hip_flexion": "deg",
    "shoulder_flexion": "deg",
    "elbow_flexion": "deg",
    "knee_flexion_3d": "deg",
    "hip_flexion_3d": "deg",
    "elbow_flexion_3d": "deg",
    "shank_angle": "deg",
    "thigh_angle": "deg",
    "upper_arm_angle": "deg",
    "forearm_angle": "deg",
    "foot_angle": "deg",
    "wrist_height": "bh",
    "foot_height": "bh",
    "wrist_speed": "bh/s",
    "ankle_speed": "bh/s",
    "knee_speed": "bh/s",
    "elbow_speed": "bh/s",
    "knee_valgus": "deg",
    "ankle_ahead": "bh",
    "wrist_ahead": "bh",
    "elbow_height": "bh",
}
UNITS: Final[dict[str, str]] = {
    **{f"{{side}}_{name}": unit for name, unit in _SIDED.items()},
    "trunk_angle": "deg",
    "head_angle": "deg",
    "pelvis_angle": "deg",
    "shoulders_angle": "deg",
    "trunk_lean": "deg",
    "pelvis_height": "bh",
    "feet_height": "bh",
    "pelvis_speed": "bh/s",
    "pelvis_vertical_speed": "bh/s",
    "movement_energy": "bh2/s2",
    "body_yaw": "deg",
    "trunk_twist": "deg",
    "stance_width": "bh",
    "head_height": "bh",
    "head_across": "bh",
    "pelvis_across": "bh",
}
ARM_SIGNALS: Final = frozenset(
    name for name in UNITS if any(part in name for part in ("wrist", "elbow", "arm_", "shoulder_f"))
)
# Whose limb acts: the faster wrist (or the told hand's), the faster wrist whatever is told (a
# boxer's jab), the faster ankle, or nobody's.
ACTING: Final[dict[str, str]] = {
    "dominant_wrist": "wrist_speed",
    "wrist": "wrist_speed",
    "ankle": "ankle_speed",
    "none": "",
}


def sided(name: str, *, side: str) -> str:
    """A signal's name with its side filled in; a name without sides stays as it is."""
    return name.replace("{side}", side)


def column(signals: SignalSet, name: str) -> Float:
    """Values (F,) of a signal, all NaN where the set has no such signal."""
    if name in signals:
        return signals.column(name)
    return np.full(signals.time_s.shape, np.nan)


def column_sd(signals: SignalSet, name: str) -> Float:
    """Standard deviations (F,) of a signal, all NaN where the set has no such signal."""
    if name in signals:
        return signals.column_sd(name)
    return np.full(signals.time_s.shape, np.nan)


def acting_side(
    signals: SignalSet, *, acting: str, start_s: float, stop_s: float, handedness: str | None
) -> str:
    """The side of the limb that acts (a key of ACTING) between two times: told, or the faster.

    Faster by the root mean square: one frame in which a still hand was misplaced is faster still.
    """
    if acting == "dominant_wrist" and handedness in SIDES:
        return str(handedness)
    inside = (signals.time_s >= start_s) & (signals.time_s <= stop_s)
    best, fastest = "right", -np.inf
    for side in ("right", "left"):
        speed = column(signals, f"{side}_{ACTING[acting]}")[inside]
        speed = speed[np.isfinite(speed)]
        usual = float(np.sqrt(np.mean(speed**2))) if speed.size else -np.inf
        if usual > fastest:
            best, fastest = side, usual
    return best


def opposite(side: str) -> str:
    """The other side."""
    return "left" if side == "right" else "right"


def is_fast_enough(rate_hz: float, *, wanted_hz: float) -> bool:
    """Whether footage has the frame rate that is wanted; 23.976 passes for 24."""
    return rate_hz * RATE_SLACK >= wanted_hz


def view_of(yaw_deg: Float) -> str:
    """Where the camera stands for chest directions (F,): side, front, back or oblique; "" unknown.

    Directions are averaged as such: the mean of 179° and -179° is 180°.
    """
    yaw = np.radians(yaw_deg[np.isfinite(yaw_deg)])
    if yaw.size == 0:
        return ""
    mean_deg = abs(float(np.degrees(np.arctan2(np.sin(yaw).mean(), np.cos(yaw).mean()))))
    if abs(mean_deg - 90.0) <= SIDE_VIEW_DEG:
        return "side"
    if mean_deg <= FRONT_VIEW_DEG:
        return "front"
    return "back" if mean_deg >= 180.0 - FRONT_VIEW_DEG else "oblique"


def frame_rate_hz(time_s: Float) -> float:
    """Frames per second as they came: one over the median step; 0 for fewer than two frames."""
    return float(1.0 / np.median(np.diff(time_s))) if time_s.size > 1 else 0.0
