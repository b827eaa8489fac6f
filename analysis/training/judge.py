"""A model's answers about clips whose labels are known, and what they are worth."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from analysis.actions import windows
from analysis.actions.model import label_encoder
from analysis.training import metrics, states
from analysis.training.losses import UNKNOWN

if TYPE_CHECKING:
    from collections.abc import Sequence

    from torch import Tensor

    from analysis.actions.checkpoint import Label
    from analysis.actions.model import Described
    from analysis.actions.windows import Network, Reading
    from analysis.schema import Float, Int
    from analysis.training.samples import Sample, Samples

BACKGROUND: Final = 0  # frame label of what is none of the candidates
BLOCK: Final = 256  # clips read at a time, so that memory stays flat


@dataclass(frozen=True, slots=True, eq=False)
class Answer:
    """One clip: what is known of it, and what the model said."""

    clip: str
    person: str | None
    group: str
    truth: int  # place among the labels, or UNKNOWN
    prob: Float  # (L,)
    surest: float  # cosine to the nearest candidate's text: low = unknown
    grade_truth: int
    grade_prob: Float  # (G,) in the light of the true label where known, else of the likeliest
    frames_truth: Int  # (T,) UNKNOWN, 0 or 1 + place
    frames_said: Int  # (T,)
    segmented: bool  # the set labels every frame
    told: bool
    state_truth: int = UNKNOWN  # place among the states
    state_said: int = UNKNOWN  # the likeliest


@dataclass(slots=True)
class Judged:
    """All answers, by set."""

    labels: tuple[Label, ...]
    answers: list[Answer] = field(default_factory=list)

    def scores(self) -> dict[str, float]:
        """Every figure by set ("hdm05/accuracy"), and the mean of the main ones ("mean")."""
        figures: dict[str, float] = {}
        for group in sorted({answer.group for answer in self.answers}):
            figures.update({f"{group}/{k}": v for k, v in self._of(group).items()})
        main = [v for k, v in figures.items() if k.rpartition("/")[2] in MAIN and np.isfinite(v)]
        return {**figures, "mean": float(np.mean(main)) if main else float("nan")}

    def confusion(self, group: str) -> tuple[list[str], Int]:
        """The set's labels and counts (row = truth) of whole clips."""
        names = [i for i, label in enumerate(self.labels) if label.group == group]
        at = {place: row for row, place in enumerate(names)}
        known = [a for a in self._named(group) if int(a.prob.argmax()) in at]
        truth = np.array([at[a.truth] for a in known], dtype=np.int64)
        said = np.array([at[int(a.prob.argmax())] for a in known], dtype=np.int64)
        counts = metrics.confusion(truth, said, classes=len(names))
        return [self.labels[i].key for i in names], counts

    def _named(self, group: str) -> list[Answer]:
        return [a for a in self.answers if a.group == group and a.truth != UNKNOWN and not a.told]

    def _of(self, group: str) -> dict[str, float]:
        figures: dict[str, float] = {}
        named = self._named(group)
        if named:
            _, counts = self.confusion(group)
            right = np.array([int(a.prob.argmax()) == a.truth for a in named])
            sure = np.array([float(a.prob.max()) for a in named])
            figures["accuracy"] = metrics.accuracy(counts)
            figures["macro_f1"] = metrics.macro_f1(counts)
            figures["calibration_error"] = metrics.calibration_error(sure, right)
        graded = [a for a in self.answers if a.group == group and a.grade_truth != UNKNOWN]
        if graded:
            said = np.array([int(a.grade_prob.argmax()) for a in graded])
            figures["grade_accuracy"] = float(
                np.mean(said == np.array([a.grade_truth for a in graded]))
            )
        mine = [a for a in self.answers if a.group == group]
        figures.update(states.scores((a.state_truth, a.state_said) for a in mine))
        pairs = [
            (a.frames_truth, a.frames_said)
            for a in self.answers
            if a.group == group and a.segmented
        ]
        if pairs:
            figures.update(metrics.segmentation(pairs, background=BACKGROUND))
        return figures


MAIN: Final = frozenset(
    {"accuracy", "grade_accuracy", "frame_accuracy", "f1_50", "state_balanced_accuracy"}
)


def judge(model: Network, *, samples: Samples, vectors: Tensor) -> Judged:
    """Read every clip of `samples` and keep the answers."""
    judged = Judged(labels=samples.labels)
    for start in range(0, len(samples), BLOCK):
        block = [samples[i] for i in range(start, min(start + BLOCK, len(samples)))]
        judged.answers.extend(answers(model, block, vectors=vectors))
    return judged


def answers(model: Network, samples: Sequence[Sample], *, vectors: Tensor) -> list[Answer]:
    """What the model says of each, in order."""
    read = windows.read(model, [asked(one) for one in samples], label_vectors=vectors)
    return [answer(one, reading) for one, reading in zip(samples, read, strict=True)]


def asked(sample: Sample) -> windows.Asked:
    """What the model is shown of a sample."""
    return windows.Asked(pose=sample.pose, text=sample.text, candidates=sample.candidates)


def answer(sample: Sample, reading: Reading) -> Answer:
    """What was said of a sample beside what is known of it."""
    judged_as = sample.clip_label if sample.clip_label != UNKNOWN else reading.clip_prob.argmax()
    return Answer(
        clip=sample.clip,
        person=sample.person,
        group=sample.group,
        truth=sample.clip_label,
        prob=reading.clip_prob,
        surest=float(reading.clip_cosine[sample.candidates].max()),
        grade_truth=sample.grade,
        grade_prob=reading.grade_prob[int(judged_as)],
        frames_truth=sample.frame_labels,
        frames_said=windows.steadiest(reading.frame_prob),
        segmented=sample.segmented,
        told=sample.told,
        state_truth=sample.state,
        state_said=UNKNOWN if reading.state_logits is None else int(reading.state_logits.argmax()),
    )


def label_vectors(model: Described, *, labels: Sequence[Label]) -> Tensor:
    """The labels' texts as vectors (L, label_width), as `label_encoder` says."""
    vectors = label_encoder(model).encode([label.text for label in labels])
    if vectors.shape[1] != model.config.label_width:
        raise ValueError(
            f"label_width: expected {vectors.shape[1]}, as the language model gives, "
            f"got {model.config.label_width}"
        )
    return vectors.float()


def as_dict(judged: Judged) -> dict[str, Any]:
    """Scores, confusion and per-class figures of every set, for a report."""
    told: dict[str, Any] = {"scores": judged.scores()}
    for group in sorted({a.group for a in judged.answers}):
        names, counts = judged.confusion(group)
        if counts.sum():
            told[group] = {
                "labels": names,
                "confusion": counts.tolist(),
                "per_class": [
                    {"label": c.label, "support": c.support, "precision": c.precision,
                     "recall": c.recall, "f1": c.f1}
                    for c in metrics.per_class(counts, labels=names)
                ],
            }  # fmt: skip
    return told
