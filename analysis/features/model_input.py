"""What the action model is given, in training and in serving alike: one function, no options.

2D points of one person, at whatever times the pictures had, become rows at a fixed rate that do not
depend on where the person stands in the picture, how large, or how fast the camera took pictures.
The numbers below are part of the weights: changing one means training anew, so they are not
settings.

Shapes: F frames in, T rows out, K = 17 (`body17.BODY17`), C = `CHANNELS` numbers a row.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from analysis.features.body17 import BODY17, to_body17

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from analysis.schema import Float, PoseTrack

    Bool = NDArray[np.bool_]

VERSION: Final = 1  # stored with the weights, which refuse another
RATE_HZ: Final = 25.0
MIN_SCORE: Final = 0.3  # below, a point counts as unseen
MAX_GAP_S: Final = 0.25  # a longer gap is not bridged
SCALE_WINDOW_S: Final = 4.0  # the size is judged over so long, the person may come nearer
SCALE_QUANTILE: Final = 0.8
# The trunk's length as a multiple of other lengths (Drillis and Contini: joint heights 0.818 and
# 0.530 of stature, leg 0.491, shoulder joints 0.21 apart): where the trunk points at the camera,
# these show the size.
TRUNK_PER_LEG: Final = 0.59
TRUNK_PER_SHOULDERS: Final = 1.35
VELOCITY_ROWS: Final = 2  # slope over this many rows on either side
LIMIT: Final = 6.0  # trunk lengths; beyond is an error of the estimator
VELOCITY_UNIT: Final = 5.0  # trunk lengths per second that read as 1
VELOCITY_LIMIT: Final = 6.0
BLOCK_ROWS: Final = 4096

JOINT_CHANNELS: Final = ("x", "y", "vx", "vy", "seen", "score")
ROOT_CHANNELS: Final = ("root_vx", "root_vy", "root_height")
KEYPOINTS: Final = len(BODY17.keypoints)
CHANNELS: Final = KEYPOINTS * len(JOINT_CHANNELS) + len(ROOT_CHANNELS)
CHANNEL_NAMES: Final = (
    *(f"{name}_{channel}" for name in BODY17.keypoints for channel in JOINT_CHANNELS),
    *ROOT_CHANNELS,
)


@dataclass(frozen=True, slots=True, eq=False)
class ModelInput:
    """Rows at `RATE_HZ`.

    `time_s` (T,) are presentation times of the rows, from the first frame's on; `values` (T, C) are
    always finite: what was not seen is 0 with its `seen` channel 0; `seen` (T, K) says it again.

    Of each keypoint: x, y from the middle of the hips, in trunk lengths (x right, y down); vx, vy
    in units of `VELOCITY_UNIT` trunk lengths per second; seen 0 or 1; score 0..1. Of the whole
    body: the hips' velocity in the picture in the same unit, and their height above the window's
    median in trunk lengths (up positive).
    """

    time_s: Float
    values: NDArray[np.float32]
    seen: Bool

    @property
    def joints(self) -> NDArray[np.float32]:
        """The keypoints' part as (T, K, 6), in the order of `JOINT_CHANNELS`."""
        size = KEYPOINTS * len(JOINT_CHANNELS)
        return self.values[:, :size].reshape(-1, KEYPOINTS, len(JOINT_CHANNELS))


def from_track(track: PoseTrack) -> ModelInput:
    """A track of any skeleton of `analysis.skeletons`."""
    return model_input(
        to_body17(track.xy_px, skeleton=track.skeleton),
        score=to_body17(track.score, skeleton=track.skeleton),
        time_s=track.time_s,
    )


def model_input(xy: Float, *, score: Float | None, time_s: Float) -> ModelInput:
    """Rows for the model from points (F, 17, 2) in any one unit, y down, and scores (F, 17) 0..1.

    `score` None means that the source gives none: every finite point counts fully.

    Raises:
        ValueError: shapes do not fit, or the clock does not rise.
    """
    points, sure = _checked(xy, score=score, time_s=time_s)
    grid_s = row_times(time_s)
    at, sure = _resample(points, score=sure, time_s=time_s, grid_s=grid_s)
    scale = _scale(at)
    centre = _centre(at)
    local = (at - centre[:, None]) / scale[:, None, None]
    seen: Bool = np.asarray(np.isfinite(local).all(axis=-1))
    local = np.clip(local, -LIMIT, LIMIT)
    joints = np.zeros((grid_s.size, KEYPOINTS, len(JOINT_CHANNELS)))
    joints[..., 0:2] = local
    joints[..., 2:4] = velocity(local)
    joints[..., 4] = 1.0
    joints[..., 5] = sure
    joints[~seen] = 0.0
    root = centre / scale[:, None]
    rows = np.concatenate([joints.reshape(grid_s.size, -1), _root(root)], axis=1)
    values = np.nan_to_num(rows, nan=0.0).astype(np.float32)
    return ModelInput(time_s=grid_s, values=values, seen=seen)


def row_times(time_s: Float) -> Float:
    """The rows' presentation times (T,): every 1/25 s from the first frame to the last."""
    rows = int(np.floor((time_s[-1] - time_s[0]) * RATE_HZ + 1e-6)) + 1
    times_s: Float = time_s[0] + np.arange(rows) / RATE_HZ
    return times_s


def nearest_rows(time_s: Float, *, at_s: Float) -> NDArray[np.int64]:
    """Place in `time_s` (F,) nearest to each of `at_s` (T,): carries per-frame labels over."""
    after = np.clip(np.searchsorted(time_s, at_s), 1, max(time_s.size - 1, 1))
    before = after - 1
    after = np.minimum(after, time_s.size - 1)
    nearer = np.abs(at_s - time_s[before]) <= np.abs(time_s[after] - at_s)
    return np.where(nearer, before, after).astype(np.int64)


def _checked(xy: Float, *, score: Float | None, time_s: Float) -> tuple[Float, Float]:
    frames = np.shape(time_s)[0]
    if np.shape(xy) != (frames, KEYPOINTS, 2) or frames == 0:
        raise ValueError(f"model_input: expected xy ({frames}, 17, 2), got {np.shape(xy)}")
    if not np.isfinite(time_s).all() or (np.diff(time_s) <= 0).any():
        raise ValueError("model_input: expected finite, strictly rising seconds")
    points = np.array(xy, dtype=np.float64)
    if score is None:
        sure = np.ones((frames, KEYPOINTS))
    elif np.shape(score) == (frames, KEYPOINTS):
        sure = np.clip(np.nan_to_num(np.array(score, dtype=np.float64), nan=0.0), 0.0, 1.0)
    else:
        raise ValueError(f"model_input: expected score ({frames}, 17), got {np.shape(score)}")
    hidden = ~np.isfinite(points).all(axis=-1) | (sure < MIN_SCORE)
    points[hidden] = np.nan
    return points, sure


def _resample(points: Float, *, score: Float, time_s: Float, grid_s: Float) -> tuple[Float, Float]:
    """Straight lines between the frames in which a point was seen, over gaps up to MAX_GAP_S."""
    at = np.full((grid_s.size, KEYPOINTS, 2), np.nan)
    sure = np.zeros((grid_s.size, KEYPOINTS))
    for joint in range(KEYPOINTS):
        rows = np.flatnonzero(np.isfinite(points[:, joint, 0]))
        if rows.size == 0:
            continue
        have_s = time_s[rows]
        right = np.searchsorted(have_s, grid_s - 1e-9)
        left_s = have_s[np.clip(right - 1, 0, rows.size - 1)]
        right_s = have_s[np.clip(right, 0, rows.size - 1)]
        spans = (right_s - left_s <= MAX_GAP_S + 1e-9) & (grid_s >= have_s[0] - 1e-9)
        # One picture stands for half a row on either side, so that a lone one is not lost.
        near = np.minimum(np.abs(grid_s - left_s), np.abs(grid_s - right_s)) <= 0.5 / RATE_HZ
        inside = (grid_s <= have_s[-1] + 1e-9) & spans
        known = inside | near
        for axis in range(2):
            line = np.interp(grid_s, have_s, points[rows, joint, axis])
            at[known, joint, axis] = line[known]
        sure[known, joint] = np.interp(grid_s, have_s, score[rows, joint])[known]
    return at, sure


def _middle(at: Float, *, joint: str) -> Float:
    """Middle (T, 2) of a left and a right point; NaN where either is missing."""
    left, right = BODY17.index(f"left_{joint}"), BODY17.index(f"right_{joint}")
    middle: Float = (at[:, left] + at[:, right]) / 2
    return middle


def _length(at: Float, *, start: str, end: str) -> Float:
    long: Float = np.linalg.norm(at[:, BODY17.index(start)] - at[:, BODY17.index(end)], axis=-1)
    return long


def _scale(at: Float) -> Float:
    """The trunk's full length (T,) in the picture's unit, as the last few seconds showed it."""
    trunk = np.linalg.norm(_middle(at, joint="shoulder") - _middle(at, joint="hip"), axis=-1)
    lengths = [
        trunk,
        TRUNK_PER_SHOULDERS * _length(at, start="left_shoulder", end="right_shoulder"),
    ]
    for side in ("left", "right"):
        thigh = _length(at, start=f"{side}_hip", end=f"{side}_knee")
        shank = _length(at, start=f"{side}_knee", end=f"{side}_ankle")
        lengths.append(TRUNK_PER_LEG * (thigh + shank))
    longest = np.fmax.reduce(lengths)
    if not np.isfinite(longest).any():  # no trunk and no leg at all: the size of what is seen
        longest = 0.5 * np.linalg.norm(_spread(at), axis=-1)
    filled = _hold(_quantiles(longest, share=SCALE_QUANTILE))
    return np.where(filled > 0, filled, 1.0)


def _quantiles(values: Float, *, share: float) -> Float:
    """Quantile (T,) over `SCALE_WINDOW_S` around each row; in blocks, so that memory stays flat."""
    half = round(SCALE_WINDOW_S * RATE_HZ / 2)
    padded = np.pad(values, half, constant_values=np.nan)
    windows = np.lib.stride_tricks.sliding_window_view(padded, 2 * half + 1)
    blocks = range(0, values.size, BLOCK_ROWS)
    return np.concatenate([_quantile(windows[b : b + BLOCK_ROWS], share=share) for b in blocks])


def _quantile(windows: Float, *, share: float) -> Float:
    """Quantile of each row's finite numbers (nearest rank); NaN where there are none."""
    ordered = np.sort(windows, axis=1)  # NaN goes last
    known = np.isfinite(windows).sum(axis=1)
    rank = np.clip(np.round(share * (known - 1)), 0, None).astype(np.int64)
    picked: Float = ordered[np.arange(ordered.shape[0]), rank]
    return np.where(known > 0, picked, np.nan)


def _spread(at: Float) -> Float:
    spread: Float = np.fmax.reduce(at, axis=1) - np.fmin.reduce(at, axis=1)
    return spread


def _centre(at: Float) -> Float:
    """Middle of the hips (T, 2); one hip, then the shoulders, stand in where they must."""
    centre = _middle(at, joint="hip")
    for other in (at[:, BODY17.index("left_hip")], at[:, BODY17.index("right_hip")]):
        centre = np.where(np.isfinite(centre), centre, other)
    if not np.isfinite(centre).any():
        centre = _middle(at, joint="shoulder")
    if not np.isfinite(centre).any():
        centre = (np.fmin.reduce(at, axis=1) + np.fmax.reduce(at, axis=1)) / 2
    return np.stack([_hold(centre[:, axis]) for axis in range(2)], axis=1)


def _hold(values: Float) -> Float:
    """Gaps filled by straight lines, ends held; all NaN stays."""
    known = np.isfinite(values)
    if not known.any():
        return values
    rows = np.arange(values.size)
    filled: Float = np.interp(rows, rows[known], values[known])
    return filled


def velocity(local: Float) -> Float:
    """Velocity (T, …) in `VELOCITY_UNIT`, clipped; NaN where a point stands alone.

    Least-squares slope over the rows around, of those that were seen.
    """
    total = np.zeros((4, *local.shape))
    seen = np.isfinite(local)
    value = np.where(seen, local, 0.0)
    for step in range(-VELOCITY_ROWS, VELOCITY_ROWS + 1):
        here, there = _overlap(local.shape[0], step=step)
        moved = step / RATE_HZ
        weight = seen[there].astype(np.float64)
        total[:, here] += np.stack(
            [weight, weight * moved, weight * moved**2, moved * value[there]]
        )
    count, first, second, cross = total
    mean = np.zeros_like(local)
    for step in range(-VELOCITY_ROWS, VELOCITY_ROWS + 1):
        here, there = _overlap(local.shape[0], step=step)
        mean[here] += value[there]
    spread = count * second - first**2
    slope = np.divide(
        count * cross - first * mean, spread, out=np.full_like(local, np.nan), where=spread > 1e-12
    )
    limited: Float = np.clip(slope / VELOCITY_UNIT, -VELOCITY_LIMIT, VELOCITY_LIMIT)
    return limited


def _overlap(rows: int, *, step: int) -> tuple[slice, slice]:
    """Rows that have a neighbour `step` further on, and those neighbours."""
    if step >= 0:
        return slice(0, max(rows - step, 0)), slice(min(step, rows), rows)
    return slice(min(-step, rows), rows), slice(0, max(rows + step, 0))


def _root(root: Float) -> Float:
    """Velocity of the hips and their height above the window's median (T, 3)."""
    if not np.isfinite(root).all():
        return np.zeros((root.shape[0], len(ROOT_CHANNELS)))
    height = np.clip(_quantiles(root[:, 1], share=0.5) - root[:, 1], -LIMIT, LIMIT)
    return np.concatenate([velocity(root), height[:, None]], axis=1)
