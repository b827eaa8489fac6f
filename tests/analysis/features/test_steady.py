from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from analysis.config import AnalysisConfig, AthleteConfig, LineConfig, ScaleConfig
from analysis.features.signals import measured
from analysis.features.steady import camera_path, levelled, moving_share, steadied
from analysis.synthetic.camera import Camera
from analysis.synthetic.truth import truth_of

sys.path.insert(0, str(Path(__file__).parent))
from gait import WALK, seen

CONFIG = AnalysisConfig(athlete=AthleteConfig(height_m=1.75))
CAMERA = Camera(view_deg=90.0, elevation_deg=0.0, distance_m=30.0)
PX_PER_M = CAMERA.focal_px / CAMERA.distance_m


def walking(*, tilt_deg=0.0, sd_bh=0.004, seed=1):
    """Somebody who walks through the picture of a far camera tilted by `tilt_deg`."""
    motion = replace(WALK, travels=True, duration_s=4.0)
    _, track = seen(motion, view_deg=90.0, sd_bh=sd_bh, seed=seed)
    truth = truth_of(motion, camera=CAMERA, time_s=track.time_s)
    noise = np.random.default_rng(seed).normal(0.0, sd_bh * 1.75 * PX_PER_M, truth.xy_px.shape)
    # A camera turned clockwise shows the floor turned anticlockwise.
    xy = levelled(truth.xy_px + noise, floor_deg=-tilt_deg)
    return replace(track, xy_px=xy, xyz_m=truth.xyz_m)


@pytest.mark.parametrize("tilt_deg", [0.0, 4.0, -7.0])
@pytest.mark.parametrize("seed", [1, 2])
def test_planted_toes_tell_the_floors_angle_within_its_error(tilt_deg, seed):
    scale = measured(walking(tilt_deg=tilt_deg, seed=seed), config=CONFIG).scale
    assert scale.sd_floor_deg < 1.0
    assert abs(scale.floor_deg - tilt_deg) < 2.5 * scale.sd_floor_deg


def test_heights_over_a_tilted_floor_are_those_over_a_level_one():
    level, tilted = (measured(walking(tilt_deg=t), config=CONFIG).signals for t in (0.0, 6.0))
    pelvis = level.column("pelvis_height_m")
    assert np.nanmax(np.abs(tilted.column("pelvis_height_m") - pelvis)) < 0.08
    np.testing.assert_allclose(tilted.column("pelvis_speed_m_s")[20:-20], WALK.speed_m_s, rtol=0.25)


def test_somebody_who_stands_tells_no_angle():
    _, track = seen(replace(WALK, speed_m_s=0.0, lift_m=0.0), view_deg=90.0)
    scale = measured(track, config=CONFIG).scale
    assert np.isnan([scale.floor_deg, scale.sd_floor_deg]).all()


@pytest.mark.parametrize(
    ("config", "source"),
    [
        (CONFIG, "height"),
        (
            AnalysisConfig(
                scale=ScaleConfig(
                    line=LineConfig(
                        a_px=(100.0, 600.0), b_px=(100.0 + 2 * PX_PER_M, 600.0), length_m=2
                    )
                )
            ),
            "line",
        ),
    ],
    ids=["height", "line"],
)
def test_the_scale_is_right_within_its_error_and_gives_metres(config, source):
    found = measured(walking(), config=config)
    assert found.scale.source == source
    assert abs(found.scale.px_per_m - PX_PER_M) < 2 * found.scale.sd_px_per_m
    hip_m = found.signals.column("pelvis_height_m")
    assert np.nanmedian(hip_m) == pytest.approx(0.87, abs=0.06)


def test_without_stature_or_line_there_are_no_metres():
    found = measured(walking(), config=AnalysisConfig())
    assert found.scale.source == ""
    assert np.isnan(found.scale.px_per_m)
    assert "pelvis_height_m" not in found.signals


def test_a_camera_that_pans_and_zooms_along_changes_no_speed_and_no_angle():
    track = walking()
    frames = np.arange(track.time_s.size)
    a, b = 1 + 0.002 * frames, 0.0005 * frames
    camera = np.stack((a, b, 6.0 * frames, -0.5 * frames), axis=1)
    # What the moving camera saw: each point taken back by its frame's similarity.
    shifted = track.xy_px - camera[:, None, 2:]
    size = (a**2 + b**2)[:, None]
    u, v = shifted[..., 0], shifted[..., 1]
    filmed = np.stack(
        (
            (a[:, None] * u + b[:, None] * v) / size,
            (a[:, None] * v - b[:, None] * u) / size,
        ),
        axis=-1,
    )
    np.testing.assert_allclose(steadied(filmed, camera=camera), track.xy_px, atol=1e-6)
    still = measured(track, config=CONFIG)
    moved = measured(replace(track, xy_px=filmed), config=CONFIG, camera=camera)
    assert moved.scale.camera_moving == 1.0
    gap = moved.signals.column("pelvis_speed_m_s") - still.signals.column("pelvis_speed_m_s")
    assert np.nanmedian(np.abs(gap)) < 0.1
    blind = measured(replace(track, xy_px=filmed), config=CONFIG).signals
    assert abs(np.nanmedian(blind.column("pelvis_speed_m_s")) - WALK.speed_m_s) > 0.3


def test_a_still_camera_changes_nothing_at_all():
    points = np.random.default_rng(0).normal(size=(5, 3, 2))
    path = camera_path(np.empty(0, dtype=np.int64), np.empty((0, 4)), frames=5)
    assert steadied(points, camera=path) is points
    assert moving_share(path) == 0.0


def test_frames_nobody_looked_at_keep_the_last_camera():
    moved = np.array([[1.0, 0.0, 0.0, 0.0], [1.0, 0.0, 8.0, 0.0]])
    path = camera_path(np.array([1, 3]), moved, frames=5)
    assert path[:, 2].tolist() == [0.0, 0.0, 0.0, 8.0, 8.0]
