"""Closed-form movements as signals: what a person of one body height would give."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from analysis.knowledge.signals import SIDES, UNITS, sided
from analysis.schema import PoseTrack, SignalSet

GRAVITY = 9.81 / 1.75  # body heights per second squared
STANDING = 0.53  # pelvis height, body heights


@dataclass
class Moves:
    """A clock and a curve for every signal, standing still until something is added."""

    time_s: np.ndarray
    curves: dict[str, np.ndarray] = field(default_factory=dict)
    sd_share: float = 1.0

    def __post_init__(self):
        for name in signal_names():
            self.curves[name] = np.zeros(self.time_s.shape)
        self.curves["pelvis_height"] += STANDING
        self.curves["body_yaw"] += 90.0
        for side in SIDES:
            self.curves[f"{side}_wrist_height"] -= 0.3

    def squat(self, start_s, *, lasts_s=2.0, knee_deg=110.0, depth=0.25, lean_deg=40.0):
        """Down and up as one wave of a cosine."""
        bump = self._wave(start_s, lasts_s)
        self.curves["pelvis_height"] -= depth * bump
        self.curves["trunk_lean"] += lean_deg * bump
        for side in SIDES:
            for kind in ("", "_3d"):
                self.curves[f"{side}_knee_flexion{kind}"] += knee_deg * bump
        return self

    def pick_up(self, start_s, *, lasts_s=2.0):
        """Bending to the floor with nearly straight legs, one hand reaching."""
        self.squat(start_s, lasts_s=lasts_s, knee_deg=35.0, depth=0.12, lean_deg=85.0)
        self.curves["right_wrist_height"] -= 0.1 * self._wave(start_s, lasts_s)
        return self

    def walk(self, *, hz=1.0, speed=0.75):
        """Steps: knees swing one after the other, the pelvis bobs twice a stride."""
        phase = 2 * np.pi * hz * self.time_s
        self.curves["pelvis_height"] += 0.012 * np.cos(2 * phase)
        self.curves["pelvis_speed"] += speed
        for side, shift in (("left", 0.0), ("right", np.pi)):
            knee = 32 * (1 + np.sin(phase + shift)) / 2 * 2
            self.curves[f"{side}_knee_flexion"] += knee
            self.curves[f"{side}_knee_flexion_3d"] += knee
            self.curves[f"{side}_wrist_speed"] += speed + 0.4 * np.cos(phase + shift)
            self.curves[f"{side}_foot_height"] += 0.04 * np.maximum(0, np.sin(phase + shift))
        return self

    def jump(self, start_s, *, dip_s=0.7, depth=0.16, height=0.18, knee_deg=85.0, land_deg=70.0):
        """Countermovement, ballistic flight to `height`, landing; returns (takeoff, landing)."""
        takeoff = start_s + dip_s
        velocity = np.sqrt(2 * GRAVITY * height)
        landing = takeoff + 2 * velocity / GRAVITY
        self._add_dip(start_s, dip_s, depth=depth, knee_deg=knee_deg)
        self._add_dip(landing, 0.6, depth=depth * 0.8, knee_deg=land_deg)
        air = self.time_s - takeoff
        rise = np.where(
            (air >= 0) & (self.time_s <= landing), velocity * air - GRAVITY * air**2 / 2, 0.0
        )
        self.curves["pelvis_height"] += rise
        self.curves["feet_height"] += rise
        for side in SIDES:
            self.curves[f"{side}_foot_height"] += rise
            self.curves[f"{side}_wrist_height"] += 0.5 * self._wave(takeoff - 0.4, 1.4)
        return takeoff, landing

    def stroke(
        self, contact_s, *, side="right", speed=5.0, height=-0.1, elbow_deg=40.0, turn_deg=70.0
    ):
        """A slow take-back, then a fast hand whose greatest speed is at `contact_s`."""
        t = self.time_s - contact_s
        self.curves[f"{side}_wrist_speed"] += speed * np.exp(-((t / 0.11) ** 2))
        self.curves[f"{side}_wrist_speed"] += 0.25 * speed * np.exp(-(((t + 0.55) / 0.15) ** 2))
        level = self.curves[f"{side}_wrist_height"]
        level += (height + 0.3) * np.exp(-((t / 0.35) ** 2))
        self.curves[f"{side}_elbow_flexion_3d"] += elbow_deg
        self.curves["body_yaw"] -= turn_deg / (1 + np.exp(-t / 0.08))
        for s in SIDES:
            self.curves[f"{s}_knee_flexion_3d"] += 35.0 * np.exp(-(((t + 0.4) / 0.2) ** 2))
        return self

    def noise(self, seed=0, *, share=1.0):
        rng = np.random.default_rng(seed)
        for name, curve in self.curves.items():
            scale = {"deg": 1.5, "bh": 0.004, "bh/s": 0.05}.get(UNITS[_plain(name)], 0.0)
            self.curves[name] = curve + share * scale * rng.standard_normal(curve.shape)
        return self

    def hide(self, start_s, stop_s):
        gone = (self.time_s >= start_s) & (self.time_s <= stop_s)
        for curve in self.curves.values():
            curve[gone] = np.nan
        return self

    def signals(self, track_id=1):
        height = self.curves["pelvis_height"]
        seen = np.isfinite(height)
        self.curves["pelvis_vertical_speed"] = np.full(height.shape, np.nan)
        if seen.sum() > 2:
            self.curves["pelvis_vertical_speed"][seen] = np.gradient(
                height[seen], self.time_s[seen]
            )
        vertical = np.abs(self.curves["pelvis_vertical_speed"])
        self.curves["pelvis_speed"] = np.hypot(self.curves["pelvis_speed"], vertical)
        self.curves["movement_energy"] = 1.5 * self.curves["pelvis_speed"] ** 2
        names = tuple(self.curves)
        units = tuple(UNITS[_plain(name)] for name in names)
        sd = {"deg": 1.5, "bh": 0.004, "bh/s": 0.05, "bh2/s2": 0.01}
        values = np.stack([self.curves[name] for name in names], axis=1)
        spread = np.tile([self.sd_share * sd[unit] for unit in units], (self.time_s.size, 1))
        return SignalSet(track_id, names, units, self.time_s, values, spread)

    def _wave(self, start_s, lasts_s):
        share = (self.time_s - start_s) / lasts_s
        return np.where((share > 0) & (share < 1), (1 - np.cos(2 * np.pi * share)) / 2, 0.0)

    def _add_dip(self, start_s, lasts_s, *, depth, knee_deg):
        bump = self._wave(start_s, lasts_s)
        self.curves["pelvis_height"] -= depth * bump
        for side in SIDES:
            for kind in ("", "_3d"):
                self.curves[f"{side}_knee_flexion{kind}"] += knee_deg * bump


def clock(lasts_s=10.0, *, fps=30.0):
    return np.arange(0, lasts_s, 1 / fps)


def uneven_clock(lasts_s=10.0, *, fps=30.0, seed=0):
    """A phone's clock: steps between half and one and a half of the nominal."""
    steps = np.random.default_rng(seed).uniform(0.5, 1.5, int(lasts_s * fps)) / fps
    return np.cumsum(steps)


def signal_names():
    names = []
    for name in UNITS:
        sides = SIDES if "{side}" in name else ("",)
        names.extend(sided(name, side=side) for side in sides)
    return names


def track_like(signals):
    frames = signals.time_s.size
    return PoseTrack(
        track_id=signals.track_id,
        skeleton="coco17",
        time_s=signals.time_s,
        box_px=np.zeros((frames, 4)),
        xy_px=np.zeros((frames, 17, 2)),
        xyz_m=None,
        score=np.ones((frames, 17)),
    )


def _plain(name):
    for side in SIDES:
        if name.startswith(f"{side}_"):
            return "{side}" + name.removeprefix(side)
    return name
