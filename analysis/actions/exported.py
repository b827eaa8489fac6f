"""The network as one ONNX file, run by ONNX Runtime: language model, labels and all in it.

It answers like the network it was made from and takes its place wherever `windows.read` does; it
has no gradients and no attention maps, so that explanations need the checkpoint. Made by
`python -m analysis.training export` or `quantise`; no pickle is in it, and no code.
"""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import torch

from analysis.actions.checkpoint import CheckpointError, Label, config_from
from analysis.actions.model import Batch, ModelConfig, Outputs, Words

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from torch import Tensor

FORMAT: Final = "sportsbr-action-onnx-1"
SUFFIX: Final = ".onnx"
INPUTS: Final = ("pose", "frames", "token_ids", "token_mask", "label_vectors")
OUTPUTS: Final = ("frame_logits", "clip_logits", "grade_logits", "clip_vector", "state_logits")
DESCRIBED: Final = {
    "format", "config", "labels", "label_vectors", "thresholds", "made_by", "scale",
    "weights_sha256",
}  # fmt: skip
# Motion is read over `max(SPANS)` steps of `pace` rows, here 8: the graph is of longer clips.
LEAST_ROWS: Final = 16


class ExportedNetwork:
    """A network in ONNX Runtime. `threads` 0: as many as the machine has cores.

    Raises:
        CheckpointError: not ONNX, not ours, or damaged.
    """

    def __init__(self, path: Path, *, threads: int = 0) -> None:
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        try:
            self._session = onnxruntime.InferenceSession(
                str(path), options, providers=["CPUExecutionProvider"]
            )
        except Exception as error:  # its own types are not exported
            raise CheckpointError(f"{path.name} is no ONNX file: {error}") from error
        self.described: dict[str, str] = self._session.get_modelmeta().custom_metadata_map
        if self.described.get("format") != FORMAT or not set(self.described) >= DESCRIBED:
            raise CheckpointError(
                f"{path.name}: expected format {FORMAT!r}, got {self.described.get('format')!r}"
            )
        self._takes = {one.name for one in self._session.get_inputs()}
        self._gives = [one.name for one in self._session.get_outputs()]
        self.config: ModelConfig = config_from(self.described["config"], name=path.name)
        self.scale = float(self.described["scale"])

    @cached_property
    def language(self) -> Words | None:
        """The tokenizer of the language model within; None: it reads no text."""
        return None if self.config.fusion == "pose" else Words(self.config.language_model)

    def eval(self) -> ExportedNetwork:
        """Itself: nothing is ever learned here."""
        return self

    def __call__(self, batch: Batch, *, label_vectors: Tensor) -> Outputs:
        """All heads, without reconstruction (B, 0, K, 2) and attentions."""
        rows = batch.pose.shape[1]
        short = max(0, LEAST_ROWS - rows)
        given = {
            "pose": torch.nn.functional.pad(batch.pose, (0, 0, 0, short)).numpy(),
            "frames": torch.nn.functional.pad(batch.frames, (0, short)).numpy(),
            "token_ids": batch.token_ids.numpy(),
            "token_mask": batch.token_mask.numpy(),
            "label_vectors": label_vectors.numpy(),
        }
        found = self._session.run(
            self._gives, {name: value for name, value in given.items() if name in self._takes}
        )
        named = {n: torch.from_numpy(v) for n, v in zip(self._gives, found, strict=True)}
        return Outputs(
            frame_logits=named["frame_logits"][:, :rows],
            clip_logits=named["clip_logits"],
            grade_logits=named["grade_logits"],
            state_logits=named.get("state_logits"),
            clip_vector=named["clip_vector"],
            reconstruction=batch.pose.new_zeros((batch.pose.shape[0], 0, self.config.keypoints, 2)),
        )


@dataclass(frozen=True, slots=True, eq=False)
class Exported:
    """What a checkpoint holds, with the exported network in the network's place."""

    model: ExportedNetwork
    labels: tuple[Label, ...]
    label_vectors: Tensor  # (L, R)
    thresholds: Mapping[str, float]
    made_by: Mapping[str, Any]


def load(path: Path, *, threads: int = 0) -> Exported:
    """An exported network with its labels.

    Raises:
        CheckpointError: as `ExportedNetwork`.
    """
    network = ExportedNetwork(path, threads=threads)
    described = network.described
    labels = tuple(Label(**label) for label in json.loads(described["labels"]))
    return Exported(
        model=network,
        labels=labels,
        label_vectors=vectors_from(described["label_vectors"], labels=len(labels)),
        thresholds=json.loads(described["thresholds"]),
        made_by=json.loads(described["made_by"]),
    )


def vectors_as_text(vectors: Tensor) -> str:
    """(L, R) float32, little-endian, in base64."""
    return base64.b64encode(vectors.detach().cpu().numpy().astype("<f4").tobytes()).decode()


def vectors_from(text: str, *, labels: int) -> Tensor:
    """The reverse of `vectors_as_text`, for a number of labels."""
    flat = np.frombuffer(base64.b64decode(text), dtype="<f4").astype(np.float32)
    return torch.from_numpy(flat.reshape(labels, -1))
