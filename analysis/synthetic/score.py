"""How tracks compare with the truth of a scene: who was followed, whose limbs were exchanged.

Pure: arrays in, counts out. The terms are those of multi-object tracking (Bernardin and
Stiefelhagen 2008, "Evaluating multiple object tracking performance: the CLEAR MOT metrics").
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
from scipy.optimize import linear_sum_assignment

from analysis.skeletons import BLAZEPOSE33

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from analysis.schema import Float, Int, PoseTrack
    from analysis.synthetic.truth import Truth

UNMATCHED: Final = -1
GATE: Final = 0.25  # of the body's size: farther away it is not this athlete
MIN_SHOWN: Final = 0.2  # mean visible share of the keypoints below which nobody need be found
APART: Final = 0.04  # of the body's size: a pair nearer together has no sides to exchange
MARGIN: Final = 0.5  # of the pair's distance by which the exchanged reading must be nearer

PAIRS: Final = tuple(
    (BLAZEPOSE33.index(f"left_{part}"), BLAZEPOSE33.index(f"right_{part}"))
    for part in ("shoulder", "elbow", "wrist", "hip", "knee", "ankle")
)


@dataclass(frozen=True, slots=True, eq=False)
class Matching:
    """Which track follows which athlete, frame by frame.

    `track` (F, N) holds the place of the matched track in the sequence given, or UNMATCHED;
    `expected` (F, N) says when the athlete could be seen; `frame` (F,) is the frame of the
    footage (and of the tracks) that shows each moment of the truth.
    """

    track: Int
    expected: np.ndarray
    frame: Int

    @property
    def id_switches(self) -> int:
        """How often an athlete was matched to another track than when last matched."""
        switches = 0
        for column in self.track.T:
            followed = column[column != UNMATCHED]
            switches += int(np.count_nonzero(np.diff(followed)))
        return switches

    @property
    def missed(self) -> int:
        """Athletes that could be seen and were not followed, over all frames."""
        return int(np.count_nonzero(self.expected & (self.track == UNMATCHED)))


def match(truths: Sequence[Truth], tracks: Sequence[PoseTrack]) -> Matching:
    """Follow every athlete of a scene through the tracks of its footage.

    A match of the frame before is kept while it stays within the gate, then the rest are assigned
    by the least mean distance of the keypoints, none farther than GATE body sizes. An athlete
    that is hidden is not matched: what is seen there is somebody else.
    """
    time_s = truths[0].time_s
    expected = np.stack([_expected(truth) for truth in truths], axis=1)
    matched = np.full(expected.shape, UNMATCHED, dtype=np.int64)
    clock_s = tracks[0].time_s if tracks else time_s
    frame = np.abs(time_s[:, None] - clock_s[None]).argmin(axis=1)
    if tracks:
        sizes = np.stack([body_px(truth) for truth in truths], axis=1)
        for row, at in enumerate(frame):
            cost = _distance(truths, tracks, row=row, at=int(at)) / sizes[row][:, None]
            cost[~expected[row]] = np.inf
            last = matched[row - 1] if row else matched[row]
            matched[row] = _assigned(np.where(cost <= GATE, cost, np.inf), last=last)
    return Matching(track=matched, expected=expected, frame=frame)


def body_px(truth: Truth) -> Float:
    """Size (F,) of the body in the picture: the distance of a stature at its depth, in px."""
    bones = [("hip", "knee"), ("knee", "ankle"), ("hip", "shoulder"), ("shoulder", "elbow")]
    scale = []
    for a, b in bones:
        for side in ("left", "right"):
            i, j = BLAZEPOSE33.index(f"{side}_{a}"), BLAZEPOSE33.index(f"{side}_{b}")
            flat_m = np.linalg.norm((truth.xyz_m[:, i] - truth.xyz_m[:, j])[:, :2], axis=1)
            flat_px = np.linalg.norm(truth.xy_px[:, i] - truth.xy_px[:, j], axis=1)
            scale.append(flat_px / np.maximum(flat_m, 1e-6))
    px_per_m: Float = np.median(np.stack(scale), axis=0)
    return px_per_m * truth.height_m


def side_swaps(
    truth: Truth, track: PoseTrack, *, rows: Int, frame: Int
) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Which (frame, pair) of PAIRS have left and right exchanged, and of which it can be told.

    `rows` of the truth are shown by `frame` of the track. Told where the exchanged reading of
    a pair is nearer to the truth than the given one by half of the pair's distance, of those
    whose two sides are apart in the picture.
    """
    left, right = np.array(PAIRS).T
    true_l, true_r = truth.xy_px[rows][:, left], truth.xy_px[rows][:, right]
    seen_l, seen_r = track.xy_px[frame][:, left], track.xy_px[frame][:, right]
    apart = np.linalg.norm(true_l - true_r, axis=-1)
    given = np.linalg.norm(seen_l - true_l, axis=-1) + np.linalg.norm(seen_r - true_r, axis=-1)
    turned = np.linalg.norm(seen_l - true_r, axis=-1) + np.linalg.norm(seen_r - true_l, axis=-1)
    told = (apart > APART * body_px(truth)[rows][:, None]) & np.isfinite(given)
    return told & (turned + MARGIN * apart < given), told


def _expected(truth: Truth) -> np.ndarray:
    shown = truth.shown if truth.shown is not None else np.ones(truth.xy_px.shape[:2])
    return np.asarray(shown[:, 11:].mean(axis=1) >= MIN_SHOWN)


def _distance(truths: Sequence[Truth], tracks: Sequence[PoseTrack], *, row: int, at: int) -> Float:
    """Mean distance (N, T) in px of the keypoints that a track has; infinite where unseen."""
    true = np.stack([truth.xy_px[row, 11:] for truth in truths])
    seen = np.stack([track.xy_px[at, 11:] for track in tracks])
    each = np.linalg.norm(true[:, None] - seen[None], axis=-1)
    known = np.isfinite(each)
    total = np.where(known, each, 0.0).sum(axis=-1)
    count = known.sum(axis=-1)
    return np.asarray(np.where(count > 0, total / np.maximum(count, 1), np.inf))


def _assigned(cost: Float, *, last: Int) -> Int:
    """Tracks (N,) of the athletes: matches of the frame before first, then the nearest."""
    given = np.full(last.shape, UNMATCHED, dtype=np.int64)
    cost = cost.copy()
    for athlete, track in enumerate(last):
        if track != UNMATCHED and np.isfinite(cost[athlete, track]):
            given[athlete] = track
            cost[athlete], cost[:, track] = np.inf, np.inf
    rest = np.where(np.isfinite(cost), cost, 1e9)
    athletes, tracks = linear_sum_assignment(rest)
    near = np.isfinite(cost[athletes, tracks])
    given[athletes[near]] = tracks[near]
    return given
