from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from analysis.config import AnalysisConfig, AthleteConfig, RepairConfig
from analysis.features.signals import measure, measured
from analysis.schema import PoseTrack
from analysis.skeletons import BLAZEPOSE33, COCO17
from analysis.synthetic.camera import Camera
from analysis.synthetic.jumps import Jumps
from analysis.synthetic.motions import Squats
from analysis.synthetic.render import uneven_times
from analysis.synthetic.truth import truth_of

CONFIG = AnalysisConfig()


def tracked(motion, *, view_deg=90.0, fps_hz=30.0, skeleton=BLAZEPOSE33, sd_px=0.0, space=True):
    camera = Camera(view_deg=view_deg, elevation_deg=0.0, distance_m=40.0)
    truth = truth_of(motion, camera=camera, time_s=uneven_times(motion, fps_hz=fps_hz))
    rows = [BLAZEPOSE33.index(name) for name in skeleton.keypoints]
    xy = truth.xy_px[:, rows]
    xy = xy + np.random.default_rng(8).normal(0.0, 1.0, xy.shape) * sd_px
    track = PoseTrack(
        track_id=1,
        skeleton=skeleton.name,
        time_s=truth.time_s,
        box_px=np.concatenate([xy.min(axis=1), xy.max(axis=1)], axis=1),
        xy_px=xy,
        xyz_m=truth.xyz_m[:, rows] if space else None,
        score=np.full(xy.shape[:2], 0.95),
    )
    return truth, measure(track, config=CONFIG)


@pytest.mark.parametrize("view_deg", [90.0, -90.0])
def test_a_squat_seen_from_either_side_is_measured_right(view_deg):
    truth, signals = tracked(Squats(depths_deg=(110.0, 110.0)), view_deg=view_deg)
    for name in ("left_knee_flexion", "right_hip_flexion", "trunk_lean", "left_knee_flexion_3d"):
        error = signals.column(name) - truth.angles_deg[name]
        assert np.percentile(np.abs(error), 95) < 4.0, name
    np.testing.assert_allclose(signals.column("body_yaw"), view_deg, atol=1.0)
    assert signals.column("feet_height") == pytest.approx(0.0, abs=0.02)


def test_a_jump_rises_by_its_height_in_body_heights():
    motion = Jumps(heights_m=(0.4,))
    _, signals = tracked(motion, fps_hz=60.0)
    assert np.nanmax(signals.column("feet_height")) == pytest.approx(0.4 / 1.75, rel=0.12)
    speed = signals.column("pelvis_vertical_speed")
    assert np.nanmax(speed) == pytest.approx(np.sqrt(2 * 9.81 * 0.4) / 1.75, rel=0.15)


def test_a_stature_adds_metres():
    _, plain = tracked(Squats(depths_deg=(90.0,)))
    camera = Camera(elevation_deg=0.0)
    truth = truth_of(Squats(depths_deg=(90.0,)), camera=camera, time_s=np.arange(60) / 30)
    score = np.full(truth.xy_px.shape[:2], 0.9)
    track = PoseTrack(1, "blazepose33", truth.time_s, np.zeros((60, 4)), truth.xy_px, None, score)
    known = measure(track, config=AnalysisConfig(athlete=AthleteConfig(height_m=1.75)))
    assert known.unit("left_wrist_speed_m_s") == "m/s"
    np.testing.assert_allclose(
        known.column("pelvis_height_m"), 1.75 * known.column("pelvis_height")
    )
    assert "pelvis_height_m" not in plain


def test_a_skeleton_without_feet_or_depth_says_what_it_cannot_tell():
    truth, signals = tracked(Squats(depths_deg=(110.0,)), skeleton=COCO17, space=False)
    for name in ("left_ankle_dorsiflexion", "right_foot_angle", "left_knee_flexion_3d"):
        assert np.isnan(signals.column(name)).all()
        assert np.isnan(signals.column_sd(name)).all()
    error = signals.column("left_knee_flexion") - truth.angles_deg["left_knee_flexion"]
    assert np.nanmedian(np.abs(error)) < 4.0


def test_nobody_seen_measures_nothing_and_does_not_fail():
    frames = 20
    nowhere = np.full((frames, 33, 2), np.nan)
    track = PoseTrack(
        1,
        "blazepose33",
        np.arange(frames) / 30,
        np.full((frames, 4), np.nan),
        nowhere,
        None,
        np.full((frames, 33), np.nan),
    )
    assert np.isnan(measure(track, config=CONFIG).values).all()


def test_a_facing_that_a_frame_got_wrong_is_overruled_told_and_can_be_undone():
    motion = Squats(depths_deg=(110.0,))
    camera = Camera(view_deg=90.0, elevation_deg=0.0, distance_m=40.0)
    truth = truth_of(motion, camera=camera, time_s=np.arange(0.0, 4.0, 1 / 30))
    xyz = truth.xyz_m.copy()
    mirrored = slice(60, 66)
    xy = truth.xy_px.copy()
    middle = xy[:, [23, 24], 0].mean(axis=1)[:, None]
    xy[mirrored, :, 0] = (2 * middle - xy[:, :, 0])[mirrored]
    xyz[mirrored, :, 0] *= -1
    score = np.full(xy.shape[:2], 0.95)
    track = PoseTrack(1, "blazepose33", truth.time_s, np.zeros((120, 4)), xy, xyz, score)
    found = measured(track, config=CONFIG)
    (correction,) = found.corrections
    assert (correction.kind, correction.undone) == ("facing", False)
    assert truth.time_s[58] <= correction.start_s <= truth.time_s[62]
    undone = replace(CONFIG, repair=RepairConfig(undone=(correction.correction_id,)))
    kept = measured(track, config=undone)
    assert [c.undone for c in kept.corrections] == [True]
    knee = [m.signals.column("left_knee_flexion")[63] for m in (found, kept)]
    assert knee[0] == pytest.approx(-knee[1], abs=1e-6)
