"""Where the attention between the text and the pose went: shown as it is, not as a reason.

Attention weights say what was mixed into what, layer by layer; they are no attribution (Jain and
Wallace 2019). P pose tokens, N text tokens, T rows.
"""

from __future__ import annotations

from itertools import groupby
from operator import itemgetter
from typing import TYPE_CHECKING

import torch

from analysis.actions.model import Batch
from analysis.explain.attribution import batched
from analysis.explanation import POSE_TO_TEXT, TEXT_TO_POSE, WordAttention

if TYPE_CHECKING:
    from collections.abc import Iterator

    import numpy as np
    from numpy.typing import NDArray
    from torch import Tensor

    from analysis.actions.model import FusedModel, LanguageModel
    from analysis.schema import Float


def attention(
    model: FusedModel, clip: NDArray[np.float32], *, text: str, label_vectors: Tensor, time_s: Float
) -> tuple[str, tuple[WordAttention, ...]]:
    """Direction and words of one clip (T, C), means over heads and layers.

    From words to pose tokens; in a causal model, whose words cannot see what comes after them,
    from pose tokens to words. Nothing without a language model.
    """
    if model.language is None:
        return TEXT_TO_POSE, ()
    pose, frames, ids, mask = (x.to(label_vectors.device) for x in batched(model, [clip], [text]))
    with torch.no_grad():
        out = model(
            Batch(pose, frames, ids, mask), label_vectors=label_vectors, want_attentions=True
        )
    every = torch.stack([layer[0].float().mean(0) for layer in out.attentions]).mean(0)
    words, tokens = ids.shape[1], -(-clip.shape[0] // model.config.stride)
    mean: Float = every.double().cpu().numpy()
    direction, table = TEXT_TO_POSE, mean[:words, words : words + tokens]
    if not table.any():
        direction, table = POSE_TO_TEXT, mean[words : words + tokens, :words].T / tokens
    stride = model.config.stride
    middles = [time_s[i : i + stride].mean() for i in range(0, time_s.size, stride)]
    told = []
    for word, rows in _words(model.language, text, tokens=words):
        own = table[rows].sum(axis=0) if direction == POSE_TO_TEXT else table[rows].mean(axis=0)
        told.append(WordAttention(word, float(own.sum()), float(middles[int(own.argmax())])))
    return direction, tuple(told)


def _words(language: LanguageModel, text: str, *, tokens: int) -> Iterator[tuple[str, list[int]]]:
    """Each word of letters or digits, with the places of its tokens."""
    read = language.tokenizer(text, truncation=True, max_length=tokens)
    for _, group in groupby(enumerate(read.word_ids()), key=itemgetter(1)):
        rows = [place for place, word in group if word is not None]
        spans = [span for row in rows if (span := read.token_to_chars(row)) is not None]
        if spans:
            word = text[spans[0].start : spans[-1].end].strip()
            if any(sign.isalnum() for sign in word):
                yield word, rows
