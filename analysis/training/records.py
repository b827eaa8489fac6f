"""What every set of labelled movement is read into.

Shapes: F frames, K = 17 keypoints (`analysis.features.body17.BODY17`). Units are in the names;
missing is NaN, an unknown label is None (NaN for `correct`, "" in `frame_labels`).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from analysis.features.body17 import BODY17

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from analysis.schema import Float

KEYPOINTS: Final = len(BODY17.keypoints)


class Ship(StrEnum):
    """Whether weights trained on a set may be given to others."""

    MAIN = "main"  # yes, in the main weights, with the attribution that the licence asks
    APART = "apart"  # only as a separate, non-commercial file with the licence beside it
    NEVER = "never"  # benchmark or private fine-tuning only


@dataclass(frozen=True, slots=True)
class Licence:
    """The terms of one set."""

    name: str  # SPDX-like: "PDDL-1.0", "CC-BY-SA-3.0"
    ship: Ship
    attribution: str  # the sentence a model card has to carry


@dataclass(frozen=True, slots=True, eq=False)
class MotionClip:
    """One stretch of movement of one person, with what is known of it.

    At least one of `xyz_m` and `xy` is there. A clip of a single frame (`time_s` of one entry) is a
    still: it has no motion.

    Raises:
        ValueError: a shape, the clock or a label is out of order; the message says which.
    """

    source: str  # the set: a key of `analysis.training.readers.catalogue.SETS` ("hdm05")
    family: str  # sets that recorded the same people share it ("cmu"): see `splits`
    person: str | None  # unique over all sets: "hdm05:bd", "cmu:06"; None = not known
    sequence: str  # the unbroken recording (or match) it was cut from, unique over all sets
    clip: str  # unique over all sets: "hdm05:1/HDM_bd_depositFloorR_002_120"
    time_s: Float  # (F,) f8, strictly rising, from 0
    xyz_m: Float | None  # (F, 17, 3) f4: x right, y down, z away (right-handed); metres; the
    #   world's, not hip-centred: y of the floor is about 0, the horizontal origin is arbitrary
    xy: Float | None  # (F, 17, 2) f4: x right, y down, in any one unit (only the shape counts)
    score: Float | None  # (F, 17) f4 0..1, with `xy`; None = the set gives none
    action: str | None = None  # in the set's own words, snake_case: "deep_squat"
    correct: float = np.nan  # execution: 1 right, 0 wrong, NaN not judged
    style: str | None = None  # acted state: "tired", "happy", "normal" …
    side: str | None = None  # "left" or "right" where the label names the side that does it
    frame_labels: NDArray[np.str_] | None = None  # (F,) action of each frame, "" = not labelled
    folds: tuple[str, ...] = ()  # official parts it belongs to: ("train1", "test2", "train3")
    licence: str = ""  # `Licence.name`
    may_ship: bool = False  # weights trained on it may be in the main weights
    text: str = ""  # what the set says of it, in English: "basketball: forward dribble"
    view: str = ""  # of what a camera saw, where it stood: "front", "side", "back"; "" not known

    def __post_init__(self) -> None:
        frames = np.shape(self.time_s)[0]
        self._array("time_s", (frames,), np.float64)
        if frames == 0 or not np.isfinite(self.time_s).all() or (np.diff(self.time_s) <= 0).any():
            raise ValueError(f"{self.clip}: expected finite, strictly rising seconds")
        if self.xyz_m is None and self.xy is None:
            raise ValueError(f"{self.clip}: expected xyz_m or xy")
        self._array("xyz_m", (frames, KEYPOINTS, 3), np.float32)
        self._array("xy", (frames, KEYPOINTS, 2), np.float32)
        self._array("score", (frames, KEYPOINTS), np.float32)
        if self.frame_labels is not None:
            self._array("frame_labels", (frames,), np.str_)
        if self.side not in {None, "left", "right"}:
            raise ValueError(f"{self.clip}: expected side left or right, got {self.side!r}")

    def _array(self, name: str, shape: tuple[int, ...], dtype: type) -> None:
        value = getattr(self, name)
        if value is None:
            return
        array: NDArray[Any] = np.array(value, dtype=dtype)
        if array.shape != shape:
            raise ValueError(f"{self.clip}.{name}: expected {shape}, got {array.shape}")
        array.setflags(write=False)
        object.__setattr__(self, name, array)

    @property
    def frames(self) -> int:
        """How many rows."""
        return int(self.time_s.shape[0])

    @property
    def duration_s(self) -> float:
        """From the first row to the last."""
        return float(self.time_s[-1] - self.time_s[0])

    @property
    def rate_hz(self) -> float:
        """Median frame rate; NaN for a still."""
        return float(1.0 / np.median(np.diff(self.time_s))) if self.frames > 1 else float("nan")

    def cut(self, start: int, stop: int) -> MotionClip:
        """Rows [start, stop) with a clock from 0; the labels stay."""

        def part(value: NDArray[Any] | None) -> NDArray[Any] | None:
            return None if value is None else value[start:stop]

        return replace(
            self,
            time_s=self.time_s[start:stop] - self.time_s[start],
            xyz_m=part(self.xyz_m),
            xy=part(self.xy),
            score=part(self.score),
            frame_labels=part(self.frame_labels),
        )


@dataclass(frozen=True, slots=True, eq=False)
class MeasureTable:
    """A set that is a table of measures, not of movement (CaddieSet).

    `values` (R, M): one row per shot; NaN where not measured. `inputs` and `outcomes` name the
    columns that describe the body and those that describe what came of it.
    """

    source: str
    person: tuple[str, ...]  # (R,)
    columns: tuple[str, ...]  # (M,)
    values: Float  # (R, M)
    categories: Mapping[str, tuple[str, ...]]  # other columns in words: view, club
    inputs: tuple[str, ...]
    outcomes: tuple[str, ...]
    licence: str
    may_ship: bool

    def __post_init__(self) -> None:
        want = (len(self.person), len(self.columns))
        if np.shape(self.values) != want:
            raise ValueError(f"{self.source}: expected {want}, got {np.shape(self.values)}")


@dataclass(frozen=True, slots=True)
class Removed:
    """One thing that was left out of a prepared set, and why."""

    source: str
    clip: str
    reason: str  # a key of `analysis.training.clean.REASONS`
    detail: str = ""
