"""What a hidden keypoint is measured against: a plain guess of where it is.

For a stretch of time that is a straight line over the gap; for a keypoint hidden throughout, its
like on the other side of the body. The network says by how much a hidden point lies off that guess,
not where it is (Δ-interpolator, Oreshkin et al. 2022): it need not learn what is plain.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from analysis.features.body17 import mirror_order

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from analysis.schema import Float

    Bool = NDArray[np.bool_]


def off_the_guess(xy: Float, *, shown: Bool, hidden: Bool) -> NDArray[np.float32]:
    """Hidden positions (T, 17, 2) less the plain guess of them; 0 where nothing is hidden.

    Where neither a keypoint nor its like is ever shown (T, 17), the guess is the origin.
    """
    other = list(mirror_order())
    line = straight(xy, shown=shown, where=hidden | hidden[:, other])
    guess = np.where(np.isnan(line), line[:, other], line)
    off = np.asarray(xy, dtype=np.float64) - np.nan_to_num(guess)
    return np.where(hidden[..., None], off, 0.0).astype(np.float32)


def straight(xy: Float, *, shown: Bool, where: Bool | None = None) -> Float:
    """Positions (T, K, 2) by straight lines in time between those `shown` (T, K), ends held.

    A keypoint that is never shown is NaN, and so is one that is nowhere wanted (`where`, (T, K)).
    """
    rows = np.arange(xy.shape[0])
    lines = np.full(xy.shape, np.nan)
    wanted = shown.any(axis=0) if where is None else shown.any(axis=0) & where.any(axis=0)
    for joint in np.flatnonzero(wanted):
        known = np.flatnonzero(shown[:, joint])
        for axis in range(2):
            lines[:, joint, axis] = np.interp(rows, known, xy[known, joint, axis])
    return lines
