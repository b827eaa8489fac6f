"""Points laid on one fixed, level picture: what a still, upright camera would have seen."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from analysis.schema import Float, Int

IDENTITY: Final = (1.0, 0.0, 0.0, 0.0)
STIRRED_PX: Final = (
    0.25  # a frame that lies so far from the one before was taken by a moving camera
)


def camera_path(frame: Int, similarity: Float, *, frames: int) -> Float:
    """The camera (F, 4) of every frame of the footage; unknown frames keep the last one known."""
    path = np.tile(np.array(IDENTITY), (frames, 1))
    if not frame.size:
        return path
    last = np.searchsorted(frame, np.arange(frames), side="right") - 1
    return np.where((last >= 0)[:, None], similarity[np.maximum(last, 0)], path)


def steadied(points_px: Float, *, camera: Float) -> Float:
    """Points (F, K, 2) by each frame's similarity (F, 4); a still camera changes nothing."""
    if np.array_equal(camera, np.broadcast_to(IDENTITY, camera.shape)):
        return points_px
    a, b, x, y = (column[:, None] for column in camera.T)
    u, v = points_px[..., 0], points_px[..., 1]
    return np.stack((a * u - b * v + x, b * u + a * v + y), axis=-1)


def zoom(camera: Float) -> Float:
    """How much a frame (F,) is enlarged when it is laid on the first."""
    return np.hypot(camera[:, 0], camera[:, 1])


def moving_share(camera: Float) -> float:
    """The share of frames in which the camera moved, 0..1."""
    if camera.shape[0] < 2:
        return 0.0
    shift = np.hypot(*np.diff(camera[:, 2:], axis=0).T)
    return float(np.mean(shift > STIRRED_PX))


def levelled(points_px: Float, *, floor_deg: float) -> Float:
    """Points (..., 2), y down, turned so that a floor at `floor_deg` (anticlockwise) is level."""
    turn = np.radians(floor_deg)
    u, v = points_px[..., 0], points_px[..., 1]
    return np.stack(
        (u * np.cos(turn) - v * np.sin(turn), u * np.sin(turn) + v * np.cos(turn)), axis=-1
    )
