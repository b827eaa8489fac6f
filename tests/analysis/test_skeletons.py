from __future__ import annotations

import pytest

from analysis.skeletons import BLAZEPOSE33, COCO17, HALPE26, SKELETONS, Skeleton


@pytest.mark.parametrize("skeleton", SKELETONS.values(), ids=SKELETONS)
def test_pairs_mirror_each_other(skeleton: Skeleton) -> None:
    paired = [name for pair in skeleton.pairs for name in (skeleton.keypoints[i] for i in pair)]
    sided = [n for n in skeleton.keypoints if n.startswith(("left_", "right_"))]
    assert sorted(paired) == sorted(sided)


@pytest.mark.parametrize("skeleton", SKELETONS.values(), ids=SKELETONS)
def test_edges_join_different_keypoints_once(skeleton: Skeleton) -> None:
    edges = {frozenset(edge) for edge in skeleton.edge_indices}
    assert len(edges) == len(skeleton.edges)
    assert all(len(edge) == 2 for edge in edges)


def test_sizes_are_the_published_ones() -> None:
    assert (len(BLAZEPOSE33.keypoints), len(COCO17.keypoints)) == (33, 17)
    assert len(HALPE26.keypoints) == 26
    assert BLAZEPOSE33.index("left_hip") == 23
    assert HALPE26.index("right_heel") == 25


def test_an_unknown_keypoint_names_those_there_are() -> None:
    with pytest.raises(KeyError, match="left_hip"):
        COCO17.index("left_heel")
