"""From a clip of the store to what the network reads, each time seen anew.

Which camera, noise, cut and mask a clip gets depends on (seed, epoch, place) alone, so that a run
that was killed goes on as if nothing had happened.
"""

from __future__ import annotations

import math
import zlib
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Final

import numpy as np
import torch

from analysis.actions.context import Context
from analysis.actions.model import Batch, pad_batch
from analysis.actions.windows import text_tokens
from analysis.features.model_input import (
    JOINT_CHANNELS,
    KEYPOINTS,
    model_input,
    nearest_rows,
)
from analysis.training.augment import AugmentRanges, augment, lose_points
from analysis.training.cameras import CameraRanges, seen_by_camera
from analysis.training.labels import text_of
from analysis.training.losses import UNKNOWN, Targets
from analysis.training.noise import fitted

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from analysis.actions.checkpoint import Label
    from analysis.actions.model import LanguageModel
    from analysis.schema import Int
    from analysis.training.records import MotionClip
    from analysis.training.settings import FitSettings
    from analysis.training.store import Entry, Store

    Bool = NDArray[np.bool_]

NOBODY: Final = Context()
LEAST_ROWS: Final = 4  # shorter clips hold no motion
MASK_ROWS: Final = 10  # length of a hidden span
POOL: Final = 16  # batches among which clips are sorted by length
PADDING: Final = 8  # batches are padded to a multiple of this


@dataclass(frozen=True, slots=True, eq=False)
class Sample:
    """One clip as the network is shown it. T rows, C channels, L labels."""

    clip: str
    person: str | None
    group: str
    pose: NDArray[np.float32]  # (T, C)
    frame_labels: Int  # (T,) UNKNOWN, 0 = none of the candidates, 1 + place among the labels
    clip_label: int  # place among the labels, or UNKNOWN
    grade: int
    candidates: Bool  # (L,)
    text: str
    told: bool  # the text names the action
    segmented: bool  # its set labels every frame


@dataclass(frozen=True, slots=True, eq=False)
class Sampled:
    """A batch with what is known of it."""

    batch: Batch
    targets: Targets

    def to(self, device: torch.device) -> Sampled:
        """The same on another device."""
        batch = Batch(**{n: getattr(self.batch, n).to(device) for n in Batch.__slots__})
        targets = Targets(**{n: getattr(self.targets, n).to(device) for n in Targets.__slots__})
        return Sampled(batch, targets)


@dataclass(frozen=True, eq=False)
class Samples:
    """Clips by place: `samples[i]` as judging sees it, `sample(i, epoch=…)` as learning does."""

    store: Store
    entries: tuple[Entry, ...]
    labels: tuple[Label, ...]
    settings: FitSettings
    learning: bool = False
    notes: bool = False  # in judging: whether a coach's note names the action

    def __len__(self) -> int:
        return len(self._turns)

    def __getitem__(self, place: int) -> Sample:
        return self.sample(place, epoch=0)

    def sample(self, place: int, *, epoch: int) -> Sample:
        """One clip, seen from one place."""
        entry = self._turns[place]
        # Judging looks at each clip through one camera of its own, whatever else is judged.
        seeds = (
            [self.settings.seed, epoch, place]
            if self.learning
            else [zlib.crc32(entry.clip.encode())]
        )
        rng = np.random.default_rng(seeds)
        clip = self.store.load(entry)
        if not self.learning:
            clip = seen_by_camera(clip, rng=rng, ranges=CameraRanges(), noise=fitted())
            return self._read(clip, rng=rng)
        clip = augment(self._piece(clip, rng=rng), rng=rng, ranges=AugmentRanges())
        clip = seen_by_camera(clip, rng=rng, ranges=CameraRanges(), noise=fitted())
        return self._read(lose_points(clip, rng=rng, ranges=AugmentRanges()), rng=rng)

    def seconds(self, place: int) -> float:
        """About how long that sample is."""
        return min(self._turns[place].seconds, self.settings.data.window_s)

    @cached_property
    def _turns(self) -> tuple[Entry, ...]:
        """Who is up when: in learning, a recording of many windows has a turn for each."""
        if not self.learning:
            return self.entries
        data = self.settings.data
        return tuple(
            entry
            for entry in self.entries
            for _ in range(data.views * max(1, math.ceil(entry.seconds / data.window_s)))
        )

    @cached_property
    def _places(self) -> dict[tuple[str, str], int]:
        return {(one.group, one.key.partition(".")[2]): i for i, one in enumerate(self.labels)}

    def _piece(self, clip: MotionClip, *, rng: np.random.Generator) -> MotionClip:
        """A stretch of a long clip, no longer than a window."""
        if clip.duration_s <= self.settings.data.window_s:
            return clip
        start_s = rng.uniform(0.0, clip.duration_s - self.settings.data.window_s)
        start, stop = np.searchsorted(clip.time_s, [start_s, start_s + self.settings.data.window_s])
        return clip.cut(int(start), int(stop))

    def _read(self, clip: MotionClip, *, rng: np.random.Generator) -> Sample:
        if clip.xy is None:
            raise ValueError(f"{clip.clip}: expected a clip that a camera has seen")
        rows = model_input(
            np.asarray(clip.xy, np.float64),
            score=None if clip.score is None else np.asarray(clip.score, np.float64),
            time_s=clip.time_s,
        )
        place = self._places.get((clip.source, clip.action or ""), UNKNOWN)
        told = place != UNKNOWN and self._tells(rng)
        tells_more = self.learning and rng.random() < self.settings.tasks.context_share
        around = made_up_context(rng) if tells_more else NOBODY
        candidates, frame_labels = self._among(
            clip.source,
            frame_labels=self._frame_labels(clip, place=place, at_s=rows.time_s),
            open_to_none=not told,
            rng=rng,
        )
        return Sample(
            clip=clip.clip,
            person=clip.person or clip.sequence,
            group=clip.source,
            pose=rows.values,
            frame_labels=frame_labels,
            clip_label=place if place == UNKNOWN or candidates[place] else UNKNOWN,
            grade=UNKNOWN if math.isnan(clip.correct) else int(clip.correct),
            candidates=candidates,
            text=text_for(clip.action if told else None, around=around),
            told=told,
            segmented=clip.frame_labels is not None,
        )

    def _among(
        self, source: str, *, frame_labels: Int, open_to_none: bool, rng: np.random.Generator
    ) -> tuple[Bool, Int]:
        """What the clip is weighed against (L,), and its rows' labels in the light of that.

        Judging asks a set's own labels. In learning they are now and then those of every set, as
        serving asks, and now and then the right ones are missing, so that "none" is learned too.
        """
        own = np.array([one.group == source for one in self.labels])
        if not self.learning:
            return own, frame_labels
        tasks = self.settings.tasks
        candidates = own | self._strangers(source) if rng.random() < tasks.among_all else own
        known = frame_labels > 0
        if not (open_to_none and known.any() and rng.random() < tasks.none_share):
            return candidates, frame_labels
        candidates = candidates.copy()
        candidates[rng.choice(np.unique(frame_labels[known])) - 1] = False
        left = np.concatenate([[True], candidates])
        return candidates, np.where(known & ~left[frame_labels], 0, frame_labels)

    def _strangers(self, source: str) -> Bool:
        """Labels of other sets that this one has no word for; each text once."""
        said = {one.text for one in self.labels if one.group == source}
        strange = np.zeros(len(self.labels), dtype=np.bool_)
        for place, one in enumerate(self.labels):
            if one.text not in said:
                strange[place] = True
                said.add(one.text)
        return strange

    def _tells(self, rng: np.random.Generator) -> bool:
        if not self.learning:
            return self.notes
        return bool(rng.random() < self.settings.tasks.note_share)

    def _frame_labels(self, clip: MotionClip, *, place: int, at_s: NDArray[np.float64]) -> Int:
        """Row by row; a clip that is one action throughout has it in every row."""
        if clip.frame_labels is None:
            every = UNKNOWN if place == UNKNOWN else 1 + place
            return np.full(at_s.size, every, dtype=np.int64)
        words = clip.frame_labels[nearest_rows(clip.time_s, at_s=at_s)].tolist()
        places = (self._places.get((clip.source, word), UNKNOWN) for word in words)
        return np.array([UNKNOWN if p == UNKNOWN else 1 + p for p in places], dtype=np.int64)


@dataclass(frozen=True, slots=True, eq=False)
class Loader:
    """Batches of an epoch, in an order that (seed, epoch) decides."""

    samples: Samples
    batch_size: int
    language: LanguageModel | None

    @property
    def batches(self) -> int:
        """How many in an epoch; the last may be short."""
        return math.ceil(len(self.samples) / self.batch_size)

    def epoch(
        self, epoch: int, *, start: int = 0, process: int = 0, processes: int = 1
    ) -> Iterator[tuple[int, Sampled]]:
        """(place, batch) from `start` on; each of several processes takes its share of a batch."""
        seed = self.samples.settings.seed
        batches = self._order(np.random.default_rng([seed, epoch]))
        for place in range(start, self.batches):
            mine = batches[place]
            mine = mine[process::processes] if mine.size >= processes else mine
            rng = np.random.default_rng([seed, epoch, place, process])
            picked = [self.samples.sample(int(i), epoch=epoch) for i in mine]
            usable = [one for one in picked if one.pose.shape[0] >= LEAST_ROWS]
            if usable:
                yield place, self._joined(usable, rng=rng)

    def _order(self, rng: np.random.Generator) -> list[Int]:
        """Places by batch. Like lengths lie together, as a batch is padded to its longest."""
        order = rng.permutation(len(self.samples))
        pool = self.batch_size * POOL
        for start in range(0, order.size, pool):
            part = order[start : start + pool]
            long = np.array([self.samples.seconds(int(place)) for place in part])
            order[start : start + pool] = part[np.argsort(long, kind="stable")]
        parts = [order[i : i + self.batch_size] for i in range(0, order.size, self.batch_size)]
        return [parts[int(i)] for i in rng.permutation(len(parts))]

    def _joined(self, samples: Sequence[Sample], *, rng: np.random.Generator) -> Sampled:
        tasks = self.samples.settings.tasks
        hidden = [_hidden(one, share=tasks.masked_share, rng=rng) for one in samples]
        before, _ = pad_batch([torch.from_numpy(s.pose) for s in samples], multiple=PADDING)
        covered = [_covered(s.pose, h) for s, h in zip(samples, hidden, strict=True)]
        pose, frames = pad_batch([torch.from_numpy(c) for c in covered], multiple=PADDING)
        ids, mask = text_tokens(self.language, [one.text for one in samples])
        return Sampled(
            Batch(pose, frames, ids, mask),
            Targets(
                frame_labels=_padded([s.frame_labels for s in samples], rows=pose.shape[1]),
                clip_labels=torch.tensor([s.clip_label for s in samples]),
                grades=torch.tensor([s.grade for s in samples]),
                candidates=torch.from_numpy(np.stack([s.candidates for s in samples])),
                told=torch.tensor([s.told for s in samples]),
                xy=_joints(before)[..., :2],
                hidden=_padded_bool(hidden, rows=pose.shape[1]),
            ),
        )


def text_for(action: str | None, *, around: Context = NOBODY) -> str:
    """What is written beside a clip; a coach's note names the action where there is one."""
    return replace(around, note=text_of(action).partition(":")[0] if action else "").words()


def made_up_context(rng: np.random.Generator) -> Context:
    """What serving may know and no set of ours tells: drawn freely, so that it upsets nothing."""
    choices = {
        "sport": ("", "", "strength training", "athletics", "tennis", "football", "basketball"),
        "view": ("", "front", "side", "back"),
        "handedness": ("", "", "left", "right"),
        "level": ("", "beginner", "club", "elite"),
    }
    return Context(**{name: str(rng.choice(words)) for name, words in choices.items()})


def _hidden(sample: Sample, *, share: float, rng: np.random.Generator) -> Bool:
    """Keypoints (T, K) hidden in spans, of those that were seen."""
    rows = sample.pose.shape[0]
    seen = _seen(sample.pose)
    hidden = np.zeros((rows, KEYPOINTS), dtype=np.bool_)
    for _ in range(round(share * rows * KEYPOINTS / MASK_ROWS)):
        at, joint = int(rng.integers(rows)), int(rng.integers(KEYPOINTS))
        hidden[at : at + MASK_ROWS, joint] = True
    return hidden & seen


def _seen(pose: NDArray[np.float32]) -> Bool:
    size = KEYPOINTS * len(JOINT_CHANNELS)
    joints = pose[:, :size].reshape(-1, KEYPOINTS, len(JOINT_CHANNELS))
    return np.asarray(joints[..., JOINT_CHANNELS.index("seen")] > 0)


def _covered(pose: NDArray[np.float32], hidden: Bool) -> NDArray[np.float32]:
    """The rows with what is hidden set to 0, as what was not seen is."""
    size = KEYPOINTS * len(JOINT_CHANNELS)
    covered = pose.copy()
    joints = covered[:, :size].reshape(-1, KEYPOINTS, len(JOINT_CHANNELS))
    joints[hidden] = 0.0
    return covered


def _joints(pose: torch.Tensor) -> torch.Tensor:
    size = KEYPOINTS * len(JOINT_CHANNELS)
    return pose[..., :size].reshape(*pose.shape[:2], KEYPOINTS, len(JOINT_CHANNELS))


def _padded(labels: Sequence[Int], *, rows: int) -> torch.Tensor:
    out = torch.full((len(labels), rows), UNKNOWN, dtype=torch.long)
    for row, one in enumerate(labels):
        out[row, : one.size] = torch.from_numpy(one)
    return out


def _padded_bool(parts: Sequence[Bool], *, rows: int) -> torch.Tensor:
    out = torch.zeros((len(parts), rows, KEYPOINTS), dtype=torch.bool)
    for row, one in enumerate(parts):
        out[row, : one.shape[0]] = torch.from_numpy(one)
    return out
