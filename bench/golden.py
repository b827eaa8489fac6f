"""Our BlazePose against the output that its authors published for one clip.

Part of `bench/pose_truth.py`; not a script of its own. The published landmarks
(tensorflow/tfjs-models, pose_squats.full.json) were made by MediaPipe's own graph, which smooths
what it puts out with a One-Euro filter, as if the clip's 5 frames a second were 30. Our backend
hands on what it sees (the analysis has a filter of its own, without lag), so that the published
filter is put behind it before the comparison; the distance without it is told as well.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

import numpy as np

from analysis import backends
from analysis.media.frames import read_frames
from analysis.pose.blazepose_geometry import circle_px
from analysis.pose.stabilise import PICTURE, WORLD, smoothed

if TYPE_CHECKING:
    from pathlib import Path

    from analysis.config import AnalysisConfig
    from analysis.protocols import PoseEstimator
    from analysis.schema import Float

FRAMES: Final = 65
SHOULDERS, HIPS = slice(11, 13), slice(23, 25)


def figures(footage: Path, *, config: AnalysisConfig) -> dict[str, object]:
    """The distances, or nothing where the clip and its published landmarks are not to be had.

    Raises:
        RuntimeError: not exactly one person was found in each frame.
    """
    clip = footage / "squat_golden_5fps.mp4"
    flat, space = footage / "pose_squats.full.json", footage / "pose_squats_3d.full.json"
    if not all(path.is_file() for path in (clip, flat, space)):
        print(f"golden clip: not in {footage}, so not measured")
        return {}
    reference_px = np.array(json.loads(flat.read_text()))[..., :2]
    reference_m = np.array(json.loads(space.read_text()))
    estimator: PoseEstimator = backends.load("pose", name="blazepose", config=config.pose)
    seen = estimator.observe(read_frames(clip, start=0, stop=FRAMES))
    if not np.array_equal(seen.frame, np.arange(FRAMES)):
        raise RuntimeError(f"golden clip: expected one person in each of {FRAMES} frames")
    torso_px = torso(reference_px)
    smooth_px = smoothed(seen.xy_px, scale=1.0 / circle_px(seen.xy_px), settings=PICTURE)
    smooth_m = smoothed(seen.xyz_m, scale=np.ones(FRAMES), settings=WORLD)
    return {
        "golden_2d_torso_fraction_median": _share(smooth_px, reference_px, torso_px),
        "golden_3d_m_median": _metres(smooth_m, reference_m),
        "golden_2d_torso_fraction_median_unsmoothed": _share(seen.xy_px, reference_px, torso_px),
        "golden_3d_m_median_unsmoothed": _metres(seen.xyz_m, reference_m),
    }


def torso(xy_px: Float) -> Float:
    """Length (F,) in px from between the shoulders to between the hips."""
    middle = xy_px[:, SHOULDERS].mean(axis=1) - xy_px[:, HIPS].mean(axis=1)
    return np.asarray(np.hypot(*middle.T))


def _share(xy_px: Float, reference_px: Float, torso_px: Float) -> float:
    off = np.linalg.norm(xy_px - reference_px, axis=-1) / torso_px[:, None]
    return round(float(np.median(off)), 4)


def _metres(xyz_m: Float, reference_m: Float) -> float:
    return round(float(np.median(np.linalg.norm(xyz_m - reference_m, axis=-1))), 4)
