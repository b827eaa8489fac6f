"""From one person's keypoints to every named signal: clean, face, measure, with error bars."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from analysis.features import angles, facing, placement, scale, speeds, steady
from analysis.features.clean import clean_points, low_pass
from analysis.features.sides import make_correction
from analysis.schema import Scale, SignalSet
from analysis.skeletons import SKELETONS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from analysis.config import AnalysisConfig, CleanConfig
    from analysis.schema import Correction, Float, Int, PoseTrack

# Keypoint noise in body heights: about 1 % where the estimator is sure, more where it is not.
SURE_SD_BH: Final = 0.01
UNSURE_SD_BH: Final = 0.04
USUAL_STATURE_M: Final = 1.7
FILLED_FACTOR: Final = 3.0
YAW_SD_DEG: Final = 15.0
FLAT_YAW_SD_DEG: Final = 30.0  # from the shoulders' width alone
SIDES: Final = ("left", "right")
SPEED_POINTS: Final = ("wrist", "ankle", "knee", "elbow")

Column = tuple[str, "Float", "Float"]  # unit, values (F,), sd (F,)


@dataclass(frozen=True, slots=True)
class Body:
    """A person's cleaned points and the units that heights and speeds are told in."""

    time_s: Float
    xy_px: Mapping[str, Float]  # name → (F, 2), on one still and level picture
    sd_px: Mapping[str, Float]  # name → (F,)
    right_xy_px: Mapping[str, Float]  # as filmed, mirrored wherever the athlete faces left
    points_3d: angles.Points | None  # metres
    yaw_deg: Float
    height_px: float
    floor_px: float
    scale: Scale
    keypoints: tuple[str, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Measured:
    """One person's signals, and where the sequence overruled a frame's reading of the facing."""

    signals: SignalSet
    corrections: tuple[Correction, ...]
    scale: Scale


def measure(track: PoseTrack, *, config: AnalysisConfig) -> SignalSet:
    """The signals of `measured` alone."""
    return measured(track, config=config).signals


def measured(track: PoseTrack, *, config: AnalysisConfig, camera: Float | None = None) -> Measured:
    """Every signal of one person; what cannot be measured is NaN.

    Mid-hip, neck (mid-shoulder) and head (mid-ears) are derived points. Angles in degrees, heights
    in body heights ("bh"), speeds in "bh/s"; with the athlete's stature known also in metres.
    """
    body, corrections = _body(track, config=config, camera=camera)
    columns: dict[str, Column] = {}
    columns.update(_angle_columns(body))
    columns.update(_height_columns(body))
    columns.update(_speed_columns(body, config=config.clean))
    columns.update(
        placement.columns(
            body.xy_px, sd_px=body.sd_px, right_xy_px=body.right_xy_px, height_px=body.height_px,
            floor_px=body.floor_px, points_3d=body.points_3d,
        )
    )  # fmt: skip
    if np.isfinite(body.scale.px_per_m):
        columns.update(_metric_columns(columns, body=body))
    signals = SignalSet(
        track_id=track.track_id,
        names=tuple(columns),
        units=tuple(unit for unit, _, _ in columns.values()),
        time_s=track.time_s,
        values=np.stack([values for _, values, _ in columns.values()], axis=1),
        sd=np.stack([sd for _, _, sd in columns.values()], axis=1),
    )
    return Measured(signals, corrections, body.scale)


def _body(
    track: PoseTrack, *, config: AnalysisConfig, camera: Float | None
) -> tuple[Body, tuple[Correction, ...]]:
    names = SKELETONS[track.skeleton].keypoints
    cleaned, filled = clean_points(
        track.xy_px, score=track.score, time_s=track.time_s, config=config.clean, names=names
    )
    xy = _derived(dict(zip(names, np.moveaxis(cleaned, 1, 0), strict=True)), track.time_s.size)
    rough = angles.all_angles(angles.Points(xy=xy, sd={n: np.zeros(track.time_s.size) for n in xy}))
    knee_deg = np.fmax(*(np.abs(rough[f"{side}_knee_flexion"][0]) for side in SIDES))
    if camera is None:
        camera = np.tile(np.array(steady.IDENTITY), (track.time_s.size, 1))
    fixed = steady.steadied(cleaned, camera=camera)
    fixed_xy = _derived(dict(zip(names, np.moveaxis(fixed, 1, 0), strict=True)), track.time_s.size)
    height_px = scale.body_height_px(fixed_xy, knee_flexion_deg=knee_deg)
    found = _scale(track, fixed_xy, height_px=height_px, camera=camera, config=config)
    if abs(found.floor_deg) > 2 * found.sd_floor_deg and (
        found.sd_floor_deg <= config.scale.level_sd_deg
    ):
        fixed_xy = {
            name: steady.levelled(points, floor_deg=found.floor_deg)
            for name, points in fixed_xy.items()
        }
    sd_bh = SURE_SD_BH + (UNSURE_SD_BH - SURE_SD_BH) * (1 - np.nan_to_num(track.score))
    sd_bh = np.where(filled, FILLED_FACTOR * sd_bh, sd_bh)
    sd_px = _derived_sd(dict(zip(names, (sd_bh * height_px).T, strict=True)), track.time_s.size)
    points_3d = _points_3d(track, sd_bh=sd_bh, config=config.clean)
    yaw_deg = (
        facing.flat_yaw_deg(xy, height_px=height_px)
        if points_3d is None
        else facing.body_yaw_deg(points_3d.xy)
    )
    votes = facing.facing_votes(xy, yaw_deg=yaw_deg)
    sign, corrections = _facing(track, votes, config=config)
    mirror = np.stack((sign, np.ones_like(sign)), axis=1)
    body = Body(
        time_s=track.time_s,
        xy_px=fixed_xy,
        sd_px=sd_px,
        right_xy_px={name: points * mirror for name, points in xy.items()},
        points_3d=points_3d,
        yaw_deg=yaw_deg,
        height_px=height_px,
        scale=found,
        floor_px=scale.floor_px(fixed_xy, time_s=track.time_s, height_px=height_px),
        keypoints=names,
    )
    return body, corrections


def _scale(
    track: PoseTrack,
    xy_px: Mapping[str, Float],
    *,
    height_px: float,
    camera: Float,
    config: AnalysisConfig,
) -> Scale:
    source, px_per_m, sd_px_per_m = scale.px_per_m(
        config, height_px=height_px, zoom=steady.zoom(camera), time_s=track.time_s
    )
    stature_m = height_px / px_per_m if source else USUAL_STATURE_M
    floor_deg, sd_floor_deg = scale.floor_deg(
        xy_px,
        time_s=track.time_s,
        height_px=height_px,
        planted_bh_s=config.scale.planted_m_s / stature_m,
    )
    moving = steady.moving_share(camera)
    if abs(floor_deg) > config.scale.max_floor_deg or moving > config.scale.max_moving:
        # Drift of the camera's path, or steps towards the camera, look like a tilted floor.
        floor_deg = sd_floor_deg = float("nan")
    return Scale(
        track_id=track.track_id,
        source=source,
        px_per_m=px_per_m,
        sd_px_per_m=sd_px_per_m,
        floor_deg=floor_deg,
        sd_floor_deg=sd_floor_deg,
        camera_moving=moving,
    )


def _facing(
    track: PoseTrack, votes: Float, *, config: AnalysisConfig
) -> tuple[Int, tuple[Correction, ...]]:
    """Which way each frame (F,) faces, and what of it the sequence decided against the frame."""
    path = facing.decided(votes, time_s=track.time_s)
    sign = path.copy()
    corrections = []
    for start, stop, confidence in facing.overruled(votes, path, time_s=track.time_s):
        correction = make_correction(
            track.track_id,
            kind="facing",
            part="body",
            frames=(start, stop),
            time_s=track.time_s,
            confidence=confidence,
            undone=config.repair.undone,
        )
        corrections.append(correction)
        if correction.undone:
            sign[start:stop] = -path[start:stop]
    return sign, tuple(corrections)


def _derived(points: dict[str, Float], frames: int) -> dict[str, Float]:
    """Add mid-hip, neck and head; a skeleton without feet gets points that were never seen."""
    for side in SIDES:
        for part in ("heel", "foot_index"):
            points.setdefault(f"{side}_{part}", np.full((frames, points["nose"].shape[1]), np.nan))
    points["mid_hip"] = (points["left_hip"] + points["right_hip"]) / 2
    points["neck"] = (points["left_shoulder"] + points["right_shoulder"]) / 2
    points["head"] = (points["left_ear"] + points["right_ear"]) / 2
    return points


def _derived_sd(sd: dict[str, Float], frames: int) -> dict[str, Float]:
    for side in SIDES:
        for part in ("heel", "foot_index"):
            sd.setdefault(f"{side}_{part}", np.full(frames, np.nan))
    for name, part in (("mid_hip", "hip"), ("neck", "shoulder"), ("head", "ear")):
        sd[name] = np.hypot(sd[f"left_{part}"], sd[f"right_{part}"]) / 2
    return sd


def _points_3d(track: PoseTrack, *, sd_bh: Float, config: CleanConfig) -> angles.Points | None:
    if track.xyz_m is None or not np.isfinite(track.xyz_m).any():
        return None
    names = SKELETONS[track.skeleton].keypoints
    frames = track.time_s.size
    flat = np.where(
        (np.nan_to_num(track.score) >= config.min_score)[:, :, None], track.xyz_m, np.nan
    )
    flat = flat.reshape(frames, -1)
    smooth = np.stack(
        [
            low_pass(
                flat[:, i],
                time_s=track.time_s,
                cutoff_hz=config.cutoff_hz,
                order=config.filter_order,
            )
            for i in range(flat.shape[1])
        ],
        axis=1,
    ).reshape(frames, len(names), 3)
    xyz = _derived(dict(zip(names, np.moveaxis(smooth, 1, 0), strict=True)), frames)
    # Depth is guessed from one picture: its error is about twice that in the picture.
    sd = _derived_sd(dict(zip(names, (2 * USUAL_STATURE_M * sd_bh).T, strict=True)), frames)
    return angles.Points(xy=xyz, sd=sd)


def _angle_columns(body: Body) -> dict[str, Column]:
    found = angles.all_angles(angles.Points(xy=body.right_xy_px, sd=body.sd_px))
    columns: dict[str, Column] = {}
    for name, (values_deg, sd_deg) in found.items():
        period_deg = 180.0 if name in angles.HALF_TURN else 360.0
        columns[name] = ("deg", angles.unwrap(values_deg, period_deg=period_deg), sd_deg)
    nowhere = np.full(body.time_s.shape, np.nan)
    in_3d = {} if body.points_3d is None else angles.flexion_3d(body.points_3d)
    for side in SIDES:
        for name in angles.JOINTS_3D:
            values_deg, sd_deg = in_3d.get(f"{side}_{name}", (nowhere, nowhere))
            columns[f"{side}_{name}"] = ("deg", values_deg, sd_deg)
    known_sd_deg = FLAT_YAW_SD_DEG if body.points_3d is None else YAW_SD_DEG
    yaw_sd_deg = np.where(np.isfinite(body.yaw_deg), known_sd_deg, np.nan)
    columns["body_yaw"] = ("deg", body.yaw_deg, yaw_sd_deg)
    return columns


def _height_columns(body: Body) -> dict[str, Column]:
    xy, sd, unit_px = body.xy_px, body.sd_px, body.height_px
    columns: dict[str, Column] = {}
    pelvis = (body.floor_px - xy["mid_hip"][:, 1]) / unit_px
    columns["pelvis_height"] = ("bh", pelvis, sd["mid_hip"] / unit_px)
    feet, feet_sd = [], []
    for side in SIDES:
        wrist = (xy["neck"][:, 1] - xy[f"{side}_wrist"][:, 1]) / unit_px
        wrist_sd = np.hypot(sd["neck"], sd[f"{side}_wrist"]) / unit_px
        columns[f"{side}_wrist_height"] = ("bh", wrist, wrist_sd)
        foot = (body.floor_px - scale.lowest_px(xy, side=side)) / unit_px
        foot_sd = sd[f"{side}_ankle"] / unit_px
        columns[f"{side}_foot_height"] = ("bh", foot, foot_sd)
        feet.append(foot)
        feet_sd.append(foot_sd)
    columns["feet_height"] = ("bh", np.minimum(*feet), np.maximum(*feet_sd))
    return columns


def _speed_columns(body: Body, *, config: CleanConfig) -> dict[str, Column]:
    unit_px, time_s = body.height_px, body.time_s
    columns: dict[str, Column] = {}
    for name in [f"{side}_{part}" for side in SIDES for part in SPEED_POINTS] + ["mid_hip"]:
        values = speeds.speed(body.xy_px[name] / unit_px, time_s=time_s)
        sd = speeds.speed_sd(body.sd_px[name] / unit_px, time_s=time_s, cutoff_hz=config.cutoff_hz)
        label = "pelvis" if name == "mid_hip" else name
        columns[f"{label}_speed"] = ("bh/s", values, sd)
    rising = -speeds.rate(body.xy_px["mid_hip"][:, 1] / unit_px, time_s=time_s)
    columns["pelvis_vertical_speed"] = ("bh/s", rising, columns["pelvis_speed"][2])
    columns["movement_energy"] = _energy(body)
    return columns


def _energy(body: Body) -> Column:
    """Mean over keypoints of squared speed relative to mid-hip, plus mid-hip's own squared."""
    hip = body.xy_px["mid_hip"] / body.height_px
    squares = [
        speeds.speed(body.xy_px[name] / body.height_px - hip, time_s=body.time_s) ** 2
        for name in body.keypoints
    ]
    stacked = np.stack(squares)
    seen = np.isfinite(stacked)
    mean = np.where(seen, stacked, 0).sum(axis=0) / np.where(
        seen.any(axis=0), seen.sum(axis=0), np.nan
    )
    values = mean + speeds.speed(hip, time_s=body.time_s) ** 2
    # The sd of a mean of squares: as large as the values' own spread over the body.
    spread = np.sqrt(np.where(seen, (stacked - mean) ** 2, 0).sum(axis=0)) / seen.sum(axis=0).clip(
        1
    )
    return "bh2/s2", values, np.where(np.isfinite(values), spread, np.nan)


def _metric_columns(columns: Mapping[str, Column], *, body: Body) -> dict[str, Column]:
    """Heights and speeds in metres; the scale's own error is in their sd."""
    bh_m = body.height_px / body.scale.px_per_m
    relative = body.scale.sd_px_per_m / body.scale.px_per_m
    metric: dict[str, Column] = {}
    for name, (unit, values, sd) in columns.items():
        if unit in ("bh", "bh/s"):
            label, told = ("m", "m") if unit == "bh" else ("m_s", "m/s")
            whole_sd = bh_m * np.hypot(sd, values * relative)
            metric[f"{name}_{label}"] = (told, values * bh_m, whole_sd)
    return metric
