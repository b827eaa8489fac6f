"""3D movement as a camera would have seen it, at the times it would have taken pictures.

The model is served 2D poses from one camera of unknown place: it is trained on such, each time from
another place. World axes are ours: x right, y down, z away.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import numpy as np

from analysis.features.body17 import BODY17
from analysis.features.model_input import nearest_rows
from analysis.knowledge.signals import view_of
from analysis.training.noise import disturb, far_points

if TYPE_CHECKING:
    from analysis.schema import Float
    from analysis.training.noise import NoiseModel
    from analysis.training.records import MotionClip

ADULT_M: Final = 1.7
TRUNK_M: Final = 0.5
FOLLOW_S: Final = 0.15  # how late a hand on a camera follows
UPRIGHT: Final = 0.5  # the shoulders' line as seen from above, of its length: less is lying down
LEAST_DEPTH_M: Final = 0.3  # nearer to the lens is not in the picture


@dataclass(frozen=True, slots=True, kw_only=True)
class CameraRanges:
    """Where cameras stand. Each pair is the range of an even draw."""

    azimuth_deg: tuple[float, float] = (0.0, 360.0)
    elevation_deg: tuple[float, float] = (-5.0, 25.0)  # looking down positive
    roll_deg: tuple[float, float] = (-4.0, 4.0)
    focal_heights: tuple[float, float] = (0.8, 2.5)  # focal length in picture heights
    body_share: tuple[float, float] = (0.35, 0.85)  # of the picture's height, standing
    rates_hz: tuple[float, ...] = (15.0, 24.0, 25.0, 30.0, 30.0, 50.0, 60.0)
    late: float = 0.15  # each picture comes up to so large a share of the interval early or late
    lost: float = 0.02  # share of pictures that are missing
    follow: float = 0.5  # share of cameras that pan with an athlete who covers ground


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """One camera."""

    azimuth_deg: float
    elevation_deg: float
    roll_deg: float
    focal_heights: float
    distance_m: float

    @property
    def axes(self) -> Float:
        """Rows right, down, away (3, 3) in world axes."""
        turn, tilt, roll = np.deg2rad([self.azimuth_deg, self.elevation_deg, self.roll_deg])
        about_y = np.array(
            [[np.cos(turn), 0, np.sin(turn)], [0, 1, 0], [-np.sin(turn), 0, np.cos(turn)]]
        )
        about_x = np.array(
            [[1, 0, 0], [0, np.cos(tilt), -np.sin(tilt)], [0, np.sin(tilt), np.cos(tilt)]]
        )
        about_z = np.array(
            [[np.cos(roll), -np.sin(roll), 0], [np.sin(roll), np.cos(roll), 0], [0, 0, 1]]
        )
        axes: Float = about_z @ about_x @ about_y
        return axes


def draw_view(rng: np.random.Generator, *, ranges: CameraRanges) -> View:
    """A camera somewhere in the ranges."""
    focal = rng.uniform(*ranges.focal_heights)
    return View(
        azimuth_deg=rng.uniform(*ranges.azimuth_deg),
        elevation_deg=rng.uniform(*ranges.elevation_deg),
        roll_deg=rng.uniform(*ranges.roll_deg),
        focal_heights=focal,
        distance_m=focal * ADULT_M / rng.uniform(*ranges.body_share),
    )


def project(points_m: Float, *, view: View, target_m: Float) -> tuple[Float, Float]:
    """Points (F, K, 3) to picture heights from its middle (F, K, 2), and depths (F, K) in metres.

    `target_m` (F, 3) or (3,) is what the camera looks at. What is nearer than LEAST_DEPTH_M is NaN.
    """
    seen = (points_m - np.expand_dims(target_m, -2)) @ view.axes.T
    depth = seen[..., 2] + view.distance_m
    depth = np.where(depth > LEAST_DEPTH_M, depth, np.nan)
    return view.focal_heights * seen[..., :2] / depth[..., None], depth


def picture_times(duration_s: float, *, rng: np.random.Generator, ranges: CameraRanges) -> Float:
    """Presentation times (F,) from 0 of a camera with an own, unsteady rate that loses pictures."""
    rate_hz = float(rng.choice(ranges.rates_hz))
    rows = max(int(np.floor(duration_s * rate_hz + 1e-9)) + 1, 1)
    times_s = np.arange(rows) / rate_hz
    times_s[1:-1] += rng.uniform(-0.5, 0.5, max(rows - 2, 0)) * ranges.late / rate_hz
    keep = rng.random(rows) >= ranges.lost
    keep[[0, -1]] = True
    return times_s[keep]


def at_times(values: Float, *, time_s: Float, at_s: Float) -> Float:
    """Rows (F, …) between their neighbours, by straight lines; NaN beside a missing one."""
    right = np.clip(np.searchsorted(time_s, at_s), 1, max(time_s.size - 1, 1))
    right = np.minimum(right, time_s.size - 1)
    left = np.maximum(right - 1, 0)
    span = np.where(right > left, time_s[right] - time_s[left], 1.0)
    share = np.clip((at_s - time_s[left]) / span, 0.0, 1.0)
    share = share.reshape(-1, *([1] * (values.ndim - 1)))
    between: Float = values[left] * (1.0 - share) + values[right] * share
    return between


def seen_by_camera(
    clip: MotionClip,
    *,
    rng: np.random.Generator,
    ranges: CameraRanges,
    noise: NoiseModel | None,
    view: View | None = None,
) -> MotionClip:
    """The clip as 2D: `xy`, `score` and the camera's own times; labels carried over, no 3D.

    A clip that is 2D already keeps its view; only times and noise are drawn. `noise` None: exact.
    """
    at_s = picture_times(clip.duration_s, rng=rng, ranges=ranges)
    stands = clip.view
    if clip.xyz_m is not None:
        points = at_times(np.asarray(clip.xyz_m, np.float64), time_s=clip.time_s, at_s=at_s)
        used = view or draw_view(rng, ranges=ranges)
        stands = view_of(_chest_yaw_deg(points, view=used))
        follows = bool(rng.random() < ranges.follow)
        xy, depth = project(
            points, view=used, target_m=_target(points, time_s=at_s, follows=follows)
        )
        trunk_m = trunk_length(points)
        unit = used.focal_heights * trunk_m / np.nanmean(depth, axis=1)
        far = far_points(depth, trunk=trunk_m)
    else:
        xy = at_times(np.asarray(clip.xy, np.float64), time_s=clip.time_s, at_s=at_s)
        unit = np.full(at_s.size, trunk_length(xy))
        far = np.zeros(xy.shape[:2], dtype=np.bool_)
    score = np.where(np.isfinite(xy).all(axis=-1), 1.0, 0.0)
    if clip.score is not None:
        score = at_times(np.asarray(clip.score, np.float64), time_s=clip.time_s, at_s=at_s)
    if noise is not None:
        unit = np.where(np.isfinite(unit), unit, np.nanmedian(unit))
        xy, drawn = disturb(xy, far=far, unit=unit, time_s=at_s, model=noise, rng=rng)
        score = np.minimum(score, drawn)
    rows = nearest_rows(clip.time_s, at_s=at_s)
    labels = None if clip.frame_labels is None else clip.frame_labels[rows]
    return replace(
        clip, time_s=at_s, xyz_m=None, xy=xy, score=score, frame_labels=labels, view=stands
    )


def _chest_yaw_deg(points_m: Float, *, view: View) -> Float:
    """Where the chest points (F,): 0 at the camera, 90 to the picture's right; NaN lying down."""
    across = (
        points_m[:, BODY17.index("right_shoulder")] - points_m[:, BODY17.index("left_shoulder")]
    )
    right, _, away = (across @ view.axes.T).T
    level = np.hypot(right, away) > UPRIGHT * np.linalg.norm(across, axis=-1)
    yaw: Float = np.where(level, np.degrees(np.arctan2(-away, -right)), np.nan)
    return yaw


def _target(points_m: Float, *, time_s: Float, follows: bool) -> Float:
    """What the camera looks at: the middle of all, or the hips as they go (F, 3)."""
    hips = points_m[:, [BODY17.index("left_hip"), BODY17.index("right_hip")]].mean(axis=1)
    middle: Float = np.nanmean(hips, axis=0)
    if not follows or not np.isfinite(hips).all():
        return middle
    # A hand on a camera follows the ground covered, not the bobbing, and late.
    path: Float = hips.copy()
    path[:, 1] = middle[1]
    for row in range(1, path.shape[0]):
        keep = np.exp(-(time_s[row] - time_s[row - 1]) / FOLLOW_S)
        path[row] = keep * path[row - 1] + (1.0 - keep) * path[row]
    return path


def trunk_length(points: Float) -> float:
    """Upper quintile of the distance from mid-hips to mid-shoulders, in the points' unit."""
    hips, shoulders = (
        (points[:, BODY17.index(f"left_{j}")] + points[:, BODY17.index(f"right_{j}")]) / 2
        for j in ("hip", "shoulder")
    )
    long = np.linalg.norm(shoulders - hips, axis=-1)
    long = long[np.isfinite(long)]
    return float(np.percentile(long, 80)) if long.size else TRUNK_M
