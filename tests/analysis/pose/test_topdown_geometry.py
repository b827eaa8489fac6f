from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.pose import topdown_geometry as geometry

SIZE = (192, 256)


def test_a_box_lands_in_the_middle_of_its_crop_with_the_padding_around_it() -> None:
    box = np.array([100.0, 50.0, 160.0, 210.0])  # higher than the crop's shape: height decides
    matrix = geometry.crop_matrix(box, size_px=SIZE)
    assert matrix @ np.array([130.0, 130.0, 1.0]) == pytest.approx([96.0, 128.0])
    top, bottom = (matrix @ np.array([130.0, y, 1.0]) for y in (50.0, 210.0))
    assert bottom[1] - top[1] == pytest.approx(256 / geometry.PADDING)
    wide = geometry.crop_matrix(np.array([0.0, 0.0, 300.0, 20.0]), size_px=SIZE)
    assert wide[0, 0] == pytest.approx(192 / (300 * geometry.PADDING))


@given(
    corner=st.tuples(st.floats(-500, 4000), st.floats(-500, 4000)),
    spans=st.tuples(st.floats(0, 3000), st.floats(0, 3000)),
    point=st.tuples(st.floats(0, 192), st.floats(0, 256)),
)
def test_what_is_seen_in_a_crop_is_put_back_where_it_was(
    corner: tuple[float, float], spans: tuple[float, float], point: tuple[float, float]
) -> None:
    low = np.array(corner)
    matrix = geometry.crop_matrix(np.concatenate([low, low + np.array(spans)]), size_px=SIZE)
    in_picture = geometry.to_picture(np.array(point), matrix)
    assert matrix @ np.append(in_picture, 1.0) == pytest.approx(point, abs=1e-6)


def test_simcc_is_read_at_the_fullest_bin_and_scored_by_the_weaker_axis() -> None:
    x, y = np.zeros((1, 3, 384), dtype=np.float32), np.zeros((1, 3, 512), dtype=np.float32)
    x[0, 0, 101], y[0, 0, 300] = 0.9, 0.6
    x[0, 1, 5] = 0.7  # nothing in y
    x[0, 2, 383], y[0, 2, 511] = 3.0, 2.0
    xy, score = geometry.decode_simcc(x, y, bins_per_px=2.0)
    assert xy[0, 0] == pytest.approx([50.5, 150.0])
    assert np.isnan(xy[0, 1]).all()
    assert xy[0, 2] == pytest.approx([191.5, 255.5])
    assert score[0] == pytest.approx([0.6, 0.0, 1.0])


def test_a_mirrored_answer_is_turned_back() -> None:
    x, y = np.zeros((1, 3, 8), dtype=np.float32), np.zeros((1, 3, 6), dtype=np.float32)
    x[0, 0, 1], y[0, 0, 2] = 1.0, 1.0  # the middle point
    x[0, 1, 0], y[0, 1, 5] = 1.0, 1.0  # seen as left in the mirror: right in truth
    turned_x, turned_y = geometry.mirrored_back(x, y, pairs=[(1, 2)])
    assert (turned_x[0, 0, 6], turned_y[0, 0, 2]) == (1.0, 1.0)
    assert (turned_x[0, 2, 7], turned_y[0, 2, 5]) == (1.0, 1.0)
    again = geometry.mirrored_back(turned_x, turned_y, pairs=[(1, 2)])
    assert np.array_equal(again[0], x)
    assert np.array_equal(again[1], y)


def test_a_body_box_holds_the_points_that_count_and_stays_in_the_picture() -> None:
    xy = np.array([[10.0, 20.0], [50.0, 90.0], [-30.0, 40.0], [500.0, 500.0], [np.nan, np.nan]])
    score = np.array([0.9, 0.9, 0.5, 0.1, 0.9])
    box = geometry.body_box(xy, score, size_px=(100, 80))
    assert box == pytest.approx([0.0, 20.0, 50.0, 80.0])
    assert geometry.body_box(xy, score * 0.2, size_px=(100, 80)) is None
    beside = xy + np.array([1000.0, 0.0])
    assert geometry.body_box(beside, score, size_px=(100, 80)) is None


def test_two_readings_of_one_body_are_told_from_two_bodies() -> None:
    body = np.array([[0.0, 0.0], [30.0, 50.0], [0.0, 100.0], [20.0, 60.0], [np.nan, np.nan]])
    assert geometry.same_body(body, body + 3.0)
    limb = body.copy()
    limb[0] += 60.0
    assert geometry.same_body(body, limb)
    assert not geometry.same_body(body, body + 20.0)
    assert not geometry.same_body(body, np.full_like(body, np.nan))


def test_the_surest_of_boxes_on_each_other_stays() -> None:
    boxes = np.array([[0, 0, 10, 10], [1, 0, 11, 10], [20, 0, 30, 10]], dtype=np.float64)
    kept = geometry.surest(boxes, np.array([0.5, 0.9, 0.7]), max_overlap=0.45)
    assert kept.tolist() == [1, 2]
    assert geometry.overlap(boxes[:1], boxes)[0] == pytest.approx([1.0, 90 / 110, 0.0])
    assert geometry.surest(np.zeros((0, 4)), np.zeros(0), max_overlap=0.45).size == 0
