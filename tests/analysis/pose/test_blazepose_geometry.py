from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.pose import blazepose_geometry as geometry
from analysis.pose.blazepose_geometry import Roi

rois = st.builds(
    Roi,
    x_px=st.floats(-500, 2500),
    y_px=st.floats(-500, 2500),
    side_px=st.floats(10, 3000),
    turn_rad=st.floats(-math.pi, math.pi),
)


def test_anchors_are_those_of_the_detector() -> None:
    centres = geometry.anchors()
    assert centres.shape == (2254, 2)
    assert centres[0] == pytest.approx([0.5 / 28, 0.5 / 28])
    assert np.array_equal(centres[0], centres[1])  # two anchors in every cell
    assert centres[2] == pytest.approx([1.5 / 28, 0.5 / 28])  # x runs first
    assert centres[2 * 28 * 28] == pytest.approx([0.5 / 14, 0.5 / 14])
    assert centres[-1] == pytest.approx([6.5 / 7, 6.5 / 7])
    assert len(np.unique(centres[-294:], axis=0)) == 49  # six in each of the last grid's cells


def test_decode_adds_the_anchor_and_keeps_what_is_sure() -> None:
    raw = np.zeros((3, 12))
    raw[1] = [22.4, 0, 44.8, 22.4, 0, 22.4, 0, -22.4, 0, 0, 0, 0]
    logits = np.array([-1.0, 2.0, -200.0])
    centres = np.full((3, 2), 0.5)
    boxes, points, scores = geometry.decode(raw, logits, centres=centres, min_score=0.5)
    assert boxes == pytest.approx(np.array([[0.5, 0.45, 0.7, 0.55]]))
    assert points[0, 0] == pytest.approx([0.5, 0.6])
    assert points[0, 1] == pytest.approx([0.5, 0.4])
    assert scores == pytest.approx([1 / (1 + math.exp(-2))])


def test_blend_averages_a_group_and_keeps_groups_apart() -> None:
    boxes = np.array([[0.0, 0, 1, 1], [0.05, 0, 1.05, 1], [3, 3, 4, 4]])
    points = np.stack([np.full((4, 2), v) for v in (1.0, 2.0, 9.0)])
    points, scores = geometry.blend(boxes, points, np.array([0.6, 0.9, 0.7]))
    assert scores == pytest.approx([0.9, 0.7])
    assert points[0] == pytest.approx(np.full((4, 2), (0.9 * 2 + 0.6 * 1) / 1.5))
    assert points[1] == pytest.approx(np.full((4, 2), 9.0))


def test_blend_of_nothing_is_nothing() -> None:
    points, scores = geometry.blend(np.zeros((0, 4)), np.zeros((0, 4, 2)), np.zeros(0))
    assert points.shape == (0, 4, 2)
    assert scores.size == 0


@pytest.mark.parametrize(
    ("rim", "turn_deg"),
    [((50, 10), 0), ((90, 50), 90), ((10, 50), -90), ((50, 90), 180)],
)
def test_the_crop_of_a_body_lying_anyhow(rim: tuple[int, int], turn_deg: int) -> None:
    roi = geometry.roi_from_points(np.array([50.0, 50.0]), np.array(rim, dtype=float))
    assert (roi.x_px, roi.y_px) == (50, 50)
    assert roi.side_px == pytest.approx(2 * 40 * 1.25)
    away = (math.degrees(roi.turn_rad) - turn_deg + 180) % 360 - 180
    assert away == pytest.approx(0, abs=1e-9)


@given(roi=rois)
def test_the_rim_comes_to_lie_straight_above_the_hips(roi: Roi) -> None:
    up = np.array([math.sin(roi.turn_rad), -math.cos(roi.turn_rad)])
    centre = np.array([roi.x_px, roi.y_px])
    made = geometry.roi_from_points(centre, centre + up * roi.side_px / 2.5)
    matrix = geometry.crop_matrix(made)
    rim = matrix @ [*(centre + up * roi.side_px / 2.5), 1]
    assert rim == pytest.approx([128, 128 - 256 / 2.5], abs=1e-4)


@given(roi=rois, point=st.tuples(st.floats(-1, 2), st.floats(-1, 2)))
def test_crop_and_back(roi: Roi, point: tuple[float, float]) -> None:
    there = geometry.to_picture(np.array([point]), roi)[0]
    back = geometry.crop_matrix(roi) @ [*there, 1]
    assert back / 256 == pytest.approx(point, abs=1e-6)


def test_world_coordinates_turn_with_the_crop() -> None:
    roi = Roi(0, 0, 100, math.pi / 2)
    # What is up in the crop of a body leaning to the right is to the right in the picture.
    assert geometry.turn_back(np.array([[0.0, -1.0, 0.3]]), roi)[0] == pytest.approx([1, 0, 0.3])
    assert geometry.to_picture(np.array([[0.5, 0.0]]), roi)[0] == pytest.approx([50, 0])


def heat_with_a_peak(row: int, column: int, *, count: int = 1) -> np.ndarray:
    heat = np.full((64, 64, count), -12.0)
    heat[row, column] = 8.0
    return heat


def test_refine_moves_to_the_peak_near_by() -> None:
    refined = geometry.refine(np.array([[0.5, 0.5]]), heat_with_a_peak(33, 30))
    assert refined[0] == pytest.approx([30 / 64, 33 / 64], abs=1e-3)


@pytest.mark.parametrize("peak", [(40, 30), (5, 5)])
def test_refine_ignores_a_peak_out_of_reach(peak: tuple[int, int]) -> None:
    refined = geometry.refine(np.array([[0.5, 0.5]]), heat_with_a_peak(*peak))
    assert refined[0] == pytest.approx([0.5, 0.5])


def test_refine_leaves_what_lies_outside_and_works_at_the_border() -> None:
    xy = np.array([[1.2, 0.5], [-0.01, 0.5], [0.0, 0.0]])
    refined = geometry.refine(xy, heat_with_a_peak(1, 1, count=3))
    assert refined[0] == pytest.approx(xy[0])
    assert refined[2] == pytest.approx([1 / 64, 1 / 64], abs=1e-3)


def test_iou_in_closed_form() -> None:
    a = np.array([[0.0, 0, 2, 2], [0, 0, 0, 0]])
    b = np.array([[1.0, 0, 3, 2], [0, 0, 2, 2], [5, 5, 6, 6]])
    assert geometry.box_iou(a, b) == pytest.approx(np.array([[1 / 3, 1, 0], [0, 0, 0]]))


def test_similarity_is_one_for_the_same_and_falls_with_distance() -> None:
    body = np.random.default_rng(1).uniform(0, 100, (33, 2))
    shifted = [geometry.keypoint_similarity(body, body + d, area_px2=1e4) for d in (0, 2, 10, 200)]
    assert shifted[0] == 1
    assert shifted == sorted(shifted, reverse=True)
    assert shifted[-1] < 1e-6


def test_box_is_a_tenth_wider_and_inside_the_picture() -> None:
    xy = np.array([[100.0, 100], [200, 300]])
    box = geometry.bounding_box(xy, width_px=1000, height_px=305)
    assert box == pytest.approx([95, 90, 205, 305])


@given(st.floats(-1e4, 1e4))
def test_sigmoid_is_safe_and_symmetric(x: float) -> None:
    value = float(geometry.sigmoid(np.array(x)))
    assert 0 <= value <= 1
    assert value + float(geometry.sigmoid(np.array(-x))) == pytest.approx(1)


def test_a_landmark_in_a_corner_is_refined_within_the_map() -> None:
    """The window ends where the map does; what truncates to the first cell counts as inside."""
    heat = np.full((64, 64, 3), -20.0, dtype=np.float32)
    heat[1, 2, 0] = 20.0
    heat[63, 63, 1] = 20.0
    heat[1, 2, 2] = 20.0
    xy = np.array([[-0.01, 0.0], [0.999, 0.999], [-0.02, 0.0]])
    moved = geometry.refine(xy, heat)
    np.testing.assert_allclose(moved[0], [2 / 64, 1 / 64], atol=1e-6)
    np.testing.assert_allclose(moved[1], [63 / 64, 63 / 64], atol=1e-6)
    np.testing.assert_array_equal(moved[2], xy[2])


def test_the_circle_around_a_body_follows_its_size() -> None:
    xy_px = np.zeros((2, 33, 2))
    xy_px[:, 0, 1] = [-100.0, -200.0]
    np.testing.assert_allclose(geometry.circle_px(xy_px), [210.0, 420.0])
