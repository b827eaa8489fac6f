from __future__ import annotations

import numpy as np
import pytest

pytest.importorskip("torch")

from analysis.actions.windows import SWITCH, steadiest, windows


def rows(*parts: tuple[int, int, float]) -> np.ndarray:
    """Stretches of (rows, label, its probability) over three labels."""
    return np.concatenate([
        np.where(np.arange(3) == label, prob, (1 - prob) / 2) * np.ones((count, 1))
        for count, label, prob in parts
    ])  # fmt: skip


def test_what_wins_a_few_rows_by_a_little_is_no_change():
    said = steadiest(rows((50, 1, 0.6), (3, 2, 0.6), (50, 1, 0.6)))
    assert set(said.tolist()) == {1}


def test_a_true_change_keeps_its_border():
    said = steadiest(rows((40, 1, 0.8), (60, 2, 0.8)))
    np.testing.assert_array_equal(said, [1] * 40 + [2] * 60)


@pytest.mark.parametrize("length", [1, 2, 9])
def test_it_is_the_best_of_all_paths(length):
    prob = np.random.default_rng(length).dirichlet(np.ones(2), length)
    paths = np.array(np.meshgrid(*[[0, 1]] * length, indexing="ij")).reshape(length, -1).T
    gain = np.log(prob)[np.arange(length), paths].sum(1)
    gain -= SWITCH * (np.diff(paths, axis=1) != 0).sum(1)
    np.testing.assert_array_equal(steadiest(prob), paths[gain.argmax()])


def test_windows_cover_every_row():
    for count in (1, 200, 201, 533):
        covered = np.zeros(count, dtype=bool)
        for start, stop in windows(count, window_rows=200):
            covered[start:stop] = True
        assert covered.all()
