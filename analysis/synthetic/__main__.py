"""`python -m analysis.synthetic OUT.mp4`: render a clip or a scene, and its truth."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from analysis.synthetic.body import Body
from analysis.synthetic.camera import Camera
from analysis.synthetic.clips import demo
from analysis.synthetic.gait import run, walk
from analysis.synthetic.jumps import Jumps
from analysis.synthetic.motions import Squats, Standing
from analysis.synthetic.render import render_clip, uneven_times
from analysis.synthetic.scenes import SCENES, scene_named
from analysis.synthetic.staging import render_scene
from analysis.synthetic.strokes import forehand, serve

if TYPE_CHECKING:
    from collections.abc import Sequence

    from analysis.synthetic.motions import Motion

MOTIONS = ("demo", "standing", "squat", "jump", "forehand", "serve", "walk", "run")


def motion_named(name: str, *, reps: int = 5, stature_m: float = 1.75) -> Motion:
    """One of MOTIONS, `reps` times where it repeats (the demo is always the same).

    Raises:
        ValueError: no such motion.
    """
    body = Body(height_m=stature_m)
    made: dict[str, Motion] = {
        "demo": demo(body),
        "standing": Standing(body=body, duration_s=2.0 * reps),
        "squat": Squats(body=body, depths_deg=(115.0,) * reps),
        "jump": Jumps(body=body, heights_m=(0.35,) * reps),
        "forehand": forehand(body=body, count=reps),
        "serve": serve(body=body, count=reps),
        "walk": walk(body=body, strides=reps),
        "run": run(body=body, strides=reps),
    }
    if name not in made:
        raise ValueError(f"no motion {name!r}; expected one of {', '.join(MOTIONS)}")
    return made[name]


def main(arguments: Sequence[str] | None = None) -> int:
    """Parse, render, tell."""
    parser = argparse.ArgumentParser(prog="python -m analysis.synthetic", description=__doc__)
    parser.add_argument("out", type=Path, help="video to write; the truth goes to the .npz beside")
    parser.add_argument("--motion", choices=MOTIONS, default="demo")
    parser.add_argument("--scene", choices=SCENES, help="two athletes, instead of a motion")
    parser.add_argument("--reps", type=int, default=5, help="repetitions")
    parser.add_argument("--height", type=int, default=720, help="of the picture, pixels")
    parser.add_argument("--width", type=int, help="of the picture, pixels (16:9 if not given)")
    parser.add_argument("--fps", type=float, default=30.0)
    parser.add_argument("--view-deg", type=float, default=90.0, help="90: faces the right")
    parser.add_argument("--elevation-deg", type=float, default=3.0)
    parser.add_argument("--stature-m", type=float, default=1.75)
    parser.add_argument("--variable-rate", action="store_true", help="uneven frame times")
    given = parser.parse_args(arguments)
    if given.scene:
        truths = render_scene(scene_named(given.scene), out=given.out, fps_hz=given.fps)
        frames = truths[0].time_s.size
        sys.stdout.write(f"{given.out}: {frames} frames, {len(truths)} athletes\n")
        return 0
    motion = motion_named(given.motion, reps=given.reps, stature_m=given.stature_m)
    width = given.width or round(given.height * 16 / 9 / 2) * 2
    camera = Camera(
        width_px=width,
        height_px=given.height,
        view_deg=given.view_deg,
        elevation_deg=given.elevation_deg,
    )
    if given.variable_rate:
        times = uneven_times(motion, fps_hz=given.fps)
        truth = render_clip(motion, camera=camera, out=given.out, time_s=times)
    else:
        truth = render_clip(motion, camera=camera, out=given.out, fps_hz=given.fps)
    sys.stdout.write(
        f"{given.out}: {truth.time_s.size} frames, {len(truth.repetitions)} repetitions\n"
    )
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
