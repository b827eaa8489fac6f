"""A map of clips: vectors brought to two dimensions by t-SNE (van der Maaten and Hinton 2008).

Near is alike; distances between far groups mean nothing. N clips, E the label space.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from analysis.schema import Float

PERPLEXITY: Final = 30.0  # neighbours that count; fewer where there are few clips
FEWEST: Final = 5  # clips below which there is nothing to embed: they are put on a circle


def layout(vectors: Float, *, seed: int = 0) -> Float:
    """Places (N, 2) within -1..1 for unit vectors (N, E); the same for the same vectors.

    Raises:
        ValueError: not a table of finite numbers.
    """
    if vectors.ndim != 2 or not np.isfinite(vectors).all():
        raise ValueError(f"layout: expected finite vectors (N, E), got {vectors.shape}")
    count = vectors.shape[0]
    if count < FEWEST:
        turn = 2 * np.pi * np.arange(count) / max(count, 1)
        return 0.5 * np.stack([np.cos(turn), np.sin(turn)], axis=1)
    from sklearn.manifold import TSNE

    places = TSNE(
        perplexity=min(PERPLEXITY, (count - 1) / 3),
        metric="cosine",
        init="random",  # by principal components it fails where all clips are one
        random_state=seed,
    ).fit_transform(vectors)
    centred: Float = places.astype(np.float64) - places.mean(axis=0)
    widest = float(np.abs(centred).max())
    return centred / widest if widest > 0 else centred
