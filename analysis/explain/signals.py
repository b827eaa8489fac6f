"""Clips in which named signals are held still: what Shapley values and LIME perturb. Pure.

A signal is held by turning the limb, with everything that hangs on it, so that its angle is its
mean over all that was seen of the person; limbs keep their lengths, joints further out keep their
own angles, and velocities follow. Angles are of the picture, from rows of `model_input`: origin in
the middle of the hips, y down. T rows, K keypoints, C numbers a row.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from analysis.explain.baseline import JOINTS, SEEN, VELOCITY, XY, joints_of
from analysis.features.body17 import BODY17
from analysis.features.model_input import LIMIT, VELOCITY_LIMIT, velocity

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from analysis.schema import Float

    Bool = NDArray[np.bool_]
    Rows = NDArray[np.float32]
    Complex = NDArray[np.complex128]

TRAVEL: Final = "travel"
TEXT: Final = "text"
MIDDLES: Final = frozenset({"hips", "shoulders"})


@dataclass(frozen=True, slots=True)
class Hinge:
    """A limb that turns about `pivot`; its angle is of `limb` against `against`.

    A limb is (from, to): keypoints, or "hips" or "shoulders" for their middles; None is straight
    down.
    """

    signal: str
    pivot: str
    limb: tuple[str, str]
    against: tuple[str, str] | None
    moves: tuple[str, ...]


def _sides(
    signal: str,
    *,
    limb: tuple[str, str],
    against: tuple[str, str] | None,
    moves: tuple[str, ...],
) -> Iterator[Hinge]:
    """The same hinge on the left and on the right."""
    for side in ("left", "right"):
        start, end = (f"{side}_{name}" for name in limb)
        other = None if against is None else _own(against, side=side)
        moved = tuple(f"{side}_{name}" for name in moves)
        yield Hinge(signal.format(side=side), start, (start, end), other, moved)


def _own(names: tuple[str, str], *, side: str) -> tuple[str, str]:
    start, end = (name if name in MIDDLES else f"{side}_{name}" for name in names)
    return start, end


FOOT: Final = ("ankle", "heel", "foot_index")
ARMS: Final = tuple(
    f"{side}_{name}" for side in ("left", "right") for name in ("shoulder", "elbow", "wrist")
)
# From the trunk outwards: a limb is turned where its parent has already gone.
HINGES: Final = (
    Hinge("trunk", "hips", ("hips", "shoulders"), None, ("nose", *ARMS)),
    *_sides(
        "{side}_arm", limb=("shoulder", "elbow"), against=("hips", "shoulders"),
        moves=("elbow", "wrist"),
    ),
    *_sides("{side}_arm", limb=("elbow", "wrist"), against=("shoulder", "elbow"), moves=("wrist",)),
    *_sides("hips", limb=("hip", "knee"), against=None, moves=("knee", *FOOT)),
    *_sides("{side}_knee", limb=("knee", "ankle"), against=("hip", "knee"), moves=FOOT),
)  # fmt: skip
SIGNALS: Final = (*dict.fromkeys(hinge.signal for hinge in HINGES), TRAVEL)


class Held:
    """One person's clip (T, C), any of whose signals can be held at their means over `every`."""

    def __init__(self, clip: Rows, *, every: Rows) -> None:
        self._clip = clip
        self._points = _points(clip)
        known = _points(every)
        self._turns = [
            _turn(_angle(self._points, hinge), mean=_angle(known, hinge)) for hinge in HINGES
        ]

    def rows(self, kept: frozenset[str]) -> Rows:
        """Rows (T, C) in which only the signals of `kept` move as they did."""
        points = self._points.copy()
        for hinge, turn in zip(HINGES, self._turns, strict=True):
            if hinge.signal not in kept:
                moved = [BODY17.index(name) for name in hinge.moves]
                pivot = _place(points, hinge.pivot)[:, None]
                points[:, moved] = pivot + (points[:, moved] - pivot) * turn[:, None]
        rows = self._clip.copy()
        if TRAVEL not in kept:
            rows[:, JOINTS:] = 0.0
        joints = joints_of(self._clip).copy()
        joints[..., XY], joints[..., VELOCITY] = self._moved(points, joints[..., VELOCITY])
        joints[joints[..., SEEN] == 0] = 0.0
        rows[:, :JOINTS] = joints.reshape(rows.shape[0], -1)
        return rows

    def _moved(self, points: Complex, given: Rows) -> tuple[Float, Rows]:
        """Positions and velocities (T, K, 2): as given, plus what the turning changed of them."""
        at, was = (np.stack([one.real, one.imag], axis=-1) for one in (points, self._points))
        change = velocity(at) - velocity(was)
        speeds = np.clip(given + np.nan_to_num(change, nan=0.0), -VELOCITY_LIMIT, VELOCITY_LIMIT)
        return np.clip(np.nan_to_num(at, nan=0.0), -LIMIT, LIMIT), speeds


def _points(rows: Rows) -> Complex:
    """Keypoints (T, K) as x + iy; NaN where unseen."""
    joints = joints_of(rows).astype(np.float64)
    points: Complex = joints[..., 0] + 1j * joints[..., 1]
    points[joints[..., SEEN] == 0] = complex(np.nan, np.nan)
    return points


def _place(points: Complex, name: str) -> Complex:
    """A keypoint or a middle (T,); the hips' is the origin of the rows."""
    if name == "hips":
        return np.zeros(points.shape[0], dtype=np.complex128)
    if name == "shoulders":
        pair = [BODY17.index(f"{side}_shoulder") for side in ("left", "right")]
        middle: Complex = points[:, pair].mean(axis=1)
        return middle
    return points[:, BODY17.index(name)]


def _angle(points: Complex, hinge: Hinge) -> Complex:
    """The hinge's angle (T,) as a unit number; NaN where it cannot be told."""
    limb = _place(points, hinge.limb[1]) - _place(points, hinge.limb[0])
    against = 1j * np.ones_like(limb)
    if hinge.against is not None:
        against = _place(points, hinge.against[1]) - _place(points, hinge.against[0])
    product = limb * against.conj()
    size = np.abs(product)
    return np.divide(
        product, size, out=np.full_like(product, complex(np.nan, np.nan)), where=size > 1e-9
    )


def _turn(angle: Complex, *, mean: Complex) -> Complex:
    """What brings each angle (T,) to the mean of `mean` (N,); 1 where nothing can be told."""
    known = mean[np.isfinite(mean)]
    middle = known.mean() if known.size else 0.0
    if abs(middle) < 1e-9:
        return np.ones_like(angle)
    turned: Complex = middle / abs(middle) * angle.conj()
    return np.where(np.isfinite(turned), turned, 1.0)
