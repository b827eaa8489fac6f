from __future__ import annotations

import numpy as np
import pytest

from analysis.skeletons import BLAZEPOSE33
from analysis.synthetic.body import Body, joints
from analysis.synthetic.gait import Gait, run, walk

TOE = BLAZEPOSE33.index("left_foot_index")


def sampled(gait: Gait, *, hz: float = 200.0) -> tuple[np.ndarray, np.ndarray]:
    time_s = np.arange(0.0, gait.duration_s, 1.0 / hz)
    return time_s, joints(gait.posture(time_s), body=gait.body)


@pytest.mark.parametrize("gait", [walk(), run(), run(body=Body(height_m=1.6), speed_m_s=2.5)])
def test_bones_keep_their_length_and_no_leg_is_stretched(gait: Gait) -> None:
    _, points = sampled(gait)
    whole = gait.body.length_m("thigh") + gait.body.length_m("shank")
    for side in ("left", "right"):
        hip, knee, ankle = (
            points[:, BLAZEPOSE33.index(f"{side}_{n}")] for n in ("hip", "knee", "ankle")
        )
        assert np.linalg.norm(hip - ankle, axis=1).max() < 0.999 * whole
        thigh = np.linalg.norm(hip - knee, axis=1)
        np.testing.assert_allclose(thigh, gait.body.length_m("thigh"), atol=1e-6)


@pytest.mark.parametrize("gait", [walk(), run()])
def test_a_foot_stands_still_for_its_share_of_the_stride(gait: Gait) -> None:
    time_s, points = sampled(gait)
    still = np.hypot(*np.gradient(points[:, TOE], time_s, axis=0)[:, :2].T) < 0.01
    assert still.mean() == pytest.approx(gait.duty, abs=0.03)
    low = points[:, [TOE, BLAZEPOSE33.index("left_heel")], 2].min()
    assert low > 0.0


def test_it_travels_at_its_speed_and_lands_at_its_events() -> None:
    gait = run()
    time_s, points = sampled(gait)
    hips = points[:, [BLAZEPOSE33.index(f"{s}_hip") for s in ("left", "right")]].mean(axis=1)
    assert np.ptp(hips[:, 0]) == pytest.approx(gait.speed_m_s * time_s[-1], rel=1e-6)
    landings = [e.time_s for e in gait.events if e.name == "left_landing"]
    at = np.searchsorted(time_s, landings[1])
    sole = gait.body.length_m("sole_height")
    assert points[at + 1, TOE, 2] == pytest.approx(sole, abs=1e-3)
    assert points[at - 10, TOE, 2] > sole + 0.002


def test_who_runs_flies_and_who_walks_does_not() -> None:
    toes = [BLAZEPOSE33.index(f"{s}_foot_index") for s in ("left", "right")]
    for gait, flies in ((walk(), False), (run(), True)):
        _, points = sampled(gait)
        lower = points[:, toes, 2].min(axis=1) - gait.body.length_m("sole_height")
        assert bool((lower > 0.005).any()) is flies
