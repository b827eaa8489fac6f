from __future__ import annotations

import numpy as np
import pytest

from analysis.training.errors import CorruptDataError
from analysis.training.readers.asf_amc import INCH_M, parse_amc, parse_asf, pose
from tests.analysis.training.movement import amc, asf

UNIT_M = INCH_M / 0.45


def posed(**how):
    return pose(parse_asf(asf(), name="a"), parse_amc(amc(4, **how), name="m"), name="m")


def test_the_rest_pose_follows_directions_and_lengths():
    at = posed()
    femur = np.array([0.34202, -0.939693, 0]) * 7.3 * UNIT_M
    np.testing.assert_allclose(at.place("ltibia")[0] - at.place("lfemur")[0], femur, atol=1e-5)
    np.testing.assert_allclose(at.place("root")[0], [0, 1, 0], atol=1e-6)
    np.testing.assert_allclose(at.place("ltoes")[0] - at.place("lfoot")[0], [0, 0, 2.3 * UNIT_M])


def test_a_knee_turns_about_the_bones_own_axis():
    """The shank's x axis lies across the leg, so that bending swings it straight back."""
    straight, bent = posed(), posed(bend_deg=90.0)
    shank = bent.place("lfoot")[0] - bent.place("ltibia")[0]
    np.testing.assert_allclose(shank, [0, 0, -7.0 * UNIT_M], atol=1e-5)
    np.testing.assert_allclose(bent.place("rfoot"), straight.place("rfoot"), atol=1e-9)
    np.testing.assert_allclose(bent.place("ltibia"), straight.place("ltibia"), atol=1e-9)


def test_the_roots_place_is_in_the_same_unit():
    at = posed(walk_m=2.0)
    np.testing.assert_allclose(at.place("root")[:, 2], [0, 0.5, 1.0, 1.5], atol=1e-6)


@pytest.mark.parametrize(
    "text",
    [
        "",
        amc(3).replace("root", "trunk"),
        amc(3) + "4\nroot 1 2 3 4 5 6\n",
        amc(3).replace("0.0", "x"),
    ],
)
def test_an_incomplete_motion_is_refused(text):
    with pytest.raises(CorruptDataError, match="m is corrupt"):
        parse_amc(text, name="m")


def test_a_motion_of_another_skeleton_is_refused():
    motion = parse_amc(amc(3), name="m")
    motion["ltibia"] = np.zeros((3, 2))
    with pytest.raises(CorruptDataError, match="ltibia"):
        pose(parse_asf(asf(), name="a"), motion, name="m")


@pytest.mark.parametrize("missing", [":units", ":bonedata", ":hierarchy", "length 7.3"])
def test_a_skeleton_without_a_part_is_refused(missing):
    with pytest.raises(CorruptDataError, match="a is corrupt"):
        parse_asf(asf().replace(missing, "gone"), name="a")
