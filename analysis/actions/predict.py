"""The fused model as an action backend: rows in, techniques by frame out, then repetitions.

Frames are judged in windows; each stretch that a technique seems to fill is then read once more on
its own, as the clips of training were, and has to be near enough to the technique's words: below
the calibrated threshold the answer is "unknown". Borders of repetitions and phases come from the
same curves as in the kinematic segmenter. torch is imported when the first model is loaded.
"""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Final, Protocol

import numpy as np

from analysis.actions.candidates import Candidates, candidates, least_cosines
from analysis.actions.context import Context
from analysis.actions.decode import Repetition, non_overlapping, stretches
from analysis.actions.kinematic import UNKNOWN, KinematicSegmenter
from analysis.actions.phases import phases
from analysis.errors import BackendNotInstalledError, ModelMissingError, ModelRefusedError
from analysis.knowledge.signals import column, view_of
from analysis.schema import ActionScores, Segment

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray
    from torch import Tensor

    from analysis.actions.checkpoint import Checkpoint
    from analysis.actions.model import FusedModel
    from analysis.actions.windows import Network, Reading
    from analysis.config import AnalysisConfig
    from analysis.knowledge.catalogue import Catalogue
    from analysis.knowledge.records import Technique
    from analysis.schema import Float, PoseTrack, SignalSet

WEIGHTS: Final = Path(__file__).resolve().parent.parent / "weights" / "action.safetensors"
VIEWS: Final = frozenset({"front", "side", "back"})
INSTALL: Final = (
    'pip install -c constraints.txt -e ".[learn]" && '
    "pip install --no-deps -r requirements-nodeps.txt"
)


class Rows(Protocol):
    """What the network reads: `analysis.features.model_input.ModelInput` is one. T rows."""

    @property
    def time_s(self) -> Float:
        """Seconds (T,)."""
        ...

    @property
    def values(self) -> NDArray[np.float32]:
        """Numbers (T, C)."""
        ...

    @property
    def seen(self) -> NDArray[np.bool_]:
        """Which keypoints were seen (T, K)."""
        ...


class FusedSegmenter:
    """An ActionModel: pose and text in one language model.

    Raises:
        ModelMissingError: there are no weights.
        ModelRefusedError: the file is no checkpoint of ours; a pickle is never opened.
        BackendNotInstalledError: torch, transformers or the language model's package is missing.
    """

    def __init__(
        self,
        *,
        config: AnalysisConfig,
        catalogue: Catalogue,
        rows: Callable[[PoseTrack], Rows],
        rows_version: int,
    ) -> None:
        path = Path(config.actions.weights) if config.actions.weights else WEIGHTS
        self._config, self._rows = config, rows
        self._techniques = catalogue.candidates(config.sport)
        self._sport = "" if config.sport is None else catalogue.text(config.sport, "en")
        self._kinematic = KinematicSegmenter(config=config, catalogue=catalogue)
        self._made, sha256 = _loaded(path, _stamp(path))
        self.models = {path.name: sha256}
        self._network: Network = self._made.model
        beside = path.with_suffix(".onnx")
        if beside.exists():
            self._network, self.models[beside.name] = _exported(beside, _stamp(beside), sha256)
        trained_on = self._made.made_by.get("model_input_version", rows_version)
        if trained_on != rows_version:
            reason = f"made for model input {trained_on}; this code gives {rows_version}"
            raise ModelRefusedError(name=path.name, reason=reason)
        self._among = candidates(self._techniques, trained=self._made.labels)
        self._vectors = _vectors(self._made, among=self._among)
        self._least = least_cosines(self._among, thresholds=self._made.thresholds)

    @property
    def among(self) -> Candidates:
        """What it chooses among."""
        return self._among

    @property
    def network(self) -> FusedModel:
        """The network itself, in evaluation mode."""
        return self._made.model

    @property
    def label_vectors(self) -> Tensor:
        """Vectors (C, R) of the candidates' texts."""
        return self._vectors

    def rows(self, track: PoseTrack) -> Rows:
        """What the network reads of a track."""
        return self._rows(track)

    def score(self, signals: SignalSet, track: PoseTrack) -> ActionScores:
        """Probability of each technique in each frame; the last label is "unknown"."""
        rows = self._rows(track)
        text = self.context(signals).words()
        frames = self.read([rows.values], text=text)[0].frame_prob[:, 1:]
        prob = self._among.by_technique(frames) * np.any(rows.seen, axis=1, keepdims=True)
        prob = self._believed(prob, rows=rows, text=text)
        labels = (*self._among.techniques, UNKNOWN)
        full = np.zeros((signals.time_s.size, len(labels)))
        for place in range(len(labels) - 1):
            full[:, place] = np.interp(signals.time_s, rows.time_s, prob[:, place])
        full[:, -1] = 1.0 - full[:, :-1].sum(axis=1)
        return ActionScores(signals.track_id, signals.time_s, labels, np.clip(full, 0.0, 1.0))

    def segment(self, scores: ActionScores, signals: SignalSet) -> Sequence[Segment]:
        """Repetitions in order of time; ids are "s1", "s2" … within this person."""
        found = [
            one
            for technique in self._techniques
            for one in self._repetitions(technique, scores=scores, signals=signals)
        ]
        by_key = {t.key: t for t in self._techniques}
        return tuple(
            _segment(one, number=i, technique=by_key[one.technique], signals=signals)
            for i, one in enumerate(non_overlapping(found), start=1)
        )

    def read(self, poses: Sequence[NDArray[np.float32]], *, text: str) -> list[Reading]:
        """The model's own answers about rows (T, C), columns as in `among`."""
        from analysis.actions import windows

        every = np.ones(len(self._among.texts), dtype=np.bool_)
        asked = [windows.Asked(pose=one, text=text, candidates=every) for one in poses]
        return windows.read(self._network, asked, label_vectors=self._vectors)

    def context(self, signals: SignalSet) -> Context:
        """What is known beside the movement."""
        view = view_of(column(signals, "body_yaw"))
        athlete = self._config.athlete
        return Context(
            sport=self._sport,
            view=view if view in VIEWS else "",
            handedness=athlete.handedness or "",
            level=athlete.level,
            note=self._config.note,
        )

    def _believed(self, prob: Float, *, rows: Rows, text: str) -> Float:
        """Probabilities (T, N) without the stretches that do not convince on their own."""
        found = [
            (place, start, stop)
            for place in range(prob.shape[1])
            for start, stop in self._stretches(rows.time_s, prob[:, place])
        ]
        kept = np.zeros_like(prob)
        readings = self.read([rows.values[a:b] for _, a, b in found], text=text)
        for (place, start, stop), reading in zip(found, readings, strict=True):
            likeliest = self._among.technique[int(reading.clip_prob.argmax())]
            near = self._among.nearest(reading.clip_cosine)[place]
            if likeliest == place and near >= self._least[place]:
                kept[start:stop, place] = prob[start:stop, place]
        return kept

    def _stretches(self, time_s: Float, prob: Float) -> list[tuple[int, int]]:
        wanted = self._config.actions
        return stretches(
            time_s, prob, least=wanted.min_score, merge_gap_s=wanted.merge_gap_s,
            min_duration_s=wanted.min_duration_s,
        )  # fmt: skip

    def _repetitions(
        self, technique: Technique, *, scores: ActionScores, signals: SignalSet
    ) -> list[Repetition]:
        """What the technique's curve cuts out of the stretches; without a curve, the stretches."""
        prob = scores.prob[:, scores.labels.index(technique.key)]
        proposed = self._kinematic.proposals(technique, signals)
        found: list[Repetition] = []
        for start, stop in self._stretches(scores.time_s, prob):
            first_s, last_s = float(scores.time_s[start]), float(scores.time_s[stop - 1])
            inside = [c for c in proposed if first_s <= c.peak_s <= last_s]
            whole = Repetition(technique.key, first_s, (first_s + last_s) / 2, last_s, 0.0, 0.0)
            found.extend(_rated(c, scores=scores, prob=prob) for c in inside or [whole])
        return [one for one in found if one.score >= self._config.actions.min_score]


def _rated(one: Repetition, *, scores: ActionScores, prob: Float) -> Repetition:
    inside = (scores.time_s >= one.start_s) & (scores.time_s <= one.end_s)
    return replace(one, score=float(prob[inside].mean()) if inside.any() else 0.0)


def _segment(one: Repetition, *, number: int, technique: Technique, signals: SignalSet) -> Segment:
    cut = phases(technique, signals=signals, start_s=one.start_s, end_s=one.end_s, side=one.side)
    return Segment(
        segment_id=f"s{number}", track_id=signals.track_id, technique=one.technique, phases=cut,
        start_s=one.start_s, end_s=one.end_s, score=one.score,
    )  # fmt: skip


def _stamp(path: Path) -> tuple[int, int]:
    """Changes when the file does.

    Raises:
        ModelMissingError: no such file.
    """
    try:
        told = path.stat()
    except FileNotFoundError as error:
        train = "python -m analysis.training fit analysis/training/configs/ship.toml --out RUN"
        raise ModelMissingError(name=path.name, folder=path.parent, command=train) from error
    return told.st_mtime_ns, told.st_size


@lru_cache(maxsize=2)
def _loaded(path: Path, _stamp: tuple[int, int]) -> tuple[Checkpoint, str]:
    """A checkpoint and its sha256, kept while its file stays the same."""
    try:
        from analysis.actions import checkpoint
    except ImportError as error:
        raise _not_installed(error) from error
    try:
        return checkpoint.load(path), checkpoint.sha256_of(path)
    except (ImportError, FileNotFoundError) as error:
        raise _not_installed(error) from error
    except (checkpoint.CheckpointError, OSError) as error:
        raise ModelRefusedError(name=path.name, reason=str(error)) from error


@lru_cache(maxsize=2)
def _exported(path: Path, _stamp: tuple[int, int], weights_sha256: str) -> tuple[Network, str]:
    """The export that lies beside a checkpoint, to answer in its place, and its sha256.

    Raises:
        ModelRefusedError: it is none of ours, or of other weights.
    """
    try:
        from analysis.actions import checkpoint, exported
    except ImportError as error:
        raise _not_installed(error) from error
    try:
        network = exported.load(path).model
    except ImportError as error:
        raise _not_installed(error) from error
    except checkpoint.CheckpointError as error:
        raise ModelRefusedError(name=path.name, reason=str(error)) from error
    if network.described["weights_sha256"] != weights_sha256:
        reason = "it was exported from other weights than lie beside it: export it anew"
        raise ModelRefusedError(name=path.name, reason=reason)
    return network, checkpoint.sha256_of(path)


def _not_installed(error: Exception) -> BackendNotInstalledError:
    return BackendNotInstalledError(backend="fused", reason=str(error), command=INSTALL)


def _vectors(made: Checkpoint, *, among: Candidates) -> Tensor:
    """Vectors (C, R) of the candidates' texts: as trained where they were, else encoded now."""
    import torch

    from analysis.actions.model import label_encoder

    trained = {one.text: made.label_vectors[i] for i, one in enumerate(made.labels)}
    fresh = [text for text in among.texts if text not in trained]
    if fresh:
        trained |= dict(zip(fresh, label_encoder(made.model).encode(fresh), strict=True))
    return torch.stack([trained[text].to(made.label_vectors) for text in among.texts])
