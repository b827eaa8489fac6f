from __future__ import annotations

import numpy as np

from analysis.pose.merge import merged
from analysis.schema import Observations

FRAMES = 10


def film(
    seen: dict[int, range], *, score: dict[int, float] | None = None
) -> tuple[Observations, dict[int, np.ndarray]]:
    """Observations in order of frames, and the rows of each person."""
    pairs = [(frame, who) for frame in range(FRAMES) for who in seen if frame in seen[who]]
    sure = score or {}
    observations = Observations(
        skeleton="coco17",
        frame=[frame for frame, _ in pairs],
        box_px=np.array([[float(who)] * 4 for _, who in pairs]),
        xy_px=np.zeros((len(pairs), 17, 2)),
        xyz_m=np.zeros((len(pairs), 17, 3)),
        score=np.array([[sure.get(who, 0.9)] * 17 for _, who in pairs]),
    )
    rows = {who: np.array([i for i, (_, one) in enumerate(pairs) if one == who]) for who in seen}
    return observations, rows


def owners(observations: Observations, rows: np.ndarray) -> list[int]:
    """Who is shown in each frame; 0 = nobody."""
    shown = [0] * FRAMES
    for row in rows:
        shown[int(observations.frame[row])] = int(observations.box_px[row, 0])
    return shown


def test_a_group_is_one_track_under_its_lowest_number() -> None:
    seen, people = film({1: range(3), 2: range(9), 3: range(5, 8)})
    found = merged(people, observations=seen, merges=[(3, 1)])
    assert list(found) == [1, 2]
    assert owners(seen, found[1]) == [1, 1, 1, 0, 0, 3, 3, 3, 0, 0]


def test_where_both_are_seen_the_surer_counts() -> None:
    seen, people = film({1: range(6), 2: range(4, 10)}, score={2: 0.95})
    found = merged(people, observations=seen, merges=[(1, 2)])
    assert owners(seen, found[1]) == [1, 1, 1, 1, 2, 2, 2, 2, 2, 2]
    assert (np.diff(found[1]) > 0).all()


def test_groups_that_share_somebody_are_one_and_strangers_are_ignored() -> None:
    seen, people = film({k: range(k, k + 1) for k in range(1, 6)})
    found = merged(people, observations=seen, merges=[(4, 5), (2, 4), (9, 3)])
    assert list(found) == [1, 2, 3]
    assert owners(seen, found[2]) == [0, 0, 2, 0, 4, 5, 0, 0, 0, 0]


def test_without_groups_nothing_changes() -> None:
    seen, people = film({1: range(4), 2: range(4)})
    found = merged(people, observations=seen, merges=())
    assert list(found) == [1, 2]
    assert all(np.array_equal(found[k], people[k]) for k in people)
