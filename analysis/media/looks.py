"""What a picture is worth: light, sharpness, and whether the camera moved since another one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from analysis.media.frames import frame_times, read_frames

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from analysis.protocols import Frame
    from analysis.schema import Float, Int

WORK_PX: Final = 360  # shorter side at which pictures are compared
MOST_CORNERS: Final = 300
FEWEST_CORNERS: Final = 12  # fewer say nothing about the camera
MARGIN: Final = 0.1  # of a person's box, kept out of the background on each side


@dataclass(frozen=True, slots=True)
class Quality:
    """Luma is 0..255; NaN where there is nobody, or no background."""

    luma: float
    person_luma: float
    around_luma: float
    sharpness: float  # of edges: 0.17 and more on real footage, about 0.02 out of focus


@dataclass(frozen=True, slots=True, eq=False)
class Pair:
    """A picture and one a little later; the same twice at the very end and in a still."""

    index: int
    first: Frame
    later: Frame
    apart_s: float


def sample_pairs(target: Path, *, samples: int, pair_s: float) -> Iterator[Pair]:
    """Pictures spread over a copy, each with one about `pair_s` later.

    Raises:
        DecodeFailedError: the copy cannot be decoded.
    """
    time_s, _, _ = frame_times(target)
    for index in sample_indices(time_s, samples=samples):
        later = int(np.searchsorted(time_s, time_s[index] + pair_s))
        later = min(later, time_s.size - 1)
        first = last = None
        for at, picture in read_frames(target, start=index, stop=later + 1):
            if at == index:
                first = picture
            last = picture
        if first is not None and last is not None:
            yield Pair(index, first, last, float(time_s[later] - time_s[index]))


def sample_indices(time_s: Float, *, samples: int) -> list[int]:
    """Frames in the middles of `samples` equal stretches of time; each at most once."""
    middles_s = time_s[0] + (time_s[-1] - time_s[0]) * (np.arange(samples) + 0.5) / samples
    nearest: Int = np.clip(np.searchsorted(time_s, middles_s), 0, time_s.size - 1)
    return sorted({int(i) for i in nearest})


def quality(picture: Frame, *, box_px: Float | None) -> Quality:
    """Light and sharpness of a picture (H, W, 3) with a person in `box_px` (4,) or nobody."""
    import cv2

    grey: Any = cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY)
    person_luma = around_luma = float("nan")
    if box_px is not None:
        inside = _mask(grey.shape, box_px[None], margin=0.0)
        if inside.any():
            person_luma = float(np.median(grey[inside]))
        if not inside.all():
            around_luma = float(np.median(grey[~inside]))
    return Quality(
        luma=float(grey.mean()),
        person_luma=person_luma,
        around_luma=around_luma,
        sharpness=_sharpness(grey),
    )


def background_shift(before: Frame, after: Frame, *, boxes_px: Float) -> float:
    """How far the background moved, in picture diagonals; NaN where it has too few corners.

    Corners outside the boxes (P, 4) of people are followed (Lucas-Kanade); a similarity through
    most of them (RANSAC) says where the picture's corners went, on average.
    """
    import cv2

    first, scale = _small(before)
    second, _ = _small(after)
    free = ~_mask(first.shape, boxes_px * scale, margin=MARGIN)
    corners = cv2.goodFeaturesToTrack(
        first, MOST_CORNERS, 0.01, 8, mask=free.astype(np.uint8) * 255
    )
    if corners is None or len(corners) < FEWEST_CORNERS:
        return float("nan")
    nowhere: Any = None  # where to write to: the binding makes its own array
    moved, status, _ = cv2.calcOpticalFlowPyrLK(
        first, second, corners, nowhere, winSize=(21, 21), maxLevel=4
    )
    kept = status.ravel() == 1
    if kept.sum() < FEWEST_CORNERS:
        return float("nan")
    matrix, inliers = cv2.estimateAffinePartial2D(
        corners[kept], moved[kept], method=cv2.RANSAC, ransacReprojThreshold=1.5
    )
    if matrix is None or inliers.sum() < max(FEWEST_CORNERS, 0.4 * kept.sum()):
        return float("nan")
    height, width = first.shape
    ends = np.array([[0, 0, 1], [width, 0, 1], [0, height, 1], [width, height, 1]], dtype=float)
    distance = np.linalg.norm(ends @ matrix.T - ends[:, :2], axis=1).mean()
    return float(distance / np.hypot(width, height))


def write_jpeg(picture: Frame, target: Path, *, max_longer_px: int = 720) -> None:
    """A small JPEG of a picture (H, W, 3) RGB.

    Raises:
        OSError: it cannot be written.
    """
    import cv2

    scale = min(1.0, max_longer_px / max(picture.shape[:2]))
    size = (round(picture.shape[1] * scale), round(picture.shape[0] * scale))
    small = cv2.resize(picture, size, interpolation=cv2.INTER_AREA)
    done, data = cv2.imencode(
        ".jpg", cv2.cvtColor(small, cv2.COLOR_RGB2BGR), [cv2.IMWRITE_JPEG_QUALITY, 82]
    )
    if not done:
        raise OSError(f"{target}: the picture could not be encoded")
    target.write_bytes(data.tobytes())


def _small(picture: Frame) -> tuple[Frame, float]:
    import cv2

    grey: Any = cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY)
    scale = min(1.0, WORK_PX / min(grey.shape))
    size = (max(1, round(grey.shape[1] * scale)), max(1, round(grey.shape[0] * scale)))
    small: Any = cv2.resize(grey, size, interpolation=cv2.INTER_AREA)
    return small, scale


def _mask(shape: tuple[int, ...], boxes_px: Float, *, margin: float) -> np.ndarray:
    """Where people are (H, W): their boxes, each side moved out by a share of the box's size."""
    inside = np.zeros(shape[:2], dtype=bool)
    for left, top, right, bottom in boxes_px:
        wide, high = margin * (right - left), margin * (bottom - top)
        columns = slice(max(0, int(left - wide)), max(0, int(np.ceil(right + wide))))
        rows = slice(max(0, int(top - high)), max(0, int(np.ceil(bottom + high))))
        inside[rows, columns] = True
    return inside


def _sharpness(grey: Frame) -> float:
    """Energy of second over first differences at the strongest edges; NaN for a flat picture.

    Both grow alike with contrast, so that the ratio tells how steep edges are and not how strong.
    """
    import cv2

    scale = min(1.0, WORK_PX / min(grey.shape))
    size = (max(8, round(grey.shape[1] * scale)), max(8, round(grey.shape[0] * scale)))
    small = cv2.resize(grey, size, interpolation=cv2.INTER_AREA).astype(np.float32)
    across, down = np.diff(small, axis=1)[:-1], np.diff(small, axis=0)[:, :-1]
    slope = across**2 + down**2
    strong = slope >= max(25.0, float(np.percentile(slope, 95)))
    if not strong.any():
        return float("nan")
    bend = cv2.Laplacian(small, cv2.CV_32F)[:-1, :-1] ** 2
    return float(bend[strong].mean() / slope[strong].mean() / 4)
