"""The likeliest sequence of names left and right for a limb. Pure.

What is followed are differences, left minus right, of the places in the picture, of depth and of
score. Every choice of names (STATES) keeps its own idea of where each difference is and how fast it
goes: a Kalman filter of constant velocity disturbed by white acceleration, with Student's t for the
noise, so that a stray frame neither counts for much nor bends the path. Each frame, every state
goes on from the predecessor that makes it cheapest (Viterbi with per-survivor processing: Raheli,
Polydoros and Tzou 1995). Costs are in nats: negative log-likelihoods.
"""

from __future__ import annotations

from copy import copy
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from analysis.config import RepairConfig
    from analysis.schema import Float, Int

KINDS: Final = ("root", "root depth", "beyond", "beyond depth")
# Signs of the four kinds. Places may be exchanged and depth not: BlazePose, which takes the far leg
# for the near one in the picture, goes on to say that the left is the far one.
STATES: Final = np.array(
    [
        [1, 1, 1, 1],  # as given
        [-1, -1, -1, -1],
        [1, 1, -1, -1],
        [-1, -1, 1, 1],
        [-1, 1, -1, 1],
        [1, 1, -1, 1],
        [-1, 1, 1, 1],
    ]
)
FREEDOM: Final = 3.0  # of Student's t
SPEED_SD_BH_S: Final = 2.0  # of a difference that was not followed yet
SPREAD_SD_BH: Final = 0.3  # of a difference that was not seen yet
GAP_S: Final = 0.25  # after a gap longer than this …
GAP_STEPS: Final = 2.5  # … and than so many frames, nothing is known any more
NOISE_OF_SECOND_DIFFERENCE: Final = 6.0  # variance of d₂ - 2 d₁ + d₀ for white noise of variance 1
CHI2_MEDIAN: Final = (0.455, 1.386)  # of one and of two degrees of freedom
_MINUS: Final = (STATES < 0).astype(np.int64)  # (S, 4)
_CHANGES: Final = (STATES[:, None] != STATES[None]).any(axis=2)


@dataclass(frozen=True, slots=True, eq=False)
class Difference:
    """One left-minus-right difference of a limb."""

    kind: int  # of KINDS
    values: Float  # (N, 1 or 2), NaN where unknown
    weight: Float  # (N,) 0..1
    floor: float  # sd that no estimator falls below


@dataclass(frozen=True, slots=True, eq=False)
class _Belief:
    """Where S survivors take G differences to be: means (S, G, 2), variances (S, G)."""

    at: Float
    speed: Float
    var: Float  # of the place
    both: Float  # covariance of place and speed
    speed_var: Float

    def of(self, survivors: Int) -> _Belief:
        return _Belief(
            self.at[survivors],
            self.speed[survivors],
            self.var[survivors],
            self.both[survivors],
            self.speed_var[survivors],
        )


class SideFilter:
    """Costs of names for one limb over its N seen frames."""

    def __init__(
        self,
        differences: Sequence[Difference],
        *,
        time_s: Float,
        begins: NDArray[np.bool_],
        state_cost: Float,
        config: RepairConfig,
    ) -> None:
        """`state_cost` (N, S) is what each of STATES costs a frame by other evidence.

        Nothing is known from before the frames that `begins` (N,) marks, as after a cut.
        """
        steps_s = np.diff(time_s, prepend=time_s[0])
        longest_s = max(GAP_S, GAP_STEPS * float(np.median(steps_s[1:])))
        self._begins = begins | (steps_s > longest_s)
        self._steps_s = steps_s
        self.time_s, self.state_cost, self._config = time_s, state_cost, config
        self._switch = config.switch_cost * _CHANGES
        self._kind = np.array([one.kind for one in differences])
        self._dims = np.array([one.values.shape[1] for one in differences])
        values = np.stack([_two_columns(one.values) for one in differences], axis=1)
        self._known = np.isfinite(values[..., 0])
        self._values = np.nan_to_num(values)  # (N, G, 2)
        self._weight = np.where(
            self._known, np.nan_to_num(np.stack([d.weight for d in differences], axis=1)), 0.0
        )
        self._noise = np.array([_noise(one) for one in differences])  # variance (G,)
        # Parts of one limb err together: n of them tell no more than √n that err alone would.
        counts = np.bincount(self._kind, minlength=len(KINDS))
        self._member = np.zeros((self._kind.size, len(KINDS)))
        self._member[np.arange(self._kind.size), self._kind] = 1 / np.sqrt(counts[self._kind])

    def backwards(self) -> SideFilter:
        """The same with time running backwards."""
        turned = copy(self)
        for name in ("time_s", "state_cost", "_values", "_known", "_weight"):
            setattr(turned, name, getattr(self, name)[::-1])
        # What lay between a frame and the one before lies between that one and this.
        for name in ("_begins", "_steps_s"):
            setattr(turned, name, np.roll(getattr(self, name)[::-1], 1))
        return turned

    def agreed_path(self) -> Int:
        """States (N,) that exchange the same places in either direction of time, else as given.

        What is expected after garbled frames is no better than they are; what is clear when seen
        from before and from after is clear.
        """
        path = self.best_path()
        places = STATES[:, [0, 2]]
        same = places[path] == places[self.backwards().best_path()[::-1]]
        return np.where(same.all(axis=1), path, 0)

    def best_path(self) -> Int:
        """The cheapest states (N,)."""
        frames, states = self.time_s.size, len(STATES)
        # Every shot begins as given; to begin otherwise has the price of a change.
        best = self._switch[0] + self.state_cost[0]
        belief = self._first(np.arange(states), frame=0)
        came_from = np.zeros((frames, states), dtype=np.uint8)
        now = np.arange(states)
        for frame in range(1, frames):
            if self._begins[frame]:
                came_from[frame] = best.argmin()
                best = best.min() + self._switch[0] + self.state_cost[frame]
                belief = self._first(now, frame=frame)
                continue
            expected, costs = self._looked_at(belief, frame)
            total = best[:, None] + self._switch + _by_state(costs)
            origin = total.argmin(axis=0)
            came_from[frame] = origin
            best = total[origin, now] + self.state_cost[frame]
            belief = self._learned(expected.of(origin), now, frame=frame)
        path = np.zeros(frames, dtype=np.int64)
        path[-1] = best.argmin()
        for frame in range(frames - 1, 0, -1):
            path[frame - 1] = came_from[frame, path[frame]]
        return path

    def cost(self, path: Int, *, part: slice) -> float:
        """What a path (N,) of states costs within `part`, known nothing before it."""
        frames = range(*part.indices(self.time_s.size))
        first = frames[0]
        total = float(self.state_cost[first, path[first]] + self._switch[0, path[first]])
        belief = self._first(path[first : first + 1], frame=first)
        for frame in frames[1:]:
            state = path[frame]
            if self._begins[frame]:
                total += float(self._switch[0, state] + self.state_cost[frame, state])
                belief = self._first(path[frame : frame + 1], frame=frame)
                continue
            expected, costs = self._looked_at(belief, frame)
            total += float(_by_state(costs)[0, state] + self.state_cost[frame, state])
            total += float(self._switch[path[frame - 1], state])
            belief = self._learned(expected, path[frame : frame + 1], frame=frame)
        return total

    def _first(self, states: Int, *, frame: int) -> _Belief:
        signs = STATES[states][:, self._kind]
        shape = signs.shape
        known = self._known[frame]
        return _Belief(
            at=signs[..., None] * self._values[frame],
            speed=np.zeros((*shape, 2)),
            var=np.broadcast_to(np.where(known, self._noise, SPREAD_SD_BH**2), shape),
            both=np.zeros(shape),
            speed_var=np.full(shape, SPEED_SD_BH_S**2),
        )

    def _looked_at(self, belief: _Belief, frame: int) -> tuple[_Belief, Float]:
        """What is expected in a frame, and each kind's costs (S, 2, 4) as given and exchanged."""
        expected = self._expected(belief, float(self._steps_s[frame]))
        total = expected.var + self._noise
        error = self._values[frame] * np.array([1.0, -1.0])[:, None, None] - expected.at[:, None]
        misfit = np.sum(error**2, axis=3) / total[:, None]  # (S, 2, G); absent columns are 0 - 0
        costs = (FREEDOM + self._dims) / 2 * np.log1p(misfit / FREEDOM)
        costs = np.minimum(costs, self._config.stray_cap)
        costs = costs + (self._dims / 2 * np.log(total / self._noise))[:, None]
        return expected, (costs * self._weight[frame]) @ self._member

    def _expected(self, belief: _Belief, step_s: float) -> _Belief:
        stir = self._config.stir_bh2_s3
        return _Belief(
            belief.at + step_s * belief.speed,
            belief.speed,
            belief.var
            + 2 * step_s * belief.both
            + step_s**2 * belief.speed_var
            + stir * step_s**3 / 3,
            belief.both + step_s * belief.speed_var + stir * step_s**2 / 2,
            belief.speed_var + stir * step_s,
        )

    def _learned(self, expected: _Belief, states: Int, *, frame: int) -> _Belief:
        """Beliefs after a frame read in `states` (S,): strays and doubtful keypoints teach less."""
        signs = STATES[states][:, self._kind, None]
        error = signs * self._values[frame] - expected.at
        total = expected.var + self._noise
        misfit = np.sum(error**2, axis=2) / total
        trust = np.minimum((FREEDOM + self._dims) / (FREEDOM + misfit), 1.0) * self._weight[frame]
        gain = trust / total  # as if the noise were so large that the error is no surprise
        own, other = gain * expected.var, gain * expected.both
        return _Belief(
            expected.at + own[..., None] * error,
            expected.speed + other[..., None] * error,
            expected.var * (1 - own),
            expected.both * (1 - own),
            expected.speed_var - other * expected.both,
        )


def _by_state(costs: Float) -> Float:
    """Costs (S, S) of going from each survivor to each of STATES, from (S, 2, 4)."""
    return np.asarray(costs[:, _MINUS, np.arange(len(KINDS))].sum(axis=2))


def _two_columns(values: Float) -> Float:
    if values.shape[1] == 2:
        return values
    return np.concatenate([values, np.where(np.isfinite(values), 0.0, np.nan)], axis=1)


def _noise(one: Difference) -> float:
    """Variance of one coordinate by the median second difference, which few strays bend."""
    squares = np.sum(np.diff(one.values, n=2, axis=0) ** 2, axis=1)
    known = squares[np.isfinite(squares)]
    if not known.size:
        return one.floor**2
    typical = float(np.median(known)) / CHI2_MEDIAN[one.values.shape[1] - 1]
    return max(typical / NOISE_OF_SECOND_DIFFERENCE, one.floor**2)
