"""How good predictions are: pure arithmetic on labels and probabilities.

Sources: segmental F1 and edit score as MS-TCN defines them (Abu Farha and Gall 2019, after Lea et
al. 2017); expected calibration error after Guo et al. 2017. Shares are 0..1, not per cent.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from analysis.schema import Float, Int

OVERLAPS: Final = (0.10, 0.25, 0.50)
CALIBRATION_BINS: Final = 15


@dataclass(frozen=True, slots=True)
class ClassScore:
    """One label: how many there were, and how they were told."""

    label: str
    support: int
    precision: float  # NaN when it was never predicted
    recall: float  # NaN when it never occurred
    f1: float


def confusion(truth: Int, predicted: Int, *, classes: int) -> Int:
    """Counts (C, C): row = true label, column = predicted.

    Raises:
        ValueError: a label outside 0..C-1, or lengths that differ.
    """
    if truth.shape != predicted.shape:
        raise ValueError(f"expected as many predictions as labels, got {predicted.shape}")
    both = np.concatenate([truth, predicted])
    if both.size and (both.min() < 0 or both.max() >= classes):
        raise ValueError(f"expected labels in 0..{classes - 1}, got {both.min()}..{both.max()}")
    counts = np.zeros((classes, classes), dtype=np.int64)
    np.add.at(counts, (truth, predicted), 1)
    return counts


def per_class(counts: Int, *, labels: Sequence[str]) -> list[ClassScore]:
    """Precision, recall and F1 of each label from a confusion matrix."""
    right, predicted, occurred = np.diag(counts), counts.sum(axis=0), counts.sum(axis=1)
    return [
        ClassScore(
            label=label,
            support=int(occurred[i]),
            precision=_share(right[i], predicted[i]),
            recall=_share(right[i], occurred[i]),
            f1=_share(2 * right[i], predicted[i] + occurred[i]),
        )
        for i, label in enumerate(labels)
    ]


def accuracy(counts: Int) -> float:
    """Share on the diagonal; NaN of nothing."""
    return _share(np.trace(counts), counts.sum())


def macro_f1(counts: Int) -> float:
    """Mean F1 over the labels that occurred."""
    scores = per_class(counts, labels=[str(i) for i in range(counts.shape[0])])
    values = [score.f1 for score in scores if score.support]
    return float(np.mean(values)) if values else float("nan")


def stretches(labels: Int, *, ignore: int = -1) -> list[tuple[int, int, int]]:
    """Runs of one label: (label, start, stop), those of `ignore` left out."""
    if labels.size == 0:
        return []
    cuts = np.flatnonzero(np.diff(labels)) + 1
    starts, stops = [0, *cuts.tolist()], [*cuts.tolist(), labels.size]
    runs = [(int(labels[a]), a, b) for a, b in zip(starts, stops, strict=True)]
    return [run for run in runs if run[0] != ignore]


def edit_score(truth: Int, predicted: Int, *, background: int = -1) -> float:
    """1 - the Levenshtein distance of the two orders of labels, over the longer one's length."""
    a = [label for label, _, _ in stretches(truth, ignore=background)]
    b = [label for label, _, _ in stretches(predicted, ignore=background)]
    if not a and not b:
        return 1.0
    row = list(range(len(b) + 1))
    for i, want in enumerate(a, start=1):
        corner, row[0] = row[0], i
        for j, have in enumerate(b, start=1):
            corner, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, corner + (want != have))
    return 1.0 - row[-1] / max(len(a), len(b))


def segment_counts(
    truth: Int, predicted: Int, *, overlap: float, background: int = -1
) -> tuple[int, int, int]:
    """Segments (true positive, false positive, false negative) at one overlap.

    A predicted segment is right when it lies on a true one of its label with an intersection over
    union of at least `overlap`; each true one is found once.
    """
    true, guessed = stretches(truth, ignore=background), stretches(predicted, ignore=background)
    found: set[int] = set()
    for label, start, stop in guessed:
        ious = [_iou(start, stop, a, b) if other == label else 0.0 for other, a, b in true]
        best = int(np.argmax(ious)) if ious else -1
        if best >= 0 and ious[best] >= overlap and best not in found:
            found.add(best)
    return len(found), len(guessed) - len(found), len(true) - len(found)


def segmental_f1(
    pairs: Sequence[tuple[Int, Int]], *, overlap: float, background: int = -1
) -> float:
    """F1 at one overlap over several sequences of (truth, predicted), counts added up."""
    counts = [
        segment_counts(truth, predicted, overlap=overlap, background=background)
        for truth, predicted in pairs
    ]
    right, wrong, missed = np.sum(counts, axis=0) if counts else (0, 0, 0)
    return _share(2 * right, 2 * right + wrong + missed)


def segmentation(pairs: Sequence[tuple[Int, Int]], *, background: int = -1) -> dict[str, float]:
    """Frame accuracy, edit score and F1@10/25/50 of sequences (truth, predicted).

    Frames whose truth is negative are not labelled and do not count for the accuracy.
    """
    right = sum(int((t == p)[t >= 0].sum()) for t, p in pairs)
    frames = sum(int((t >= 0).sum()) for t, _ in pairs)
    edits = [edit_score(t, p, background=background) for t, p in pairs]
    scores = {
        "frame_accuracy": _share(right, frames),
        "edit": float(np.mean(edits)) if edits else float("nan"),
    }
    for overlap in OVERLAPS:
        name = f"f1_{round(100 * overlap)}"
        scores[name] = segmental_f1(pairs, overlap=overlap, background=background)
    return scores


def calibration_error(confidence: Float, right: NDArray[np.bool_]) -> float:
    """Expected calibration error: |accuracy - confidence|, weighted over equally wide bins."""
    if confidence.size == 0:
        return float("nan")
    bins = np.clip((confidence * CALIBRATION_BINS).astype(int), 0, CALIBRATION_BINS - 1)
    total = 0.0
    for index in np.unique(bins):
        inside = bins == index
        total += inside.mean() * abs(right[inside].mean() - confidence[inside].mean())
    return float(total)


def unknown_threshold(known: Float, *, false_rejection: float) -> float:
    """The score below which an answer is "unknown": that share of known movements lies below it."""
    if known.size == 0:
        raise ValueError("expected scores of known movements, got none")
    return float(np.quantile(known, false_rejection, method="lower"))


def spread(values: Sequence[float]) -> Mapping[str, float]:
    """Mean, standard deviation (n - 1), least and most over seeds or folds."""
    array = np.asarray(values, dtype=np.float64)
    return {
        "mean": float(array.mean()),
        "sd": float(array.std(ddof=1)) if array.size > 1 else float("nan"),
        "least": float(array.min()),
        "most": float(array.max()),
        "n": int(array.size),
    }


def _share(part: float | np.integer, whole: float | np.integer) -> float:
    return float(part) / float(whole) if whole else float("nan")


def _iou(a_start: int, a_stop: int, b_start: int, b_stop: int) -> float:
    inner = min(a_stop, b_stop) - max(a_start, b_start)
    outer = max(a_stop, b_stop) - min(a_start, b_start)
    return max(0, inner) / outer
