"""What somebody wears: the colours of trunk and thighs, to know a person again. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from analysis.skeletons import SKELETONS

if TYPE_CHECKING:
    from collections.abc import Iterable

    from analysis.protocols import Frame
    from analysis.schema import Float, Int, Observations

SIZE: Final = 9  # L*, a*, b* of upper trunk, lower trunk and thighs
ACROSS: Final = (0.25, 0.4, 0.5, 0.6, 0.75)  # where the trunk is looked at, side to side …
ALONG: Final = (0.2, 0.35, 0.5, 0.65, 0.8)  # … and from shoulders to hips, hips to knees
MIN_SCORE: Final = 0.5  # a part whose corners are seen with less is not looked at
LIGHTNESS: Final = 0.5  # of lightness, which shadows change, against colour, which they do not

# sRGB to XYZ (IEC 61966-2-1) over the D65 white, then CIE L*a*b* (CIE 15).
_TO_XYZ: Final = np.array(
    [[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]]
) / np.array([[0.9505], [1.0], [1.089]])


def look(frame: Frame, xy_px: Float, *, score: Float, skeleton: str) -> Float:
    """Colours (SIZE,) of upper trunk, lower trunk and thighs of a body (K, 2) in a frame.

    Each the median over the part, as L*, a*, b* with the lightness weighed down; NaN for a part
    that is not seen or lies outside the picture.
    """
    corners = _corners(xy_px, score=score, skeleton=skeleton)
    along = np.array(ALONG)
    parts = (
        _between(corners["shoulders"], corners["hips"], along=along / 2),
        _between(corners["shoulders"], corners["hips"], along=0.5 + along / 2),
        _between(corners["hips"], corners["knees"], along=along),
    )
    return np.concatenate([_colour(frame, points) for points in parts])


def looks(frames: Iterable[tuple[int, Frame]], *, observations: Observations, rows: Int) -> Float:
    """Looks (N, SIZE) of the people in some rows (N,), from the frames that hold them."""
    found = np.full((rows.size, SIZE), np.nan)
    for index, frame in frames:
        for at in np.flatnonzero(observations.frame[rows] == index):
            row = rows[at]
            found[at] = look(
                frame,
                observations.xy_px[row],
                score=observations.score[row],
                skeleton=observations.skeleton,
            )
    return found


def distance(a: Float, b: Float) -> Float:
    """How different looks (N, SIZE) and (M, SIZE) are (N, M): root mean square of L*a*b* units.

    NaN where fewer than two parts are known of both.
    """
    squared = (a[:, None] - b[None]) ** 2
    known = np.isfinite(squared)
    count = known.sum(axis=2)
    mean = np.where(known, squared, 0).sum(axis=2) / np.maximum(count, 1)
    return np.where(count >= 6, np.sqrt(3 * mean), np.nan)


def _corners(xy_px: Float, *, score: Float, skeleton: str) -> dict[str, Float]:
    """Left and right end (2, 2) of the lines that bound the parts; NaN where unsure."""
    names = SKELETONS[skeleton]
    ends = {}
    for joint in ("shoulder", "hip", "knee"):
        rows = [names.index(f"{side}_{joint}") for side in ("left", "right")]
        seen = score[rows] >= MIN_SCORE
        ends[f"{joint}s"] = np.where(seen[:, None], xy_px[rows], np.nan)
    return ends


def _between(upper: Float, lower: Float, *, along: Float) -> Float:
    """Points (N, 2) of a grid between two lines."""
    across = np.array(ACROSS)[:, None]
    top = upper[0] + across * (upper[1] - upper[0])
    bottom = lower[0] + across * (lower[1] - lower[0])
    grid = top[:, None] + along[None, :, None] * (bottom - top)[:, None]
    return np.asarray(grid.reshape(-1, 2))


def _colour(frame: Frame, points: Float) -> Float:
    height, width = frame.shape[:2]
    known = points[np.isfinite(points).all(axis=1)]
    inside = known[((known >= 0) & (known < (width, height))).all(axis=1)].astype(int)
    if inside.shape[0] < len(points) // 2:
        return np.full(3, np.nan)
    return np.asarray(np.median(_lab(frame[inside[:, 1], inside[:, 0]]), axis=0))


def _lab(rgb: Float) -> Float:
    """L*a*b* (N, 3) of sRGB (N, 3) 0..255, L* times LIGHTNESS."""
    value = rgb.astype(np.float64) / 255
    linear = np.where(value <= 0.04045, value / 12.92, ((value + 0.055) / 1.055) ** 2.4)
    xyz = linear @ _TO_XYZ.T
    f = np.where(xyz > (6 / 29) ** 3, np.cbrt(xyz), xyz / (3 * (6 / 29) ** 2) + 4 / 29)
    lab = [116 * f[:, 1] - 16, 500 * (f[:, 0] - f[:, 1]), 200 * (f[:, 1] - f[:, 2])]
    return np.stack(lab, axis=1) * (LIGHTNESS, 1.0, 1.0)
