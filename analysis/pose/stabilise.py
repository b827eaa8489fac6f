"""The One-Euro filter: steady where a point rests, quick where it moves. Pure.

Casiez, Roussel and Vogel 2012, "1 € Filter: a simple speed-based low-pass filter for noisy input in
interactive systems"; MediaPipe Pose publishes its own settings of it, with speeds relative to the
size of the body.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from analysis.schema import Float

NOMINAL_HZ: Final = 30.0  # the settings below are meant for frames that follow at this rate


@dataclass(frozen=True, slots=True, kw_only=True)
class OneEuro:
    """Settings: cut-off at rest in Hz, its rise with speed, and the cut-off of the speed in Hz."""

    min_cutoff_hz: float
    beta: float
    speed_cutoff_hz: float = 1.0


# MediaPipe Pose: the two points that span the next crop, the landmarks in the picture, and
# the landmarks in metres.
CROP: Final = OneEuro(min_cutoff_hz=0.01, beta=10.0)
PICTURE: Final = OneEuro(min_cutoff_hz=0.05, beta=80.0)
WORLD: Final = OneEuro(min_cutoff_hz=0.1, beta=40.0)


@dataclass(frozen=True, slots=True, eq=False)
class Steady:
    """The state of a filter: what came in last, what went out, and the filtered speed."""

    raw: Float
    value: Float
    speed: Float

    @classmethod
    def start(cls, raw: Float) -> Steady:
        """Nothing is known of the speed: it is taken to be 0."""
        return cls(raw=raw, value=raw, speed=0.0 * raw)

    def then(self, raw: Float, *, scale: float, settings: OneEuro) -> Steady:
        """The state a frame later; `scale` turns the values into body sizes (1 for metres)."""
        speed = (raw - self.raw) * scale * NOMINAL_HZ
        weight = _weight(settings.speed_cutoff_hz)
        speed = weight * speed + (1 - weight) * self.speed
        weight = _weight(settings.min_cutoff_hz + settings.beta * abs(speed))
        return Steady(raw=raw, value=weight * raw + (1 - weight) * self.value, speed=speed)


def smoothed(values: Float, *, scale: Float, settings: OneEuro) -> Float:
    """Points (F, K, D) through the filter; `scale` (F,) turns them into body sizes."""
    state = Steady.start(values[0])
    out = [state.value]
    for raw, each in zip(values[1:], scale[1:], strict=True):
        state = state.then(raw, scale=float(each), settings=settings)
        out.append(state.value)
    return np.stack(out)


def _weight(cutoff_hz: Float | float) -> Float | float:
    """How much of a new value is taken over."""
    return 1.0 / (1.0 + NOMINAL_HZ / (2.0 * math.pi * cutoff_hz))
