from __future__ import annotations

import numpy as np
import pytest

from analysis.config import CleanConfig
from analysis.features.clean import (
    clean_points,
    fill_gaps,
    low_pass,
    reject_outliers,
    residual_cutoff_hz,
    runs,
)

CONFIG = CleanConfig()


def test_low_confidence_is_missing_and_short_gaps_are_filled_and_marked():
    time_s = np.arange(60) / 30
    xy = np.stack((100 * time_s, 50 * time_s), axis=1)[:, None]
    score = np.full((60, 1), 0.9)
    score[20:24] = 0.1
    points, filled = clean_points(xy, score=score, time_s=time_s, config=CONFIG)
    np.testing.assert_allclose(points, xy, atol=0.5)
    assert filled[20:24].all()
    assert filled.sum() == 4


def test_a_long_gap_stays_and_splits_the_filter():
    time_s = np.arange(90) / 30
    xy = np.where(time_s < 1.5, 0.0, 100.0)[:, None, None] * np.ones((1, 1, 2))
    score = np.full((90, 1), 0.9)
    score[40:52] = np.nan
    points, filled = clean_points(xy, score=score, time_s=time_s, config=CONFIG)
    assert np.isnan(points[40:52]).all()
    assert not filled.any()
    np.testing.assert_allclose(points[:40], 0.0, atol=1e-9)  # nothing leaks across
    np.testing.assert_allclose(points[52:], 100.0, atol=1e-9)


def test_the_ends_are_never_invented():
    values = np.array([np.nan, 1.0, np.nan, 3.0, np.nan])
    filled = fill_gaps(values, time_s=np.arange(5.0), max_gap_frames=10)
    np.testing.assert_array_equal(filled, [np.nan, 1.0, 2.0, 3.0, np.nan])


def test_a_gap_is_filled_along_real_time():
    filled = fill_gaps(
        np.array([0.0, np.nan, 10.0]), time_s=np.array([0.0, 0.2, 1.0]), max_gap_frames=10
    )
    assert filled[1] == 2.0


def test_a_spike_goes_and_its_neighbours_stay():
    values = np.sin(np.arange(50) / 6)
    values[25] += 5.0
    kept = reject_outliers(values, window=7, threshold=2.0)
    assert np.isnan(kept[25])
    assert np.isfinite(kept).mean() > 0.9


def test_a_sine_below_the_cutoff_passes_without_lag_also_at_uneven_times():
    rng = np.random.default_rng(1)
    for steps in (np.full(300, 1 / 60), rng.uniform(0.6, 1.4, 300) / 60):
        time_s = np.cumsum(steps)
        wave = np.sin(2 * np.pi * 1.0 * time_s)
        smooth = low_pass(wave, time_s=time_s, cutoff_hz=6.0, order=4)
        np.testing.assert_allclose(smooth[30:-30], wave[30:-30], atol=0.01)


def test_the_cutoff_is_where_half_the_power_is_left_and_above_it_little():
    time_s = np.arange(1200) / 120
    for wave_hz, low, high in ((6.0, 0.66, 0.76), (20.0, 0.0, 0.02)):
        smooth = low_pass(
            np.sin(2 * np.pi * wave_hz * time_s), time_s=time_s, cutoff_hz=6.0, order=4
        )
        assert low <= np.ptp(smooth[200:-200]) / 2 <= high


def test_footage_too_slow_for_the_filter_stays_as_it_is():
    values = np.random.default_rng(2).normal(size=50)
    kept = low_pass(values, time_s=np.arange(50) / 5, cutoff_hz=6.0, order=4)
    np.testing.assert_array_equal(kept, values)


def test_runs_are_half_open():
    assert runs(np.array([True, False, True, True])) == [(0, 1), (2, 4)]
    assert runs(np.zeros(3, dtype=bool)) == []


@pytest.mark.parametrize(("width_s", "low_hz", "high_hz"), [(0.03, 12.0, 18.0), (0.15, 2.0, 6.0)])
def test_the_residual_finds_the_cutoff_that_a_movement_needs(width_s, low_hz, high_hz):
    """A reach of 400 px by tanh: the faster, the higher; rest before and after has no say."""
    time_s = np.arange(0.0, 6.0, 1 / 120)
    config = CleanConfig(cutoff="auto")
    noise = np.random.default_rng(1).normal(0.0, 1.0, time_s.size)
    values = 200 * np.tanh((time_s - 3) / width_s) + noise
    assert low_hz <= residual_cutoff_hz(values, time_s=time_s, config=config) <= high_hz
    assert np.isnan(residual_cutoff_hz(values[:20], time_s=time_s[:20], config=config))


def test_a_chosen_cutoff_keeps_more_of_a_fast_hands_speed_and_leaves_legs_alone():
    time_s = np.arange(0.0, 6.0, 1 / 120)
    names = ("right_wrist", "right_foot_index")
    reach = 200 * np.tanh((time_s - 3) / 0.03)
    xy = np.tile(np.stack((reach, reach), axis=1)[:, None], (1, 2, 1))
    xy = xy + np.random.default_rng(2).normal(0.0, 1.0, xy.shape)
    score = np.ones(xy.shape[:2])

    def peaks(cutoff):
        config = CleanConfig(cutoff=cutoff)
        points, _ = clean_points(xy, score=score, time_s=time_s, config=config, names=names)
        speed = np.abs(np.gradient(points, time_s, axis=0))
        return np.nanmax(speed, axis=(0, 2)) * 0.03 / 200

    fixed, chosen = peaks("fixed"), peaks("auto")
    assert fixed[0] < 0.8
    assert 0.85 < chosen[0] < 1.1
    assert chosen[1] == fixed[1]
