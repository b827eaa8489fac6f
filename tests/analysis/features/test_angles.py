from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.features.angles import HALF_TURN, Points, all_angles, flexion_3d, unwrap, wrap

# A figure that stands facing right, y down, in px.
STANDING = {
    "mid_hip": (0, 50),
    "neck": (0, 0),
    "head": (0, -15),
    **{f"{s}_shoulder": (0, 0) for s in ("left", "right")},
    **{f"{s}_elbow": (0, 30) for s in ("left", "right")},
    **{f"{s}_wrist": (0, 55) for s in ("left", "right")},
    "left_hip": (0, 50),
    "right_hip": (0, 50),
    **{f"{s}_knee": (0, 90) for s in ("left", "right")},
    **{f"{s}_ankle": (0, 130) for s in ("left", "right")},
    **{f"{s}_heel": (-5, 135) for s in ("left", "right")},
    **{f"{s}_foot_index": (15, 135) for s in ("left", "right")},
}
JOINTS = ("ankle_dorsiflexion", "knee_flexion", "hip_flexion", "shoulder_flexion", "elbow_flexion")


def figure(changes=None, *, sd_px=1.0):
    points = {n: np.array([p], dtype=float) for n, p in (STANDING | (changes or {})).items()}
    return Points(xy=points, sd={n: np.array([sd_px]) for n in points})


def value(name, changes=None):
    return float(all_angles(figure(changes))[name][0][0])


def turned(deg, length):
    """Down at 0, forward (right) for positive angles."""
    return np.array([np.sin(np.deg2rad(deg)), np.cos(np.deg2rad(deg))]) * length


@pytest.mark.parametrize("side", ["left", "right"])
def test_standing_bends_nothing(side):
    for joint in JOINTS:
        assert value(f"{side}_{joint}") == pytest.approx(0.0, abs=1e-9)
    for segment in ("shank", "thigh", "upper_arm", "forearm"):
        assert value(f"{side}_{segment}_angle") == pytest.approx(-90.0)
    assert value("trunk_angle") == pytest.approx(90.0)
    assert value("head_angle") == pytest.approx(90.0)
    assert value("trunk_lean") == pytest.approx(0.0)


def test_a_trunk_that_leans_forward():
    top = (50 * np.sin(np.pi / 6), 50 - 50 * np.cos(np.pi / 6))
    changes = {"neck": top, "left_shoulder": top, "right_shoulder": top}
    assert value("trunk_angle", changes) == pytest.approx(60.0)
    assert value("trunk_lean", changes) == pytest.approx(30.0)
    assert value("left_hip_flexion", changes) == pytest.approx(30.0)


@pytest.mark.parametrize("side", ["left", "right"])
@pytest.mark.parametrize("bend_deg", [20.0, 90.0, 140.0])
def test_each_flexion_has_its_size_and_is_positive(side, bend_deg):
    hip, knee, elbow = (np.array(STANDING[f"{side}_{n}"]) for n in ("hip", "knee", "elbow"))
    assert value(f"{side}_knee_flexion", {f"{side}_ankle": knee + turned(-bend_deg, 40)}) == (
        pytest.approx(bend_deg)
    )
    assert value(f"{side}_hip_flexion", {f"{side}_knee": hip + turned(bend_deg, 40)}) == (
        pytest.approx(bend_deg)
    )
    assert value(f"{side}_elbow_flexion", {f"{side}_wrist": elbow + turned(bend_deg, 25)}) == (
        pytest.approx(bend_deg)
    )
    assert value(f"{side}_shoulder_flexion", {f"{side}_elbow": turned(bend_deg, 30)}) == (
        pytest.approx(bend_deg)
    )


def test_a_knee_before_the_toes_is_dorsiflexion():
    knee = np.array(STANDING["left_ankle"]) - turned(-25.0, 40)
    assert value("left_ankle_dorsiflexion", {"left_knee": knee}) == pytest.approx(25.0)


@given(
    shift=st.tuples(st.floats(-500, 500), st.floats(-500, 500)),
    size=st.floats(0.2, 20.0),
    bend_deg=st.floats(5.0, 150.0),
)
def test_place_and_size_do_not_matter(shift, size, bend_deg):
    changes = {"left_ankle": np.array(STANDING["left_knee"]) + turned(-bend_deg, 40)}
    near = all_angles(figure(changes))
    moved = {n: np.array(p) * size + shift for n, p in (STANDING | changes).items()}
    far = all_angles(figure(moved, sd_px=size))
    for name, (values, sd) in near.items():
        # Straight limbs lie on the border of wrapping: compare as directions.
        off = wrap(far[name][0] - values, period_deg=180.0 if name in HALF_TURN else 360.0)
        assert np.nan_to_num(np.abs(off)).max() < 1e-6
        np.testing.assert_allclose(far[name][1], sd, rtol=1e-6)


@pytest.mark.parametrize(
    "name", ["left_knee_flexion", "left_hip_flexion", "trunk_lean", "left_ankle_dorsiflexion"]
)
def test_the_error_bar_is_that_of_a_thousand_tries(name):
    rng = np.random.default_rng(3)
    changes = {
        "left_ankle": np.array(STANDING["left_knee"]) + turned(-70.0, 40),
        "left_knee": np.array(STANDING["left_hip"]) + turned(50.0, 40),
    }
    exact = figure(changes)
    tries = 4000
    noisy = {n: p + rng.normal(0.0, 1.0, (tries, 2)) for n, p in exact.xy.items()}
    spread = np.std(all_angles(Points(xy=noisy, sd={n: np.ones(tries) for n in noisy}))[name][0])
    told = float(all_angles(exact)[name][1][0])
    assert told / 1.5 < spread < told * 1.5


def test_flexion_in_space_does_not_depend_on_the_view():
    rng = np.random.default_rng(5)
    turn, _ = np.linalg.qr(rng.normal(size=(3, 3)))
    flat = figure({"left_ankle": np.array(STANDING["left_knee"]) + turned(-80.0, 40)})
    space = {n: np.append(p[0], 0.0)[None] @ turn for n, p in flat.xy.items()}
    values, sd = flexion_3d(Points(xy=space, sd=flat.sd))["left_knee_flexion_3d"]
    assert values[0] == pytest.approx(80.0)
    assert 0.5 < sd[0] < 10.0


def test_a_mistaken_turn_does_not_outlive_a_long_gap():
    """Noise once round, then out of sight, then standing at 5 degrees again."""
    angle = np.concatenate([np.linspace(0.0, 400.0, 60), np.full(20, np.nan), np.full(40, 5.0)])
    found = unwrap(wrap(angle, period_deg=360.0), period_deg=360.0)
    assert found[80:] == pytest.approx(np.full(40, 5.0))


def test_unwrapping_leaves_no_jump_and_keeps_gaps():
    true = np.linspace(150.0, 230.0, 40)
    wrapped = wrap(true, period_deg=360.0)
    wrapped[10:13] = np.nan
    found = unwrap(wrapped, period_deg=360.0)
    assert np.isnan(found[10:13]).all()
    seen = np.isfinite(found)
    off = found[seen] - true[seen]
    assert np.ptp(off) == pytest.approx(0.0, abs=1e-9)
    assert off[0] % 360.0 == pytest.approx(0.0)
