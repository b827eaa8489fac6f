"""Movement changed in ways that leave its meaning: other tempo, other side, fewer points seen.

Where a label names a side ("walk_left"), mirroring changes it too. Everything is drawn from the
generator that is handed in: the same seed gives the same clip.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import numpy as np

from analysis.features.body17 import BODY17, mirror_order

if TYPE_CHECKING:
    from collections.abc import Sequence

    from analysis.schema import Float, Int
    from analysis.training.records import MotionClip

_SIDE: Final = re.compile(r"(?<![a-z])(left|right)(?![a-z])", re.IGNORECASE)
_OTHER: Final = {"left": "right", "right": "left", "Left": "Right", "Right": "Left"}
# Points that leave the picture or hide behind something together.
GROUPS: Final = (
    ("left_elbow", "left_wrist"),
    ("right_elbow", "right_wrist"),
    ("left_knee", "left_ankle", "left_heel", "left_foot_index"),
    ("right_knee", "right_ankle", "right_heel", "right_foot_index"),
    ("left_heel", "right_heel", "left_foot_index", "right_foot_index"),
    ("left_ankle", "right_ankle", "left_heel", "right_heel", "left_foot_index", "right_foot_index"),
)


HEELS: Final = GROUPS[4][:2]
FEET: Final = GROUPS[4]


# What a kind of keypoint hangs on, from the hips outwards; "{side}" is its own.
HANGS_ON: Final = {
    "hip": ("left_hip", "right_hip"),
    "shoulder": ("left_hip", "right_hip"),
    "nose": ("left_shoulder", "right_shoulder"),
    "elbow": ("{side}shoulder",),
    "wrist": ("{side}elbow",),
    "knee": ("{side}hip",),
    "ankle": ("{side}knee",),
    "heel": ("{side}ankle",),
    "foot_index": ("{side}ankle",),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class AugmentRanges:
    """How far to go. Shares are of clips unless said otherwise."""

    speed: tuple[float, float] = (0.8, 1.25)
    warp: float = 0.15  # sd of the log of the local tempo
    mirror: float = 0.5
    crop: float = 0.5
    least_kept: float = 0.85  # of a clip's duration, when it is cropped
    turn_deg: float = 8.0  # sd of a turn in the picture (2D) of a camera not held level
    bones: float = 0.08  # sd of the log of each bone's length (3D), left and right alike
    stretch: float = 0.05  # sd of the log of the aspect (2D)
    points_lost: float = 0.03  # share of points, each on its own, for the whole clip
    group_lost: float = 0.1  # of clips, one of GROUPS
    spell_s: tuple[float, float] = (0.2, 1.0)  # how long a group is lost
    heels_lost: float = 0.3  # of clips: some sets have none, some pose networks neither
    feet_lost: float = 0.15  # of clips, heels and toes: the 17 points of COCO end at the ankles


def augment(clip: MotionClip, *, rng: np.random.Generator, ranges: AugmentRanges) -> MotionClip:
    """One draw of everything, in an order that does not matter to the labels."""
    if clip.frames > 1:
        clip = change_speed(clip, factor=float(rng.uniform(*ranges.speed)))
        clip = warp_time(clip, rng=rng, strength=ranges.warp)
        if rng.random() < ranges.crop:
            clip = crop(clip, rng=rng, least_kept=ranges.least_kept)
    if rng.random() < ranges.mirror:
        clip = mirror(clip)
    if clip.xyz_m is not None:
        clip = change_bones(clip, rng=rng, strength=ranges.bones)
    if clip.xy is not None:
        clip = turn_picture(
            clip,
            angle_deg=float(rng.normal(0.0, ranges.turn_deg)),
            aspect=float(np.exp(rng.normal(0.0, ranges.stretch))),
        )
        clip = lose_points(clip, rng=rng, ranges=ranges)
    return clip


def other_side(words: str) -> str:
    """A label or sentence with left and right exchanged: "walk_left" → "walk_right"."""
    return _SIDE.sub(lambda found: _OTHER.get(found[0], found[0]), words)


def mirror(clip: MotionClip) -> MotionClip:
    """As in a mirror: x turned round, left and right points and words exchanged. Twice is once."""
    order = list(mirror_order())

    def flipped(values: Float | None) -> Float | None:
        if values is None:
            return None
        turned = np.array(values)[:, order]
        turned[..., 0] *= -1.0
        return turned

    labels = clip.frame_labels
    return replace(
        clip,
        xyz_m=flipped(clip.xyz_m),
        xy=flipped(clip.xy),
        score=None if clip.score is None else clip.score[:, order],
        action=None if clip.action is None else other_side(clip.action),
        side=None if clip.side is None else other_side(clip.side),
        text=other_side(clip.text),
        frame_labels=None if labels is None else np.array([other_side(w) for w in labels.tolist()]),
    )


def change_speed(clip: MotionClip, *, factor: float) -> MotionClip:
    """The same movement `factor` times as fast: only the clock changes."""
    return replace(clip, time_s=clip.time_s / factor)


def warp_time(clip: MotionClip, *, rng: np.random.Generator, strength: float) -> MotionClip:
    """A tempo that drifts: the clock's steps are stretched by a smooth factor near 1."""
    knots = max(2, int(np.ceil(clip.duration_s)) + 1)
    drawn = rng.normal(0.0, strength, knots)
    at = np.linspace(0.0, knots - 1.0, clip.frames)
    steps_s = np.diff(clip.time_s) * np.exp(np.interp(at, np.arange(knots), drawn)[1:])
    return replace(clip, time_s=np.concatenate([[0.0], np.cumsum(steps_s)]))


def crop(clip: MotionClip, *, rng: np.random.Generator, least_kept: float) -> MotionClip:
    """A stretch of at least `least_kept` of the frames."""
    kept = int(np.ceil(clip.frames * rng.uniform(least_kept, 1.0)))
    start = int(rng.integers(0, clip.frames - kept + 1))
    return clip.cut(start, start + kept)


def change_bones(clip: MotionClip, *, rng: np.random.Generator, strength: float) -> MotionClip:
    """3D only: another body does the same movement, its bones longer or shorter, the angles kept.

    The sets show few people: a model should not tell a squat by the length of a thigh.
    """
    if clip.xyz_m is None:
        return clip
    old = np.asarray(clip.xyz_m, np.float64)
    new = old.copy()
    for kind, ends in HANGS_ON.items():
        factor = np.exp(rng.normal(0.0, strength))
        for side in ("",) if kind == "nose" else ("left_", "right_"):
            point, root = BODY17.index(side + kind), _points([e.format(side=side) for e in ends])
            bone = old[:, point] - old[:, root].mean(axis=1)
            new[:, point] = new[:, root].mean(axis=1) + factor * bone
    return replace(clip, xyz_m=new)


def turn_body(clip: MotionClip, *, angle_deg: float) -> MotionClip:
    """3D only: the whole movement turned about the vertical."""
    if clip.xyz_m is None:
        return clip
    angle = np.deg2rad(angle_deg)
    turn = np.array(
        [[np.cos(angle), 0, np.sin(angle)], [0, 1, 0], [-np.sin(angle), 0, np.cos(angle)]]
    )
    return replace(clip, xyz_m=clip.xyz_m @ turn.T)


def turn_picture(clip: MotionClip, *, angle_deg: float, aspect: float) -> MotionClip:
    """2D only: the picture turned, and stretched sideways by `aspect`."""
    if clip.xy is None:
        return clip
    angle = np.deg2rad(angle_deg)
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    return replace(clip, xy=(clip.xy * np.array([aspect, 1.0])) @ turn.T)


def lose_points(clip: MotionClip, *, rng: np.random.Generator, ranges: AugmentRanges) -> MotionClip:
    """2D only: some points unseen for the clip, a group for a while."""
    if clip.xy is None:
        return clip
    lost = np.zeros((clip.frames, len(BODY17.keypoints)), dtype=np.bool_)
    lost[:, rng.random(len(BODY17.keypoints)) < ranges.points_lost] = True
    ends = rng.random()
    if ends < ranges.feet_lost + ranges.heels_lost:
        lost[:, _points(FEET if ends < ranges.feet_lost else HEELS)] = True
    if rng.random() < ranges.group_lost:
        group = GROUPS[int(rng.integers(len(GROUPS)))]
        start_s = rng.uniform(0.0, max(clip.duration_s, 1e-6))
        end_s = start_s + rng.uniform(*ranges.spell_s)
        rows = (clip.time_s >= start_s) & (clip.time_s <= end_s)
        lost[np.ix_(np.flatnonzero(rows), _points(group))] = True
    xy = np.where(lost[..., None], np.nan, clip.xy)
    score = None if clip.score is None else np.where(lost, 0.0, clip.score)
    return replace(clip, xy=xy, score=score)


def _points(names: Sequence[str]) -> Int:
    return np.array([BODY17.index(name) for name in names])
