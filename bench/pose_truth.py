"""How far the whole chain is from rendered truth: joints, angles, repetitions, identities, sides.

`python bench/pose_truth.py [--json] [--quick]` renders each motion from each view, runs the real
chain on the file (probe, normalise, read frames, BlazePose, associate, measure, segment) and
compares; then scenes of two athletes (`scene_truth.py`), and BlazePose's own published output for
one clip where that lies beside the project (`golden.py`). Nothing is corrected for: where BlazePose
means another point by "hip" than the renderer does, that difference is in the figures (see the
table of joints).
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # a script, run from anywhere

from analysis.actions.kinematic import KinematicSegmenter
from analysis.config import AnalysisConfig
from analysis.features.signals import measure
from analysis.knowledge.catalogue import load_catalogue
from analysis.pipeline import observe, plan_chunks, prepare
from analysis.pose.extract import join
from analysis.pose.track import associate
from analysis.skeletons import BLAZEPOSE33
from analysis.synthetic.__main__ import motion_named
from analysis.synthetic.camera import Camera
from analysis.synthetic.render import render_clip
from bench import golden, scene_truth

if TYPE_CHECKING:
    from collections.abc import Sequence

    from analysis.schema import Float, PoseTrack, Segment, SignalSet
    from analysis.synthetic.truth import Truth

CLIPS: Final = tuple(
    (motion, view_deg)
    for motion in ("squat", "jump", "forehand", "serve")
    for view_deg in (90.0, 60.0, -90.0)
)
QUICK: Final = (("squat", 90.0), ("jump", 90.0))
FOOTAGE: Final = Path(__file__).resolve().parents[2] / "shared" / "footage"
IN_PLANE: Final = ("squat", "jump")
REPETITIONS: Final = 3
JOINTS: Final = ("shoulder", "elbow", "wrist", "hip", "knee", "ankle", "heel", "foot_index")
SAGITTAL: Final = ("knee_flexion", "hip_flexion", "ankle_dorsiflexion", "elbow_flexion")
IN_SPACE: Final = ("knee_flexion_3d", "hip_flexion_3d", "elbow_flexion_3d")


@dataclass(frozen=True, slots=True, eq=False)
class Compared:
    """One clip against its truth."""

    motion: str
    view_deg: float
    joint_px: dict[str, Float]  # joint → distances, both sides
    offset_px: dict[str, Float]  # joint → mean measured minus true (2,)
    angle_deg: dict[str, Float]  # signal kind → absolute errors
    true_repetitions: int
    found_repetitions: int
    body_px: float
    visibility: float
    frames_seen: float


def main(arguments: Sequence[str] | None = None) -> int:
    """Run all clips, print the tables, end with one line of JSON when asked."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true", help="end with one line of JSON")
    parser.add_argument("--quick", action="store_true", help="two clips and one scene, not all")
    parser.add_argument("--footage", type=Path, default=FOOTAGE, help="folder of the golden clip")
    given = parser.parse_args(arguments)
    print(f"machine: {machine()}")
    clips = QUICK if given.quick else CLIPS
    results = []
    print(
        "clip               joint px  (% body)  angle 2D  angle 3D  repetitions  seen  visibility"
    )
    for motion, view_deg in clips:
        with tempfile.TemporaryDirectory() as folder:
            results.append(_run(motion, view_deg=view_deg, folder=Path(folder)))
        print(_row(results[-1]), flush=True)
    _print_joints(results)
    config = AnalysisConfig(sport=None)
    scenes = scene_truth.run_scenes(quick=given.quick, config=config)
    scene_truth.print_joints(scenes)
    figures: dict[str, object] = {
        **_figures(results),
        **scene_truth.figures(scenes),
        **golden.figures(given.footage, config=config),
    }
    for name, value in figures.items():
        print(f"{name}: {value}")
    if given.json:
        print(json.dumps(figures))
    return 0


def machine() -> str:
    """The processor and how many cores of it there are."""
    model = platform.processor() or platform.machine()
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        named = [line for line in cpuinfo.read_text().splitlines() if line.startswith("model name")]
        model = named[0].partition(":")[2].strip() if named else model
    return f"{model}, {os.cpu_count()} cores"


def _run(motion: str, *, view_deg: float, folder: Path) -> Compared:
    made = motion_named(motion, reps=REPETITIONS)
    truth = render_clip(
        made, camera=Camera(view_deg=view_deg), out=folder / "clip.mp4", fps_hz=30.0
    )
    config = AnalysisConfig(sport=None)
    prepared = prepare(folder / "clip.mp4", workdir=folder, config=config, progress=_quiet)
    seen = [
        observe(prepared.video, chunk=chunk, config=config, progress=_quiet)
        for chunk in plan_chunks(prepared.footage, config=config)
    ]
    tracks = associate(join(seen), footage=prepared.footage, config=config.pose)
    if not tracks:
        raise RuntimeError(f"{motion} from {view_deg} deg: expected one athlete, found none")
    track = max(tracks, key=lambda one: int(np.isfinite(one.score).any(axis=1).sum()))
    signals = measure(track, config=config)
    model = KinematicSegmenter(config=config, catalogue=load_catalogue())
    segments = model.segment(model.score(signals, track), signals)
    return _compare(truth, track=track, signals=signals, segments=segments)


def _quiet(stage: str, share: float) -> None:
    """Progress is not told here."""


def _compare(
    truth: Truth, *, track: PoseTrack, signals: SignalSet, segments: Sequence[Segment]
) -> Compared:
    nearest = np.abs(truth.time_s[None, :] - track.time_s[:, None]).argmin(axis=1)
    joint_px, offset_px = {}, {}
    for joint in JOINTS:
        rows = [BLAZEPOSE33.index(f"{side}_{joint}") for side in ("left", "right")]
        error = track.xy_px[:, rows] - truth.xy_px[nearest][:, rows]
        joint_px[joint] = np.linalg.norm(error, axis=-1).ravel()
        offset_px[joint] = np.nanmean(error.reshape(-1, 2), axis=0)
    angle_deg = {}
    for kind in (*SAGITTAL, *IN_SPACE):
        if kind in SAGITTAL and abs(truth.view_deg) != 90.0:
            continue  # a picture from elsewhere does not show this angle
        names = [f"{side}_{kind}" for side in ("left", "right")]
        error = [signals.column(n) - truth.angles_deg[n][nearest] for n in names]
        angle_deg[kind] = np.abs(np.mod(np.concatenate(error) + 180.0, 360.0) - 180.0)
    technique = truth.repetitions[0].technique
    return Compared(
        motion=truth.motion,
        view_deg=truth.view_deg,
        joint_px=joint_px,
        offset_px=offset_px,
        angle_deg=angle_deg,
        true_repetitions=len(truth.repetitions),
        found_repetitions=sum(s.technique == technique for s in segments),
        body_px=_body_px(truth),
        visibility=float(np.nanmean(track.score[:, 11:])),
        frames_seen=float(np.isfinite(track.score).any(axis=1).mean()),
    )


def _body_px(truth: Truth) -> float:
    """Nose to toes of the first frame, which stands: about 0.92 of stature."""
    nose, toe = (BLAZEPOSE33.index(n) for n in ("nose", "left_foot_index"))
    return float(truth.xy_px[0, toe, 1] - truth.xy_px[0, nose, 1]) / 0.92


def _row(one: Compared) -> str:
    pixels = np.nanmedian(np.concatenate(list(one.joint_px.values())))
    flat = [one.angle_deg[kind] for kind in SAGITTAL if kind in one.angle_deg]
    space = [one.angle_deg[kind] for kind in IN_SPACE]
    flat_deg = f"{np.nanmedian(np.concatenate(flat)):8.1f}" if flat else "       -"
    return (
        f"{one.motion:10s} {one.view_deg:5.0f}°  {pixels:8.1f}  {100 * pixels / one.body_px:8.1f}"
        f"  {flat_deg}  {np.nanmedian(np.concatenate(space)):8.1f}"
        f"  {one.found_repetitions:5d} of {one.true_repetitions}"
        f"  {one.frames_seen:4.2f}  {one.visibility:10.2f}"
    )


def _print_joints(results: list[Compared]) -> None:
    print("joint        median px   mean offset (x, y) px, athlete facing right from the side")
    side_on = [one for one in results if one.view_deg == 90.0]
    for joint in JOINTS:
        pixels = np.nanmedian(np.concatenate([one.joint_px[joint] for one in results]))
        offset = np.mean([one.offset_px[joint] for one in side_on], axis=0)
        print(f"{joint:12s} {pixels:8.1f}    ({offset[0]:+.1f}, {offset[1]:+.1f})")


def _figures(results: list[Compared]) -> dict[str, float | int | dict[str, float]]:
    joints = np.concatenate([d for one in results for d in one.joint_px.values()])
    angles = {
        kind: np.concatenate([one.angle_deg[kind] for one in results if kind in one.angle_deg])
        for kind in (*SAGITTAL, *IN_SPACE)
    }
    flat = np.concatenate([angles[kind] for kind in SAGITTAL])
    # Squats and jumps stay in the plane that a picture from the side shows; a stroke turns out
    # of it, and its angles in the picture are then not the body's: both figures are given.
    in_plane = [one for one in results if one.motion in IN_PLANE]
    plane = np.concatenate(
        [one.angle_deg[kind] for one in in_plane for kind in SAGITTAL if kind in one.angle_deg]
    )
    space = np.concatenate([angles[kind] for kind in IN_SPACE])
    wrong = [abs(one.true_repetitions - one.found_repetitions) for one in results]
    share = [np.nanmedian(np.concatenate(list(r.joint_px.values()))) / r.body_px for r in results]
    return {
        "joint_error_px_median": round(float(np.nanmedian(joints)), 2),
        "joint_error_body_percent_median": round(100 * float(np.median(share)), 2),
        "angle_error_deg_median": round(float(np.nanmedian(flat)), 2),
        "angle_error_deg_median_in_plane": round(float(np.nanmedian(plane)), 2),
        "angle_3d_error_deg_median": round(float(np.nanmedian(space)), 2),
        "repetition_errors": sum(wrong),
        "repetitions": sum(one.true_repetitions for one in results),
        "visibility_mean": round(float(np.mean([one.visibility for one in results])), 3),
        "angle_error_deg_by_joint": {
            k: round(float(np.nanmedian(v)), 2) for k, v in angles.items()
        },
        "repetition_errors_by_motion": {
            motion: sum(w for w, one in zip(wrong, results, strict=True) if one.motion == motion)
            for motion in dict.fromkeys(one.motion for one in results)
        },
    }


if __name__ == "__main__":
    raise SystemExit(main())
