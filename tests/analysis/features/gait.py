"""Walking and running in closed form, to test with: legs cross in every stride."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from analysis.schema import PoseTrack
from analysis.skeletons import BLAZEPOSE33
from analysis.synthetic.body import ADULT, Body, Posture
from analysis.synthetic.camera import Camera
from analysis.synthetic.motions import ease, stance, swung_arms
from analysis.synthetic.truth import truth_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Gait:
    """Steady gait along world x; on the spot (a treadmill) unless `travels`."""

    body: Body = ADULT
    speed_m_s: float = 1.4
    stride_s: float = 1.05
    planted: float = 0.62  # share of the stride that a foot stands
    lift_m: float = 0.12
    travels: bool = False
    duration_s: float = 6.0
    name: str = "gait"
    racket: bool = False
    events: tuple = ()
    repetitions: tuple = ()

    def posture(self, time_s):
        """Toes stand, then swing through; the pelvis goes on; arms swing against the legs."""
        frames = time_s.size
        pose = dict(stance(self.body, frames=frames))
        way_m = self.speed_m_s * self.stride_s
        hands, toes = [], []
        for side, sign, shift in ((0, 1.0, 0.0), (1, -1.0, 0.5)):
            phase = time_s / self.stride_s + shift
            swing = ease(np.mod(phase, 1.0), start_s=self.planted, end_s=1.0)
            ahead = (np.floor(phase) - phase + swing) * way_m + self.planted * way_m / 2
            up = self.lift_m * np.sin(np.pi * swing) ** 2
            base = pose["toe_m"][:, side]
            toes.append(base + np.stack([ahead, -0.05 * sign + 0 * up, up], axis=-1))
            raised = -45.0 * np.sin(2 * np.pi * (phase - self.planted / 2 + 0.25))
            arms = swung_arms(self.body, raise_deg=raised, bend_deg=40.0)
            hands.append((arms["hand_m"][:, side], arms["elbow_hint"][:, side]))
        pose["toe_m"] = np.stack(toes, axis=1)
        pose["hand_m"] = np.stack([h for h, _ in hands], axis=1)
        pose["elbow_hint"] = np.stack([h for _, h in hands], axis=1)
        down = 0.03 + 0.02 * np.cos(4 * np.pi * time_s / self.stride_s)
        pose["pelvis_m"] = pose["pelvis_m"] - np.array([0.0, 0.0, 1.0]) * down[:, None]
        if self.travels:
            along = np.array([self.speed_m_s, 0.0, 0.0]) * time_s[:, None]
            pose["pelvis_m"] = pose["pelvis_m"] + along
            pose["toe_m"] = pose["toe_m"] + along[:, None]
        return Posture(**pose)


WALK = Gait()
RUN = Gait(speed_m_s=3.5, stride_s=0.7, planted=0.36, lift_m=0.35, name="run")


def seen(motion, *, view_deg, fps_hz=30.0, sd_bh=0.008, space=True, seed=3, elevation_deg=3.0):
    """The motion's truth, and a noisy track of it as an estimator might give."""
    rng = np.random.default_rng(seed)
    camera = Camera(view_deg=view_deg, elevation_deg=elevation_deg)
    time_s = np.arange(0.0, motion.duration_s, 1 / fps_hz)
    truth = truth_of(motion, camera=camera, time_s=time_s)
    height_px = 1.75 * camera.focal_px / camera.distance_m
    xy = truth.xy_px + rng.normal(0.0, sd_bh * height_px, truth.xy_px.shape)
    xyz = truth.xyz_m + rng.normal(0.0, 2 * sd_bh * 1.75, truth.xyz_m.shape)
    score = np.clip(rng.normal(0.9, 0.04, xy.shape[:2]), 0.0, 1.0)
    box = np.concatenate([xy.min(axis=1), xy.max(axis=1)], axis=1)
    track = PoseTrack(1, "blazepose33", time_s, box, xy, xyz if space else None, score)
    return truth, track


def exchanged(track, *, parts, frames):
    """The track with left and right of `parts` exchanged in frames [start, stop)."""
    start, stop = frames
    arrays = {
        "xy_px": track.xy_px.copy(),
        "xyz_m": None if track.xyz_m is None else track.xyz_m.copy(),
        "score": track.score.copy(),
    }
    for part in parts:
        left, right = (BLAZEPOSE33.index(f"{side}_{part}") for side in ("left", "right"))
        for array in arrays.values():
            if array is not None:
                array[start:stop, [left, right]] = array[start:stop, [right, left]]
    return PoseTrack(track.track_id, track.skeleton, track.time_s, track.box_px, **arrays)


LEGS = ("hip", "knee", "ankle", "heel", "foot_index")
ARMS = ("shoulder", "elbow", "wrist", "pinky", "index", "thumb")
