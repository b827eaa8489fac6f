from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.synthetic.camera import Camera


@given(view_deg=st.floats(-180.0, 180.0), elevation_deg=st.floats(-10.0, 40.0))
def test_the_target_is_in_the_middle_and_its_distance_right(view_deg, elevation_deg):
    camera = Camera(view_deg=view_deg, elevation_deg=elevation_deg)
    target = np.array(camera.target_m)
    np.testing.assert_allclose(camera.project(target), [640.0, 360.0], atol=1e-6)
    np.testing.assert_allclose(camera.to_camera(target), [0.0, 0.0, 7.0], atol=1e-9)
    np.testing.assert_allclose(camera.axes @ camera.axes.T, np.eye(3), atol=1e-12)
    assert np.linalg.det(camera.axes) == pytest.approx(1.0)


@pytest.mark.parametrize(("view_deg", "ahead"), [(90.0, 1.0), (-90.0, -1.0), (0.0, 0.0)])
def test_where_the_athlete_looks_is_where_the_view_says(view_deg, ahead):
    camera = Camera(view_deg=view_deg, elevation_deg=0.0)
    looked_at = camera.to_camera(np.array(camera.target_m) + np.array([1.0, 0.0, 0.0]))
    assert looked_at[0] == pytest.approx(ahead, abs=1e-9)
    left = camera.to_camera(np.array(camera.target_m) + np.array([0.0, 1.0, 0.0]))
    assert left[0] == pytest.approx(1.0 if view_deg == 0.0 else 0.0, abs=1e-9)


def test_up_is_up_and_the_visible_height_fills_the_picture():
    camera = Camera(elevation_deg=0.0, visible_height_m=3.0)
    top = camera.project(np.array(camera.target_m) + np.array([0.0, 0.0, 1.5]))
    np.testing.assert_allclose(top, [640.0, 0.0], atol=1e-9)
