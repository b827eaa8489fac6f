"""A trained model as one safetensors file: our weights, the labels' texts, and how it was made.

The language model's own weights are not in it: they come from its package or folder, and their
hash is kept so that another version is noticed.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from analysis.actions.model import (
    BUNDLED,
    FusedModel,
    ModelConfig,
    build,
    bundled_folder,
    own_state,
)
from analysis.actions.shrink import cut_as

if TYPE_CHECKING:
    from collections.abc import Mapping

    import torch

FORMAT: Final = "sportsbr-action-model-1"
SUFFIX: Final = ".safetensors"
DESCRIBED: Final = {"config", "labels", "thresholds", "made_by", "language_sha256"}
LABEL_VECTORS: Final = "labels.vectors"


class CheckpointError(Exception):
    """A file that is not a checkpoint of ours; the message says what was expected."""


@dataclass(frozen=True, slots=True)
class Label:
    """One thing that the model can say, and the words that it knows it by."""

    key: str  # "tennis.serve", or a set's own label: "hdm05.squat"
    text: str  # what is encoded: "tennis serve: the ball is tossed and hit overhead"
    group: str  # candidates that are weighed against each other: a sport, or a set


@dataclass(frozen=True, slots=True, eq=False)
class Checkpoint:
    """A network ready to serve, with its labels and what was measured of it."""

    model: FusedModel
    labels: tuple[Label, ...]
    label_vectors: torch.Tensor  # (L, R) as the labels' texts were encoded in training
    thresholds: Mapping[str, float]  # group → clip score below which the answer is "unknown"
    made_by: Mapping[str, Any]  # command, seed, data hashes, code version, scores


def save(checkpoint: Checkpoint, path: Path, *, only: tuple[str, ...] = ("",)) -> str:
    """Write it whole or not at all; returns the file's sha256.

    Weights whose names begin otherwise than `only` are left out: such a file is one to start from
    (`tensors_of`), and `load` refuses it.
    """
    from safetensors.torch import save_file

    kept = {k: v for k, v in own_state(checkpoint.model).items() if k.startswith(only)}
    tensors = {name: value.contiguous() for name, value in kept.items()}
    tensors[LABEL_VECTORS] = checkpoint.label_vectors.contiguous()
    config = checkpoint.model.config
    described = {
        "format": FORMAT,
        "config": json.dumps(asdict(config)),
        "labels": json.dumps([asdict(label) for label in checkpoint.labels]),
        "thresholds": json.dumps(dict(checkpoint.thresholds)),
        "made_by": json.dumps(dict(checkpoint.made_by)),
        "language_sha256": "" if config.fusion == "pose" else language_sha256(config),
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_name(f".{path.name}.unfinished")
    save_file(tensors, unfinished, metadata=described)
    unfinished.replace(path)
    return sha256_of(path)


def load(path: Path, *, device: str = "cpu") -> Checkpoint:
    """The network of a checkpoint, in evaluation mode.

    Raises:
        CheckpointError: not safetensors (a pickle can run code and is never opened), not ours, or
            made with another language model than the one installed.
    """
    described, tensors = _read(path)
    config = config_from(described["config"], name=path.name)
    if config.fusion != "pose" and described["language_sha256"] != language_sha256(config):
        raise CheckpointError(
            f"{path.name} was trained with another version of the language model "
            f"{config.language_model!r}; expected sha256 {described['language_sha256']}"
        )
    vectors = tensors.pop(LABEL_VECTORS)
    model = build(config)
    try:
        cut_as(model, tensors)
    except ValueError as error:
        raise CheckpointError(f"{path.name} does not fit its own description: {error}") from error
    missing, unexpected = model.load_state_dict(tensors, strict=False)
    lost = [name for name in missing if name in own_state(model)]
    if lost or unexpected:
        raise CheckpointError(
            f"{path.name} does not fit its own description: missing {lost[:3]}, "
            f"unexpected {list(unexpected)[:3]}"
        )
    return Checkpoint(
        model=model.to(device).eval(),
        labels=tuple(Label(**label) for label in json.loads(described["labels"])),
        label_vectors=vectors.to(device),
        thresholds=json.loads(described["thresholds"]),
        made_by=json.loads(described["made_by"]),
    )


def describe(path: Path) -> dict[str, Any]:
    """What a checkpoint says of itself, without building the network.

    Raises:
        CheckpointError: as `load`.
    """
    described, _ = _read(path)
    return {
        "config": asdict(config_from(described["config"], name=path.name)),
        "labels": json.loads(described["labels"]),
        "thresholds": json.loads(described["thresholds"]),
        "made_by": json.loads(described["made_by"]),
        "sha256": sha256_of(path),
    }


def tensors_of(path: Path) -> dict[str, torch.Tensor]:
    """The weights alone, for a network that starts from them.

    Raises:
        CheckpointError: as `load`.
    """
    _, tensors = _read(path)
    del tensors[LABEL_VECTORS]
    return tensors


def language_sha256(config: ModelConfig) -> str:
    """One hash over the language model's weight files.

    Raises:
        CheckpointError: its folder holds no safetensors.
    """
    folder = language_folder(config.language_model)
    files = sorted(folder.glob(f"*{SUFFIX}"))
    if not files:
        raise CheckpointError(f"{folder.name}: expected weights in *{SUFFIX}, found none")
    return hashlib.sha256("".join(sha256_of(file) for file in files).encode()).hexdigest()


def sha256_of(path: Path) -> str:
    """Hash of a file's bytes."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def language_folder(name: str) -> Path:
    """Where a language model's files lie; one of a hub is fetched when it is not there."""
    if name == BUNDLED:
        return bundled_folder()
    if Path(name).is_dir():
        return Path(name)
    from huggingface_hub import snapshot_download

    return Path(snapshot_download(name, allow_patterns=[f"*{SUFFIX}"]))


def _read(path: Path) -> tuple[dict[str, str], dict[str, torch.Tensor]]:
    from safetensors import SafetensorError, safe_open

    if path.suffix != SUFFIX:
        raise CheckpointError(
            f"{path.name}: expected a {SUFFIX} file; pickles (.pt, .pth, .bin) are never opened"
        )
    try:
        with safe_open(path, framework="pt") as file:
            described = dict(file.metadata() or {})
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 - no mapping
    except SafetensorError as error:
        raise CheckpointError(f"{path.name} is no safetensors file: {error}") from error
    if described.get("format") != FORMAT or not set(described) >= DESCRIBED:
        raise CheckpointError(
            f"{path.name}: expected format {FORMAT!r}, got {described.get('format')!r}"
        )
    if LABEL_VECTORS not in tensors:
        raise CheckpointError(
            f"{path.name} does not fit its own description: missing {[LABEL_VECTORS]}"
        )
    return described, tensors


def config_from(text: str, *, name: str) -> ModelConfig:
    """The network's shape, from the JSON that `name` keeps of it.

    Raises:
        CheckpointError: it is of another kind of network.
    """
    values = json.loads(text)
    values.setdefault("language_layers", 0)  # a file from before has all of them
    strange = set(values) ^ {field.name for field in fields(ModelConfig)}
    if strange:
        raise CheckpointError(
            f"{name} was made for another network: {sorted(strange)} are not in both descriptions"
        )
    return ModelConfig(**{**values, "states": tuple(values["states"])})
