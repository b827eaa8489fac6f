"""What a pose backend does to the truth, as numbers fitted to what it did (`fit_noise`).

Lengths are in trunk lengths of the athlete in the picture, times in seconds, so that the model
serves any picture size and frame rate. Errors of a point are a constant offset per clip (the
backend's "hip" is not ours), a jitter that fades with a time constant, and rare bursts; a point's
score lies around a level of its own, and falls in gaps; now and then arms or legs change sides.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, fields
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from analysis.features.body17 import BODY17

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from analysis.schema import Float

    Bool = NDArray[np.bool_]

FITTED: Final = "noise.json"
KINDS: Final = (
    "nose", "shoulder", "elbow", "wrist", "hip", "knee", "ankle", "heel", "foot_index",
)  # fmt: skip
SIDES: Final = ("near", "far")
ARMS: Final = ("shoulder", "elbow", "wrist")
LEGS: Final = ("hip", "knee", "ankle", "heel", "foot_index")
FAR_SHARE: Final = 0.3  # of a trunk length deeper than its mirror image: on the far side
GAP_ERROR: Final = 3.0  # in a gap the backend still answers, but guesses
SCORE_WOBBLE: Final = 0.3  # logits
LOW_SCORE: Final = 0.3  # a gap: what `model_input` and the cleaning count as unseen


@dataclass(frozen=True, slots=True)
class PointNoise:
    """One kind of point on one side of the body (near to the camera or far)."""

    offset_sd: float  # trunk lengths, constant over a clip
    jitter_sd: float  # trunk lengths
    jitter_tau_s: float  # the jitter's correlation falls to 1/e in this time
    burst_per_s: float  # how often a burst of errors begins
    burst_sd: float  # trunk lengths
    score_logit: float  # level of the score, as log(p / (1 - p))
    score_logit_sd: float
    gap_per_s: float  # how often its score falls below LOW_SCORE
    gap_s: float  # mean length of such a gap


@dataclass(frozen=True, slots=True)
class NoiseModel:
    """All of it.

    `spread` is the sd of the log of a factor that each clip's errors are given: the fit saw few
    clips of a plain figure, footage is better and worse.
    """

    points: Mapping[str, PointNoise]  # "knee/far" → its numbers
    swap_per_s: float  # how often arms, or legs, change sides
    swap_s: float  # mean length
    burst_s: float  # mean length
    spread: float

    def of(self, keypoint: str, *, side: str) -> PointNoise:
        """Numbers of a keypoint of BODY17 on the near or far side."""
        kind = keypoint.removeprefix("left_").removeprefix("right_")
        return self.points[f"{kind}/{side}"]


@cache
def fitted() -> NoiseModel:
    """The model that ships, with its provenance in the file beside this one."""
    text = files("analysis.training").joinpath(FITTED).read_text(encoding="utf-8")
    return parse(json.loads(text))


def parse(told: Mapping[str, Any]) -> NoiseModel:
    """From the JSON that `fit_noise` writes.

    Raises:
        KeyError, TypeError: a number is missing or has another name.
    """
    return NoiseModel(
        points={name: PointNoise(**numbers) for name, numbers in told["points"].items()},
        **{name: told[name] for name in ("swap_per_s", "swap_s", "burst_s", "spread")},
    )


def disturb(
    xy: Float,
    *,
    far: Bool,
    unit: Float,
    time_s: Float,
    model: NoiseModel,
    rng: np.random.Generator,
) -> tuple[Float, Float]:
    """Points (F, 17, 2) and scores (F, 17) as a backend would have given them.

    `far` (F, 17) says which points are on the far side, `unit` (F,) is the trunk's length in the
    picture. NaN stays NaN with score 0.
    """
    step_s = np.diff(time_s, prepend=time_s[0])
    worse = float(np.exp(rng.normal(0.0, model.spread)))
    true = _swap(np.array(xy, dtype=np.float64), step_s=step_s, model=model, rng=rng)
    own = _numbers(model, far=far)
    error = own["jitter_sd"][..., None] * _correlated(step_s, tau_s=own["jitter_tau_s"], rng=rng)
    error += own["offset_sd"][..., None] * rng.normal(0.0, 1.0, (1, *true.shape[1:]))
    bursts = _spells(step_s, per_s=own["burst_per_s"], length_s=model.burst_s, rng=rng)
    thrown = own["burst_sd"][..., None] * rng.normal(0.0, 1.0, true.shape)
    error = np.where(bursts[..., None], error + thrown, error)
    length_s = float(own["gap_s"].mean())
    gaps = _spells(step_s, per_s=worse * own["gap_per_s"], length_s=length_s, rng=rng)
    error = np.where(gaps[..., None], GAP_ERROR * error, error)
    seen = true + worse * error * unit[:, None, None]
    level = own["score_logit"] + own["score_logit_sd"] * rng.normal(0.0, 1.0, (1, true.shape[1]))
    level = level + SCORE_WOBBLE * _correlated(step_s, tau_s=own["jitter_tau_s"], rng=rng)[..., 0]
    low = rng.uniform(0.0, LOW_SCORE, gaps.shape)
    score = np.where(gaps, low, 1.0 / (1.0 + np.exp(-level)))
    score[~np.isfinite(seen).all(axis=-1)] = 0.0
    return seen, score


def _numbers(model: NoiseModel, *, far: Bool) -> dict[str, Float]:
    """Each number of each point in each frame (F, 17), by the side it is on."""
    own: dict[str, Float] = {}
    for one in fields(PointNoise):
        near, other = (
            np.array([getattr(model.of(name, side=side), one.name) for name in BODY17.keypoints])
            for side in SIDES
        )
        own[one.name] = np.where(far, other, near)
    return own


def _correlated(step_s: Float, *, tau_s: Float, rng: np.random.Generator) -> Float:
    """Unit-variance noise (F, 17, 2) whose correlation over t seconds is exp(-t/tau): AR(1)."""
    fresh = rng.normal(0.0, 1.0, (*tau_s.shape, 2))
    keep = np.exp(-step_s[:, None] / np.maximum(tau_s, 1e-3))[..., None]
    out: Float = np.sqrt(1.0 - keep**2) * fresh
    out[0] = fresh[0]
    for row in range(1, step_s.size):
        out[row] += keep[row] * out[row - 1]
    return out


def _spells(step_s: Float, *, per_s: Float, length_s: float, rng: np.random.Generator) -> Bool:
    """Where (F, n) spells are on: they begin `per_s` a second and last `length_s` on average."""
    starts = rng.random(per_s.shape) < 1.0 - np.exp(-per_s * step_s[:, None])
    inside = np.zeros(per_s.shape, dtype=np.bool_)
    clock_s = np.cumsum(step_s)
    for row, column in np.argwhere(starts).tolist():
        end_s = clock_s[row] + rng.exponential(max(length_s, 1e-3))
        inside[(clock_s >= clock_s[row]) & (clock_s <= end_s), column] = True
    return inside


def _swap(xy: Float, *, step_s: Float, model: NoiseModel, rng: np.random.Generator) -> Float:
    limbs = (ARMS, LEGS)
    per_s = np.full((step_s.size, len(limbs)), model.swap_per_s)
    swapped = _spells(step_s, per_s=per_s, length_s=model.swap_s, rng=rng)
    for limb, rows in zip(limbs, swapped.T, strict=True):
        left = [BODY17.index(f"left_{kind}") for kind in limb]
        right = [BODY17.index(f"right_{kind}") for kind in limb]
        exchanged = xy.copy()
        exchanged[:, left + right] = xy[:, right + left]
        xy = np.where(rows[:, None, None], exchanged, xy)
    return xy


def far_points(depth: Float, *, trunk: float) -> Bool:
    """Which points (F, 17) lie deeper than their mirror images by FAR_SHARE of a trunk length."""
    far = np.zeros(depth.shape, dtype=np.bool_)
    for left, right in BODY17.pairs:
        apart = depth[:, left] - depth[:, right]
        far[:, left] = apart > FAR_SHARE * trunk
        far[:, right] = -apart > FAR_SHARE * trunk
    return far
