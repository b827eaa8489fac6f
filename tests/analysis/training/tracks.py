"""Movement seen by an exact camera, as serving gets it: a track in pixels."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from analysis.features.body17 import ALIASES, BODY17
from analysis.schema import PoseTrack
from analysis.skeletons import HALPE26
from analysis.training.cameras import CameraRanges, seen_by_camera

if TYPE_CHECKING:
    from analysis.training.records import MotionClip

PX = 800.0  # one of the clip's units
MIDDLE_PX = (640.0, 360.0)


def seen(clip: MotionClip, *, seed: int = 0) -> MotionClip:
    """The clip as a camera with a steady clock and without any error sees it."""
    ranges = CameraRanges(late=0.0, lost=0.0, azimuth_deg=(60.0, 60.0), rates_hz=(30.0,))
    return seen_by_camera(clip, rng=np.random.default_rng(seed), ranges=ranges, noise=None)


def track_of(clip: MotionClip, *, track_id: int = 1) -> PoseTrack:
    """The same points in HALPE26 and pixels; what the clip has not is NaN."""
    assert clip.xy is not None
    frames, size = clip.frames, len(HALPE26.keypoints)
    xy_px = np.full((frames, size, 2), np.nan)
    score = np.full((frames, size), np.nan)
    for place, name in enumerate(BODY17.keypoints):
        there = next(n for n in (name, *ALIASES.get(name, ())) if n in HALPE26.keypoints)
        column = HALPE26.keypoints.index(there)
        xy_px[:, column] = PX * np.asarray(clip.xy[:, place], np.float64) + MIDDLE_PX
        score[:, column] = 1.0 if clip.score is None else clip.score[:, place]
    low, high = np.nanmin(xy_px, axis=1), np.nanmax(xy_px, axis=1)
    return PoseTrack(
        track_id=track_id, skeleton=HALPE26.name, time_s=clip.time_s,
        box_px=np.concatenate([low, high], axis=1), xy_px=xy_px, xyz_m=None, score=score,
    )  # fmt: skip
