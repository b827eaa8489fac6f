"""Limbs whose left and right were exchanged, found and put back over the whole sequence.

An estimator that takes one leg for the other for a while writes true places under wrong names. The
mean of a left and a right keypoint is the same either way; their difference changes its sign. So
for each limb the signs are sought that make the differences move smoothly (second-order Viterbi:
each is predicted from the two before it at constant velocity), that agree with where feet and face
point, and that keep bones as long as they are, at a cost for each change. Costs are in nats:
negative log-likelihoods, robust against single strays.

Neither a real crossing of the legs (the difference passes through zero and goes on) nor a turn (it
rotates) is a swap; both stay as they are.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import numpy as np

from analysis.features.clean import runs
from analysis.features.side_evidence import (
    LIMBS,
    SIDES,
    Limb,
    agreement,
    bone_evidence,
    difference,
    score_difference,
    size_px,
)
from analysis.schema import Correction
from analysis.skeletons import SKELETONS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from analysis.config import AnalysisConfig, RepairConfig
    from analysis.schema import Float, Int, PoseTrack

CHI2_MEDIAN: Final = 1.386  # of two degrees of freedom
FLOOR_BH: Final = 0.004  # no estimator is surer than this
CLOSE_BH: Final = 0.03  # points nearer than this are not worth an exchange
SCORE_FLOOR: Final = 0.1

# A state is the sign of the limb's root (hips, shoulders) and that of everything beyond it.
STATES: Final = np.array([[1, 1], [-1, -1], [1, -1], [-1, 1]])
_SAME: Final = (STATES[:, None] == STATES[None]).all(axis=2)


@dataclass(frozen=True, slots=True, eq=False)
class _Costs:
    """All that decides one limb, for its N seen frames."""

    rows: Int  # (N,) frames
    root: Float  # (N, 4) cost of motion by relative signs of the two frames before and this one
    beyond: Float  # (N, 4)
    state: Float  # (N, 4) cost of being in each of STATES
    switch: float
    root_bh: Float  # (N,) how far left and right are apart in the picture
    beyond_bh: Float  # (N,)

    def apart_bh(self, part: slice, state: int) -> float:
        """The usual distance between what `state` exchanges: nothing is gained where it is nil."""
        root, beyond = STATES[state]
        moved = [
            d[part] for d, sign in ((self.root_bh, root), (self.beyond_bh, beyond)) if sign < 0
        ]
        known = [float(np.median(d[np.isfinite(d)])) for d in moved if np.isfinite(d).any()]
        return max(known, default=0.0)

    def moving(self, part: slice) -> Float:
        """Costs (n, 4, 4, 4) of motion for states in three successive frames."""
        joined: Float = self.root[part][:, _relative(0)] + self.beyond[part][:, _relative(1)]
        return joined

    def of_path(self, path: Int, *, part: slice) -> float:
        """The cost of a path (N,) of states within `part`."""
        here = np.arange(path.size)[part]
        before, two_before = np.maximum(here - 1, 0), np.maximum(here - 2, 0)
        moved = self.root[here, _relative(0)[path[two_before], path[before], path[here]]]
        moved = moved + self.beyond[here, _relative(1)[path[two_before], path[before], path[here]]]
        switched = np.where(here > 0, path[before] != path[here], path[here] != 0)
        return float(np.sum(moved + self.state[here, path[here]] + self.switch * switched))


@dataclass(frozen=True, slots=True)
class _Stretch:
    """Frames [start, stop) in which a limb is in one state other than as given."""

    limb: Limb
    state: int
    start: int
    stop: int
    confidence: float

    @property
    def part(self) -> str:
        return self.limb.parts[self.state - 1]


def repair_sides(
    track: PoseTrack, *, config: AnalysisConfig
) -> tuple[PoseTrack, tuple[Correction, ...]]:
    """The track with exchanged limbs put back, and what was put back where.

    Coordinates, depth and scores move together. Corrections whose id is in `config.repair.undone`
    are listed as undone and not made; the ids of the others do not depend on that. Gaps (NaN) stay.
    """
    repair = config.repair
    stretches = [s for limb in LIMBS for s in _stretches(track, limb, config=repair)]
    stretches = _merged(stretches)
    corrections = [(s, _correction(track, s, undone=repair.undone)) for s in stretches]
    swapped = np.zeros(track.score.shape, dtype=np.bool_)
    for stretch, correction in corrections:
        if not correction.undone:
            for index in _indices(track, stretch):
                swapped[stretch.start : stretch.stop, index] ^= True
    listed = sorted((c for _, c in corrections), key=lambda c: (c.start_s, c.part))
    return (_exchanged(track, swapped) if swapped.any() else track), tuple(listed)


def _exchanged(track: PoseTrack, swapped: NDArray[np.bool_]) -> PoseTrack:
    mirror = np.arange(track.score.shape[1])
    for left, right in SKELETONS[track.skeleton].pairs:
        mirror[left], mirror[right] = right, left
    xyz = track.xyz_m
    return replace(
        track,
        xy_px=np.where(swapped[:, :, None], track.xy_px[:, mirror], track.xy_px),
        xyz_m=None if xyz is None else np.where(swapped[:, :, None], xyz[:, mirror], xyz),
        score=np.where(swapped, track.score[:, mirror], track.score),
    )


def _indices(track: PoseTrack, stretch: _Stretch) -> list[int]:
    names = SKELETONS[track.skeleton].keypoints
    root, beyond = STATES[stretch.state]
    limbs = LIMBS if stretch.part == "body" else (stretch.limb,)
    wanted = [limb.root for limb in limbs if root < 0]
    wanted += [part for limb in limbs if beyond < 0 for part in limb.beyond]
    pairs = [f"{side}_{part}" for part in wanted for side in SIDES]
    return [names.index(name) for name in pairs if name in names]


def _merged(stretches: Sequence[_Stretch]) -> list[_Stretch]:
    """Legs and arms exchanged in the very same frames are one correction of the body."""
    whole = {(s.start, s.stop): s for s in stretches if s.part == "arms"}
    merged = []
    for stretch in stretches:
        other = whole.get((stretch.start, stretch.stop))
        if stretch.part == "legs" and other is not None:
            limb = replace(stretch.limb, parts=("body", *stretch.limb.parts[1:]))
            sure = min(stretch.confidence, other.confidence)
            merged.append(replace(stretch, limb=limb, confidence=sure))
            whole[stretch.start, stretch.stop] = merged[-1]
    taken = {(s.start, s.stop) for s in merged}
    rest = [s for s in stretches if s.state != 1 or (s.start, s.stop) not in taken]
    return [*merged, *rest]


def _correction(track: PoseTrack, stretch: _Stretch, *, undone: Sequence[str]) -> Correction:
    return make_correction(
        track.track_id,
        kind="side_swap",
        part=stretch.part,
        frames=(stretch.start, stretch.stop),
        time_s=track.time_s,
        confidence=stretch.confidence,
        undone=undone,
    )


def make_correction(
    track_id: int,
    *,
    kind: str,
    part: str,
    frames: tuple[int, int],
    time_s: Float,
    confidence: float,
    undone: Sequence[str],
) -> Correction:
    """The record of a correction in frames [start, stop).

    Its id comes from when it begins, in ms: the same however the footage is cut into parts.
    """
    start, stop = frames
    step_s = float(np.median(np.diff(time_s))) if time_s.size > 1 else 0.0
    key = f"{kind}-{track_id}-{part}-{round(1000 * float(time_s[start]))}"
    return Correction(
        correction_id=key,
        track_id=track_id,
        kind=kind,
        part=part,
        start_s=float(time_s[start]),
        end_s=float(time_s[stop] if stop < time_s.size else time_s[-1] + step_s),
        confidence=confidence,
        undone=key in undone,
    )


def _stretches(track: PoseTrack, limb: Limb, *, config: RepairConfig) -> list[_Stretch]:
    costs = _costs(track, limb, config=config)
    if costs is None:
        return []
    path = _best_path(costs)
    found = []
    for state in (1, 2, 3):
        for start, stop in runs(np.asarray(path == state)):
            straight = path.copy()
            straight[start:stop] = 0
            part = slice(start, min(stop + 2, path.size))
            margin = costs.of_path(straight, part=part) - costs.of_path(path, part=part)
            sure = float(1 / (1 + np.exp(-np.clip(margin, 0.0, 30.0))))
            if sure < config.min_confidence or costs.apart_bh(slice(start, stop), state) < CLOSE_BH:
                continue
            frames = int(costs.rows[start]), int(costs.rows[stop - 1]) + 1
            found.append(_Stretch(limb, state, *frames, confidence=sure))
    return found


def _costs(track: PoseTrack, limb: Limb, *, config: RepairConfig) -> _Costs | None:
    """What every sign of one limb costs; None where it was never seen."""
    unit_px = size_px(track)
    names = SKELETONS[track.skeleton].keypoints
    beyond = [part for part in limb.beyond if f"left_{part}" in names]
    root, weight_root = difference(track, limb.root, size_px=unit_px)
    pairs = [difference(track, part, size_px=unit_px) for part in beyond]
    seen = np.asarray(np.any([np.isfinite(d[:, 0]) for d, _ in [(root, 0), *pairs]], axis=0))
    rows = np.flatnonzero(seen)
    if rows.size < 3 or not np.isfinite(unit_px):
        return None
    time_s = track.time_s[rows]
    lasting_s = np.minimum(np.gradient(time_s), 0.1)[:, None]
    moved = [_motion_cost(d[rows], weight=w[rows], time_s=time_s, config=config) for d, w in pairs]
    scores = score_difference(track, beyond)[rows]
    sure = np.full(rows.size, 0.5)
    moved.append(_motion_cost(scores, weight=sure, time_s=time_s, config=config, floor=SCORE_FLOOR))
    facing = agreement(track, limb, size_px=unit_px)[rows, None]
    crossed = bone_evidence(track, limb)[rows, None]
    signs = STATES.T[:, None]
    state = config.prior_per_s * (2 - signs.sum(axis=0)) / 2
    state = state + (config.mixed_per_s + config.bone_per_s * crossed) * (signs[0] != signs[1])
    state = state - config.facing_per_s * facing * signs[0]
    return _Costs(
        rows=rows,
        root=_motion_cost(root[rows], weight=weight_root[rows], time_s=time_s, config=config),
        beyond=np.sum(moved, axis=0) / max(1, len(beyond)),
        state=np.asarray(state * lasting_s),
        switch=config.switch_cost,
        root_bh=np.hypot(*root[rows, :2].T),
        beyond_bh=np.max([np.hypot(*d[rows, :2].T) for d, _ in pairs], axis=0),
    )


def _best_path(costs: _Costs, *, block: int = 4096) -> Int:
    """The cheapest states (N,) by dynamic programming over pairs of successive states."""
    frames = costs.rows.size
    changing = costs.switch * ~_SAME
    # Before the first frame the limb was as given, so that to begin otherwise has its price too.
    best = np.full((4, 4), np.inf)
    best[0] = changing[0] + costs.state[0]
    came_from = np.zeros((frames, 4, 4), dtype=np.uint8)
    for begin in range(1, frames, block):
        part = slice(begin, min(begin + block, frames))
        moving = costs.moving(part)
        moving += changing + costs.state[part][:, None, None, :]
        for offset in range(moving.shape[0]):
            total = best[:, :, None] + moving[offset]
            origin = total.argmin(axis=0)
            came_from[begin + offset] = origin
            best = np.take_along_axis(total, origin[None], axis=0)[0]
    path = np.zeros(frames, dtype=np.int64)
    before, last = np.unravel_index(int(best.argmin()), best.shape)
    for frame in range(frames - 1, -1, -1):
        path[frame] = last
        before, last = came_from[frame, before, last], before
    return path


def _relative(which: int) -> Int:
    """Place (4, 4, 4) in a motion cost's row for states two before, before and now."""
    sign = STATES[:, which]
    older = (sign[:, None] != sign[None])[:, :, None]
    newer = (sign[:, None] != sign[None])[None]
    return np.asarray(2 * older + newer, dtype=np.int64)


def _motion_cost(
    apart: Float,
    *,
    weight: Float,
    time_s: Float,
    config: RepairConfig,
    floor: float = FLOOR_BH,
) -> Float:
    """Costs (N, 4) of differences (N, D) by whether the frame two before and this one are flipped.

    r = ±d₂ - (d₁ + (d₁ ∓ d₀)·Δt₂/Δt₁), measured in its own typical size; a frame without its two
    predecessors is predicted to stay, one unseen costs nothing. A long gap tells little.
    """
    d0, d1 = _shifted(apart, 2), _shifted(apart, 1)
    step_s = np.diff(time_s, prepend=time_s[0])
    usual_s = float(np.median(step_s[1:]))
    step_s[0] = usual_s
    ratio = np.clip(step_s / _shifted(step_s, 1, fill=usual_s), 0.0, 2.0)[:, None]
    stretch = np.maximum(step_s / usual_s, 1.0) ** 2
    squares = np.empty((apart.shape[0], 4))
    for place, (older, newer) in enumerate(((1, 1), (1, -1), (-1, 1), (-1, -1))):
        velocity = np.nan_to_num(d1 - older * d0) * ratio
        squares[:, place] = np.sum((newer * apart - d1 - velocity) ** 2, axis=1)
    known = squares[np.isfinite(squares[:, 0]), 0]
    typical = float(np.median(known)) / CHI2_MEDIAN if known.size else 0.0
    unit = max(typical, floor**2) * stretch[:, None] ** 2
    cost = np.minimum(squares / (2 * unit), config.stray_cap)
    return np.asarray(np.nan_to_num(cost) * np.nan_to_num(weight)[:, None])


def _shifted(values: Float, by: int, *, fill: float = np.nan) -> Float:
    moved = np.full(values.shape, fill)
    moved[by:] = values[:-by]
    return moved
