from __future__ import annotations

import numpy as np
import pytest

from analysis.training.errors import CorruptDataError
from analysis.training.readers.bvh import parse_bvh, pose
from tests.analysis.training.movement import CMU_UNIT_M, cmu_bvh


def test_a_t_pose_stands_where_its_offsets_say():
    posed = pose(parse_bvh(cmu_bvh(3), name="made"))
    scale = CMU_UNIT_M
    np.testing.assert_allclose(posed.place("LeftHand")[0] * scale, [0.72, 1.45, 0], atol=1e-5)
    np.testing.assert_allclose(posed.place("RightFoot")[0] * scale, [-0.09, 0.07, 0], atol=1e-5)
    np.testing.assert_allclose(posed.place("Head_end")[0] * scale, [0, 1.72, 0], atol=1e-5)


@pytest.mark.parametrize(
    "order",
    [
        "Zrotation Yrotation Xrotation",
        "Zrotation Xrotation Yrotation",
        "Xrotation Yrotation Zrotation",
    ],
)
def test_a_trunk_that_leans_a_quarter_forward_points_ahead(order):
    posed = pose(parse_bvh(cmu_bvh(3, lean_deg=90.0, order=order), name="made"))
    np.testing.assert_allclose(posed.place("Head")[0] * CMU_UNIT_M, [0, 1.0, 0.6], atol=1e-5)
    np.testing.assert_allclose(posed.place("LeftFoot")[0] * CMU_UNIT_M, [0.09, 0.07, 0], atol=1e-5)


def test_only_the_rows_asked_for_are_posed():
    motion = parse_bvh(cmu_bvh(10), name="made")
    whole, part = pose(motion), pose(motion, rows=slice(1, None, 3))
    np.testing.assert_allclose(part.places, whole.places[1::3])


@pytest.mark.parametrize(
    "text",
    [
        "",
        "not a file of motion",
        cmu_bvh(5).replace("Frames: 5", "Frames: 6"),
        cmu_bvh(5).replace("Frame Time: .0083333", "Frame Time: 0"),
        cmu_bvh(5)[:-40],
        cmu_bvh(5).replace("MOTION", "MOTION\nFrames: x"),
        cmu_bvh(5).replace("OFFSET 0", "OFFSET nought", 1),
        cmu_bvh(5).replace("}", "", 1),
    ],
)
def test_what_is_no_whole_file_is_refused_with_a_reason(text):
    with pytest.raises(CorruptDataError, match="made is corrupt"):
        parse_bvh(text, name="made")
