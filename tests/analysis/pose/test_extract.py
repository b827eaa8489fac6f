from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest

from analysis.pose.extract import Joined, collect, join, load, save
from analysis.schema import Observations

if TYPE_CHECKING:
    from pathlib import Path


def seen(frames: list[int], *, skeleton: str = "coco17") -> Observations:
    dice = np.random.default_rng(len(frames))
    rows = len(frames)
    return Observations(
        skeleton=skeleton,
        frame=np.array(frames, dtype=np.int64),
        box_px=dice.uniform(0, 100, (rows, 4)),
        xy_px=dice.uniform(0, 100, (rows, 17, 2)),
        xyz_m=np.full((rows, 17, 3), np.nan),
        score=dice.uniform(0, 1, (rows, 17)),
    )


def test_join_puts_stretches_in_order_whatever_the_order_given() -> None:
    a, b, nothing = seen([0, 0, 2]), seen([5, 7]), seen([])
    joined = join([b, nothing, a])
    assert joined.frame.tolist() == [0, 0, 2, 5, 7]
    assert np.array_equal(joined.xy_px, np.concatenate([a.xy_px, b.xy_px]))


def test_join_of_stretches_in_which_nobody_was_seen() -> None:
    joined = join([seen([]), seen([])])
    assert joined.frame.size == 0
    assert joined.xy_px.shape == (0, 17, 2)


def test_join_refuses_what_does_not_fit() -> None:
    with pytest.raises(ValueError, match="at least one"):
        join([])
    with pytest.raises(ValueError, match="one skeleton"):
        join([seen([0]), seen([1], skeleton="blazepose33")])
    with pytest.raises(ValueError, match="is in two"):
        join([seen([0, 4]), seen([4, 5])])


@pytest.mark.parametrize("frames", [[], [0, 0, 3]])
def test_what_is_saved_is_loaded(tmp_path: Path, frames: list[int]) -> None:
    path = tmp_path / "chunk-0.observations"  # no suffix is added to the name given
    before = seen(frames)
    save(before, path)
    after = load(path)
    assert after.skeleton == before.skeleton
    for name in ("frame", "box_px", "xy_px", "xyz_m", "score"):
        assert np.array_equal(getattr(after, name), getattr(before, name), equal_nan=True)


def test_load_refuses_pickles_and_other_arrays(tmp_path: Path) -> None:
    other, pickled = tmp_path / "other.npz", tmp_path / "pickled.npz"
    np.savez(other, frame=np.arange(3))
    with pytest.raises(ValueError, match=r"expected sportsbr\.observations/2"):
        load(other)
    np.savez(pickled, format=np.array([{"a": 1}], dtype=object))
    with pytest.raises(ValueError, match="allow_pickle"):
        load(pickled)


def test_collect_of_nobody_has_the_right_shapes() -> None:
    empty = collect(
        skeleton="blazepose33", keypoints=33, frame=[], box_px=[], xy_px=[], xyz_m=[], score=[]
    )
    assert empty.xy_px.shape == (0, 33, 2)
    assert empty.xyz_m.shape == (0, 33, 3)


def test_stretches_are_picked_from_without_holding_all() -> None:
    a, b = seen([0, 1, 1]), seen([5, 6])
    joined = Joined([lambda: b, lambda: a])
    outline = joined.outline()
    assert outline.frame.tolist() == [0, 1, 1, 5, 6]
    assert outline.xy_px.dtype == np.float32
    assert np.isnan(outline.xyz_m).all()
    picked = joined.pick(np.array([2, 4]))
    np.testing.assert_array_equal(picked.xy_px, np.stack([a.xy_px[2], b.xy_px[1]]))
    assert joined.pick(np.array([], dtype=int)).score.shape == (0, a.score.shape[1])


def test_the_camera_is_chained_over_stretches_and_kept(tmp_path: Path) -> None:
    """Each stretch starts from the last frame of the one before; zoom and shift carry on."""
    first, second = (
        replace(
            seen([start]),
            camera_frame=np.array([start, start + 1]),
            camera=np.array([[1.0, 0.0, 0.0, 0.0], [2.0, 0.0, 10.0, 0.0]]),
        )
        for start in (0, 2)
    )
    joined = join([second, first])
    assert joined.camera_frame.tolist() == [0, 1, 2, 3]
    np.testing.assert_array_equal(joined.camera[2], [2.0, 0.0, 10.0, 0.0])
    np.testing.assert_array_equal(joined.camera[3], [4.0, 0.0, 30.0, 0.0])
    save(joined, tmp_path / "o.npz")
    np.testing.assert_array_equal(load(tmp_path / "o.npz").camera, joined.camera)
    assert join([first, seen([7])]).camera.size == 0
