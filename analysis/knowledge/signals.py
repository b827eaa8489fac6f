"""Names and units of the signals that knowledge may speak of, and which side's to take."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from analysis.schema import Float, SignalSet

SIDES: Final = ("left", "right")

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


def racket_side(
    signals: SignalSet, *, start_s: float, stop_s: float, handedness: str | None
) -> str:
    """The side that swings: told, or else the hand that gets faster between two times."""
    if handedness in SIDES:
        return str(handedness)
    inside = (signals.time_s >= start_s) & (signals.time_s <= stop_s)
    best, fastest = "right", -np.inf
    for side in ("right", "left"):
        speed = column(signals, f"{side}_wrist_speed")[inside]
        speed = speed[np.isfinite(speed)]
        if speed.size and speed.max() > fastest:
            best, fastest = side, float(speed.max())
    return best


def frame_rate_hz(time_s: Float) -> float:
    """Frames per second as they came: one over the median step; 0 for fewer than two frames."""
    return float(1.0 / np.median(np.diff(time_s))) if time_s.size > 1 else 0.0
