from __future__ import annotations

import numpy as np
import pytest

from analysis.pose.merge import merged
from analysis.schema import PoseTrack


def track(track_id: int, seen: range, *, score: float = 0.9, known: bool = True) -> PoseTrack:
    frames = np.zeros(10, dtype=bool)
    frames[list(seen)] = True
    rows = np.where(frames, float(track_id), np.nan)
    return PoseTrack(
        track_id=track_id,
        skeleton="coco17",
        time_s=np.arange(10.0),
        box_px=np.tile(rows[:, None], (1, 4)),
        xy_px=np.tile(rows[:, None, None], (1, 17, 2)),
        xyz_m=np.tile(rows[:, None, None], (1, 17, 3)) if known else None,
        score=np.tile(np.where(frames, score, np.nan)[:, None], (1, 17)),
    )


def owners(one: PoseTrack) -> list[float]:
    return [float(v) for v in np.nan_to_num(one.box_px[:, 0])]


def test_a_group_is_one_track_under_its_lowest_number() -> None:
    found = merged([track(1, range(3)), track(2, range(9)), track(3, range(5, 8))], merges=[(3, 1)])
    assert [t.track_id for t in found] == [1, 2]
    assert owners(found[0]) == [1, 1, 1, 0, 0, 3, 3, 3, 0, 0]
    assert np.isnan(found[0].score[3:5]).all()


def test_where_both_are_seen_the_surer_counts() -> None:
    sure = track(2, range(4, 10), score=0.95)
    (found,) = merged([track(1, range(6)), sure], merges=[(1, 2)])
    assert owners(found) == [1, 1, 1, 1, 2, 2, 2, 2, 2, 2]
    assert found.score[5, 0] == pytest.approx(0.95)


def test_groups_that_share_somebody_are_one_and_strangers_are_ignored() -> None:
    people = [track(k, range(k, k + 1)) for k in range(1, 6)]
    found = merged(people, merges=[(4, 5), (2, 4), (9, 3)])
    assert [t.track_id for t in found] == [1, 2, 3]
    assert owners(found[1]) == [0, 0, 2, 0, 4, 5, 0, 0, 0, 0]


def test_without_groups_nothing_changes() -> None:
    people = (track(1, range(4)), track(2, range(4)))
    assert merged(people, merges=()) == people


def test_world_coordinates_of_one_of_two_are_kept() -> None:
    (found,) = merged([track(1, range(3), known=False), track(2, range(5, 8))], merges=[(1, 2)])
    assert found.xyz_m is not None
    assert np.isnan(found.xyz_m[:5]).all()
    assert np.isfinite(found.xyz_m[5:8]).all()
