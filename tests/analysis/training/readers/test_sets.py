"""Each reader on a tiny file of its set's format."""

from __future__ import annotations

import math

import numpy as np
import pytest

from analysis.features.body17 import BODY17
from analysis.training.errors import CorruptDataError
from analysis.training.readers import expmap
from analysis.training.readers.catalogue import LICENCES, SETS, set_of
from analysis.training.readers.cmu_bvh import action_of
from analysis.training.readers.hdm05 import action_of as hdm05_action
from analysis.training.records import MeasureTable, MotionClip, Removed, Ship
from analysis.training.skeleton import JHMDB15, MOVENET13, VICON39
from tests.analysis.training.movement import amc, archive, asf, cmu_bvh


def read(name, path):
    return list(SETS[name].read(path))


def at(clip, name, row=0):
    values = clip.xyz_m if clip.xyz_m is not None else clip.xy
    return values[row, BODY17.index(name)]


def vicon(frames=40):
    """Markers of an adult who stands, looks along +x, z up; mm."""
    place = {
        "LFHD": (80, 70, 1650), "RFHD": (80, -70, 1650),
        "LBHD": (-80, 70, 1650), "RBHD": (-80, -70, 1650),
        "LASI": (90, 125, 1000), "RASI": (90, -125, 1000),
        "LPSI": (-90, 50, 1010), "RPSI": (-90, -50, 1010),
    }  # fmt: skip
    for letter, y in (("L", 1), ("R", -1)):
        place |= {
            f"{letter}SHO": (0, 190 * y, 1450), f"{letter}ELB": (0, 230 * y, 1120),
            f"{letter}WRA": (30, 240 * y, 880), f"{letter}WRB": (-30, 240 * y, 880),
            f"{letter}KNE": (10, 150 * y, 520), f"{letter}ANK": (0, 130 * y, 90),
            f"{letter}HEE": (-70, 100 * y, 40), f"{letter}TOE": (150, 110 * y, 40),
        }  # fmt: skip
    row = np.array([place.get(name, (0, 0, 1200)) for name in VICON39], dtype=np.float32)
    return np.repeat(row[None], frames, axis=0).reshape(frames, -1)


def save_uiprmd(path, x):
    np.savez_compressed(
        path,
        x=x,
        offsets=np.array([0, 40, x.shape[0]]),
        meta=np.array([["m01", "s01", "e01", "correct"], ["m02", "s02", "e01", "incorrect"]]),
    )
    return path


def test_uiprmd_markers_become_joint_centres_in_our_axes(tmp_path):
    x = np.concatenate([vicon(), vicon()])
    x[5, 0:3] = 0.0  # a lost marker
    one, two = read("uiprmd", save_uiprmd(tmp_path / "ui_prmd_vicon_x.npz", x))
    assert (one.action, one.correct, one.person) == ("deep_squat", 1.0, "uiprmd:s01")
    assert (two.action, two.correct) == ("hurdle_step", 0.0)
    # z up in mm became y down in metres; who looks along x has the left at +y, here z > 0.
    assert at(one, "left_ankle")[1] == pytest.approx(-0.09, abs=0.02)
    assert at(one, "nose")[1] < at(one, "left_shoulder")[1] < at(one, "left_hip")[1] < 0
    ahead = at(one, "left_foot_index") - at(one, "left_heel")
    left = at(one, "left_hip") - at(one, "right_hip")
    # x right, y down, z away is right-handed: down × ahead is the right-hand side.
    assert np.cross([0, 1, 0], ahead) @ left < 0
    # Bell's hip: 0.14, 0.30, 0.22 of the 250 mm between the ASIS, in a pelvis tilted by 3 degrees.
    np.testing.assert_allclose(
        at(one, "left_hip"), [0.090 - 0.055, -(1.000 - 0.075), 0.125 - 0.035], atol=0.006
    )
    assert np.isnan(at(one, "nose", row=5)).all()
    assert np.isfinite(at(one, "nose", row=6)).all()


def test_uiprmd_refuses_a_pickle_and_wrong_columns(tmp_path):
    path = tmp_path / "ui_prmd_vicon_x.npz"
    np.savez(
        path,
        x=np.array([{"a": 1}], dtype=object),
        offsets=np.array([0, 1]),
        meta=np.array([["m01", "s01", "e", "correct"]]),
    )
    with pytest.raises(CorruptDataError, match=r"no pickle|objects|rows"):
        read("uiprmd", path)
    with pytest.raises(CorruptDataError, match="columns"):
        read("uiprmd", save_uiprmd(path, vicon(80)[:, :50]))
    path.write_bytes(b"PK nothing")
    with pytest.raises(CorruptDataError):
        read("uiprmd", path)


def test_cmu_bvh_leaves_out_the_t_pose_and_halves_the_rate(tmp_path):
    files = {"data/06/06_02.bvh": cmu_bvh(41), "data/06/06_03.bvh": "HIERARCHY nothing"}
    clip, bad = read("cmu_bvh", archive(tmp_path / "cmu_bvh_x.tar.xz", files))
    assert (clip.person, clip.family, clip.frames) == ("cmu:06", "cmu", 20)
    assert clip.rate_hz == pytest.approx(60, rel=1e-3)
    assert at(clip, "left_hip")[1] == pytest.approx(-0.92, abs=1e-4)
    assert at(clip, "left_hip")[0] > at(clip, "right_hip")[0]
    assert isinstance(bad, Removed)
    assert bad.reason == "corrupt"


@pytest.mark.parametrize(
    ("text", "action"),
    [
        ("basketball - forward dribble", "basketball_dribble"),
        ("basketball - crossover dribble, shoot", "basketball_shoot"),
        ("playground - climb, sit, dangle legs, jump down", "climb"),
        ("run/jog", "run"),
        ("slow walk/stride", "walk"),
        ("wash self", None),
        ("", None),
    ],
)
def test_cmu_descriptions_name_actions(text, action):
    assert action_of(text) == action


def test_hdm05_knows_actor_class_and_side(tmp_path):
    files = {
        "train/5/HDM_bd_kickLFront1Reps_001_120.amc": amc(60),
        "train/5/HDM_zz_squat1Reps_001_120.amc": amc(60),
        "train/5/notes.amc": amc(3),
        "train/5/HDM_bd.asf": asf(),
    }
    kick, stranger, nameless = read("hdm05", archive(tmp_path / "hdm05_x.tar.xz", files))
    assert (kick.action, kick.side, kick.person) == ("kick_forward", "left", "hdm05:bd")
    assert kick.frames == 30
    assert kick.may_ship
    assert (stranger.reason, nameless.reason) == ("no_skeleton", "no_label")


@pytest.mark.parametrize(
    ("words", "action"),
    [
        ("depositFloorR", "deposit_floor"),
        ("rotateArmsBothBackward1Reps", "rotate_both_arms"),
        ("throwBasketball", "throw_basketball"),
        ("clapHands", "clap_hands"),
    ],
)
def test_hdm05_words(words, action):
    assert hdm05_action(words) == action


def test_mocap6_labels_each_frame_by_its_tenth_of_a_second(tmp_path):
    files = {
        "mocap6/truelabels/13_29.txt": "1 1 3 3 3",
        "mocap6/truelabels/14_06.txt": "1 1",
        "mocap6/truelabels/13_30.txt": "1",
        "mocap6/amc/13_29.amc": amc(60),
        "mocap6/amc/13_30.amc": amc(60),
        "mocap6/cmu_asf13/13.asf": asf(),
    }
    clip, misfit, missing = read("mocap6", archive(tmp_path / "mocap6_x.tar.xz", files))
    assert clip.frames == 30
    assert clip.frame_labels[[0, 11, 12, 29]].tolist() == ["jumping_jack"] * 2 + ["squat"] * 2
    assert misfit.reason == "labels_do_not_fit"
    assert (missing.clip, missing.reason) == ("mocap6:14_06", "no_motion")


def test_mocap6_refuses_labels_beyond_its_twelve(tmp_path):
    path = archive(tmp_path / "mocap6_x.tar.xz", {"truelabels/13_29.txt": "1 13"})
    with pytest.raises(CorruptDataError, match="1 to 12"):
        read("mocap6", path)


def test_expmap_rows_of_zeros_are_a_t_pose():
    assert len(expmap.adult().names) == 38
    xyz_m = expmap.pose_rows(np.zeros((1, 117)))[0]
    wrist = xyz_m[BODY17.index("left_wrist")] - xyz_m[BODY17.index("left_shoulder")]
    np.testing.assert_allclose(wrist, [0.54, 0, 0], atol=1e-9)


def test_expmap_turns_the_other_way_round():
    """The set's vectors turn rows: minus a quarter about z lifts the left arm up."""
    row = np.zeros((1, 117))
    arm = expmap.adult().names.index("LeftArm")
    row[0, 3 + 3 * arm + 2] = -np.pi / 2
    xyz_m = expmap.pose_rows(row)[0]
    wrist = xyz_m[BODY17.index("left_wrist")] - xyz_m[BODY17.index("left_shoulder")]
    np.testing.assert_allclose(wrist, [0, -0.54, 0], atol=1e-9)


def test_expmap_reads_folders_as_activities(tmp_path):
    row = ",".join(["0"] * 117)
    files = {
        "c/data/train/walking_extra/walking_1.txt": "\n".join([row] * 41),
        "c/data/test/soccer/soccer_1.txt": "1,2\n3,4",
        "c/README.txt": "words",
    }
    clip, bad = read("cmu_expmap", archive(tmp_path / "cmu_expmap_x.tar.xz", files))
    assert (clip.action, clip.person, clip.folds, clip.frames) == ("walk", None, ("train",), 20)
    assert bad.reason == "corrupt"


def test_jhmdb_reads_a_clip_once_and_tells_its_splits(tmp_path):
    rng = np.random.default_rng(0)
    a, b = rng.normal(size=(2, 20, 15, 2)).astype(np.float32)
    both = np.concatenate([a, b])
    told = {}
    for split in (1, 2, 3):
        first, second = (a, b) if split == 1 else (b, a)
        for part, x in (("train", first), ("test", second)):
            told |= {
                f"{part}{split}_x": x,
                f"{part}{split}_offsets": np.array([0, 20]),
                f"{part}{split}_label": np.array(["golf" if x is a else "run"]),
            }
    path = tmp_path / "jhmdb_x.npz"
    np.savez(path, **told)
    one, two = read("jhmdb", path)
    assert one.folds == ("train1", "test2", "test3")
    assert two.folds == ("test1", "train2", "train3")
    assert (one.action, one.person, one.may_ship) == ("golf", None, False)
    np.testing.assert_array_equal(at(one, "left_hip"), both[0, JHMDB15.index("left_hip")])
    assert np.isnan(at(one, "left_heel")).all()


def test_tennis_columns_are_y_then_x(tmp_path):
    x = np.tile(np.arange(26, dtype=np.float32), (30, 1))
    path = tmp_path / "tennis_shots_x.npz"
    for stored in (x, np.asfortranarray(x)):
        np.savez(
            path, x=stored, offsets=np.array([0, 30]), meta=np.array([["open", "serve", "serve_1"]])
        )
        (clip,) = read("tennis", path)
        assert (clip.person, clip.action) == ("tennis:open", "serve")
        place = MOVENET13.index("right_hip")
        assert at(clip, "right_hip").tolist() == [2 * place + 1, 2 * place]


def test_exercise_correction_rows_are_stills(tmp_path):
    head = "label,nose_x,nose_y,nose_z,nose_v,left_heel_x,left_heel_y,left_heel_z,left_heel_v"
    files = {
        "c/core/lunge_model/err.test.csv": f"{head}\nL,0.1,0.2,0,0.9,0.3,0.4,0,0.8\nQ{',1' * 8}\n",
        "c/core/squat_model/train.csv": f"{head}\nup,0.1,0.2,0,x,0.3,0.4,0,0.8\n",
        "c/core/squat_model/evaluation.csv": "Model\nLR\n",
    }
    still, unknown, bad = read(
        "exercise_correction", archive(tmp_path / "exercise_correction.tar.xz", files)
    )
    assert (still.frames, still.action, still.correct) == (1, "lunge", 0.0)
    np.testing.assert_allclose(at(still, "left_heel"), [0.3, 0.4], rtol=1e-6)
    assert still.score[0, BODY17.index("nose")] == pytest.approx(0.9)
    assert (unknown.reason, bad.reason) == ("no_label", "corrupt")


def test_caddieset_is_a_table_with_holes(tmp_path):
    path = tmp_path / "caddieset_x.csv"
    path.write_text(
        "View,ClubType,Carry,GolferId,0-SPINE\nFACEON,W1,220.5,4,\nFACEON,W1,#NAME?,5,1.5\n"
    )
    (table,) = read("caddieset", path)
    assert isinstance(table, MeasureTable)
    assert (table.inputs, table.outcomes) == (("0-SPINE",), ("Carry",))
    assert math.isnan(table.values[0, 1])
    assert math.isnan(table.values[1, 0])
    assert table.person == ("caddieset:4", "caddieset:5")
    path.write_text("a,b\n1,2\n")
    with pytest.raises(CorruptDataError):
        read("caddieset", path)


def test_bandai_names_action_and_style(tmp_path):
    text = cmu_bvh(30, unit=0.01)
    for ours, theirs in {
        "LeftArm": "UpperArm_L", "RightArm": "UpperArm_R", "LeftForeArm": "LowerArm_L",
        "RightForeArm": "LowerArm_R", "LeftHand": "Hand_L", "RightHand": "Hand_R",
        "LeftUpLeg": "UpperLeg_L", "RightUpLeg": "UpperLeg_R", "LeftLeg": "LowerLeg_L",
        "RightLeg": "LowerLeg_R", "LeftFoot": "Foot_L", "RightFoot": "Foot_R",
        "LeftToeBase": "Toes_L", "RightToeBase": "Toes_R",
    }.items():  # fmt: skip
        text = text.replace(f"JOINT {ours}\n", f"JOINT {theirs}\n")
    files = {"d/dataset-1_walk-left_not-confident_001.bvh": text, "d/odd.bvh": text}
    clip, odd = read("bandai", archive(tmp_path / "bandai_namco_x.tar.xz", files))
    assert (clip.action, clip.style, clip.person) == ("walk_left", "not_confident", None)
    assert not clip.may_ship
    assert at(clip, "left_knee")[1] == pytest.approx(-0.49, abs=1e-4)
    assert odd.reason == "no_label"


def test_a_cut_archive_is_refused(tmp_path):
    path = archive(tmp_path / "cmu_bvh_x.tar.xz", {"a/01_01.bvh": cmu_bvh(2000)})
    path.write_bytes(path.read_bytes()[:-800])
    with pytest.raises(CorruptDataError, match=r"cmu_bvh_x\.tar\.xz"):
        read("cmu_bvh", path)


def test_every_set_has_a_licence_and_only_free_ones_ship(tmp_path):
    assert {one.licence for one in SETS.values()} <= set(LICENCES)
    never = {name for name, one in SETS.items() if LICENCES[one.licence].ship is not Ship.MAIN}
    assert never == {"jhmdb", "tennis", "bandai"}
    assert set_of(tmp_path / "hdm05_other_people.tar.xz") is SETS["hdm05"]
    assert set_of(tmp_path / "README.md") is None


def test_clips_say_what_is_wrong_with_them():
    good = {
        "source": "s", "family": "s", "person": None, "sequence": "s", "clip": "s:1",
        "time_s": np.arange(3.0), "xyz_m": np.zeros((3, 17, 3)), "xy": None, "score": None,
    }  # fmt: skip
    assert MotionClip(**good).frames == 3
    for wrong, told in (
        ({"xyz_m": np.zeros((3, 33, 3))}, "expected \\(3, 17, 3\\)"),
        ({"time_s": np.array([0, 1, 1.0])}, "rising"),
        ({"xyz_m": None}, "xyz_m or xy"),
        ({"side": "up"}, "left or right"),
    ):
        with pytest.raises(ValueError, match=told):
            MotionClip(**{**good, **wrong})
