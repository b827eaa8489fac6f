"""Which way the athlete faces, decided over the whole sequence and not frame by frame."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from analysis.features.clean import runs

if TYPE_CHECKING:
    from collections.abc import Mapping

    from analysis.features.clean import Bool
    from analysis.schema import Float, Int

TURN_S: Final = 0.3  # a turn is believed once it has been seen clearly for so long
CLEAR_VOTE: Final = 0.3  # a frame that says less than this against the sequence only wavers
SHOULDERS_BH: Final = 0.21  # between the shoulder joints, in body heights, seen from the front


def body_yaw_deg(xyz_m: Mapping[str, Float]) -> Float:
    """Where the chest points (F,): 0 to the camera, +90 to the image's right, ±180 away.

    The athlete's leftward direction l (from shoulders and hips, x right, z away) and up give the
    chest's direction l × up = (l_z, 0, -l_x); yaw = atan2(l_z, l_x). Averaged over directions.
    """
    left = (xyz_m["left_shoulder"] - xyz_m["right_shoulder"]) + (
        xyz_m["left_hip"] - xyz_m["right_hip"]
    )
    direction = np.stack((left[:, 0], left[:, 2]), axis=1)
    with np.errstate(divide="ignore", invalid="ignore"):
        direction = direction / np.linalg.norm(direction, axis=1, keepdims=True)
    smooth = _running_mean(direction, half_width=4)
    return np.degrees(np.arctan2(smooth[:, 1], smooth[:, 0]))


def flat_yaw_deg(points_px: Mapping[str, Float], *, height_px: float) -> Float:
    """Where the chest points (F,), from a picture alone: coarser than `body_yaw_deg`.

    The shoulders' width against what it is from the front gives |cos yaw|, and which shoulder is
    on which side its sign; the nose before the ears gives the sign of sin yaw.
    """
    across = points_px["left_shoulder"][:, 0] - points_px["right_shoulder"][:, 0]
    cosine = np.clip(across / (SHOULDERS_BH * height_px), -1.0, 1.0)
    ahead = points_px["nose"][:, 0] - points_px["head"][:, 0]
    sine = np.where(ahead < 0, -1.0, 1.0) * np.sqrt(1.0 - cosine**2)
    direction = np.where(np.isfinite(ahead)[:, None], np.stack((cosine, sine), axis=1), np.nan)
    smooth = _running_mean(direction, half_width=4)
    return np.degrees(np.arctan2(smooth[:, 1], smooth[:, 0]))


def faces_right(points_px: Mapping[str, Float], *, yaw_deg: Float, time_s: Float) -> Int:
    """+1 facing right, -1 facing left, for each frame (F,).

    A two-state Viterbi pass keeps a decision until the evidence against it outweighs a turn's cost.
    """
    return decided(facing_votes(points_px, yaw_deg=yaw_deg), time_s=time_s)


def decided(votes: Float, *, time_s: Float) -> Int:
    """The sequence's decision (F,), +1 right and -1 left, on each frame's votes."""
    return two_state_path(votes * _lasting_s(time_s), switch_cost=TURN_S)


def overruled(votes: Float, path: Int, *, time_s: Float) -> list[tuple[int, int, float]]:
    """Stretches [start, stop) whose own frames clearly say the other way, and how surely wrong.

    The confidence falls from 1 to 0.5 as the stretch's evidence nears what a turn would need.
    """
    against = -votes * path
    weight = against * _lasting_s(time_s)
    return [
        (start, stop, 1.0 - 0.5 * min(1.0, float(weight[start:stop].sum()) / TURN_S))
        for start, stop in runs(np.asarray(against > 0))
        if against[start:stop].max() >= CLEAR_VOTE
    ]


def facing_votes(points_px: Mapping[str, Float], *, yaw_deg: Float) -> Float:
    """Each frame's evidence (F,), -1 for left to 1 for right.

    From the chest's direction, toes before heels and the nose before the ears.
    """
    votes = [np.nan_to_num(np.sin(np.radians(yaw_deg)))]
    for ahead, behind in (
        ("left_foot_index", "left_heel"),
        ("right_foot_index", "right_heel"),
        ("nose", "head"),
    ):
        if ahead in points_px and behind in points_px:
            forward = points_px[ahead] - points_px[behind]
            with np.errstate(divide="ignore", invalid="ignore"):
                share = forward[:, 0] / np.linalg.norm(forward, axis=1)
            votes.append(np.nan_to_num(share))
    return np.asarray(np.mean(votes, axis=0))


def _lasting_s(time_s: Float) -> Float:
    return np.asarray(np.gradient(time_s) if time_s.size > 1 else np.ones_like(time_s))


def two_state_path(evidence: Float, *, switch_cost: float) -> Int:
    """The path of +1 and -1 (F,) with the most evidence, less the cost of each switch."""
    frames = evidence.size
    came_from = np.zeros((frames, 2), dtype=np.int64)
    best = np.zeros(2)
    gain = np.stack((evidence, -evidence), axis=1)
    for frame in range(frames):
        moved = best[::-1] - switch_cost
        came_from[frame] = np.where(moved > best, (1, 0), (0, 1))
        best = np.maximum(best, moved) + gain[frame]
    path = np.empty(frames, dtype=np.int64)
    state = int(np.argmax(best))
    for frame in range(frames - 1, -1, -1):
        path[frame] = 1 if state == 0 else -1
        state = int(came_from[frame, state])
    return path


def _running_mean(values: Float, *, half_width: int) -> Float:
    """Mean over the neighbours that were seen (F, N); NaN inside long gaps."""
    seen: Bool = np.asarray(np.isfinite(values).all(axis=1))
    smooth = np.full(values.shape, np.nan)
    for start, stop in runs(seen):
        for frame in range(start, stop):
            window = slice(max(start, frame - half_width), min(stop, frame + half_width + 1))
            smooth[frame] = values[window].mean(axis=0)
    return smooth
