"""Footage made worse in measured ways: what a clip's points are put through before they are read.

Every change takes a clip that a camera has seen (2D) and a generator: the same seed gives the same
clip. Lengths are in trunk lengths of the athlete in the picture, times in seconds.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import partial
from typing import TYPE_CHECKING, Final

import numpy as np

from analysis.features.body17 import BODY17, mirror_order
from analysis.training.augment import mirror
from analysis.training.cameras import CameraRanges, trunk_length

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from analysis.schema import Float
    from analysis.training.records import MotionClip

    Bool = NDArray[np.bool_]
    Change = Callable[[MotionClip, np.random.Generator], MotionClip]

LIMBS: Final = tuple(
    tuple(f"{side}_{joint}" for joint in joints)
    for side in ("left", "right")
    for joints in (("elbow", "wrist"), ("knee", "ankle", "heel", "foot_index"))
)
BELOW_HIPS: Final = tuple(
    name for name in BODY17.keypoints if name.endswith(("knee", "ankle", "heel", "foot_index"))
)
SWAP_S: Final = 0.3  # how long a left/right exchange lasts
TRAINED: Final = CameraRanges()


@dataclass(frozen=True, slots=True)
class Condition:
    """One row of a robustness card."""

    what: str  # "noise"
    how: str  # "0.05 trunk lengths"
    befalls: Change | None = None
    cameras: CameraRanges = field(default_factory=CameraRanges)
    needs_3d: bool = False  # a set that is 2D already keeps its view


def conditions() -> tuple[Condition, ...]:
    """All rows but the attacks; the first is footage as it is trained on."""
    low, high = TRAINED.elevation_deg
    return (
        Condition("clean", "as in training"),
        *(
            Condition("noise", f"sd {sd} trunk lengths", partial(noise, sd=sd))
            for sd in (0.02, 0.05, 0.1, 0.2)
        ),
        *(
            Condition("points lost", f"{share:.0%} at random", partial(points_lost, share=share))
            for share in (0.1, 0.3, 0.5)
        ),
        Condition("points lost", "one limb", one_limb_lost),
        Condition("points lost", "below the hips", partial(lost, names=BELOW_HIPS)),
        *(
            Condition("frames lost", f"{share:.0%}", cameras=CameraRanges(lost=share))
            for share in (0.1, 0.3, 0.5)
        ),
        *(
            Condition(
                "frame rate", f"{rate:.0f} per second", cameras=CameraRanges(rates_hz=(rate,))
            )
            for rate in (10.0, 15.0, 60.0)
        ),
        Condition("mirrored", "left and right exchanged in picture and label", mirrored),
        *(
            Condition("sides swapped", f"{share:.0%} of the time", partial(swapped, share=share))
            for share in (0.1, 0.3)
        ),
        *(
            Condition(
                "unseen camera height",
                f"{a:.0f} to {b:.0f} degrees (trained {low:.0f} to {high:.0f})",
                cameras=CameraRanges(elevation_deg=(a, b)),
                needs_3d=True,
            )
            for a, b in (
                (low - 25.0, low - 5.0),
                (high + 5.0, high + 20.0),
                (high + 20.0, high + 45),
            )
        ),
    )


def noise(clip: MotionClip, rng: np.random.Generator, *, sd: float) -> MotionClip:
    """White noise on every point, `sd` trunk lengths."""
    xy = _xy(clip)
    return replace(clip, xy=xy + sd * trunk_length(xy) * rng.normal(0.0, 1.0, xy.shape))


def points_lost(clip: MotionClip, rng: np.random.Generator, *, share: float) -> MotionClip:
    """A share of the points unseen, each in each frame on its own."""
    return _without(clip, rng.random(_xy(clip).shape[:2]) < share)


def one_limb_lost(clip: MotionClip, rng: np.random.Generator) -> MotionClip:
    """One forearm or one leg below the hip unseen throughout."""
    return lost(clip, rng, names=LIMBS[int(rng.integers(len(LIMBS)))])


def lost(clip: MotionClip, _: np.random.Generator, *, names: Sequence[str]) -> MotionClip:
    """These points unseen throughout."""
    gone = np.zeros(_xy(clip).shape[:2], dtype=np.bool_)
    gone[:, [BODY17.index(name) for name in names]] = True
    return _without(clip, gone)


def mirrored(clip: MotionClip, _: np.random.Generator) -> MotionClip:
    """The picture mirrored, and the label with it."""
    return mirror(clip)


def swapped(clip: MotionClip, rng: np.random.Generator, *, share: float) -> MotionClip:
    """Left and right exchanged in spells of `SWAP_S` that make up about `share` of the time."""
    count = max(1, round(share * max(clip.duration_s, SWAP_S) / SWAP_S))
    wrong = np.zeros(clip.frames, dtype=np.bool_)
    for start_s in rng.uniform(0.0, max(clip.duration_s - SWAP_S, 1e-6), count):
        wrong |= (clip.time_s >= start_s) & (clip.time_s <= start_s + SWAP_S)
    order = list(mirror_order())
    xy = np.where(wrong[:, None, None], _xy(clip)[:, order], _xy(clip))
    score = clip.score
    if score is not None:
        score = np.where(wrong[:, None], score[:, order], score)
    return replace(clip, xy=xy, score=score)


def _without(clip: MotionClip, gone: Bool) -> MotionClip:
    xy = np.where(gone[..., None], np.nan, _xy(clip))
    score = None if clip.score is None else np.where(gone, 0.0, clip.score)
    return replace(clip, xy=xy, score=score)


def _xy(clip: MotionClip) -> Float:
    if clip.xy is None:
        raise ValueError(f"{clip.clip}: expected a clip that a camera has seen")
    return np.asarray(clip.xy, np.float64)
