"""What speaks for or against the names left and right of a limb, frame by frame."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from analysis.skeletons import SKELETONS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from analysis.schema import Float, PoseTrack

SIDES: Final = ("left", "right")
OTHERS: Final = SIDES[::-1]
STATURE_M: Final = 1.7  # brings depth in metres to body heights
TRUNK_BH: Final = 0.288  # hip to shoulder in body heights (Drillis and Contini)
BONE_SD: Final = 0.08  # of a bone's length in space, relative
BONE_CAP: Final = 4.0
CLEAR_AGREEMENT: Final = 0.3  # cosine below which facing says nothing
FACE_SEEN: Final = 0.6
EYES_WIDTH_BH: Final = 0.036  # seen from the front
ROOT_WIDTH_BH: Final = 0.1


@dataclass(frozen=True, slots=True)
class Limb:
    """A pair of limbs by the names of its keypoints, and what each state's correction is of."""

    root: str
    beyond: tuple[str, ...]
    parts: tuple[str, str, str]  # whole, beyond the root, the root alone


LIMBS: Final = (
    Limb("hip", ("knee", "ankle", "heel", "foot_index"), ("legs", "lower_legs", "hips")),
    Limb(
        "shoulder", ("elbow", "wrist", "pinky", "index", "thumb"), ("arms", "forearms", "shoulders")
    ),
)


def _at(track: PoseTrack, name: str) -> int:
    return SKELETONS[track.skeleton].index(name)


def size_px(track: PoseTrack) -> float:
    """Stature in px from the trunk's length: the same whichever side is which."""
    ends = [
        sum(track.xy_px[:, _at(track, f"{side}_{part}")] for side in SIDES) / 2
        for part in ("shoulder", "hip")
    ]
    length = np.linalg.norm(ends[0] - ends[1], axis=1)
    known = length[np.isfinite(length)]
    # A trunk leans and turns away: its longer moments tell its length.
    return float(np.percentile(known, 75)) / TRUNK_BH if known.size else float("nan")


def difference(track: PoseTrack, part: str, *, size_px: float) -> tuple[Float, Float]:
    """Left minus right in body heights (F, 2 or 3), and how far it is to be believed (F,)."""
    left, right = (_at(track, f"{side}_{part}") for side in SIDES)
    flat = (track.xy_px[:, left] - track.xy_px[:, right]) / size_px
    weight = np.fmin(track.score[:, left], track.score[:, right])
    if track.xyz_m is None:
        return flat, weight
    deep = (track.xyz_m[:, left, 2:] - track.xyz_m[:, right, 2:]) / STATURE_M
    return np.concatenate((flat, np.nan_to_num(deep)), axis=1), weight


def score_difference(track: PoseTrack, parts: Sequence[str]) -> Float:
    """How much surer the estimator is of the left (F, 1): the far limb is seen less well."""
    apart = [
        track.score[:, _at(track, f"left_{part}")] - track.score[:, _at(track, f"right_{part}")]
        for part in parts
    ]
    return np.asarray(np.mean(apart, axis=0))[:, None]


def agreement(track: PoseTrack, limb: Limb, *, size_px: float) -> Float:
    """How well a limb's root agrees with where the athlete faces (F, 3), -1 to 1; 0 unknown.

    As given, with left and right exchanged in the picture only, and with depth exchanged too. The
    chest points along (l_z, -l_x) for the leftward direction l; feet (heel to toe, both) and face
    (ears to nose) point ahead whichever side is which.
    """
    if track.xyz_m is None:
        flat = _flat_agreement(track, limb, size_px=size_px)
        return np.stack((flat, -flat, -flat), axis=1)
    at = {n: track.xyz_m[:, i] for i, n in enumerate(SKELETONS[track.skeleton].keypoints)}
    ahead = np.nan_to_num(at["nose"] - (at["left_ear"] + at["right_ear"]) / 2)
    if "left_heel" in at:
        ahead = ahead + sum(
            np.nan_to_num(at[f"{side}_foot_index"] - at[f"{side}_heel"]) for side in SIDES
        )
    left = at[f"left_{limb.root}"] - at[f"right_{limb.root}"]
    deep, across = left[:, 2] * ahead[:, 0], left[:, 0] * ahead[:, 2]
    along = np.stack((deep - across, deep + across, across - deep), axis=1)
    scale = np.hypot(left[:, 0], left[:, 2]) * np.hypot(ahead[:, 0], ahead[:, 2])
    scale = np.broadcast_to(scale[:, None], along.shape)
    cosine = np.divide(along, scale, out=np.zeros_like(along), where=np.nan_to_num(scale) > 0)
    return _beyond_doubt(cosine)


def _flat_agreement(track: PoseTrack, limb: Limb, *, size_px: float) -> Float:
    """Without depth: whether the root lies as the eyes do, where the face is clearly seen."""
    face = np.mean([track.score[:, _at(track, n)] for n in ("nose", "left_eye", "right_eye")], 0)
    eyes, root = (
        _beyond_doubt((track.xy_px[:, left, 0] - track.xy_px[:, right, 0]) / (size_px * width))
        for part, width in (("eye", EYES_WIDTH_BH), (limb.root, ROOT_WIDTH_BH))
        for left, right in [[_at(track, f"{side}_{part}") for side in SIDES]]
    )
    return np.asarray(eyes * root * (face >= FACE_SEEN))


def _beyond_doubt(share: Float) -> Float:
    """-1 to 1, and 0 below what is clear or unknown."""
    known = np.clip(np.nan_to_num(share), -1.0, 1.0)
    return np.asarray(np.sign(known) * np.maximum(np.abs(known) - CLEAR_AGREEMENT, 0.0))


def bone_evidence(track: PoseTrack, limb: Limb) -> Float:
    """How much worse the first bones' lengths fit with crossed than with own ends (F, 2).

    First with ends crossed in the picture only, then with their depth crossed too.
    """
    nothing = np.zeros((track.time_s.size, 2))
    if track.xyz_m is None:
        return nothing
    ends = {
        (side, part): track.xyz_m[:, _at(track, f"{side}_{part}")]
        for side in SIDES
        for part in (limb.root, limb.beyond[0])
    }
    own = _lengths(ends, limb, places=SIDES, depths=SIDES)
    if not np.isfinite(own).any():
        return nothing
    usual = np.nanmedian(own)
    crossed = [_lengths(ends, limb, places=OTHERS, depths=depths) for depths in (SIDES, OTHERS)]
    fit, *misfit = (
        np.sum(np.minimum(((lengths / usual - 1) / BONE_SD) ** 2 / 2, BONE_CAP), axis=1)
        for lengths in (own, *crossed)
    )
    return np.asarray(np.nan_to_num(np.stack(misfit, axis=1) - fit[:, None]))


def _lengths(
    ends: Mapping[tuple[str, str], Float],
    limb: Limb,
    *,
    places: Sequence[str],
    depths: Sequence[str],
) -> Float:
    """Lengths (F, 2) of the bones from each root to an end at one side's place, other's depth."""
    bones = []
    for root, place, depth in zip(SIDES, places, depths, strict=True):
        end = ends[place, limb.beyond[0]].copy()
        end[:, 2] = ends[depth, limb.beyond[0]][:, 2]
        bones.append(np.linalg.norm(ends[root, limb.root] - end, axis=1))
    return np.stack(bones, axis=1)
