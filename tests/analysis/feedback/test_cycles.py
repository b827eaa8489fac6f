from __future__ import annotations

import numpy as np
import pytest

from analysis.feedback import cycles

TIME = np.arange(0, 5, 1 / 60)
STEPS_HZ = 2.8
WAVE = 0.5 + 0.03 * np.cos(2 * np.pi * STEPS_HZ * TIME)
# A foot that stands for a third of its cycle: below 0 where the cosine is above a half.
FOOT = 0.5 - np.cos(2 * np.pi * STEPS_HZ / 2 * TIME)


def test_rate_is_cycles_a_minute():
    value, sd, _ = cycles.rate(TIME, WAVE, step_s=1 / 60)
    assert value == pytest.approx(60 * STEPS_HZ, rel=0.01)
    assert 0 < sd < 2


def test_oscillation_is_from_peak_to_valley():
    value, sd, _ = cycles.oscillation(TIME, WAVE, sd=np.full(TIME.size, 0.004))
    assert value == pytest.approx(0.06, abs=0.001)
    assert sd < 0.004


def test_contact_is_the_time_below_a_height():
    value, _, _ = cycles.contact(TIME, FOOT, level=0.0, step_s=1 / 60)
    assert value == pytest.approx(1 / (STEPS_HZ / 2) / 3, abs=0.004)


def test_touchdown_reads_the_other_curve_where_the_foot_comes_down():
    slope = np.mod(TIME * STEPS_HZ / 2 + 0.5, 1.0)  # 1/3 where the foot comes down
    value, _, _ = cycles.at_touchdown(
        TIME, slope, sd=np.full(TIME.size, 0.01), foot_time_s=TIME, foot=FOOT, level=0.0
    )
    assert value == pytest.approx(1 / 3, abs=0.01)


@pytest.mark.parametrize("values", [np.zeros(3), np.zeros(200), np.linspace(0, 1, 200)])
def test_what_does_not_repeat_has_no_rate(values):
    time_s = np.arange(values.size) / 60
    assert cycles.rate(time_s, values, step_s=1 / 60) is None
    assert cycles.oscillation(time_s, values, sd=np.ones(values.size)) is None
    assert cycles.contact(time_s, values, level=-1.0, step_s=1 / 60) is None


def test_a_stance_cut_off_by_the_stretch_does_not_count():
    foot = np.array([-1.0, -1.0, 1.0, 1.0, -1.0, -1.0])
    assert cycles.contact(np.arange(6.0), foot, level=0.0, step_s=1.0) is None
