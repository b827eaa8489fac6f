"""Limbs whose left and right were exchanged, found and put back over the whole sequence.

An estimator that takes one leg for the other for a while writes true places under wrong names. The
mean of a left and a right keypoint is the same either way; their difference changes its sign. So
for each limb the signs are sought that make the differences move smoothly, seen from before and
from after alike (`side_filter`), that agree with where feet and face point, and that keep bones as
long as they are, at a cost for each change.

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
from analysis.features.side_filter import STATES, Difference, SideFilter
from analysis.schema import Correction
from analysis.skeletons import SKELETONS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from analysis.config import AnalysisConfig, RepairConfig
    from analysis.schema import Float, Int, PoseTrack

ROOT, ROOT_DEPTH, BEYOND, BEYOND_DEPTH = range(4)  # of side_filter.KINDS
CLOSE_BH: Final = 0.03  # points nearer than this are not worth an exchange
DEPTH_FLOOR: Final = 0.01  # of body heights
PLACE_FLOOR: Final = 0.004  # no estimator is surer than this
SCORE_FLOOR: Final = 0.1
NO_CUTS: Final = np.zeros(0, dtype=np.int64)
AROUND_S: Final = 0.4  # before and after a stretch, in which it is weighed


@dataclass(frozen=True, slots=True, eq=False)
class _Watched:
    """One limb over its N seen frames."""

    rows: Int  # (N,) frames
    filter: SideFilter
    root_bh: Float  # (N,) how far left and right are apart in the picture
    beyond_bh: Float  # (N,)

    def apart_bh(self, part: slice, state: int) -> float:
        """The usual distance between what `state` exchanges: nothing is gained where it is nil."""
        root, beyond = STATES[state, ROOT], STATES[state, BEYOND]
        moved = [
            d[part] for d, sign in ((self.root_bh, root), (self.beyond_bh, beyond)) if sign < 0
        ]
        known = [float(np.median(d[np.isfinite(d)])) for d in moved if np.isfinite(d).any()]
        return max(known, default=0.0)


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
        root, beyond = STATES[self.state, [ROOT, BEYOND]] < 0
        whole, far, near = self.limb.parts
        return whole if root and beyond else far if beyond else near

    @property
    def whole(self) -> str:
        """What it is together with the like of other limbs."""
        return "body" if self.part == self.limb.parts[0] else self.part

    @property
    def deep(self) -> bool:
        """Whether depth and score were exchanged with the places."""
        return bool(STATES[self.state, [ROOT_DEPTH, BEYOND_DEPTH]].min() < 0)


def repair_sides(
    track: PoseTrack, *, config: AnalysisConfig, cuts: Int = NO_CUTS
) -> tuple[PoseTrack, tuple[Correction, ...]]:
    """The track with exchanged limbs put back, and what was put back where.

    `cuts` are the frames of the track that begin a new shot: nothing is expected across one.
    Depth and scores move with the places unless they kept their names. Corrections whose id is in
    `config.repair.undone` are listed as undone and not made; the ids of the others do not depend on
    that. Gaps (NaN) stay.
    """
    repair = config.repair
    stretches = [s for limb in LIMBS for s in _stretches(track, limb, cuts=cuts, config=repair)]
    corrections = [
        (group, _correction(track, part, group, undone=repair.undone))
        for part, group in _grouped(stretches)
    ]
    swapped = np.zeros(track.score.shape, dtype=np.bool_)
    deep = swapped.copy()
    for stretch in (s for group, told in corrections if not told.undone for s in group):
        indices = _indices(track, stretch)
        swapped[stretch.start : stretch.stop, indices] = True
        deep[stretch.start : stretch.stop, indices] = stretch.deep
    listed = sorted((c for _, c in corrections), key=lambda c: (c.start_s, c.part))
    mended = _exchanged(track, swapped, deep=deep) if swapped.any() else track
    return mended, tuple(listed)


def _exchanged(
    track: PoseTrack, swapped: NDArray[np.bool_], *, deep: NDArray[np.bool_]
) -> PoseTrack:
    """Places exchanged where `swapped` (F, K), depth and score where `deep`."""
    mirror = np.arange(track.score.shape[1])
    for left, right in SKELETONS[track.skeleton].pairs:
        mirror[left], mirror[right] = right, left
    xyz = track.xyz_m
    each = np.stack((swapped, swapped, deep), axis=2)
    return replace(
        track,
        xy_px=np.where(swapped[:, :, None], track.xy_px[:, mirror], track.xy_px),
        xyz_m=None if xyz is None else np.where(each, xyz[:, mirror], xyz),
        score=np.where(deep, track.score[:, mirror], track.score),
    )


def _indices(track: PoseTrack, stretch: _Stretch) -> list[int]:
    names = SKELETONS[track.skeleton].keypoints
    root, beyond = STATES[stretch.state, [ROOT, BEYOND]]
    wanted = [stretch.limb.root] if root < 0 else []
    wanted += stretch.limb.beyond if beyond < 0 else ()
    pairs = [f"{side}_{part}" for part in wanted for side in SIDES]
    return [names.index(name) for name in pairs if name in names]


def _grouped(stretches: Sequence[_Stretch]) -> list[tuple[str, list[_Stretch]]]:
    """What is told as one correction, by its part: legs and arms of the very same frames."""
    groups: dict[tuple[str, int, int], list[_Stretch]] = {}
    for stretch in stretches:
        groups.setdefault((stretch.whole, stretch.start, stretch.stop), []).append(stretch)
    return [
        (part if len(group) > 1 else group[0].part, group) for (part, _, _), group in groups.items()
    ]


def _correction(
    track: PoseTrack, part: str, group: Sequence[_Stretch], *, undone: Sequence[str]
) -> Correction:
    return make_correction(
        track.track_id,
        kind="side_swap",
        part=part,
        frames=(group[0].start, group[0].stop),
        time_s=track.time_s,
        confidence=min(stretch.confidence for stretch in group),
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


def _stretches(track: PoseTrack, limb: Limb, *, cuts: Int, config: RepairConfig) -> list[_Stretch]:
    watched = _watched(track, limb, cuts=cuts, config=config)
    if watched is None:
        return []
    names, path = watched.filter, watched.filter.agreed_path()
    found = []
    for state in range(1, len(STATES)):
        for start, stop in runs(np.asarray(path == state)):
            straight = path.copy()
            straight[start:stop] = 0
            part = _around(names.time_s, start, stop)
            margin = names.cost(straight, part=part) - names.cost(path, part=part)
            sure = float(1 / (1 + np.exp(-np.clip(margin, 0.0, 30.0))))
            apart_bh = watched.apart_bh(slice(start, stop), state)
            if sure < config.min_confidence or apart_bh < CLOSE_BH:
                continue
            frames = int(watched.rows[start]), int(watched.rows[stop - 1]) + 1
            found.append(_Stretch(limb, state, *frames, confidence=sure))
    return found


def _around(time_s: Float, start: int, stop: int) -> slice:
    first = int(np.searchsorted(time_s, time_s[start] - AROUND_S))
    return slice(first, int(np.searchsorted(time_s, time_s[stop - 1] + AROUND_S)) + 1)


def _watched(track: PoseTrack, limb: Limb, *, cuts: Int, config: RepairConfig) -> _Watched | None:
    """A limb's differences and all that speaks for its names; None where it was never seen."""
    unit_px = size_px(track)
    names = SKELETONS[track.skeleton].keypoints
    beyond = [part for part in limb.beyond if f"left_{part}" in names]
    root, weight_root = difference(track, limb.root, size_px=unit_px)
    pairs = [difference(track, part, size_px=unit_px) for part in beyond]
    seen = np.asarray(np.any([np.isfinite(d[:, 0]) for d, _ in [(root, 0), *pairs]], axis=0))
    rows = np.flatnonzero(seen)
    if rows.size < 3 or not np.isfinite(unit_px):
        return None
    differences = []
    for kind, (apart, weight) in ((ROOT, (root, weight_root)), *((BEYOND, pair) for pair in pairs)):
        differences.append(Difference(kind, apart[rows, :2], weight[rows], PLACE_FLOOR))
        if apart.shape[1] > 2:
            differences.append(Difference(kind + 1, apart[rows, 2:], weight[rows], DEPTH_FLOOR))
    scores = score_difference(track, beyond)[rows]
    differences.append(Difference(BEYOND_DEPTH, scores, np.full(rows.size, 0.5), SCORE_FLOOR))
    return _Watched(
        rows=rows,
        filter=SideFilter(
            differences,
            time_s=track.time_s[rows],
            begins=np.diff(np.searchsorted(cuts, rows, side="right"), prepend=0) > 0,
            state_cost=_state_cost(track, limb, rows=rows, size_px=unit_px, config=config),
            config=config,
        ),
        root_bh=np.hypot(*root[rows, :2].T),
        beyond_bh=np.max([np.hypot(*d[rows, :2].T) for d, _ in pairs], axis=0),
    )


def _state_cost(
    track: PoseTrack, limb: Limb, *, rows: Int, size_px: float, config: RepairConfig
) -> Float:
    """What STATES cost by what is seen in each frame alone (N, S)."""
    lasting_s = np.minimum(np.gradient(track.time_s[rows]), 0.1)[:, None]
    facing = agreement(track, limb, size_px=size_px)[rows]
    crossed = bone_evidence(track, limb)[rows]
    root, beyond = STATES[:, ROOT], STATES[:, BEYOND]
    deep = STATES[:, [ROOT_DEPTH, BEYOND_DEPTH]].min(axis=1) < 0
    prior_per_s = np.where(deep, config.prior_per_s, config.shallow_per_s)
    cost = prior_per_s * (2 - root - beyond) / 2
    cost = cost + (root != beyond) * (
        config.mixed_per_s + config.bone_per_s * crossed[:, deep.astype(np.int64)]
    )
    turned = (root < 0).astype(np.int64) * (1 + deep)
    return np.asarray((cost - config.facing_per_s * facing[:, turned]) * lasting_s)
