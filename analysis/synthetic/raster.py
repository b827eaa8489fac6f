"""Shaded, antialiased capsules on a picture, with a depth buffer; numpy and OpenCV only."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import cv2
import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from analysis.protocols import Frame
    from analysis.schema import Float
    from analysis.synthetic.camera import Camera
    from analysis.synthetic.scene import Capsule

    Picture = NDArray[np.float32]

_LIGHT_WORLD: Final = np.array([0.35, -0.45, 0.85])  # from where light comes
_AMBIENT: Final = 0.46
_DEPTH_SLACK_M: Final = 0.004  # antialiased rims may lie this much behind what they join


def backdrop(camera: Camera) -> Frame:
    """An indoor court: a wall, a floor in perspective and lines on it (H, W, 3) RGB."""
    height, width = camera.height_px, camera.width_px
    wall_top, wall_low = np.array([150.0, 164.0, 176.0]), np.array([204.0, 211.0, 214.0])
    ramp = np.linspace(0.0, 1.0, height)[:, None]
    picture = np.repeat((wall_top + (wall_low - wall_top) * ramp)[:, None], width, axis=1)
    picture = picture.astype(np.uint8)
    towards = camera.axes[2] * np.array([1.0, 1.0, 0.0])
    towards /= np.linalg.norm(towards)
    right = camera.axes[0]
    spans = [(-14.0, -3.0), (14.0, -3.0), (14.0, 4.0), (-14.0, 4.0)]
    near = -(camera.distance_m - 1.2)
    court = [right * x + towards * (near if y < 0 else y) for x, y in spans]
    cv2.fillPoly(picture, [_fixed(camera.project(np.stack(court)))], (92, 134, 118), cv2.LINE_AA, 4)
    wall = _fixed(camera.project(np.stack([right * x + towards * 4.0 for x in (-14.0, 14.0)])))
    cv2.polylines(
        picture,
        [wall],
        isClosed=False,
        color=(238, 238, 234),
        thickness=4,
        lineType=cv2.LINE_AA,
        shift=4,
    )
    for y_m in (-1.1, 1.4):
        line = [right * x + towards * y for x in (-14.0, 14.0) for y in (y_m, y_m + 0.06)]
        corners = np.stack([line[0], line[1], line[3], line[2]])
        cv2.fillPoly(picture, [_fixed(camera.project(corners))], (222, 228, 222), cv2.LINE_AA, 4)
    return picture


def draw(capsules: Sequence[Capsule], *, camera: Camera, background: Frame) -> Frame:
    """One picture (H, W, 3) RGB of the capsules, with their shadow, before the background."""
    return draw_with_depth(capsules, camera=camera, background=background)[0]


def draw_with_depth(
    capsules: Sequence[Capsule], *, camera: Camera, background: Frame
) -> tuple[Frame, Picture]:
    """The picture, and how far away (H, W) in m what it shows is: infinite for the background."""
    picture = background.astype(np.float32)
    _shadow(picture, capsules, camera=camera)
    depth_m = np.full(picture.shape[:2], np.inf, dtype=np.float32)
    light = camera.axes @ (_LIGHT_WORLD / np.linalg.norm(_LIGHT_WORLD))
    starts = camera.to_camera(np.stack([c.start_m for c in capsules]))
    ends = camera.to_camera(np.stack([c.end_m for c in capsules]))
    for index in np.argsort(-(starts[:, 2] + ends[:, 2])):
        _capsule(
            picture,
            depth_m,
            starts[index],
            ends[index],
            capsule=capsules[index],
            camera=camera,
            light=light,
        )
    drawn: Frame = np.clip(picture + 0.5, 0.0, 255.0).astype(np.uint8)
    return drawn, depth_m


def _fixed(points_px: Float) -> NDArray[np.int32]:
    """Pixels in OpenCV's fixed point with 4 bits, whose zero is the first pixel's centre."""
    return np.round((points_px - 0.5) * 16.0).astype(np.int32)


def _capsule(
    picture: Picture,
    depth_m: Picture,
    start: Float,
    end: Float,
    *,
    capsule: Capsule,
    camera: Camera,
    light: Float,
) -> None:
    """Shade one capsule into its bounding box; nearer things that are there already stay."""
    centre = np.array([camera.width_px, camera.height_px]) / 2.0 - 0.5
    a = centre + camera.focal_px * start[:2] / start[2]
    b = centre + camera.focal_px * end[:2] / end[2]
    radii = np.array([capsule.start_radius_m / start[2], capsule.end_radius_m / end[2]])
    radii = radii * camera.focal_px
    reach = radii.max() + 1.5
    low = np.maximum(np.floor(np.minimum(a, b) - reach), 0).astype(int)
    high = np.minimum(
        np.ceil(np.maximum(a, b) + reach) + 1, [camera.width_px, camera.height_px]
    ).astype(int)
    if (high <= low).any():
        return
    box = (slice(low[1], high[1]), slice(low[0], high[0]))
    x = np.arange(low[0], high[0], dtype=np.float32)[None, :] - np.float32(a[0])
    y = np.arange(low[1], high[1], dtype=np.float32)[:, None] - np.float32(a[1])
    axis = (b - a).astype(np.float32)
    square = float(axis @ axis)
    if square > 1e-6:
        share = np.clip((x * axis[0] + y * axis[1]) / np.float32(square), 0.0, 1.0)
    else:
        share = np.zeros((y.shape[0], x.shape[1]), dtype=np.float32)
    radius = np.float32(radii[0]) + share * np.float32(radii[1] - radii[0])
    off_x, off_y = x - share * axis[0], y - share * axis[1]
    distance = np.sqrt(off_x * off_x + off_y * off_y)
    cover = np.clip(radius - distance + 0.5, 0.0, 1.0)
    off_x, off_y = off_x / radius, off_y / radius
    bulge = np.sqrt(np.maximum(1.0 - off_x * off_x - off_y * off_y, 0.0))
    thick_m = capsule.start_radius_m + share * np.float32(
        capsule.end_radius_m - capsule.start_radius_m
    )
    surface_m = np.float32(start[2]) + share * np.float32(end[2] - start[2]) - thick_m * bulge
    cover = cover * (surface_m < depth_m[box] + _DEPTH_SLACK_M)
    lit = off_x * np.float32(light[0]) + off_y * np.float32(light[1]) - bulge * np.float32(light[2])
    shade = _AMBIENT + (1.06 - _AMBIENT) * np.maximum(0.5 + 0.5 * lit, 0.0) ** 1.4
    shade = shade * (0.80 + 0.20 * bulge)  # rims darken a little, as skin and cloth do
    colour = np.array(capsule.colour, dtype=np.float32)
    picture[box] += cover[..., None] * (shade[..., None] * colour - picture[box])
    solid = cover > 0.5
    depth_m[box][solid] = np.minimum(depth_m[box][solid], surface_m[solid])


def _shadow(picture: Picture, capsules: Sequence[Capsule], *, camera: Camera) -> None:
    """Darken the floor where the light is blocked, with a soft edge."""
    slope = _LIGHT_WORLD[:2] / _LIGHT_WORLD[2]
    turn = np.linspace(0.0, 2.0 * np.pi, 10, endpoint=False)
    ring = np.stack([np.cos(turn), np.sin(turn), np.zeros_like(turn)], axis=-1)
    shrink = 4
    mask = np.zeros((camera.height_px // shrink + 1, camera.width_px // shrink + 1), np.uint8)
    for capsule in capsules:
        if max(capsule.start_radius_m, capsule.end_radius_m) < 0.025:
            continue
        rim = []
        for place, radius in (
            (capsule.start_m, capsule.start_radius_m),
            (capsule.end_m, capsule.end_radius_m),
        ):
            foot = np.array([*(place[:2] - 0.45 * slope * place[2]), 0.0])
            rim.append(camera.project(foot + radius * ring))
        outline = cv2.convexHull((np.concatenate(rim) / shrink).astype(np.float32))
        cv2.fillConvexPoly(mask, np.round(outline * 16).astype(np.int32), 255, cv2.LINE_AA, 4)
    soft = cv2.GaussianBlur(mask, (0, 0), 3.0)
    full = cv2.resize(soft, (camera.width_px, camera.height_px), interpolation=cv2.INTER_LINEAR)
    rows = np.flatnonzero(full.any(axis=1))
    if rows.size:
        band = slice(int(rows[0]), int(rows[-1]) + 1)
        picture[band] *= 1.0 - 0.42 * (full[band, :, None].astype(np.float32) / 255.0)
