from __future__ import annotations

import numpy as np
import pytest

from analysis.features.body17 import BODY17, mirror_order
from analysis.training.cameras import trunk_length
from analysis.training.worse import (
    BELOW_HIPS,
    LIMBS,
    conditions,
    lost,
    mirrored,
    noise,
    one_limb_lost,
    points_lost,
    swapped,
)
from tests.analysis.training.movement import clip, flat


def rng(seed=0):
    return np.random.default_rng(seed)


def test_noise_is_as_large_as_it_says():
    made = flat(clip(seconds=8.0))
    moved = (noise(made, rng(), sd=0.1).xy - made.xy) / trunk_length(made.xy)
    assert np.std(moved) == pytest.approx(0.1, rel=0.05)


def test_points_go_unseen_and_nothing_else_changes():
    made = flat(clip(seconds=8.0))
    fewer = points_lost(made, rng(), share=0.3)
    gone = np.isnan(fewer.xy).any(axis=-1)
    assert gone.mean() == pytest.approx(0.3, abs=0.02)
    np.testing.assert_array_equal(fewer.score[gone], 0.0)
    np.testing.assert_array_equal(fewer.xy[~gone], made.xy[~gone])


def test_a_limb_or_the_legs_are_gone_throughout():
    made = flat(clip())
    gone = np.isnan(one_limb_lost(made, rng()).xy).any(axis=-1)
    names = tuple(BODY17.keypoints[joint] for joint in np.flatnonzero(gone.all(axis=0)))
    assert set(names) in [set(limb) for limb in LIMBS]
    legs = np.isnan(lost(made, rng(), names=BELOW_HIPS).xy[..., 0])
    assert legs.any(axis=0).sum() == legs.all(axis=0).sum() == 8


def test_sides_are_swapped_for_a_while_and_labels_stay():
    made = flat(clip(seconds=8.0, action="walk_left"))
    wrong = swapped(made, rng(), share=0.2)
    order = list(mirror_order())
    other = (wrong.xy == made.xy[:, order]).all(axis=(1, 2))
    same = (wrong.xy == made.xy).all(axis=(1, 2))
    assert (other | same).all()
    assert 0.05 < other.mean() < 0.35
    assert wrong.action == "walk_left"
    assert mirrored(made, rng()).action == "walk_right"


def test_a_card_begins_with_clean_footage_and_cameras_it_calls_unseen_are():
    rows = conditions()
    assert (rows[0].what, rows[0].befalls) == ("clean", None)
    low, high = rows[0].cameras.elevation_deg
    unseen = [row for row in rows if row.what.startswith("unseen")]
    assert len(unseen) == 3
    for row in unseen:
        a, b = row.cameras.elevation_deg
        assert row.needs_3d
        assert b < low or a > high
