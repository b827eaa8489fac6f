from __future__ import annotations

import numpy as np
import pytest

from analysis.pose.stabilise import CROP, NOMINAL_HZ, PICTURE, OneEuro, Steady, smoothed


def through(values: np.ndarray, *, settings: OneEuro, scale: float = 1.0) -> np.ndarray:
    return smoothed(
        values.reshape(-1, 1, 1), scale=np.full(values.size, scale), settings=settings
    ).ravel()


def test_the_first_value_and_a_constant_pass_unchanged() -> None:
    assert through(np.full(20, 3.7), settings=CROP) == pytest.approx(3.7)


def test_without_beta_it_is_a_low_pass_of_first_order() -> None:
    """A step rises by 1 - (1 - weight)^n, with weight = 1 / (1 + rate / (2 pi cutoff))."""
    step = np.concatenate([[0.0], np.ones(30)])
    out = through(step, settings=OneEuro(min_cutoff_hz=2.0, beta=0.0))
    weight = 1.0 / (1.0 + NOMINAL_HZ / (2.0 * np.pi * 2.0))
    np.testing.assert_allclose(out, 1.0 - (1.0 - weight) ** np.arange(31), atol=1e-12)


def test_a_trembling_rest_is_steadied_and_a_fast_move_is_followed() -> None:
    rng = np.random.default_rng(3)
    tremble = rng.normal(0.0, 0.002, 300)
    rest = through(tremble, settings=CROP)
    assert np.std(np.diff(rest)) < 0.1 * np.std(np.diff(tremble))
    move = np.linspace(0.0, 3.0, 90)  # a body size a second
    lag = move - through(move, settings=CROP)
    assert lag[30:].max() < 0.05


def test_scale_makes_the_size_in_the_picture_not_matter() -> None:
    walk = np.cumsum(np.random.default_rng(5).normal(0.0, 0.01, 60))
    near = through(800.0 * walk, settings=PICTURE, scale=1 / 800.0)
    far = through(80.0 * walk, settings=PICTURE, scale=1 / 80.0)
    np.testing.assert_allclose(near / 800.0, far / 80.0, atol=1e-12)


def test_a_state_is_never_changed() -> None:
    first = Steady.start(np.zeros((2, 2)))
    first.then(np.ones((2, 2)), scale=1.0, settings=CROP)
    assert not first.value.any()
