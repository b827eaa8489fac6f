"""Where one shot ends and another begins, found while the frames go by.

A hard cut is a change of the picture that dwarfs the changes around it and stays: a flash comes
back, a fast pan is as fast before or after. A cross-fade is a stretch whose pictures are blends of
its two ends, ends that have nothing in common: neither a pan nor a change of light is that.
"""

from __future__ import annotations

import itertools
from collections import deque
from typing import TYPE_CHECKING, Any, Final

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from numpy.typing import NDArray

    from analysis.config import ShotConfig
    from analysis.protocols import Frame

    Pictures = NDArray[np.float32]  # (F, ROWS, COLUMNS, 3) 0..255

ROWS: Final = 9
COLUMNS: Final = 16
SAMPLES: Final = 8  # pixels looked at along each side of a block
AROUND: Final = 4  # frames on each side that a hard cut must dwarf; also how far it looks ahead
FADE_S: Final = 0.4  # half the stretch that a cross-fade is looked for in
STEADY: Final = 0.6  # what came must stay as different from what went, by this share
LIKE: Final = 0.7  # correlation above which two pictures show one scene
FLAT: Final = 4.0  # spread of a picture, of 255, below which it shows nothing
CHUNK: Final = 512  # frames compared at once


def miniature(frame: Frame) -> Pictures:
    """A frame (H, W, 3) as block means (ROWS, COLUMNS, 3), from a grid of its pixels."""
    height, width = frame.shape[:2]
    rows = np.linspace(0, height - 1, ROWS * SAMPLES).astype(int)
    columns = np.linspace(0, width - 1, COLUMNS * SAMPLES).astype(int)
    grid = frame[rows[:, None], columns].astype(np.float32)
    blocks = grid.reshape(ROWS, SAMPLES, COLUMNS, SAMPLES, 3)
    return np.asarray(blocks.mean(axis=(1, 3)), dtype=np.float32)


def margin_frames(fps: float) -> int:
    """How many frames before and after a stretch decide the cuts in it."""
    return 2 * max(2, round(FADE_S * fps)) + 2 * AROUND


def find_cuts(pictures: Pictures, *, fps: float, config: ShotConfig) -> list[int]:
    """First frames of new shots among miniatures (F, ROWS, COLUMNS, 3), in rising order."""
    hard = [i for i in range(1, len(pictures)) if is_hard_cut(pictures, i, config=config)]
    faded = _fades(pictures, fps=fps, config=config)
    reach = max(2, round(FADE_S * fps))
    return sorted({*hard, *(i for i in faded if all(abs(i - h) > reach for h in hard))})


def is_hard_cut(pictures: Sequence[Any] | Pictures, index: int, *, config: ShotConfig) -> bool:
    """Whether a new shot begins at `index`, judged by AROUND pictures on each side."""
    first, last = max(0, index - 1 - AROUND), min(len(pictures), index + 1 + AROUND)
    near = np.asarray(pictures[first:last], dtype=np.float32)
    at = index - first
    step = _difference(near[at - 1], near[at])
    if step < config.min_change:
        return False
    stays = [_difference(near[at - 1], later) for later in near[at + 1 :]]
    if stays and min(stays) < STEADY * step:
        return False
    steps = [_difference(a, b) for a, b in itertools.pairwise(near)]
    others = steps[: at - 1] + steps[at:]
    return step >= config.min_ratio * max(others, default=0.0)


def _difference(a: Pictures, b: Pictures) -> float:
    """Mean absolute difference of two miniatures, the change of brightness as a whole left out."""
    change = b - a
    return float(np.abs(change - change.mean(axis=(0, 1))).mean())


def _fades(pictures: Pictures, *, fps: float, config: ShotConfig) -> list[int]:
    """Middles of cross-fades."""
    reach = max(2, round(FADE_S * fps))
    quality = np.zeros(len(pictures))
    for first in range(reach, len(pictures) - reach, CHUNK):
        last = min(first + CHUNK, len(pictures) - reach)
        quality[first:last] = _blend_quality(pictures, first=first, last=last, reach=reach)
    found = []
    good = quality >= config.min_blend
    edges = np.flatnonzero(np.diff(np.r_[0, good.astype(int), 0]))
    for start, stop in edges.reshape(-1, 2):
        found.append(int(start + stop) // 2)
    return found


def _blend_quality(pictures: Pictures, *, first: int, last: int, reach: int) -> NDArray[Any]:
    """How much of the change between the two ends is explained by blending, 0..1, per frame.

    0 where the ends show one scene or nothing, or where the blend does not go over evenly.
    """
    at = np.arange(first, last)
    flat = pictures.reshape(len(pictures), -1, 3)
    before, after = flat[at - reach], flat[at + reach]
    change = after - before
    power = np.maximum((change**2).sum(axis=(1, 2)), 1e-6)
    quality = np.ones(at.size)
    for offset, low, high in ((-reach // 2, 0.02, 0.48), (0, 0.25, 0.75), (reach // 2, 0.52, 0.98)):
        middle = flat[at + offset] - before
        share = (middle * change).sum(axis=(1, 2)) / power
        rest = ((middle - share[:, None, None] * change) ** 2).sum(axis=(1, 2))
        # A picture between the two that is no blend of them leaves up to a quarter of the power.
        quality = np.minimum(quality, 1 - 4 * rest / power)
        quality[(share < low) | (share > high)] = 0.0
    scenes = [one - one.mean(axis=1, keepdims=True) for one in (before, after)]
    spread = [np.sqrt((one**2).mean(axis=(1, 2))) for one in scenes]
    alike = (scenes[0] * scenes[1]).mean(axis=(1, 2)) / np.maximum(spread[0] * spread[1], 1e-6)
    quality[(alike > LIKE) | (np.minimum(*spread) < FLAT)] = 0.0
    return np.clip(quality, 0.0, 1.0)


class ShotWatch:
    """Hands frames on, each with the number of its shot, and remembers where shots begin.

    Frames outside [start, stop) are only looked at. They are handed on AROUND frames late: a hard
    cut is known before the first frame after it is seen by anybody else.
    """

    def __init__(self, *, start: int, stop: int, fps: float, config: ShotConfig) -> None:
        self._start, self._stop = start, stop
        self._fps, self._config = fps, config
        self._indices: list[int] = []
        self._pictures: list[Any] = []

    def numbered(
        self, frames: Iterable[tuple[int, Frame]]
    ) -> Iterator[tuple[int, tuple[int, Frame]]]:
        """(shot, (index, frame)) for each frame of the stretch; cross-fades do not count here."""
        waiting: deque[tuple[int, int, Frame]] = deque()
        shot = 0
        for at, (index, frame) in enumerate(frames):
            self._indices.append(index)
            self._pictures.append(miniature(frame))
            waiting.append((at, index, frame))
            if len(waiting) > AROUND:
                shot, passed = self._release(waiting.popleft(), shot=shot)
                yield from passed
        while waiting:
            shot, passed = self._release(waiting.popleft(), shot=shot)
            yield from passed

    def cuts(self) -> list[int]:
        """Frames of the stretch that begin a new shot, once all frames went by."""
        if not self._pictures:
            return []
        found = find_cuts(np.array(self._pictures), fps=self._fps, config=self._config)
        indices = (self._indices[i] for i in found)
        return [i for i in indices if self._start <= i < self._stop]

    def _release(
        self, waiting: tuple[int, int, Frame], *, shot: int
    ) -> tuple[int, list[tuple[int, tuple[int, Frame]]]]:
        at, index, frame = waiting
        if at and is_hard_cut(self._pictures, at, config=self._config):
            shot += 1
        inside = self._start <= index < self._stop
        return shot, [(shot, (index, frame))] if inside else []
