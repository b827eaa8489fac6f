"""What of a set is left out, and why: every removal has a reason that is printed and stored."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final

import numpy as np

from analysis.features.body17 import BODY17
from analysis.training.records import Removed

if TYPE_CHECKING:
    from analysis.schema import Float
    from analysis.training.records import MotionClip

REASONS: Final = {
    "corrupt": "the file cannot be read",
    "no_label": "its name or row carries no label that the set defines",
    "no_motion": "labels without movement",
    "no_skeleton": "movement without its skeleton",
    "labels_do_not_fit": "another number of labels than of frames",
    "too_short": "too few frames to show movement",
    "not_finite": "hips, shoulders or limbs are missing in most frames",
    "duplicate": "the same numbers as another clip",
    "same_recording": "another conversion of a recording that is already there",
    "impossible_bones": "bones that change their length or are no human's",
    "impossible_speed": "a joint faster than any athlete's",
}

MIN_SECONDS: Final = 0.3
MIN_FRAMES: Final = 6
FILL_GAP_S: Final = 0.2  # lost markers are bridged over so long
MIN_SEEN: Final = 0.5  # share of frames that must show the core
CORE: Final = ("shoulder", "hip")  # a body whose hips and shoulders are unknown has no size
MAX_SPEED_MPS: Final = 40.0  # a golf club's head is faster; no joint is
# Metres between joint centres in people of 1.4 to 2.1 m, with room for markers on the skin.
BONES_M: Final = {
    ("hip", "knee"): (0.26, 0.60),
    ("knee", "ankle"): (0.25, 0.60),
    ("shoulder", "elbow"): (0.18, 0.45),
    ("elbow", "wrist"): (0.12, 0.40),
}
# (90th - 10th percentile) / median over a clip. A knee's marker moves with the thigh: in UI-PRMD's
# deep squats its distance to the ankle's changes by a fifth, and that is no fault of the data.
MAX_BONE_SPREAD: Final = 0.35
SAME_PATH_M: Final = 0.04  # conversions with other bone lengths stray so far
SAME_PATH_POINTS: Final = 12  # compared at so many moments, evenly over the clip
SAME_DURATION_S: Final = 0.1
JUMP_END_S: Final = 0.25  # conversions begin or end with a frame from elsewhere: cut off
MOVED_M: Final = 0.3  # paths of people who hardly move are all alike


@dataclass(slots=True)
class Cleaner:
    """Judges clip by clip; remembers a hash and a path of each kept one, nothing else."""

    _hashes: dict[str, str] = field(default_factory=dict)
    _paths: dict[str, list[tuple[str, str, Float]]] = field(default_factory=dict)

    def judge(self, clip: MotionClip) -> MotionClip | Removed:
        """The clip, its short gaps bridged, or why it is left out."""
        if clip.frames > 1:
            clip = _cut_jumps(_trim(_bridge(clip)))
        reason, detail = self._fault(clip)
        if reason:
            return Removed(clip.source, clip.clip, reason, detail)
        return clip

    def _fault(self, clip: MotionClip) -> tuple[str, str]:
        if not _core_seen(clip) >= MIN_SEEN:
            return "not_finite", f"core seen in {_core_seen(clip):.0%} of the frames"
        if clip.frames > 1 and (clip.frames < MIN_FRAMES or clip.duration_s < MIN_SECONDS):
            return "too_short", f"{clip.frames} frames, {clip.duration_s:.2f} s"
        if clip.xyz_m is not None:
            fault = _bones(clip.xyz_m) or _speed(clip.xyz_m, time_s=clip.time_s)
            if fault:
                return fault
        return self._again(clip)

    def _again(self, clip: MotionClip) -> tuple[str, str]:
        digest = _digest(clip)
        if digest in self._hashes:
            return "duplicate", f"of {self._hashes[digest]}"
        path = _path(clip)
        known = self._paths.setdefault(clip.family, [])
        if path is not None:
            for source, other, steps in known:
                apart = np.abs(path - steps)
                same = apart[0].max() < SAME_DURATION_S and apart[1:].max() < SAME_PATH_M
                if source != clip.source and same:
                    return "same_recording", f"as {other}"
            known.append((clip.source, clip.clip, path))
        self._hashes[digest] = clip.clip
        return "", ""


def _bridge(clip: MotionClip) -> MotionClip:
    """Straight lines over gaps up to FILL_GAP_S in 3D; 2D is left as the estimator gave it."""
    if clip.xyz_m is None or np.isfinite(clip.xyz_m).all():
        return clip
    filled = np.array(clip.xyz_m, dtype=np.float64)
    for joint in range(filled.shape[1]):
        known = np.flatnonzero(np.isfinite(filled[:, joint, 0]))
        if known.size < 2:
            continue
        right = np.clip(np.searchsorted(known, np.arange(clip.frames)), 1, known.size - 1)
        span_s = clip.time_s[known[right]] - clip.time_s[known[right - 1]]
        inside = (np.arange(clip.frames) > known[0]) & (np.arange(clip.frames) < known[-1])
        rows = inside & (span_s <= FILL_GAP_S) & ~np.isfinite(filled[:, joint, 0])
        for axis in range(3):
            line = np.interp(clip.time_s, clip.time_s[known], filled[known, joint, axis])
            filled[rows, joint, axis] = line[rows]
    return replace(clip, xyz_m=filled)


def _trim(clip: MotionClip) -> MotionClip:
    """Without leading and trailing frames that show nothing at all."""
    shown = np.flatnonzero(np.isfinite(_values(clip)).any(axis=(1, 2)))
    if shown.size == 0 or (shown[0] == 0 and shown[-1] == clip.frames - 1):
        return clip
    return clip.cut(int(shown[0]), int(shown[-1]) + 1)


def _values(clip: MotionClip) -> Float:
    values = clip.xyz_m if clip.xyz_m is not None else clip.xy
    if values is None:
        raise ValueError(f"{clip.clip}: neither xyz_m nor xy")
    return np.asarray(values, dtype=np.float64)


def _core_seen(clip: MotionClip) -> float:
    core = [BODY17.index(f"{side}_{joint}") for joint in CORE for side in ("left", "right")]
    return float(np.isfinite(_values(clip)[:, core]).all(axis=(1, 2)).mean())


def _bones(xyz_m: Float) -> tuple[str, str] | None:
    for (start, end), (least, most) in BONES_M.items():
        for side in ("left", "right"):
            a, b = (BODY17.index(f"{side}_{joint}") for joint in (start, end))
            long = np.linalg.norm(xyz_m[:, a] - xyz_m[:, b], axis=-1)
            long = long[np.isfinite(long)]
            if long.size == 0:
                continue
            low, middle, high = np.percentile(long, [10, 50, 90])
            if not least <= middle <= most:
                return "impossible_bones", f"{side} {start} to {end}: {middle:.2f} m"
            if (high - low) / middle > MAX_BONE_SPREAD:
                return "impossible_bones", f"{side} {start} to {end}: {low:.2f} to {high:.2f} m"
    return None


def _speed(xyz_m: Float, *, time_s: Float) -> tuple[str, str] | None:
    if xyz_m.shape[0] < 2:
        return None
    step_m = np.linalg.norm(np.diff(xyz_m, axis=0), axis=-1)
    speed = np.fmax.reduce(step_m / np.diff(time_s)[:, None], axis=None)
    return ("impossible_speed", f"{speed:.0f} m/s") if speed > MAX_SPEED_MPS else None


def _digest(clip: MotionClip) -> str:
    values = np.round(np.nan_to_num(_values(clip), nan=-1e6), 5).astype("<f4")
    return hashlib.sha256(values.tobytes() + str(values.shape).encode()).hexdigest()


def _path(clip: MotionClip) -> Float | None:
    """Duration, then where the hips go from the first frame (1 + n, 3).

    None for 2D and for people who hardly move.
    """
    if clip.xyz_m is None or clip.frames < MIN_FRAMES:
        return None
    hips = clip.xyz_m[:, [BODY17.index("left_hip"), BODY17.index("right_hip")]].mean(axis=1)
    at_s = np.linspace(0.0, clip.duration_s, SAME_PATH_POINTS)
    path = np.stack([np.interp(at_s, clip.time_s, hips[:, axis]) for axis in range(3)], axis=1)
    steps: Float = np.concatenate([np.full((1, 3), clip.duration_s), path - path[0]])
    if not np.isfinite(steps).all() or np.abs(steps[1:]).max() < MOVED_M:
        return None
    return steps


def _cut_jumps(clip: MotionClip) -> MotionClip:
    """Without a first or last stretch that the rest cannot be reached from."""
    if clip.xyz_m is None or clip.frames < MIN_FRAMES:
        return clip
    step_m = np.linalg.norm(np.diff(clip.xyz_m, axis=0), axis=-1)
    speed = np.fmax.reduce(step_m / np.diff(clip.time_s)[:, None], axis=1)
    jumps = np.flatnonzero(speed > MAX_SPEED_MPS)
    first = [j + 1 for j in jumps.tolist() if clip.time_s[j] <= JUMP_END_S]
    last = [j + 1 for j in jumps.tolist() if clip.duration_s - clip.time_s[j + 1] <= JUMP_END_S]
    start, stop = max(first, default=0), min(last, default=clip.frames)
    return clip.cut(start, stop) if stop - start >= MIN_FRAMES else clip
