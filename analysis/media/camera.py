"""How the camera moved, from the background, while frames are read.

Corners of a small grey copy are followed from a key frame by Lucas-Kanade flow, forwards and back,
and a similarity (shift, turn, zoom) is fitted by RANSAC. People are a minority of the picture: what
counts is over how many cells of a grid the corners agree, not how many corners do. Where enough
cells stand still the camera does, exactly; where too few are to be seen nothing is claimed.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

import numpy as np

if TYPE_CHECKING:
    from analysis.protocols import Frame
    from analysis.schema import Float, Int

LONGER_PX: Final = 320  # longer side of the small copy
CELLS: Final = (8, 6)  # columns, rows
PER_CELL: Final = 3
MIN_CELLS: Final = 8  # with corners, or the background is too plain to tell
STILL_PX: Final = 0.35  # of the small copy: a corner nearer than this has not moved
STILL_SHARE: Final = 0.45  # of the cells that stand still: then the camera does
AGREE_PX: Final = 1.0
AGREE_SHARE: Final = 0.5  # of the cells that must move together
EDGE_COLUMNS: Final = 2
BACK_PX: Final = 0.6  # forwards and back must end where it began
REKEY_SHIFT: Final = 0.12  # of the longer side: beyond it the key frame is too far away
CALM_FRAMES: Final = 6  # of a camera that stands: from then on …
LOOK_EVERY: Final = 4  # … only every so many frames are looked at, until it moves again
IDENTITY: Final = np.array([1.0, 0.0, 0.0, 0.0])


@dataclass(slots=True)
class CameraWatch:
    """Fed every frame in order; tells for each the similarity that lays it on the first.

    A similarity is (a, b, x, y): (u, v) → (a u - b v + x, b u + a v + y), in px of the frame.
    """

    _index: list[int] = field(default_factory=list)
    _motion: list[Float] = field(default_factory=list)
    _key: Any = None
    _corners: Any = None
    _at_key: Float = field(default_factory=IDENTITY.copy)
    _since: Float = field(default_factory=IDENTITY.copy)
    _calm: int = 0  # frames since it last moved

    def see(self, index: int, frame: Frame) -> None:
        """Take in one frame (H, W, 3)."""
        self._calm += 1
        if self._calm > CALM_FRAMES and self._calm % LOOK_EVERY:
            self._index.append(index)
            self._motion.append(self._motion[-1])
            return
        grey, factor = _small(frame)
        if self._key is not None and self._key.shape == grey.shape:
            found = _from_key(self._key, grey, self._corners, guess=self._since)
            if found is None:
                self._rekey(grey)
            else:
                self._since = found
                if np.hypot(*found[2:]) > REKEY_SHIFT * LONGER_PX:
                    self._rekey(grey)
        else:
            self._rekey(grey)
        whole = compose(self._at_key, self._since)
        self._index.append(index)
        self._motion.append(whole * np.array([1.0, 1.0, factor, factor]))
        if len(self._motion) < 2 or not np.array_equal(self._motion[-1], self._motion[-2]):
            self._calm = 0

    def motion(self) -> tuple[Int, Float]:
        """Frames (C,) and their similarities (C, 4)."""
        rows = len(self._index)
        return np.array(self._index, dtype=np.int64), np.array(self._motion).reshape(rows, 4)

    def _rekey(self, grey: Any) -> None:
        self._at_key = compose(self._at_key, self._since)
        self._since = IDENTITY.copy()
        self._key, self._corners = grey, _corners(grey)


def compose(outer: Float, inner: Float) -> Float:
    """The similarity (4,) that does `inner` first and then `outer`."""
    a, b, x, y = outer
    c, d, u, v = inner
    return np.array([a * c - b * d, a * d + b * c, a * u - b * v + x, b * u + a * v + y])


def _small(frame: Frame) -> tuple[Any, float]:
    import cv2

    longer = max(frame.shape[:2])
    factor = longer / LONGER_PX
    # Skipping pixels first costs next to nothing; only the rest is averaged.
    skip = max(1, int(factor / 2))
    height, width = frame.shape[:2]
    size = (round(width / factor), round(height / factor))
    small = cv2.resize(frame[::skip, ::skip], size, interpolation=cv2.INTER_AREA)
    return cv2.cvtColor(small, cv2.COLOR_RGB2GRAY), factor


def _corners(grey: Any) -> Any:
    """The best few corners (N, 2) of every cell of the grid."""
    import cv2

    found = cv2.goodFeaturesToTrack(grey, 300, 0.01, 5)
    if found is None:
        return np.empty((0, 2), np.float32)
    points = found.reshape(-1, 2)
    cells = _cells(points, shape=grey.shape)
    rank = np.array([np.count_nonzero(cells[:i] == cell) for i, cell in enumerate(cells)])
    return points[rank < PER_CELL]


def _cells(points: Any, *, shape: tuple[int, ...]) -> Int:
    column = np.clip(points[:, 0] * CELLS[0] // shape[1], 0, CELLS[0] - 1)
    row = np.clip(points[:, 1] * CELLS[1] // shape[0], 0, CELLS[1] - 1)
    return np.asarray(row * CELLS[0] + column, dtype=np.int64)


def _from_key(key: Any, grey: Any, corners: Any, *, guess: Float) -> Float | None:
    """The similarity of a frame onto its key frame; None when it cannot be told."""
    import cv2

    if corners.shape[0] < MIN_CELLS:
        return None
    begin = _moved(corners, _inverse(guess)).astype(np.float32)
    now, there = _flow(key, grey, corners, begin)
    back, again = _flow(grey, key, now, corners)
    good = (there & again).ravel().astype(bool)
    good &= np.linalg.norm(back - corners, axis=1) < BACK_PX
    cells = _cells(corners, shape=key.shape)
    known = np.unique(cells[good]).size
    if known < MIN_CELLS:
        return None
    still = good & (np.linalg.norm(now - corners, axis=1) < STILL_PX)
    if np.unique(cells[still]).size >= STILL_SHARE * known:
        return IDENTITY.copy()
    matrix, inliers = cv2.estimateAffinePartial2D(
        now[good], corners[good], ransacReprojThreshold=AGREE_PX
    )
    if matrix is None:
        return None
    agreeing = np.unique(cells[good][inliers.ravel().astype(bool)])
    columns = agreeing % CELLS[0]
    # On a plain background only the athlete has corners: the edges of the picture must agree too.
    spread = bool(columns.min() <= EDGE_COLUMNS - 1 and columns.max() >= CELLS[0] - EDGE_COLUMNS)
    if agreeing.size < AGREE_SHARE * known or not spread:
        return None
    return np.array([matrix[0, 0], matrix[1, 0], matrix[0, 2], matrix[1, 2]])


def _flow(before: Any, after: Any, points: Any, guess: Any) -> tuple[Any, Any]:
    """Where points went (N, 2), and whether they were found."""
    import cv2

    now, found, _ = cv2.calcOpticalFlowPyrLK(
        before,
        after,
        points,
        guess.copy(),
        winSize=(15, 15),
        maxLevel=3,
        flags=cv2.OPTFLOW_USE_INITIAL_FLOW,
    )
    return now, found


def _moved(points: Any, similarity: Float) -> Float:
    a, b, x, y = similarity
    u, v = points[:, 0], points[:, 1]
    return np.stack((a * u - b * v + x, b * u + a * v + y), axis=1)


def _inverse(similarity: Float) -> Float:
    a, b, x, y = similarity
    size = a * a + b * b
    c, d = a / size, -b / size
    return np.array([c, d, -(c * x - d * y), -(d * x + c * y)])
