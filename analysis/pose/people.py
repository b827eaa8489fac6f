"""Who counts: chains that are an athlete, not a second reading and not an onlooker. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from analysis.pose.boxes import inside, overlap_each, size

if TYPE_CHECKING:
    from collections.abc import Sequence

    from analysis.config import PoseConfig
    from analysis.schema import Float, Footage, Int, Observations

STATIC_SPREAD: Final = 0.2  # a thing that moves less than this share of its height …
STATIC_SCORE: Final = 0.68  # … and looks less like a person than this is no person
DOUBLE_IOU: Final = 0.6
TOGETHER: Final = 0.6  # share of a track's frames in which the other must be in view as well
BYSTANDER_SIZE: Final = 0.6  # of the other's size; a smaller person …
BYSTANDER_STIR: Final = 0.45  # … who moves less than this, in own sizes, only looks on
FAR_STIR: Final = 0.2  # the same in the other's sizes: what is tiny seems to stir by noise alone
PART_INSIDE: Final = 0.7  # of its box within another's, for a reading of a part of a body …
PART_ROWS: Final = 0.6  # … that lasts no longer than this share of the other
MIN_SIGHTINGS: Final = 3
BORN_FRAMES: Final = 5  # a second reading lies on the first from this early on
HANDOVER_S: Final = 0.4  # a reading that begins within another's last so many seconds …
HANDOVER_INSIDE: Final = 0.6  # … with so much of one box within the other's is the same body
HANDOVER_GROWTH: Final = 1.5
FLICKER: Final = 0.5  # somebody seen in less of the frames than this …
FLICKER_S: Final = 1.0  # … for less than this is a mistake of the detector's


def athletes(
    observations: Observations, chains: Sequence[Int], *, footage: Footage, config: PoseConfig
) -> tuple[list[Int], int]:
    """Chains that count, the most prominent first, and how many people were in view too briefly."""
    shown_s = footage.shown_s
    likely = [c for c in chains if _is_likely(observations, c, footage=footage, config=config)]
    likely.sort(key=lambda rows: -_prominence(observations, rows, shown_s=shown_s))
    # What is static is left out last: a second reading of a poster must still find its first.
    main = _main_people(observations, likely)
    if shown_s.size >= MIN_SIGHTINGS:  # fewer cannot tell a thing by its standing still
        main = [c for c in main if not is_static(observations, c)]
    seen_s = [float(shown_s[observations.frame[rows]].sum()) for rows in main]
    least_s = min(config.min_track_s, 0.5 * float(shown_s.sum()))
    share_s = config.min_track_share * max(seen_s, default=0.0)
    least_s = max(least_s, min(share_s, config.enough_s))
    lasting = [rows for rows, one_s in zip(main, seen_s, strict=True) if one_s >= least_s]
    kept = lasting[: config.max_tracks]
    return kept, len(main) - len(kept)


def fused(observations: Observations, chains: Sequence[Int]) -> list[Int]:
    """Chains with second readings of one body put into the first: of each frame the surer row.

    Only a chain that lay on the other from its beginning is a second reading: two people who come
    to lie on each other stay two.
    """
    left = sorted(chains, key=lambda rows: int(observations.frame[rows[0]]))
    kept: list[Int] = []
    for rows in left:
        at = next(
            (k for k, other in enumerate(kept) if _is_double(observations, rows, of=other)), None
        )
        if at is None:
            kept.append(rows)
        else:
            kept[at] = surer(observations, kept[at], rows)
    return kept


def handed_over(observations: Observations, chains: Sequence[Int], *, time_s: Float) -> list[Int]:
    """Chains with those joined that go on with a body which another is about to lose.

    In full flight a body is read anew before the old reading ends: for a few frames there are two,
    one within the other, and then the new one alone.
    """
    left = sorted(chains, key=lambda rows: int(observations.frame[rows[0]]))
    kept: list[Int] = []
    for rows in left:
        goes_on = (
            k
            for k, other in enumerate(kept)
            if _goes_on(observations, rows, after=other, time_s=time_s)
        )
        at = next(goes_on, None)
        if at is None:
            kept.append(rows)
        else:
            kept[at] = surer(observations, kept[at], rows)
    return kept


def without_parts(observations: Observations, chains: Sequence[Int]) -> list[Int]:
    """Chains less those that only ever lay within a longer one: an arm, a leg, a shoe."""
    by_length = sorted(chains, key=lambda rows: -rows.size)
    kept: list[Int] = []
    for rows in by_length:
        if not any(_is_part(observations, rows, of=other, together=1.0) for other in kept):
            kept.append(rows)
    return sorted(kept, key=lambda rows: int(observations.frame[rows[0]]))


def _is_part(observations: Observations, rows: Int, *, of: Int, together: float) -> bool:
    """Whether a short chain lies within another in at least a share of its frames."""
    if rows.size >= PART_ROWS * of.size:
        return False
    _, here, there = np.intersect1d(
        observations.frame[rows], observations.frame[of], return_indices=True
    )
    if here.size < max(1.0, together * rows.size):
        return False
    own, other = observations.box_px[rows[here]], observations.box_px[of[there]]
    return float(np.median(inside(own, other))) > PART_INSIDE


def _goes_on(observations: Observations, rows: Int, *, after: Int, time_s: Float) -> bool:
    own, others = observations.frame[rows], observations.frame[after]
    begins_s, ends_s = time_s[own[0]], time_s[others[-1]]
    if not (ends_s - HANDOVER_S <= begins_s <= ends_s and own[-1] > others[-1]):
        return False
    _, here, there = np.intersect1d(own, others, return_indices=True)
    if not here.size:
        return False
    a, b = observations.box_px[rows[here]], observations.box_px[after[there]]
    grown = float(np.median(size(a) / np.maximum(size(b), 1e-9)))
    if not 1 / HANDOVER_GROWTH < grown < HANDOVER_GROWTH:
        return False  # a part of a body
    return float(np.median(np.maximum(inside(a, b), inside(b, a)))) > HANDOVER_INSIDE


def _is_double(observations: Observations, rows: Int, *, of: Int) -> bool:
    own, others = observations.frame[rows], observations.frame[of]
    if own[0] > others[-1]:
        return False
    _, here, there = np.intersect1d(own, others, return_indices=True)
    if here.size < MIN_SIGHTINGS or own[here[0]] > own[0] + BORN_FRAMES:
        return False
    iou = overlap_each(observations.box_px[rows[here]], observations.box_px[of[there]])
    return float(np.median(iou)) > DOUBLE_IOU


def surer(observations: Observations, first: Int, second: Int) -> Int:
    """Rows of two chains of one person in order of time: of each frame the surer one."""
    rows = np.concatenate([first, second])
    sure = np.nanmean(observations.score[rows], axis=1)
    order = np.lexsort((-sure, observations.frame[rows]))
    _, chosen = np.unique(observations.frame[rows][order], return_index=True)
    return np.asarray(rows[order][chosen])


def _is_likely(
    observations: Observations, rows: Int, *, footage: Footage, config: PoseConfig
) -> bool:
    """Whether it is a person at all."""
    time_s, frame = footage.time_s, observations.frame[rows]
    score = float(np.nanmean(observations.score[rows]))
    if rows.size < min(MIN_SIGHTINGS, time_s.size) or score < config.min_track_score:
        return False
    steps_s = np.diff(time_s[frame])
    within_s = float(steps_s[steps_s <= config.max_gap_s].sum())
    return float(footage.shown_s[frame].sum()) >= min(FLICKER_S, FLICKER * within_s)


def is_static(observations: Observations, rows: Int) -> bool:
    """A poster, a screen, somebody who sits behind something."""
    score = float(np.nanmean(observations.score[rows]))
    return score < STATIC_SCORE and _spread(observations, rows) < STATIC_SPREAD


def _spread(observations: Observations, rows: Int) -> float:
    """How far the median keypoint gets about, relative to the body's size."""
    low, high = np.nanpercentile(observations.xy_px[rows], (5, 95), axis=0)
    side = float(np.median(size(observations.box_px[rows])))
    return float(np.nanmedian(np.hypot(*(high - low).T)) / max(side, 1.0))


def _prominence(observations: Observations, rows: Int, *, shown_s: Float) -> float:
    """Seconds in view, times size in the picture, times how surely seen."""
    span_s = float(shown_s[observations.frame[rows]].sum())
    side = float(np.median(size(observations.box_px[rows])))
    return span_s * side * float(np.nanmean(observations.score[rows]))


def _main_people(observations: Observations, chains: Sequence[Int]) -> list[Int]:
    """Leave out tracks that lie on a more prominent one, and bystanders beside one."""
    kept: list[Int] = []
    for rows in chains:
        if not any(_is_beside_the_point(observations, rows, of=other) for other in kept):
            kept.append(rows)
    return kept


def _is_beside_the_point(observations: Observations, rows: Int, *, of: Int) -> bool:
    """Whether a track is a second reading of a more prominent one, or a bystander.

    So is a short reading of a part of a body. A bystander is much smaller than somebody in view at
    the same time, and hardly stirs: a far player is small too, but moves.
    """
    _, here, there = np.intersect1d(
        observations.frame[rows], observations.frame[of], return_indices=True
    )
    if here.size < TOGETHER * rows.size:
        return False
    own, other = observations.box_px[rows[here]], observations.box_px[of[there]]
    if float(np.median(overlap_each(own, other))) > DOUBLE_IOU:
        return True
    if _is_part(observations, rows, of=of, together=TOGETHER):
        return True
    ratio = float(np.median(size(own)) / max(float(np.median(size(other))), 1e-9))
    stir = _stir(observations, rows)
    return ratio < BYSTANDER_SIZE and (stir < BYSTANDER_STIR or stir * ratio < FAR_STIR)


def _stir(observations: Observations, rows: Int) -> float:
    """How far the livelier keypoints get about relative to the body's middle, in body sizes."""
    xy = observations.xy_px[rows]
    own = xy - np.nanmedian(xy, axis=1, keepdims=True)
    low, high = np.nanpercentile(own, (5, 95), axis=0)
    side = float(np.median(size(observations.box_px[rows])))
    return float(np.nanpercentile(np.hypot(*(high - low).T), 75) / max(side, 1.0))
