"""Reading movement of any length: windows that overlap, run in batches, joined again.

Used by serving and by evaluation alike, so that what is measured is what is served.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Protocol

import numpy as np
import torch

from analysis.actions.model import Batch, grade_probabilities, pad_batch

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray
    from torch import Tensor

    from analysis.actions.model import ModelConfig
    from analysis.schema import Float

    Bool = NDArray[np.bool_]

NEVER: Final = -1e4  # the logit of a label that is no candidate
SWITCH: Final = 10.0  # what a change of label costs, in log probability


@dataclass(frozen=True, slots=True, eq=False)
class Reading:
    """What the model makes of one person's movement. T rows, L labels, G grades, E label space."""

    frame_prob: Float  # (T, 1 + L): column 0 = none of the candidates
    clip_prob: Float  # (L,) over the candidates
    clip_cosine: Float  # (L,) nearness to each label's text, -1..1: low everywhere = unknown
    grade_prob: Float  # (L, G)
    state_logits: Float | None  # (states,)
    vector: Float  # (E,) of unit length


@dataclass(frozen=True, slots=True, eq=False)
class Asked:
    """One person's movement, the text beside it, and the labels to choose among."""

    pose: NDArray[np.float32]  # (T, C) rows of `features.model_input`
    text: str
    candidates: Bool  # (L,)


class Tokeniser(Protocol):
    """Texts to token ids."""

    def tokens(self, texts: Sequence[str]) -> tuple[Tensor, Tensor]:
        """Token ids (B, N) and mask (B, N)."""
        ...


class Network(Protocol):
    """What answers: the network itself, or the same exported to ONNX."""

    @property
    def config(self) -> ModelConfig:
        """Its shape."""
        ...

    @property
    def language(self) -> Tokeniser | None:
        """None: it reads no text."""
        ...

    @property
    def scale(self) -> float:
        """What a cosine is multiplied with to be a logit."""
        ...

    def eval(self) -> Any:
        """From now on nothing is learned."""
        ...

    def __call__(self, batch: Batch, *, label_vectors: Tensor) -> Any:
        """`Outputs`."""
        ...


@torch.no_grad()
def read(
    model: Network,
    asked: Sequence[Asked],
    *,
    label_vectors: Tensor,
    window_rows: int = 200,
    batch_size: int = 32,
    dropout: bool = False,
) -> list[Reading]:
    """A reading of each, in order. Long movement is read in windows that overlap by half.

    Where windows overlap their probabilities are averaged, each row weighted by its distance from
    the window's ends: there the model sees the least around it. With `dropout` a model
    that was put in training stays so: each reading is one draw of what it may believe (Gal and
    Ghahramani 2016).
    """
    if not dropout:
        model.eval()
    spans = [
        (index, start, stop)
        for index, one in enumerate(asked)
        for start, stop in windows(one.pose.shape[0], window_rows=window_rows)
    ]
    # Like lengths together: a batch is padded to its longest.
    spans.sort(key=lambda span: (span[2] - span[1], span))
    sums = [_Sum(one, labels=label_vectors.shape[0]) for one in asked]
    for place in range(0, len(spans), batch_size):
        part = spans[place : place + batch_size]
        for (index, start, stop), found in zip(
            part, _run(model, asked, part, label_vectors=label_vectors), strict=True
        ):
            sums[index].add(found, start=start, stop=stop)
    return [one.reading() for one in sums]


def windows(rows: int, *, window_rows: int) -> list[tuple[int, int]]:
    """Stretches [start, stop) that cover all rows; neighbours share about half."""
    if rows <= window_rows:
        return [(0, rows)]
    count = int(np.ceil((rows - window_rows) / (window_rows / 2))) + 1
    starts = np.linspace(0, rows - window_rows, count).round().astype(int)
    return [(int(start), int(start) + window_rows) for start in starts]


@dataclass(frozen=True, slots=True, eq=False)
class _Found:
    frame_prob: Float
    clip_logits: Float
    clip_cosine: Float
    grade_prob: Float
    state_logits: Float | None
    vector: Float


def _run(
    model: Network,
    asked: Sequence[Asked],
    spans: Sequence[tuple[int, int, int]],
    *,
    label_vectors: Tensor,
) -> Iterator[_Found]:
    device = label_vectors.device
    poses = [torch.from_numpy(asked[i].pose[a:b]) for i, a, b in spans]
    pose, frames = pad_batch(poses, multiple=model.config.stride)
    ids, mask = text_tokens(model.language, [asked[i].text for i, _, _ in spans])
    out = model(
        Batch(pose.to(device), frames.to(device), ids.to(device), mask.to(device)),
        label_vectors=label_vectors,
    )
    allowed = torch.from_numpy(np.stack([asked[i].candidates for i, _, _ in spans])).to(device)
    every = torch.nn.functional.pad(allowed, (1, 0), value=True)
    frame_prob = out.frame_logits.masked_fill(~every[:, None], NEVER).softmax(-1)
    grades, scale = grade_probabilities(out.grade_logits), model.scale
    for row, (_, start, stop) in enumerate(spans):
        yield _Found(
            frame_prob=_plain(frame_prob[row, : stop - start]),
            clip_logits=_plain(out.clip_logits[row].masked_fill(~allowed[row], NEVER)),
            clip_cosine=_plain(out.clip_logits[row] / scale),
            grade_prob=_plain(grades[row]),
            state_logits=None if out.state_logits is None else _plain(out.state_logits[row]),
            vector=_plain(out.clip_vector[row]),
        )


def steadiest(frame_prob: Float) -> NDArray[np.int64]:
    """The label of each row (T, N) → (T,) that agrees best with all rows and seldom changes.

    Viterbi over the labels with one cost for any change: a label that wins a few rows by a little
    is not worth two changes.
    """
    gain = np.log(np.maximum(frame_prob, 1e-9))
    best, came = gain[0], np.zeros(frame_prob.shape, dtype=np.int64)
    stay = np.arange(frame_prob.shape[1])
    for row in range(1, frame_prob.shape[0]):
        top = int(best.argmax())
        came[row] = np.where(best >= best[top] - SWITCH, stay, top)
        best = np.maximum(best, best[top] - SWITCH) + gain[row]
    path = np.empty(frame_prob.shape[0], dtype=np.int64)
    path[-1] = int(best.argmax())
    for row in range(frame_prob.shape[0] - 1, 0, -1):
        path[row - 1] = came[row, path[row]]
    return path


def text_tokens(language: Tokeniser | None, texts: Sequence[str]) -> tuple[Tensor, Tensor]:
    """Token ids and mask (B, N); no columns without a language model."""
    if language is None:
        nothing = torch.zeros((len(texts), 0), dtype=torch.long)
        return nothing, nothing
    return language.tokens(texts)


class _Sum:
    """Windows of one person's movement, added up."""

    def __init__(self, asked: Asked, *, labels: int) -> None:
        self._frames = np.zeros((asked.pose.shape[0], 1 + labels))
        self._weight = np.zeros((asked.pose.shape[0], 1))
        self._found: list[_Found] = []

    def add(self, found: _Found, *, start: int, stop: int) -> None:
        size = stop - start
        weight = np.minimum(np.arange(1, size + 1), np.arange(size, 0, -1))[:, None] / size
        self._frames[start:stop] += weight * found.frame_prob
        self._weight[start:stop] += weight
        self._found.append(found)

    def reading(self) -> Reading:
        found = self._found
        logits = np.mean([one.clip_logits for one in found], axis=0)
        prob = np.exp(logits - logits.max())
        vector = np.mean([one.vector for one in found], axis=0)
        states = [one.state_logits for one in found if one.state_logits is not None]
        return Reading(
            frame_prob=self._frames / self._weight,
            clip_prob=prob / prob.sum(),
            clip_cosine=np.mean([one.clip_cosine for one in found], axis=0),
            grade_prob=np.mean([one.grade_prob for one in found], axis=0),
            state_logits=np.mean(states, axis=0) if states else None,
            vector=vector / max(float(np.linalg.norm(vector)), 1e-9),
        )


def _plain(values: Tensor) -> Float:
    plain: Float = values.float().cpu().numpy().astype(np.float64)
    return plain
