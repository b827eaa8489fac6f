"""A pinhole camera that stands still, and exact projections.

Pixel convention: x = 0 is the left edge of the picture and x = width its right edge, so the
centre of the first pixel is 0.5. That is what BlazePose's normalised outputs times the width
give, and what a canvas draws.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from analysis.schema import Float


@dataclass(frozen=True, slots=True, kw_only=True)
class Camera:
    """A camera around the athlete.

    `view_deg` is how the athlete, facing world x, is seen: 0 chest to the camera, 90 facing the
    picture's right, -90 its left, 180 from behind. `elevation_deg` looks down from above.
    """

    width_px: int = 1280
    height_px: int = 720
    view_deg: float = 90.0
    elevation_deg: float = 3.0
    distance_m: float = 7.0
    target_m: tuple[float, float, float] = (0.0, 0.0, 1.22)
    visible_height_m: float = 3.1  # of the upright plane through the target

    @property
    def focal_px(self) -> float:
        """Focal length in pixels."""
        return self.height_px * self.distance_m / self.visible_height_m

    @property
    def axes(self) -> Float:
        """Rows right, down, away (3, 3), in world axes."""
        view, elevation = np.deg2rad(self.view_deg), np.deg2rad(self.elevation_deg)
        cos_v, sin_v = np.cos(view), np.sin(view)
        cos_e, sin_e = np.cos(elevation), np.sin(elevation)
        right = [sin_v, cos_v, 0.0]
        down = [sin_e * cos_v, -sin_e * sin_v, -cos_e]
        away = [-cos_e * cos_v, cos_e * sin_v, -sin_e]
        return np.array([right, down, away])

    @property
    def position_m(self) -> Float:
        """Where the camera stands, in world metres (3,)."""
        stand_m: Float = np.asarray(self.target_m) - self.distance_m * self.axes[2]
        return stand_m

    def to_camera(self, points_m: Float) -> Float:
        """World points (..., 3) in the camera's axes: x right, y down, z away, metres."""
        seen: Float = (points_m - self.position_m) @ self.axes.T
        return seen

    def project(self, points_m: Float) -> Float:
        """World points (..., 3) to pixels (..., 2)."""
        seen = self.to_camera(points_m)
        centre = np.array([self.width_px / 2.0, self.height_px / 2.0])
        flat: Float = centre + self.focal_px * seen[..., :2] / seen[..., 2:]
        return flat
