from __future__ import annotations

import numpy as np
import pytest

from analysis.config import CleanConfig
from analysis.features.clean import low_pass
from analysis.features.speeds import rate, speed, speed_sd


def test_a_parabola_has_its_slope_at_uneven_times():
    time_s = np.cumsum(np.random.default_rng(4).uniform(0.01, 0.06, 80))
    np.testing.assert_allclose(rate(3 * time_s**2, time_s=time_s), 6 * time_s, atol=1e-9)


def test_speed_is_the_length_of_the_velocity():
    time_s = np.arange(10) / 30
    points = np.stack((3 * time_s, -4 * time_s), axis=1)
    np.testing.assert_allclose(speed(points, time_s=time_s), 5.0)


def test_a_gap_has_no_speed_and_none_leaks_over_it():
    time_s = np.arange(12) / 30
    values = np.where(np.arange(12) < 6, 0.0, 50.0)
    values[5:7] = np.nan
    found = rate(values, time_s=time_s)
    assert np.isnan(found[5:7]).all()
    assert np.nanmax(np.abs(found)) < 1e-9


def test_the_error_bar_of_a_speed_is_that_of_filtered_noise():
    time_s = np.arange(6000) / 60
    noise = np.random.default_rng(6).normal(0.0, 2.0, time_s.size)
    smooth = low_pass(noise, time_s=time_s, cutoff_hz=6.0, order=CleanConfig().filter_order)
    spread = np.std(rate(smooth, time_s=time_s))
    told = speed_sd(np.full(time_s.shape, 2.0), time_s=time_s, cutoff_hz=6.0)[0]
    assert told == pytest.approx(spread, rel=0.5)
