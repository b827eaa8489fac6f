"""Forward kinematics against chains whose end can be worked out by hand."""

from __future__ import annotations

import numpy as np
import pytest

from analysis.training.kinematics import Tree, euler_matrices, forward, rotation_vectors

CHAIN = Tree(
    names=("root", "elbow", "hand"),
    parents=(-1, 0, 1),
    offsets=np.array([[0.0, 0, 0], [1.0, 0, 0], [0.5, 0, 0]]),
)


def turned(*degrees, order="Z"):
    """Local rotations (1, 3, 3, 3): one angle per joint about one axis."""
    return euler_matrices(np.array(degrees, dtype=float)[None, :, None], order=order)


def test_a_straight_chain_reaches_the_sum_of_its_bones():
    posed = forward(CHAIN, turns=turned(0, 0, 0), root=np.array([[1.0, 2, 3]]))
    np.testing.assert_allclose(posed.place("hand"), [[2.5, 2, 3]])


@pytest.mark.parametrize(
    ("angles", "hand"),
    [
        ((90, 0, 0), (0, 1.5, 0)),  # the whole arm turned a quarter, anticlockwise
        ((0, 90, 0), (1, 0.5, 0)),  # bent at the elbow
        ((90, -90, 0), (0.5, 1, 0)),
        ((30, 60, 0), (np.cos(np.pi / 6), np.sin(np.pi / 6) + 0.5, 0)),
    ],
)
def test_a_two_bone_chain_turned_in_the_plane(angles, hand):
    posed = forward(CHAIN, turns=turned(*angles), root=np.zeros((1, 3)))
    np.testing.assert_allclose(posed.place("hand"), [hand], atol=1e-12)


def test_the_last_joints_own_turn_moves_nothing_but_is_told():
    posed = forward(CHAIN, turns=turned(0, 0, 45), root=np.zeros((1, 3)))
    np.testing.assert_allclose(posed.place("hand"), [[1.5, 0, 0]])
    np.testing.assert_allclose(posed.turns[0, 2] @ [1, 0, 0], [np.sqrt(0.5), np.sqrt(0.5), 0])


def test_the_first_axis_of_an_order_is_applied_last():
    """Z then X written means: X acts on the vector first (BVH)."""
    turn = euler_matrices(np.array([90.0, 90.0]), order="ZX")
    np.testing.assert_allclose(turn @ [0, 1, 0], [0, 0, 1], atol=1e-12)
    np.testing.assert_allclose(turn @ [1, 0, 0], [0, 1, 0], atol=1e-12)


@pytest.mark.parametrize("axis", "XYZ")
def test_each_axis_turns_right_handed(axis):
    turn = euler_matrices(np.array([90.0]), order=axis)
    one = "XYZ".index(axis)
    np.testing.assert_allclose(turn @ np.eye(3)[one], np.eye(3)[one], atol=1e-12)
    np.testing.assert_allclose(
        turn @ np.eye(3)[(one + 1) % 3], np.eye(3)[(one + 2) % 3], atol=1e-12
    )


def test_a_rotation_vector_is_the_turn_about_its_axis_by_its_length():
    for axis in "XYZ":
        vector = np.eye(3)["XYZ".index(axis)] * np.deg2rad(37.0)
        same = euler_matrices(np.array([37.0]), order=axis)
        np.testing.assert_allclose(rotation_vectors(vector), same, atol=1e-12)
    np.testing.assert_allclose(rotation_vectors(np.zeros(3)), np.eye(3))


def test_rotations_of_random_vectors_are_rotations():
    turns = rotation_vectors(np.random.default_rng(0).normal(0, 2, (50, 3)))
    np.testing.assert_allclose(
        turns @ turns.swapaxes(-1, -2), np.broadcast_to(np.eye(3), (50, 3, 3)), atol=1e-12
    )
    np.testing.assert_allclose(np.linalg.det(turns), 1.0)


def test_moves_stand_for_offsets():
    moves = np.array([[[0.0, 0, 0], [2.0, 0, 0], [0.0, 1.0, 0]]])
    posed = forward(CHAIN, turns=turned(90, 0, 0), root=np.zeros((1, 3)), moves=moves)
    np.testing.assert_allclose(posed.place("hand"), [[-1, 2, 0]], atol=1e-12)


def test_children_before_parents_are_refused():
    with pytest.raises(ValueError, match="parents before children"):
        Tree(names=("a", "b"), parents=(1, -1), offsets=np.zeros((2, 3)))


def test_an_unknown_joint_is_named():
    posed = forward(CHAIN, turns=turned(0, 0, 0), root=np.zeros((1, 3)))
    with pytest.raises(KeyError, match="expected one of root, elbow, hand"):
        posed.place("tail")
