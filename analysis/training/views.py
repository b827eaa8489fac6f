"""A clip as one camera saw it: what is drawn once and may be kept, before any label is looked up.

Drawing a view takes longer than V takes to learn from it. `kept` views of a clip are drawn once in
a process and shared by every run over the same store, whatever its seed (sequences put together
only by runs with one `Composer`); 0 draws each anew, in memory that does not grow.
"""

from __future__ import annotations

import zlib
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, Final

import numpy as np

from analysis.features.model_input import model_input, nearest_rows
from analysis.training.augment import AugmentRanges, augment, lose_points
from analysis.training.cameras import CameraRanges, seen_by_camera
from analysis.training.noise import fitted

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from analysis.training.compose import Composer
    from analysis.training.records import MotionClip
    from analysis.training.store import Entry, Store

JUDGING: Final = -1  # a round of its own: judging looks at each clip through one camera
Key = tuple[int, int, int, str, str | None]


@dataclass(frozen=True, slots=True, eq=False)
class Look:
    """How judging looks at clips: from which place, by which cameras, and what befalls them."""

    place: int = 0  # each is another camera
    cameras: CameraRanges = field(default_factory=CameraRanges)
    befalls: Callable[[MotionClip, np.random.Generator], MotionClip] | None = None


PLAIN: Final = Look()


@dataclass(frozen=True, slots=True, eq=False)
class View:
    """T rows of C channels."""

    pose: NDArray[np.float16]  # (T, C): half precision loses a tenth of the noise's size at most
    words: NDArray[np.str_] | None  # (T,) action of each row; None = one action throughout
    action: str | None  # mirrored with the clip
    correct: float
    style: str | None  # how it was acted
    camera: str  # where it stood: "front", "side", "back", "" elsewhere or not known


@dataclass(frozen=True, eq=False)
class Views:
    """Views of a store's clips."""

    store: Store
    window_s: float
    kept: int = 0
    composed: float = 0.0  # share of the clips that `composer` puts a sequence in the place of
    composer: Composer | None = None

    def learning(self, entry: Entry, *, seed: int, turn: int, epoch: int) -> View:
        """A piece of a clip, changed by chance: by (turn, epoch, clip) and the seed alone."""
        place = (0, turn, epoch % self.kept) if self.kept else (seed, turn, epoch)
        return self._view(entry, place)

    def judging(self, entry: Entry, *, look: Look = PLAIN) -> View:
        """The whole clip, as it is, through one camera of its own whatever the seed."""
        return self._view(entry, (0, 0, JUDGING)) if look is PLAIN else self._seen(entry, look)

    def _view(self, entry: Entry, place: tuple[int, int, int]) -> View:
        if not self.kept:
            return self._drawn(entry, place)
        memory = _memory(
            str(self.store.folder), self.window_s, self.kept, self.composed, self.composer
        )
        key = (*place, entry.clip, entry.action)  # a guess is another label of the same clip
        if key not in memory:
            memory[key] = self._drawn(entry, place)
        return memory[key]

    def _drawn(self, entry: Entry, place: tuple[int, int, int]) -> View:
        if place[2] == JUDGING:
            return self._seen(entry, PLAIN)
        clip, mark = self.store.load(entry), zlib.crc32(entry.clip.encode())
        rng = np.random.default_rng([*place, mark])
        if self.composer is not None:
            clip = self.composer.instead(clip, share=self.composed, rng=rng)
        clip = augment(self._piece(clip, rng=rng), rng=rng, ranges=AugmentRanges())
        clip = seen_by_camera(clip, rng=rng, ranges=CameraRanges(), noise=fitted())
        return read_view(lose_points(clip, rng=rng, ranges=AugmentRanges()))

    def _seen(self, entry: Entry, look: Look) -> View:
        mark = zlib.crc32(entry.clip.encode())
        rng = np.random.default_rng([mark, *([look.place] if look.place else [])])
        clip = self.store.load(entry)
        clip = seen_by_camera(clip, rng=rng, ranges=look.cameras, noise=fitted())
        return read_view(look.befalls(clip, rng) if look.befalls else clip)

    def _piece(self, clip: MotionClip, *, rng: np.random.Generator) -> MotionClip:
        """A stretch of a long clip, no longer than a window."""
        if clip.duration_s <= self.window_s:
            return clip
        start_s = rng.uniform(0.0, clip.duration_s - self.window_s)
        start, stop = np.searchsorted(clip.time_s, [start_s, start_s + self.window_s])
        return clip.cut(int(start), int(stop))


@lru_cache(maxsize=2)
def _memory(
    _folder: str, _window_s: float, _kept: int, _composed: float, _composer: Composer | None
) -> dict[Key, View]:
    return {}


def read_view(clip: MotionClip) -> View:
    """What the model is given of a clip that a camera has seen.

    Raises:
        ValueError: it has no 2D points.
    """
    if clip.xy is None:
        raise ValueError(f"{clip.clip}: expected a clip that a camera has seen")
    rows = model_input(
        np.asarray(clip.xy, np.float64),
        score=None if clip.score is None else np.asarray(clip.score, np.float64),
        time_s=clip.time_s,
    )
    words = clip.frame_labels
    return View(
        pose=rows.values.astype(np.float16),
        words=None if words is None else words[nearest_rows(clip.time_s, at_s=rows.time_s)],
        action=clip.action,
        correct=clip.correct,
        style=clip.style,
        camera=clip.view,
    )
