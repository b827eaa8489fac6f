from __future__ import annotations

from itertools import permutations

import numpy as np
import pytest

from analysis.explain.coalitions import parts_of

GAINS = np.array([3.0, 3.0, 0.0, -1.0])


def game(coalitions: np.ndarray) -> np.ndarray:
    """Two that are alike and work together, one that does nothing, one that harms."""
    together = 2.0 * (coalitions[:, 0] & coalitions[:, 1])
    return 0.5 + coalitions @ GAINS + together


def by_definition(groups: int) -> np.ndarray:
    """The mean gain over all orders in which the groups come."""
    total = np.zeros(groups)
    orders = list(permutations(range(groups)))
    for order in orders:
        inside = np.zeros((1, groups), dtype=bool)
        before = game(inside)[0]
        for group in order:
            inside[0, group] = True
            after = game(inside)[0]
            total[group] += after - before
            before = after
    return total / len(orders)


def test_all_coalitions_give_the_shapley_values_themselves():
    parts = parts_of(game, groups=4, most=16)
    np.testing.assert_allclose(parts.shapley, by_definition(4), atol=1e-9)
    assert parts.shapley[0] == pytest.approx(parts.shapley[1])  # alike
    assert parts.shapley[2] == pytest.approx(0.0, abs=1e-9)  # does nothing
    assert parts.shapley.sum() == pytest.approx(8.0 - 1.0)  # value of all less value of none


@pytest.mark.parametrize("seed", range(5))
def test_drawn_coalitions_still_make_the_whole(seed):
    rng = np.random.default_rng(seed)
    gains, pairs = rng.normal(size=9), rng.normal(size=(9, 9))

    def value(coalitions: np.ndarray) -> np.ndarray:
        inside = coalitions.astype(float)
        return inside @ gains + np.einsum("mi,ij,mj->m", inside, pairs, inside)

    parts = parts_of(value, groups=9, most=120, seed=seed)
    assert parts.shapley.sum() == pytest.approx(gains.sum() + pairs.sum())


def test_of_a_sum_both_readings_are_its_terms():
    gains = np.array([1.0, -2.0, 0.5, 0.0, 4.0, 0.0, 0.0, 1.0, 1.0])
    parts = parts_of(lambda c: c @ gains, groups=9, most=100)
    np.testing.assert_allclose(parts.shapley, gains, atol=1e-9)
    np.testing.assert_allclose(parts.lime, gains, atol=0.1)


def test_one_group_is_the_whole():
    parts = parts_of(lambda c: 2.0 + 3.0 * c[:, 0], groups=1, most=8)
    assert parts.shapley.tolist() == pytest.approx([3.0])


def test_nothing_to_ask_is_refused():
    with pytest.raises(ValueError, match="expected a group"):
        parts_of(game, groups=0, most=16)
