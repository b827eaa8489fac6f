"""What is known about a rendered clip, exactly, and how it is kept beside the pixels."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from analysis.skeletons import BLAZEPOSE33
from analysis.synthetic.body import joints, unit
from analysis.synthetic.motions import Event, Repetition

if TYPE_CHECKING:
    from pathlib import Path

    from analysis.schema import Float
    from analysis.synthetic.camera import Camera
    from analysis.synthetic.motions import Motion


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where and when a motion happens: its own origin and x axis, put into the world."""

    at_m: tuple[float, float] = (0.0, 0.0)
    turn_deg: float = 0.0  # anticlockwise seen from above
    start_s: float = 0.0

    def into_world(self, points_m: Float) -> Float:
        """Points (..., 3) of the motion in world metres."""
        c, s = np.cos(np.deg2rad(self.turn_deg)), np.sin(np.deg2rad(self.turn_deg))
        turn = np.array([[c, s, 0.0], [-s, c, 0.0], [0.0, 0.0, 1.0]])
        placed: Float = points_m @ turn + np.array([*self.at_m, 0.0])
        return placed


HERE: Final = Place()


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Truth:
    """Ground truth of one clip; keypoints are those of BLAZEPOSE33.

    `angles_deg` has the names of the measured signals: flexions in the athlete's own sagittal
    plane (what a camera exactly from the side would see), `_3d` ones between the bones, trunk
    lean and body yaw.
    """

    motion: str
    time_s: Float  # (F,)
    xy_px: Float  # (F, 33, 2)
    xyz_m: Float  # (F, 33, 3) camera axes, from mid-hip: x right, y down, z away
    world_m: Float  # (F, 33, 3) x ahead, y left, z up, floor at 0
    angles_deg: dict[str, Float]  # name → (F,)
    events: tuple[Event, ...]
    repetitions: tuple[Repetition, ...]
    height_m: float
    view_deg: float
    shown: Float | None = None  # (F, 33) visible share of each keypoint's surroundings, 0..1

    def save(self, path: Path) -> None:
        """Write an .npz without pickled objects."""
        angles: dict[str, Any] = {
            f"angle:{name}": values for name, values in self.angles_deg.items()
        }
        told = {
            "motion": self.motion,
            "height_m": self.height_m,
            "view_deg": self.view_deg,
            "events": [[e.name, e.time_s] for e in self.events],
            "repetitions": [[r.technique, r.start_s, r.end_s, r.fault] for r in self.repetitions],
            "keypoints": list(BLAZEPOSE33.keypoints),
        }
        arrays: dict[str, Any] = {
            n: getattr(self, n) for n in ("time_s", "xy_px", "xyz_m", "world_m")
        }
        if self.shown is not None:
            arrays["shown"] = self.shown
        np.savez_compressed(path, **arrays, **angles, told=np.array(json.dumps(told)))


def load(path: Path) -> Truth:
    """Read what `Truth.save` wrote."""
    with np.load(path, allow_pickle=False) as kept:
        told = json.loads(str(kept["told"]))
        angles = {n.removeprefix("angle:"): kept[n] for n in kept.files if n.startswith("angle:")}
        return Truth(
            motion=told["motion"],
            time_s=kept["time_s"],
            xy_px=kept["xy_px"],
            xyz_m=kept["xyz_m"],
            world_m=kept["world_m"],
            angles_deg=angles,
            events=tuple(Event(*row) for row in told["events"]),
            repetitions=tuple(Repetition(*row) for row in told["repetitions"]),
            height_m=told["height_m"],
            view_deg=told["view_deg"],
            shown=kept["shown"] if "shown" in kept.files else None,
        )


def truth_of(motion: Motion, *, camera: Camera, time_s: Float, place: Place = HERE) -> Truth:
    """Everything exact about `motion` at times (F,), seen by `camera`; nothing is drawn."""
    posture = motion.posture(time_s - place.start_s)
    world_m = place.into_world(joints(posture, body=motion.body))
    seen_m = camera.to_camera(world_m)
    hips = [BLAZEPOSE33.index(f"{side}_hip") for side in ("left", "right")]
    return Truth(
        motion=motion.name,
        time_s=time_s,
        xy_px=camera.project(world_m),
        xyz_m=seen_m - seen_m[:, hips].mean(axis=1, keepdims=True),
        world_m=world_m,
        angles_deg=true_angles(world_m, camera=camera),
        events=tuple(Event(e.name, e.time_s + place.start_s) for e in motion.events),
        repetitions=tuple(
            replace(r, start_s=r.start_s + place.start_s, end_s=r.end_s + place.start_s)
            for r in motion.repetitions
        ),
        height_m=motion.body.height_m,
        view_deg=(camera.view_deg + place.turn_deg + 180.0) % 360.0 - 180.0,
    )


def true_angles(world_m: Float, *, camera: Camera) -> dict[str, Float]:
    """Joint angles in degrees of keypoints (F, 33, 3), from the bones themselves.

    Bones are turned into the athlete's own axes (ahead and up, by the hips and shoulders) and
    compared by their directions there: independent of the code that measures pictures.
    """
    at = {name: world_m[:, i] for i, name in enumerate(BLAZEPOSE33.keypoints)}
    hips = (at["left_hip"] + at["right_hip"]) / 2.0
    trunk = (at["left_shoulder"] + at["right_shoulder"]) / 2.0 - hips
    left = at["left_hip"] - at["right_hip"] + at["left_shoulder"] - at["right_shoulder"]
    left = unit(left * np.array([1.0, 1.0, 0.0]))
    ahead = np.stack([left[:, 1], -left[:, 0], np.zeros(left.shape[0])], axis=-1)

    def tilt_deg(bone: Float) -> Float:
        """Of an upward bone from the vertical, forward positive."""
        turned: Float = np.degrees(np.arctan2(np.sum(bone * ahead, axis=-1), bone[:, 2]))
        return turned

    lean = tilt_deg(trunk)
    found = {"trunk_lean": lean}
    for side in ("left", "right"):
        p = {n.removeprefix(f"{side}_"): v for n, v in at.items() if n.startswith(side)}
        shin, thigh = tilt_deg(p["knee"] - p["ankle"]), tilt_deg(p["hip"] - p["knee"])
        arm, fore = tilt_deg(p["shoulder"] - p["elbow"]), tilt_deg(p["elbow"] - p["wrist"])
        foot = tilt_deg(p["foot_index"] - p["heel"]) - 90.0  # 0 flat, positive with the toe down
        found |= {
            f"{side}_knee_flexion": _turned(shin - thigh),
            f"{side}_hip_flexion": _turned(lean - thigh),
            f"{side}_ankle_dorsiflexion": _turned(shin - foot),
            f"{side}_shoulder_flexion": _turned(lean - arm),
            f"{side}_elbow_flexion": _turned(arm - fore),
            f"{side}_knee_flexion_3d": _between(p["hip"] - p["knee"], p["knee"] - p["ankle"]),
            f"{side}_hip_flexion_3d": _between(p["shoulder"] - p["hip"], p["hip"] - p["knee"]),
            f"{side}_elbow_flexion_3d": _between(
                p["shoulder"] - p["elbow"], p["elbow"] - p["wrist"]
            ),
        }
    in_camera = ahead @ camera.axes.T
    found["body_yaw"] = np.degrees(np.arctan2(in_camera[:, 0], -in_camera[:, 2]))
    return found


def _between(a: Float, b: Float) -> Float:
    """The unsigned angle between vectors (F, 3), degrees."""
    angle: Float = np.degrees(np.arccos(np.clip(np.sum(unit(a) * unit(b), axis=-1), -1.0, 1.0)))
    return angle


def _turned(angle_deg: Float) -> Float:
    """Into [-180, 180)."""
    wrapped: Float = np.mod(angle_deg + 180.0, 360.0) - 180.0
    return wrapped
