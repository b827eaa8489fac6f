from __future__ import annotations

import numpy as np
import pytest

pytest.importorskip("sklearn")

from analysis.explain.layout import layout


def unit(vectors: np.ndarray) -> np.ndarray:
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


def test_alike_lie_together():
    rng = np.random.default_rng(0)
    middles = np.eye(3, 16) * 5
    groups = np.repeat(np.arange(3), 12)
    places = layout(unit(middles[groups] + rng.normal(size=(36, 16)) * 0.2))
    apart = np.linalg.norm(places[:, None] - places[None], axis=-1)
    np.fill_diagonal(apart, np.inf)
    assert (groups[apart.argmin(axis=1)] == groups).all()
    assert np.abs(places).max() <= 1.0


@pytest.mark.parametrize("count", [0, 1, 2, 4, 5, 6])
def test_few_clips_have_places_too(count):
    places = layout(unit(np.random.default_rng(1).normal(size=(count, 8))))
    assert places.shape == (count, 2)
    assert np.isfinite(places).all()


def test_clips_that_are_one_do_not_break_it():
    assert np.isfinite(layout(np.tile(unit(np.ones((1, 8))), (9, 1)))).all()


def test_what_is_no_vector_is_refused():
    with pytest.raises(ValueError, match="finite"):
        layout(np.full((3, 4), np.nan))
