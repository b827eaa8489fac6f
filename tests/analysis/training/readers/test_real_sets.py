"""The real sets: do the joints make a person? Only the beginning of each archive is read."""

from __future__ import annotations

from functools import cache
from itertools import islice
from pathlib import PurePosixPath

import numpy as np
import pytest

from analysis.features.body17 import BODY17
from analysis.training.clean import Cleaner
from analysis.training.readers import bvh
from analysis.training.readers.archives import members
from analysis.training.readers.catalogue import SETS
from analysis.training.readers.cmu_bvh import UNIT_M
from analysis.training.readers.expmap import parse, pose_rows
from analysis.training.readers.mocap6 import ACTIONS
from analysis.training.records import MotionClip
from analysis.training.skeleton import CMU_BVH, from_tree

pytestmark = pytest.mark.data
WALKS = ("walk", "run", "dash")
COUNT = {"bandai": 20, "cmu_expmap": 20, "jhmdb": 60, "tennis": 60}
MOTION_SETS = ("uiprmd", "cmu_bvh", "cmu_expmap", "mocap6", "hdm05", "bandai")


@cache
def first(data_dir, name):
    """The first clips of a set, read once for all tests."""
    paths = sorted(data_dir.glob(SETS[name].pattern))
    if not paths:
        pytest.skip(f"no {SETS[name].pattern} beside the project")
    clips = (item for item in SETS[name].read(paths[0]) if isinstance(item, MotionClip))
    return list(islice(clips, COUNT.get(name, 4)))


def at(clip, *names):
    points = clip.xyz_m if clip.xyz_m is not None else clip.xy
    return np.mean([points[:, BODY17.index(name)] for name in names], axis=0)


def height_m(clip):
    """Stature from the segments: what stands upright is not always the first frame."""
    hips, shoulders = (at(clip, f"left_{j}", f"right_{j}") for j in ("hip", "shoulder"))
    trunk = np.linalg.norm(shoulders - hips, axis=-1)
    leg = sum(
        np.linalg.norm(at(clip, f"left_{a}") - at(clip, f"left_{b}"), axis=-1)
        for a, b in (("hip", "knee"), ("knee", "ankle"))
    )
    # Drillis and Contini: shoulder to ankle is 0.818 - 0.039 of stature.
    return float(np.nanmedian(trunk + leg) / (0.818 - 0.039))


@pytest.mark.parametrize("name", MOTION_SETS)
def test_statures_are_those_of_adults_and_feet_are_down(data_dir, name):
    for clip in first(data_dir, name):
        assert 1.4 < height_m(clip) < 2.1, clip.clip
        above = at(clip, "left_ankle", "right_ankle")[:, 1] - at(clip, "nose")[:, 1]
        if clip.action not in {"lie_down", "climb", "dance", "swordplay"}:
            assert np.nanmedian(above) > 0.8, clip.clip
        floor = np.nanpercentile(at(clip, "left_foot_index", "right_foot_index")[:, 1], 90)
        if clip.action != "climb":
            assert abs(floor) < 0.3, clip.clip


@pytest.mark.parametrize("name", ["cmu_bvh", "cmu_expmap", "mocap6", "hdm05", "bandai"])
def test_bones_of_joint_trees_never_change(data_dir, name):
    for clip in first(data_dir, name)[:3]:
        for a, b in (("left_hip", "left_knee"), ("right_elbow", "right_wrist")):
            long = np.linalg.norm(at(clip, a) - at(clip, b), axis=-1)
            assert np.ptp(long) < 1e-3, clip.clip


@pytest.mark.parametrize("name", ["cmu_expmap", "bandai"])
def test_who_walks_has_the_left_on_the_left(data_dir, name):
    walks = [clip for clip in first(data_dir, name) if clip.action in WALKS]
    assert walks
    for clip in walks[:5]:
        hips = at(clip, "left_hip", "right_hip")
        step = np.gradient(hips, axis=0)
        step[:, 1] = 0
        moving = np.linalg.norm(step, axis=-1) * clip.rate_hz > 0.4
        left = at(clip, "left_hip") - at(clip, "right_hip")
        # x right, y down, z away is right-handed: down × ahead is the right-hand side.
        right = np.cross([0, 1, 0], step)
        assert (np.sum(right * left, axis=-1)[moving] < 0).mean() > 0.95, clip.clip
        nose = at(clip, "nose") - at(clip, "left_shoulder", "right_shoulder")
        assert (np.sum(step * nose, axis=-1)[moving] > 0).mean() > 0.8, clip.clip


@pytest.mark.parametrize("name", ["uiprmd", "hdm05", "mocap6"])
def test_who_stands_has_toes_ahead_and_the_left_on_the_left(data_dir, name):
    for clip in first(data_dir, name):
        ahead = at(clip, "left_foot_index", "right_foot_index") - at(
            clip, "left_ankle", "right_ankle"
        )
        left = at(clip, "left_hip") - at(clip, "right_hip")
        assert (np.sum(np.cross([0, 1, 0], ahead) * left, axis=-1) < 0).mean() > 0.9, clip.clip
        nose = at(clip, "nose") - at(clip, "left_shoulder", "right_shoulder")
        assert (np.sum(nose * ahead, axis=-1) > 0).mean() > 0.7, clip.clip


def test_mocap6_labels_lie_on_the_movements_that_they_name(data_dir):
    """Knees bend most in squats and wrists go above the head in jumping jacks."""
    bend, reach = {}, {}
    for clip in first(data_dir, "mocap6"):
        thigh = at(clip, "left_hip") - at(clip, "left_knee")
        shank = at(clip, "left_ankle") - at(clip, "left_knee")
        cosine = np.sum(thigh * shank, axis=-1) / np.linalg.norm(thigh, axis=-1)
        knee_deg = 180 - np.degrees(np.arccos(cosine / np.linalg.norm(shank, axis=-1)))
        above = at(clip, "nose")[:, 1] - at(clip, "left_wrist", "right_wrist")[:, 1]
        for word in np.unique(clip.frame_labels).tolist():
            rows = clip.frame_labels == word
            bend.setdefault(word, []).append(np.percentile(knee_deg[rows], 90))
            reach.setdefault(word, []).append(np.percentile(above[rows], 90))
    assert set(bend) <= set(ACTIONS)
    assert np.mean(bend["squat"]) > 80
    assert np.mean(bend["twist"]) < 50
    assert np.mean(reach["jumping_jack"]) > 0.1 > np.mean(reach["squat"])


def test_pictures_have_the_head_up_and_the_right_shape(data_dir):
    for name in ("jhmdb", "tennis"):
        clips = first(data_dir, name)
        above = [np.nanmedian(at(c, "left_hip")[:, 1] - at(c, "nose")[:, 1]) > 0 for c in clips]
        assert np.mean(above) > 0.9
        # Trunk against shoulders: a picture squeezed in one direction would not pass.
        trunk, shoulders = [], []
        for clip in clips:
            across = at(clip, "left_shoulder") - at(clip, "right_shoulder")
            down = at(clip, "left_hip", "right_hip") - at(clip, "left_shoulder", "right_shoulder")
            trunk.append(np.nanmedian(np.linalg.norm(down, axis=-1)))
            shoulders.append(np.nanpercentile(np.linalg.norm(across, axis=-1), 90))
        assert 1.0 < np.median(trunk) / np.median(shoulders) < 3.0, name


@pytest.mark.parametrize("name", [*MOTION_SETS, "jhmdb", "tennis", "exercise_correction"])
def test_the_beginning_of_each_set_survives_cleaning(data_dir, name):
    cleaner = Cleaner()
    judged = [cleaner.judge(clip) for clip in first(data_dir, name)]
    kept = [clip for clip in judged if isinstance(clip, MotionClip)]
    assert len(kept) >= len(judged) // 2, [one for one in judged if one not in kept]


def test_the_same_walk_in_two_formats_is_the_same_movement(data_dir):
    """BVH of one person's bones and exponential maps on another's: the joints agree to 5 cm."""
    texts = {}
    for name, wanted in (
        ("cmu_bvh", "06/06_01.bvh"),
        ("cmu_expmap", "train/walking/walking_3.txt"),
    ):
        for path in sorted(data_dir.glob(SETS[name].pattern)):
            suffix = PurePosixPath(wanted).suffix
            found = (c for n, c in members(path, suffixes=(suffix,)) if n.endswith(wanted))
            texts[name] = next(found, b"").decode("latin-1")
    if not all(texts.get(name) for name in ("cmu_bvh", "cmu_expmap")):
        pytest.skip("needs the walk 06_01 in both sets")
    motion = bvh.parse_bvh(texts["cmu_bvh"], name="06_01")
    a = from_tree(bvh.pose(motion, rows=slice(1, None, 4)), points=CMU_BVH, unit_m=UNIT_M)
    b = pose_rows(parse(texts["cmu_expmap"], name="walking_3")[1::4])
    rows = min(a.shape[0], b.shape[0])
    apart = np.linalg.norm(a[:rows] - b[:rows], axis=-1)
    assert np.nanmedian(apart) < 0.05
