"""Plain baselines that the fused model is measured against: same clips, same views, same evaluator.

Logistic regression and a random forest read a clip brought to a fixed length, with statistics of
its motion; ST-GCN++ reads the skeleton of whole clips; MS-TCN++ labels frame by frame. None of
them reads text. Each is trained anew for a fold, per set, from the rows of
`analysis.features.model_input` that the fused model is trained from.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, Protocol

import numpy as np
import torch
from torch.nn import functional

from analysis.actions.model import pad_batch
from analysis.features.body17 import BODY17
from analysis.features.model_input import JOINT_CHANNELS, KEYPOINTS
from analysis.training import ms_tcn
from analysis.training.judge import Answer, Judged
from analysis.training.losses import UNKNOWN
from analysis.training.samples import LEAST_ROWS
from analysis.training.st_gcn import STGCN

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from numpy.typing import NDArray

    from analysis.actions.checkpoint import Label
    from analysis.schema import Float, Int
    from analysis.training.samples import Sample, Samples

ROWS: Final = 32  # a clip is brought to so many rows, whatever its length
INVERSE_PENALTY: Final = 0.1  # C of the logistic regression, on standardised features
ITERATIONS: Final = 300
TREES: Final = 300
GRADES: Final = 2
EPOCHS: Final = 20
SEGMENTER_EPOCHS: Final = 60  # sequences are few and long
BATCH: Final = 32
RATE: Final = 2e-3
WEIGHT_DECAY: Final = 1e-2


class Baseline(Protocol):
    """Learns from clips of one set, then says its piece about others."""

    def fit(self, learn: Sequence[Sample], *, seed: int) -> None:
        """Learn; every clip carries what is known of it."""

    def say(self, test: Sequence[Sample]) -> list[Said]:
        """What it makes of each."""

    @staticmethod
    def can_learn(sample: Sample) -> bool:
        """Whether a clip teaches it anything."""


@dataclass(frozen=True, slots=True, eq=False)
class Said:
    """L labels, G grades, T rows."""

    prob: Float  # (L,)
    grade_prob: Float | None  # (L, G), None where it learned none
    frames: Int | None  # (T,) 0 = none, 1 + place; None where it does not label frames


def draw(samples: Samples) -> list[Sample]:
    """Every clip of `samples` as often as it has views; too short ones are left out."""
    drawn = (samples[place] for place in range(len(samples)))
    return [one for one in drawn if one.pose.shape[0] >= LEAST_ROWS]


def judged_by(
    name: str,
    *,
    learn: Sequence[Sample],
    test: Sequence[Sample],
    labels: tuple[Label, ...],
    seed: int,
) -> Judged:
    """A baseline of `BASELINES` trained set by set on `learn`, and its answers about `test`.

    Sets of which nothing fitting was learned are not answered for.

    Raises:
        ValueError: no baseline of that name.
    """
    if name not in BASELINES:
        raise ValueError(f"baseline {name!r}: expected one of {sorted(BASELINES)}")
    judged = Judged(labels=labels)
    for group in sorted({one.group for one in test}):
        mine = [one for one in learn if one.group == group and BASELINES[name].can_learn(one)]
        if len({label for one in mine for label in known_labels(one)}) < 2:
            continue
        baseline = BASELINES[name]()
        baseline.fit(mine, seed=seed)
        asked = [one for one in test if one.group == group]
        judged.answers.extend(map(_answer, asked, baseline.say(asked)))
    return judged


def known_labels(sample: Sample) -> set[int]:
    """Places of the labels that a clip carries, as a whole or in some frame."""
    whole = {sample.clip_label} - {UNKNOWN}
    return whole | {int(code) - 1 for code in np.unique(sample.frame_labels) if code > 0}


def _answer(sample: Sample, said: Said) -> Answer:
    judged_as = sample.clip_label if sample.clip_label != UNKNOWN else int(said.prob.argmax())
    grades = said.grade_prob
    return Answer(
        clip=sample.clip,
        person=sample.person,
        group=sample.group,
        truth=sample.clip_label,
        prob=said.prob,
        surest=float(said.prob.max()),
        # Of what it learned no grades of, it says nothing: no grade counts.
        grade_truth=sample.grade if grades is not None else UNKNOWN,
        grade_prob=np.ones(GRADES) / GRADES if grades is None else grades[judged_as],
        frames_truth=sample.frame_labels,
        frames_said=np.zeros_like(sample.frame_labels) if said.frames is None else said.frames,
        segmented=sample.segmented and said.frames is not None,
        told=sample.told,
    )


# ── on features ──────────────────────────────────────────────────────────────────────────────────


def features(pose: NDArray[np.float32]) -> Float:
    """One vector of a clip (T, C): its shape over `ROWS` rows, then statistics of its motion.

    The shape is x and y of each keypoint and the whole body's motion; the statistics are the mean,
    spread, least and most of x and y, the mean and greatest speed of each keypoint, how often it
    was seen, and the clip's length.
    """
    size = KEYPOINTS * len(JOINT_CHANNELS)
    joints = pose[:, :size].reshape(-1, KEYPOINTS, len(JOINT_CHANNELS)).astype(np.float64)
    xy = joints[..., :2].reshape(pose.shape[0], -1)
    speed = np.linalg.norm(joints[..., 2:4], axis=-1)
    shape = resampled(np.concatenate([xy, pose[:, size:]], axis=1), rows=ROWS)
    return np.concatenate([
        shape.ravel(), xy.mean(0), xy.std(0), xy.min(0), xy.max(0), speed.mean(0), speed.max(0),
        joints[..., JOINT_CHANNELS.index("seen")].mean(0), [np.log(pose.shape[0])],
    ])  # fmt: skip


def resampled(values: NDArray[Any], *, rows: int) -> Float:
    """(T, C) → (rows, C) by straight lines in time, first and last row kept."""
    at = np.linspace(0.0, values.shape[0] - 1.0, rows)
    below = np.floor(at).astype(np.int64)
    above = np.minimum(below + 1, values.shape[0] - 1)
    share = (at - below)[:, None]
    mixed: Float = (1.0 - share) * values[below] + share * values[above]
    return mixed


@dataclass(slots=True)
class OnFeatures:
    """A classifier of scikit-learn for the label, and one for each label's grade."""

    clip: Any = None  # a scikit-learn classifier, once it has learned
    grades: Mapping[int, Any] = field(default_factory=dict)

    @staticmethod
    def can_learn(sample: Sample) -> bool:
        """Whole clips only."""
        return sample.clip_label != UNKNOWN

    def fit(self, learn: Sequence[Sample], *, seed: int) -> None:
        """Labels over all clips; the grade label by label, as what is right differs."""
        table = np.stack([features(one.pose) for one in learn]).astype(np.float32)
        truth = np.array([one.clip_label for one in learn])
        graded = np.array([one.grade for one in learn])
        self.clip = self.classifier(seed).fit(table, truth)
        grades: dict[int, Any] = {}
        for label in np.unique(truth).tolist():
            rows = (truth == label) & (graded != UNKNOWN)
            if np.unique(graded[rows]).size == GRADES:
                grades[label] = self.classifier(seed).fit(table[rows], graded[rows])
        self.grades = grades

    def say(self, test: Sequence[Sample]) -> list[Said]:
        """Probabilities of the label, and of each label's grade."""
        table = np.stack([features(one.pose) for one in test]).astype(np.float32)
        size = test[0].candidates.size
        prob = _spread(self.clip, table, size=size)
        if not self.grades:
            return [Said(prob=row, grade_prob=None, frames=None) for row in prob]
        grades = np.full((len(test), size, GRADES), 1.0 / GRADES)
        for label, classifier in self.grades.items():
            grades[:, label] = _spread(classifier, table, size=GRADES)
        return [
            Said(prob=row, grade_prob=of, frames=None) for row, of in zip(prob, grades, strict=True)
        ]

    def classifier(self, seed: int) -> Any:
        """A fresh one."""
        raise NotImplementedError


class Logistic(OnFeatures):
    """Multinomial logistic regression on standardised features."""

    def classifier(self, seed: int) -> Any:
        """See `Pipeline`."""
        from sklearn.linear_model import LogisticRegression
        from sklearn.pipeline import make_pipeline
        from sklearn.preprocessing import StandardScaler

        regression = LogisticRegression(C=INVERSE_PENALTY, max_iter=ITERATIONS, random_state=seed)
        return make_pipeline(StandardScaler(), regression)


class Forest(OnFeatures):
    """A random forest."""

    def classifier(self, seed: int) -> Any:
        """See `RandomForestClassifier`."""
        from sklearn.ensemble import RandomForestClassifier

        return RandomForestClassifier(n_estimators=TREES, random_state=seed, n_jobs=1)


def _spread(classifier: Any, table: NDArray[np.float32], *, size: int) -> Float:
    """(N, size): a classifier's columns at the places of its classes, 0 elsewhere."""
    prob = np.zeros((table.shape[0], size))
    prob[:, classifier.classes_] = classifier.predict_proba(table)
    return prob


# ── networks ─────────────────────────────────────────────────────────────────────────────────────


class Graph:
    """ST-GCN++ on whole clips; where grades are known its classes are pairs (label, grade)."""

    def __init__(self) -> None:
        self.network: STGCN | None = None
        self.grades = 1

    @staticmethod
    def can_learn(sample: Sample) -> bool:
        """Whole clips only."""
        return sample.clip_label != UNKNOWN

    def fit(self, learn: Sequence[Sample], *, seed: int) -> None:
        """`EPOCHS` times over all clips, in an order that the seed decides."""
        torch.manual_seed(seed)
        self.grades = GRADES if all(one.grade != UNKNOWN for one in learn) else 1
        names = BODY17.keypoints
        self.network = STGCN(
            len(JOINT_CHANNELS),
            labels=learn[0].candidates.size * self.grades,
            edges=[(names.index(a), names.index(b)) for a, b in BODY17.edges],
            keypoints=KEYPOINTS,
        )
        pose = _skeletons(learn)
        truth = torch.tensor(
            [one.clip_label * self.grades + (one.grade if self.grades > 1 else 0) for one in learn]
        )
        for rows, optimiser in _batches(self.network, size=len(learn), batch=BATCH, seed=seed):
            loss = functional.cross_entropy(self.network(pose[rows]), truth[rows])
            _step(loss, optimiser)

    @torch.no_grad()
    def say(self, test: Sequence[Sample]) -> list[Said]:
        """Probabilities of the label, summed over its grades, and of the grades given it."""
        assert self.network is not None  # noqa: S101 - `fit` comes first
        self.network.eval()
        parts = torch.split(_skeletons(test), 8 * BATCH)
        logits = torch.cat([self.network(part) for part in parts])
        both = logits.softmax(-1).numpy().astype(np.float64).reshape(len(test), -1, self.grades)
        prob = both.sum(-1)
        given = both / np.maximum(prob[..., None], 1e-12)
        return [
            Said(prob=p, grade_prob=g if self.grades > 1 else None, frames=None)
            for p, g in zip(prob, given, strict=True)
        ]


class Segmenter:
    """MS-TCN++ frame by frame; a clip is what most of its frames are."""

    def __init__(self) -> None:
        self.network: ms_tcn.MSTCN | None = None

    @staticmethod
    def can_learn(sample: Sample) -> bool:
        """Clips with a label on some frame."""
        return bool((sample.frame_labels > 0).any())

    def fit(self, learn: Sequence[Sample], *, seed: int) -> None:
        """`SEGMENTER_EPOCHS` times over all sequences, few at a time as they are long."""
        torch.manual_seed(seed)
        self.network = ms_tcn.MSTCN(learn[0].pose.shape[1], labels=1 + learn[0].candidates.size)
        for rows, optimiser in _batches(
            self.network, size=len(learn), batch=4, seed=seed, epochs=SEGMENTER_EPOCHS
        ):
            some = [learn[int(i)] for i in rows]
            pose, frames = pad_batch([torch.from_numpy(one.pose) for one in some], multiple=1)
            truth = torch.full(frames.shape, UNKNOWN)
            for row, one in enumerate(some):
                truth[row, : one.frame_labels.size] = torch.from_numpy(one.frame_labels)
            _step(ms_tcn.loss_of(self.network(pose, frames), truth, ignore=UNKNOWN), optimiser)

    @torch.no_grad()
    def say(self, test: Sequence[Sample]) -> list[Said]:
        """The last stage's likeliest label of each frame."""
        assert self.network is not None  # noqa: S101 - `fit` comes first
        self.network.eval()
        said = []
        for one in test:
            pose = torch.from_numpy(one.pose)[None]
            known = torch.ones(pose.shape[:2], dtype=torch.bool)
            prob = self.network(pose, known)[-1][0].softmax(-1).numpy().astype(np.float64)
            whole = prob.mean(0)[1:]
            said.append(Said(prob=whole / whole.sum(), grade_prob=None, frames=prob.argmax(axis=1)))
        return said


BASELINES: Final[Mapping[str, type[Baseline]]] = {
    "logistic": Logistic,
    "forest": Forest,
    "st_gcn": Graph,
    "ms_tcn": Segmenter,
}


def _skeletons(samples: Sequence[Sample]) -> torch.Tensor:
    """(N, ROWS, K, J) of the keypoints' part."""
    size = KEYPOINTS * len(JOINT_CHANNELS)
    rows = [resampled(one.pose[:, :size], rows=ROWS) for one in samples]
    joints = np.stack(rows).reshape(len(samples), ROWS, KEYPOINTS, len(JOINT_CHANNELS))
    return torch.from_numpy(joints.astype(np.float32))


def _batches(
    network: torch.nn.Module, *, size: int, batch: int, seed: int, epochs: int = EPOCHS
) -> Iterator[tuple[torch.Tensor, torch.optim.Optimizer]]:
    """Places of each batch of so many epochs, with an AdamW whose rate rises and falls once."""
    network.train()
    optimiser = torch.optim.AdamW(network.parameters(), lr=RATE, weight_decay=WEIGHT_DECAY)
    steps = epochs * -(-size // batch)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, max_lr=RATE, total_steps=steps)
    order = torch.Generator().manual_seed(seed)
    for _ in range(epochs):
        for rows in torch.split(torch.randperm(size, generator=order), batch):
            yield rows, optimiser
            schedule.step()


def _step(loss: torch.Tensor, optimiser: torch.optim.Optimizer) -> None:
    optimiser.zero_grad()
    torch.autograd.backward(loss)
    optimiser.step()
