"""What a training run is made with: one TOML file, every value with its unit or meaning.

A run keeps its settings beside its weights; the same file, data and code give the same weights.
"""

from __future__ import annotations

import json
import tomllib
from dataclasses import asdict, dataclass, field, fields
from typing import TYPE_CHECKING, Any, Final, TypeVar

from analysis.actions.model import ModelConfig
from analysis.training.errors import SettingsError

if TYPE_CHECKING:
    from pathlib import Path

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class DataSettings:
    """Which movement is learned from, and who is kept out of it."""

    store: str
    sources: tuple[str, ...] = ()  # sets; () = all that may be in shipped weights
    may_ship_only: bool = True
    test_people: tuple[str, ...] = ()  # people, sequences or folds that are only judged on
    without: tuple[str, ...] = ()  # labels ("uiprmd.deep_squat") that nothing is learned of
    validation_share: float = 0.15  # of the remaining people of each set; 0 = stop by nobody
    least_people: int = 3  # a set with fewer to learn from gives nobody to stop by
    window_s: float = 8.0  # longer clips are cut into pieces of this length
    views: int = 2  # random cameras a clip is seen through in each epoch
    kept_views: int = 0  # epochs after which the same views come again, from memory; 0 = never
    balance: float = 1.0  # a set's turns grow with its size to this power; 1 = each clip alike
    pseudo_labels: str = ""  # a file of `pseudo`: guessed labels of clips that have none
    pseudo_weight: float = 0.5  # how far they are trusted beside labels given by people
    composed: float = 0.0  # share of 3D clips that are shown in a sequence put together (`compose`)


@dataclass(frozen=True, slots=True, kw_only=True)
class OptimiserSettings:
    """How the weights move."""

    name: str = "adamw"  # or "sgd"
    rate: float = 1e-3
    language_rate: float = 3e-4
    weight_decay: float = 0.05
    momentum: float = 0.9  # of sgd
    schedule: str = "cosine"  # "cosine", "linear" or "constant"
    warmup_share: float = 0.05  # of all steps
    epochs: int = 30
    batch_size: int = 32
    accumulate: int = 1  # batches added up before a step
    clip_norm: float = 1.0
    precision: str = "no"  # "no", "bf16" or "fp16"
    judge_every: int = 1  # epochs between two validations; after the last there is always one
    patience: int = 8  # validations in a row that are no better before it stops
    adversarial_step: float = 0.0  # trunk lengths; 0 = no adversarial training


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskSettings:
    """What each task weighs in the loss; 0 leaves it out."""

    frames: float = 1.0
    clip: float = 1.0
    grade: float = 0.5
    reconstruct: float = 0.2
    smooth: float = 0.15
    label_smoothing: float = 0.1
    masked_share: float = 0.15  # of keypoints hidden in spans, for reconstruction
    masked_rows: int = 10  # how long such a span is
    masked_whole: float = 0.0  # share of keypoints hidden throughout a clip
    among_all: float = 0.5  # of clips weighed against the labels of every set, not of their own
    none_share: float = 0.15  # of clips whose label is no candidate: all frames are "none of them"
    context_share: float = 0.3  # of clips whose text tells things that do not matter to the labels
    state: float = 0.5
    state_weights: tuple[float, ...] = ()  # of each state in its loss, in order; () = all alike
    note_share: float = 0.3  # of clips whose text names what is done (as a coach's note would)
    hint_share: float = 0.0  # of clips whose text narrows down what is done without naming it
    blind_share: float = 0.0  # of those clips, whose pose is hidden: only the text tells then


@dataclass(frozen=True, slots=True, kw_only=True)
class DistilSettings:
    """What a smaller network learns from a larger one (`distil`); 0 leaves a part out."""

    teacher: str = ""  # a checkpoint; "" = none
    temperature: float = 2.0  # softens both answers, so that the unlikely ones teach too
    frames: float = 1.0  # of the divergence from the teacher's answer about each frame
    clip: float = 1.0  # and about the clip
    likeness: float = 1.0  # of the difference in which clips are alike


@dataclass(frozen=True, slots=True, kw_only=True)
class FitSettings:
    """One run."""

    data: DataSettings
    model: ModelConfig = field(default_factory=ModelConfig)
    optimiser: OptimiserSettings = field(default_factory=OptimiserSettings)
    tasks: TaskSettings = field(default_factory=TaskSettings)
    distil: DistilSettings = field(default_factory=DistilSettings)
    seed: int = 1
    start_from: str = ""  # a checkpoint whose weights are taken as far as they fit
    threads: int = 0  # 0 = as many as the machine has cores
    save_every_steps: int = 200

    def as_dict(self) -> dict[str, Any]:
        """Plain values, kept with the weights."""
        return asdict(self)


SPACE: Final = "search"  # the table of what `search` may try
PARTS: Final = {
    "data": DataSettings,
    "model": ModelConfig,
    "optimiser": OptimiserSettings,
    "tasks": TaskSettings,
    "distil": DistilSettings,
}


def read_settings(path: Path) -> FitSettings:
    """A settings file; its table of what `search` may try is passed over.

    Raises:
        SettingsError: no TOML, or a key that does not exist; the message lists those that do.
    """
    return settings_from(read_toml(path), where=path.name)


def read_toml(path: Path) -> dict[str, Any]:
    """A settings file's plain values.

    Raises:
        SettingsError: no TOML.
    """
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, tomllib.TOMLDecodeError) as error:
        raise SettingsError(f"{path}: expected a TOML file ({error})") from error


def as_toml(settings: FitSettings) -> str:
    """A settings file that `read_settings` reads to the same settings."""
    values = settings.as_dict()
    lines = [f"{k} = {_toml(v)}" for k, v in values.items() if k not in PARTS]
    for part in PARTS:
        lines += ["", f"[{part}]", *(f"{k} = {_toml(v)}" for k, v in values[part].items())]
    return "\n".join(lines) + "\n"


def _toml(value: Any) -> str:
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(_toml, value)) + "]"
    if isinstance(value, bool | str):
        return json.dumps(value, ensure_ascii=False)
    return repr(value)


def settings_from(content: dict[str, Any], *, where: str) -> FitSettings:
    """Settings from plain values.

    Raises:
        SettingsError: a key that does not exist, or none for the store.
    """
    given = {name: value for name, value in content.items() if name != SPACE}
    parts: dict[str, Any] = {
        name: _part(kind, given.pop(name, {}), where=f"{where} [{name}]")
        for name, kind in PARTS.items()
    }
    return _part(FitSettings, {**given, **parts}, where=where)


def _part(kind: type[T], values: dict[str, Any], *, where: str) -> T:
    known = {one.name for one in fields(kind)}  # type: ignore[arg-type]
    unknown = sorted(set(values) - known)
    if unknown:
        raise SettingsError(f"{where}: no setting {unknown}; expected some of {sorted(known)}")
    lists = {k: tuple(v) if isinstance(v, list) else v for k, v in values.items()}
    try:
        return kind(**lists)
    except TypeError as error:
        raise SettingsError(f"{where}: {error}") from error
