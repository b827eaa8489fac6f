"""Continuous sequences put together from clips of one person, with transitions, for segmentation.

Clips are cut where the end of one and the beginning of the next are most alike, after the next is
turned about the vertical and moved over the floor to meet it (the alignment of motion graphs:
Kovar, Gleicher, Pighin 2002). Between the cuts a bridge goes on with both speeds; its frames are
labelled as transition, so that a segmenter learns where techniques end.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import numpy as np

from analysis.features.body17 import BODY17
from analysis.training.cameras import at_times
from analysis.training.errors import LabellessDataError, PersonOnBothSidesError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from analysis.schema import Float
    from analysis.training.records import MotionClip
    from analysis.training.store import Entry, Store

    Words = NDArray[np.str_]

TRANSITION: Final = "transition"
LONGEST_S: Final = 10.0  # longer recordings are continuous as they are
POOL: Final = 6  # clips of a person that a sequence is put together from
COUNT: Final = (2, 5)  # clips in a sequence, the last excluded
# Bones from the trunk outwards: a bridge's straight blend would shorten them.
_BONES: Final = tuple(
    (f"{side}_{start}", f"{side}_{end}")
    for side in ("left", "right")
    for start, end in (
        ("shoulder", "elbow"),
        ("elbow", "wrist"),
        ("hip", "knee"),
        ("knee", "ankle"),
        ("ankle", "heel"),
        ("ankle", "foot_index"),
    )
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ComposeRanges:
    """How sequences are put together."""

    rate_hz: float = 50.0
    cut_s: float = 0.4  # a cut lies within so much of a clip's end or beginning
    candidates: int = 8  # the next clip is the most alike of so many drawn ones
    bridge_mps: float = 0.8  # a bridge lasts as long as its longest way takes at this speed
    bridge_s: tuple[float, float] = (0.2, 1.0)


@dataclass(frozen=True, slots=True, eq=False)
class _Joint:
    """Where two clips meet."""

    end: int  # last frame kept of the one before
    start: int  # first frame kept of the one after
    yaw: float
    distance_m: float  # mean over the points, after alignment


def compose(
    pool: Sequence[MotionClip], *, count: int, rng: np.random.Generator, ranges: ComposeRanges
) -> MotionClip:
    """`count` clips of the pool in a row, with `frame_labels`.

    A clip without per-frame labels is labelled by its action throughout.

    Raises:
        LabellessDataError: nothing in the pool has 3D and a label.
        PersonOnBothSidesError: the pool shows more than one person: bones would grow and shrink.
    """
    usable = [clip for clip in pool if clip.xyz_m is not None and _is_labelled(clip)]
    if not usable:
        raise LabellessDataError(name="the pool", wanted="3D movement with actions")
    people = sorted({str(clip.person) for clip in usable})
    if len(people) != 1:
        raise PersonOnBothSidesError(kind="person", people=", ".join(people))
    xyz_m, labels = _rows(usable[int(rng.integers(len(usable)))], rate_hz=ranges.rate_hz)
    for _ in range(count - 1):
        drawn = rng.integers(len(usable), size=ranges.candidates)
        nexts = [_rows(usable[int(place)], rate_hz=ranges.rate_hz) for place in drawn]
        joints = [_meet(xyz_m, after, ranges=ranges) for after, _ in nexts]
        best = int(np.argmin([joint.distance_m for joint in joints]))
        xyz_m, labels = _append(xyz_m, labels, *nexts[best], joint=joints[best], ranges=ranges)
    first = usable[0]
    return replace(
        first,
        clip=f"{first.source}:composed",
        sequence=f"{first.source}:composed:{first.person}",
        time_s=np.arange(xyz_m.shape[0]) / ranges.rate_hz,
        xyz_m=xyz_m,
        xy=None,
        score=None,
        action=None,
        correct=float("nan"),
        style=None,
        side=None,
        frame_labels=labels,
        folds=(),
        may_ship=all(clip.may_ship for clip in usable),
        text="composed sequence",
    )


@dataclass(frozen=True, slots=True, eq=False)
class Composer:
    """Puts sequences in the place of clips while a network learns."""

    store: Store
    pools: Mapping[tuple[str, str], tuple[Entry, ...]]  # set and person → clips that can be used

    def instead(self, clip: MotionClip, *, share: float, rng: np.random.Generator) -> MotionClip:
        """Of `share` of the clips, a sequence of its person's movements; else the clip itself.

        A clip in 2D, of nobody known, without a label or already long is always itself.
        """
        pool = self.pools.get((clip.source, clip.person or ""), ())
        usable = clip.xyz_m is not None and _is_labelled(clip) and clip.duration_s <= LONGEST_S
        if not (usable and pool) or rng.random() >= share:
            return clip
        drawn = [self.store.load(pool[int(i)]) for i in rng.integers(len(pool), size=POOL - 1)]
        count = int(rng.integers(*COUNT))
        return compose([clip, *drawn], count=count, rng=rng, ranges=ComposeRanges())


def composer(store: Store, entries: Sequence[Entry]) -> Composer:
    """What is put together from `entries` alone: nobody who is judged on is in a sequence."""
    pools: dict[tuple[str, str], list[Entry]] = {}
    for entry in entries:
        named = entry.action is not None or bool(entry.frame_vocabulary)
        if entry.person and named and "xyz_m" in entry.rows and entry.seconds <= LONGEST_S:
            pools.setdefault((entry.source, entry.person), []).append(entry)
    return Composer(store, {who: tuple(clips) for who, clips in pools.items()})


def _is_labelled(clip: MotionClip) -> bool:
    return clip.action is not None or clip.frame_labels is not None


def _rows(clip: MotionClip, *, rate_hz: float) -> tuple[Float, Words]:
    at_s = np.arange(int(clip.duration_s * rate_hz + 1e-6) + 1) / rate_hz
    xyz_m = at_times(np.asarray(clip.xyz_m, np.float64), time_s=clip.time_s, at_s=at_s)
    if clip.frame_labels is None:
        labels: Words = np.full(at_s.size, str(clip.action))
    else:
        rows = np.clip(np.searchsorted(clip.time_s, at_s), 0, clip.frames - 1)
        labels = clip.frame_labels[rows]
    return xyz_m, labels


def _meet(before: Float, after: Float, *, ranges: ComposeRanges) -> _Joint:
    """The pair of frames that are most alike after turning and moving the second on the floor."""
    reach = max(1, round(ranges.cut_s * ranges.rate_hz))
    ends = np.arange(max(0, before.shape[0] - reach), before.shape[0])
    starts = np.arange(min(reach, after.shape[0]))
    a, b = _grounded(before[ends])[:, None], _grounded(after[starts])[None]
    cross = np.nansum(a[..., 0] * b[..., 2] - a[..., 2] * b[..., 0], axis=-1)
    dot = np.nansum(a[..., 0] * b[..., 0] + a[..., 2] * b[..., 2], axis=-1)
    yaw = np.arctan2(cross, dot)
    turned = _turned(np.broadcast_to(b, (*yaw.shape, *b.shape[2:])), yaw=yaw[..., None])
    apart = np.nanmean(np.linalg.norm(a - turned, axis=-1), axis=-1)
    end, start = np.unravel_index(int(np.argmin(apart)), apart.shape)
    return _Joint(
        end=int(ends[end]),
        start=int(starts[start]),
        yaw=float(yaw[end, start]),
        distance_m=float(apart[end, start]),
    )


def _grounded(xyz_m: Float) -> Float:
    """Points (n, 17, 3) with the horizontal middle at 0; heights stay."""
    middle = np.nanmean(xyz_m, axis=1, keepdims=True)
    middle[..., 1] = 0.0
    centred: Float = xyz_m - middle
    return centred


def _turned(xyz_m: Float, *, yaw: Float | float) -> Float:
    """About the vertical: x' = x cos + z sin, z' = z cos - x sin."""
    cos, sin = np.cos(yaw), np.sin(yaw)
    x, y, z = np.moveaxis(xyz_m, -1, 0)
    return np.stack([x * cos + z * sin, y, z * cos - x * sin], axis=-1)


def _append(
    before: Float,
    labels: Words,
    after: Float,
    after_labels: Words,
    *,
    joint: _Joint,
    ranges: ComposeRanges,
) -> tuple[Float, Words]:
    head = before[: joint.end + 1]
    tail = _turned(after[joint.start :], yaw=joint.yaw)
    shift = np.nanmean(head[-1], axis=0) - np.nanmean(tail[0], axis=0)
    shift[1] = 0.0
    tail = tail + shift
    bridge = _bridge(head, tail, ranges=ranges)
    told = np.full(bridge.shape[0], TRANSITION)
    return (
        np.concatenate([head, bridge, tail]),
        np.concatenate([labels[: joint.end + 1], told, after_labels[joint.start :]]),
    )


def _bridge(head: Float, tail: Float, *, ranges: ComposeRanges) -> Float:
    """Frames between, by cubic Hermite curves that go on with both speeds; bones keep length."""
    way_m = float(np.nanmax(np.linalg.norm(tail[0] - head[-1], axis=-1)))
    last_s = float(np.clip(way_m / ranges.bridge_mps, *ranges.bridge_s))
    steps = max(2, round(last_s * ranges.rate_hz))
    s = (np.arange(1, steps) / steps)[:, None, None]
    leave = (head[-1] - head[-2]) * steps if head.shape[0] > 1 else np.zeros_like(head[-1])
    arrive = (tail[1] - tail[0]) * steps if tail.shape[0] > 1 else np.zeros_like(tail[0])
    curve = (
        (2 * s**3 - 3 * s**2 + 1) * head[-1]
        + (s**3 - 2 * s**2 + s) * leave
        + (-2 * s**3 + 3 * s**2) * tail[0]
        + (s**3 - s**2) * arrive
    )
    return _keep_bones(curve, start=head[-1], end=tail[0], share=s[..., 0, 0])


def _keep_bones(curve: Float, *, start: Float, end: Float, share: Float) -> Float:
    kept = curve.copy()
    for upper, lower in _BONES:
        a, b = BODY17.index(upper), BODY17.index(lower)
        bone = curve[:, b] - curve[:, a]
        first, last = (np.linalg.norm(pose[b] - pose[a]) for pose in (start, end))
        wanted = (1.0 - share) * first + share * last
        length = np.linalg.norm(bone, axis=-1)
        scale = np.divide(wanted, length, out=np.ones_like(length), where=length > 1e-6)
        kept[:, b] = kept[:, a] + bone * scale[:, None]
    return kept
