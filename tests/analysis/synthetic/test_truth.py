from __future__ import annotations

import numpy as np

from analysis.synthetic.camera import Camera
from analysis.synthetic.clips import demo
from analysis.synthetic.motions import Squats
from analysis.synthetic.truth import load, truth_of


def test_what_is_saved_is_read_back(tmp_path):
    truth = truth_of(demo(), camera=Camera(), time_s=np.linspace(0.0, 5.0, 20))
    truth.save(tmp_path / "truth.npz")
    again = load(tmp_path / "truth.npz")
    assert (again.events, again.repetitions) == (truth.events, truth.repetitions)
    assert again.angles_deg.keys() == truth.angles_deg.keys()
    for name in ("time_s", "xy_px", "xyz_m", "world_m"):
        np.testing.assert_array_equal(getattr(again, name), getattr(truth, name))
    for name, values in truth.angles_deg.items():
        np.testing.assert_array_equal(again.angles_deg[name], values)


def test_joint_angles_do_not_depend_on_the_view():
    time_s = np.linspace(0.0, 4.0, 15)
    one, other = (
        truth_of(Squats(), camera=Camera(view_deg=v), time_s=time_s) for v in (90.0, -30.0)
    )
    for name in set(one.angles_deg) - {"body_yaw"}:
        np.testing.assert_allclose(one.angles_deg[name], other.angles_deg[name], atol=1e-9)
    np.testing.assert_allclose(other.angles_deg["body_yaw"], -30.0, atol=0.1)  # the camera tilts
