from __future__ import annotations

import numpy as np

from analysis.features.body17 import BODY17
from analysis.training.gaps import off_the_guess, straight

LEFT, RIGHT, NOSE = (BODY17.index(name) for name in ("left_wrist", "right_wrist", "nose"))


def path(rows: int = 9) -> np.ndarray:
    """(rows, 17, 2): the left wrist runs along a parabola, the right one straight; others rest."""
    t = np.arange(rows, dtype=float)
    xy = np.zeros((rows, 17, 2))
    xy[:, LEFT] = np.stack([t, t**2], axis=1)
    xy[:, RIGHT] = np.stack([2 * t, -t], axis=1)
    return xy


def test_a_line_runs_between_what_is_shown_and_ends_are_held() -> None:
    shown = np.ones((9, 17), dtype=bool)
    shown[3:6, LEFT] = shown[:2, RIGHT] = shown[:, NOSE] = False
    line = straight(path(), shown=shown)
    np.testing.assert_allclose(line[4, LEFT], [4.0, (4 + 36) / 2])  # from row 2 to row 6
    np.testing.assert_allclose(line[:2, RIGHT], path()[[2, 2], RIGHT])
    assert np.isnan(line[:, NOSE]).all()


def test_a_stretch_is_measured_from_the_line_over_it() -> None:
    hidden = np.zeros((9, 17), dtype=bool)
    hidden[3:6, [LEFT, RIGHT]] = True
    off = off_the_guess(path() + 5.0, shown=~hidden, hidden=hidden)
    np.testing.assert_allclose(off[4, LEFT], [0.0, 16.0 - 20.0])
    np.testing.assert_allclose(off[:, RIGHT], 0.0, atol=1e-6)  # a straight path is no surprise
    assert not off[~hidden].any()


def test_what_is_hidden_throughout_is_measured_from_the_other_side() -> None:
    hidden = np.zeros((9, 17), dtype=bool)
    hidden[:, [LEFT, NOSE]] = True
    off = off_the_guess(path() + 5.0, shown=~hidden, hidden=hidden)
    np.testing.assert_allclose(off[:, LEFT], path()[:, LEFT] - path()[:, RIGHT], atol=1e-6)
    np.testing.assert_allclose(off[:, NOSE], 5.0)  # it has no like
