"""From a clip of the store to what the network reads, each time seen anew.

Which camera, noise, cut and mask a clip gets depends on (seed, epoch, place) alone, so that a run
that was killed goes on as if nothing had happened.
"""

from __future__ import annotations

import math
import zlib
from collections import Counter
from dataclasses import dataclass, field, replace
from enum import StrEnum
from functools import cached_property
from typing import TYPE_CHECKING, Final

import numpy as np
import torch
from scipy.ndimage import binary_dilation

from analysis.actions.context import Context
from analysis.actions.model import NO_TECHNIQUE, Batch, pad_batch
from analysis.actions.windows import text_tokens
from analysis.features.body17 import mirror_order
from analysis.features.model_input import JOINT_CHANNELS, KEYPOINTS, VELOCITY_ROWS, velocity
from analysis.training.compose import TRANSITION, composer
from analysis.training.gaps import off_the_guess
from analysis.training.labels import hint, text_of
from analysis.training.losses import UNKNOWN, Targets
from analysis.training.parts import who
from analysis.training.states import state_place
from analysis.training.views import PLAIN, Look, View, Views

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from numpy.typing import NDArray

    from analysis.actions.checkpoint import Label
    from analysis.actions.model import LanguageModel
    from analysis.schema import Int
    from analysis.training.settings import FitSettings, TaskSettings
    from analysis.training.store import Entry, Store

    Bool = NDArray[np.bool_]

NOBODY: Final = Context()
LEAST_ROWS: Final = 4  # shorter clips hold no motion
POOL: Final = 2  # batches among which clips are sorted by length: with more, one is all squats
PADDING: Final = 8  # batches are padded to a multiple of this


class Note(StrEnum):
    """What a coach wrote beside a clip."""

    NONE = "none"
    HINT = "hint"  # narrows down what is done
    NAME = "name"  # names it


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
    state: int  # place among the settings' states
    candidates: Bool  # (L,)
    text: str
    told: bool  # the text names the action
    segmented: bool  # its set labels every frame
    weight: float = 1.0  # how far its labels are trusted


@dataclass(frozen=True, slots=True, eq=False)
class Sampled:
    """A batch with what is known of it."""

    batch: Batch
    targets: Targets
    texts: tuple[str, ...]  # what the batch's tokens were made from

    def to(self, device: torch.device) -> Sampled:
        """The same on another device."""
        batch = Batch(**{n: getattr(self.batch, n).to(device) for n in Batch.__slots__})
        targets = Targets(**{n: getattr(self.targets, n).to(device) for n in Targets.__slots__})
        return Sampled(batch, targets, self.texts)


@dataclass(frozen=True, eq=False)
class Samples:
    """Clips by place: `samples[i]` as judging sees it, `sample(i, epoch=…)` as learning does."""

    store: Store
    entries: tuple[Entry, ...]
    labels: tuple[Label, ...]
    settings: FitSettings
    learning: bool = False
    note: Note = Note.NONE  # in judging: what the coach wrote
    look: Look = PLAIN  # in judging: from where, and what befalls the points
    # Clip → how far its labels are trusted; those not named: fully.
    weights: Mapping[str, float] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self._turns)

    def __getitem__(self, place: int) -> Sample:
        return self.sample(place, epoch=0)

    def sample(self, place: int, *, epoch: int) -> Sample:
        """One clip, seen from one place."""
        entry, turn = self._turns[place]
        if not self.learning:
            rng = np.random.default_rng([zlib.crc32(entry.clip.encode())])
            return self._read(entry, self._views.judging(entry, look=self.look), rng=rng)
        seed = self.settings.seed
        view = self._views.learning(entry, seed=seed, turn=turn, epoch=epoch)
        return self._read(entry, view, rng=np.random.default_rng([seed, epoch, place]))

    def seconds(self, place: int) -> float:
        """About how long that sample is."""
        return min(self._turns[place][0].seconds, self.settings.data.window_s)

    @cached_property
    def _views(self) -> Views:
        data = self.settings.data
        composed = data.composed if self.learning else 0.0
        return Views(
            self.store,
            window_s=data.window_s,
            kept=data.kept_views,
            composed=composed,
            # Of what is learned from alone: nobody who is judged on gets into a sequence.
            composer=composer(self.store, self.entries) if composed else None,
        )

    @cached_property
    def _turns(self) -> tuple[tuple[Entry, int], ...]:
        """Who is up when: in learning a turn for each window, more in small sets (`balance`)."""
        if not self.learning:
            return tuple((entry, 0) for entry in self.entries)
        data = self.settings.data
        windows = [max(1, math.ceil(one.seconds / data.window_s)) for one in self.entries]
        size: Counter[str] = Counter()
        for one, count in zip(self.entries, windows, strict=True):
            size[one.source] += count
        most = max(size.values(), default=1)
        more = {name: (most / count) ** (1.0 - data.balance) for name, count in size.items()}
        return tuple(
            (one, turn)
            for one, count in zip(self.entries, windows, strict=True)
            for turn in range(max(1, round(data.views * count * more[one.source])))
        )

    @cached_property
    def _places(self) -> dict[tuple[str, str], int]:
        return {(one.group, one.key.partition(".")[2]): i for i, one in enumerate(self.labels)}

    def _read(self, entry: Entry, view: View, *, rng: np.random.Generator) -> Sample:
        place = self._places.get((entry.source, view.action or ""), UNKNOWN)
        note = self._note(rng) if place != UNKNOWN else Note.NONE
        candidates, frame_labels = self._among(
            entry.source,
            frame_labels=self._frame_labels(entry, view, place=place),
            open_to_none=note is Note.NONE,
            rng=rng,
        )
        # The people learned from are soon known by heart: a text that only repeats what their
        # movement says would teach nothing.
        blind = (
            note is Note.HINT and self.learning and rng.random() < self.settings.tasks.blind_share
        )
        grade = UNKNOWN if blind or math.isnan(view.correct) else int(view.correct)
        return Sample(
            clip=entry.clip,
            person=who(entry),
            group=entry.source,
            pose=(0.0 if blind else 1.0) * view.pose.astype(np.float32),
            frame_labels=frame_labels,
            clip_label=place if place == UNKNOWN or candidates[place] else UNKNOWN,
            grade=grade,
            state=state_place(view.style, states=self.settings.model.states),
            candidates=candidates,
            text=self._text(view, note=note, rng=rng),
            told=note is Note.NAME,
            segmented=view.words is not None,
            weight=self.weights.get(entry.clip, 1.0),
        )

    def _note(self, rng: np.random.Generator) -> Note:
        if not self.learning:
            return self.note
        tasks, drawn = self.settings.tasks, rng.random()
        if drawn < tasks.note_share:
            return Note.NAME
        return Note.HINT if drawn < tasks.note_share + tasks.hint_share else Note.NONE

    def _text(self, view: View, *, note: Note, rng: np.random.Generator) -> str:
        """What is written beside the clip."""
        around = NOBODY
        if self.learning and rng.random() < self.settings.tasks.context_share:
            around = made_up_context(rng, view=view.camera)
        action = view.action or ""
        if note is Note.HINT:
            return replace(around, note=hint(action, rng=rng, learning=self.learning)).words()
        named = text_of(action).partition(":")[0] if note is Note.NAME else ""
        return replace(around, note=named).words()

    def _among(
        self, source: str, *, frame_labels: Int, open_to_none: bool, rng: np.random.Generator
    ) -> tuple[Bool, Int]:
        """What the clip is weighed against (L,), and its rows' labels in the light of that.

        Judging asks a set's own labels. In learning they are now and then those of every set, as
        serving asks, and now and then the right ones are missing, so that "none" is learned too.
        """
        own = np.array([one.group == source for one in self.labels], dtype=np.bool_)
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

    def _frame_labels(self, entry: Entry, view: View, *, place: int) -> Int:
        """Row by row; a clip that is one action throughout has it in every row."""
        if view.words is None:
            every = UNKNOWN if place == UNKNOWN else 1 + place
            return np.full(view.pose.shape[0], every, dtype=np.int64)
        words = view.words.tolist()
        places = (self._places.get((entry.source, word), UNKNOWN) for word in words)
        found = np.array([UNKNOWN if p == UNKNOWN else 1 + p for p in places], dtype=np.int64)
        return np.where(view.words == TRANSITION, NO_TECHNIQUE, found)


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
            if processes > 1:  # the others wait for this one's gradient
                usable = usable or picked
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
        hidden = [_hidden(one, tasks=tasks, rng=rng) for one in samples]
        gaps = [_gaps(s.pose, h) for s, h in zip(samples, hidden, strict=True)]
        xy, _ = pad_batch(gaps, multiple=PADDING)
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
                weight=torch.tensor([s.weight for s in samples]),
                xy=xy,
                hidden=_padded_bool(hidden, rows=pose.shape[1]),
                states=torch.tensor([s.state for s in samples]),
            ),
            tuple(one.text for one in samples),
        )


def made_up_context(rng: np.random.Generator, *, view: str) -> Context:
    """What serving may know.

    Where the camera stands is told now and then, as it truly stood; what no set of ours tells is
    drawn freely, so that it upsets nothing.
    """
    choices = {
        "sport": ("", "", "strength training", "athletics", "tennis", "football", "basketball"),
        "view": ("", view),
        "handedness": ("", "", "left", "right"),
        "level": ("", "beginner", "club", "elite"),
    }
    return Context(**{name: str(rng.choice(words)) for name, words in choices.items()})


def _hidden(sample: Sample, *, tasks: TaskSettings, rng: np.random.Generator) -> Bool:
    """Keypoints (T, K) hidden in spans or throughout, of those that were seen."""
    rows, long = sample.pose.shape[0], tasks.masked_rows
    seen = _seen(sample.pose)
    hidden = np.zeros((rows, KEYPOINTS), dtype=np.bool_)
    for _ in range(round(tasks.masked_share * rows * KEYPOINTS / long)):
        at, joint = int(rng.integers(rows)), int(rng.integers(KEYPOINTS))
        hidden[at : at + long, joint] = True
    if tasks.masked_whole:  # never both of a pair: one tells about where the other is
        other = list(mirror_order())
        drawn = rng.random(KEYPOINTS) < tasks.masked_whole
        hidden[:, drawn & ~drawn[other] & np.any(seen[:, other], axis=0)] = True
    return hidden & seen


def _seen(pose: NDArray[np.float32]) -> Bool:
    size = KEYPOINTS * len(JOINT_CHANNELS)
    joints = pose[:, :size].reshape(-1, KEYPOINTS, len(JOINT_CHANNELS))
    return np.asarray(joints[..., JOINT_CHANNELS.index("seen")] > 0)


def _covered(pose: NDArray[np.float32], hidden: Bool) -> NDArray[np.float32]:
    """The rows with what is hidden set to 0, as what was not seen is.

    Velocities beside a gap are read anew: they would tell where it leads.
    """
    covered = pose.copy()
    if not hidden.any():
        return covered
    joints = covered[:, : KEYPOINTS * len(JOINT_CHANNELS)].reshape(
        -1, KEYPOINTS, len(JOINT_CHANNELS)
    )
    left = np.where((_seen(pose) & ~hidden)[..., None], joints[..., 0:2], np.nan)
    beside = _seen(pose) & binary_dilation(
        hidden, np.ones((2 * VELOCITY_ROWS + 1, 1), dtype=np.bool_)
    )
    joints[beside, 2:4] = np.nan_to_num(velocity(left.astype(np.float64)))[beside]
    joints[hidden] = 0.0
    return covered


def _gaps(pose: NDArray[np.float32], hidden: Bool) -> torch.Tensor:
    xy = pose[:, : KEYPOINTS * len(JOINT_CHANNELS)].reshape(-1, KEYPOINTS, len(JOINT_CHANNELS))
    shown = _seen(pose) & ~hidden
    off = off_the_guess(xy[..., 0:2].astype(np.float64), shown=shown, hidden=hidden)
    return torch.from_numpy(off)


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
