"""`export`: a checkpoint's whole network as one ONNX file, checked against the network it is of.

Clips, rows, tokens and labels may be as many as one likes. The language model is in it.
"""

from __future__ import annotations

import json
import sys
import tempfile
import warnings
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import torch
from torch import Tensor, nn

from analysis.actions import checkpoint, exported
from analysis.actions.model import Batch
from analysis.actions.windows import text_tokens
from analysis.features.model_input import JOINT_CHANNELS, KEYPOINTS
from analysis.training.errors import CorruptDataError

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable

    from analysis.actions.checkpoint import Checkpoint
    from analysis.actions.model import FusedModel, Outputs
    from analysis.actions.windows import Network

OPSET: Final = 18
AGREE: Final = 1e-3  # of a logit or cosine; what is met is about 1e-6
# Clips, rows and the words beside them, none as those that are exported with.
PROBES: Final = ((1, 200, "sport tennis, seen from the side"), (3, 48, "level club"), (2, 130, ""))


def export(path: Path, *, out: Path) -> float:
    """Write a checkpoint's network; returns by how much an answer of it differs at most.

    Raises:
        CheckpointError: no checkpoint of ours.
        CorruptDataError: what was written does not answer as the network does.
    """
    loaded = checkpoint.load(path)
    write(loaded, out=out, sha256=checkpoint.sha256_of(path))
    apart = difference(loaded.model, exported.load(out).model, vectors=loaded.label_vectors)
    if not apart <= AGREE:
        out.unlink()
        raise CorruptDataError(name=out.name, found=f"off by {apart:.2g}", expected="the same")
    return apart


def write(loaded: Checkpoint, *, out: Path, sha256: str) -> None:
    """The ONNX file, whole or not at all, with all that the checkpoint says of itself."""
    import onnx

    model = loaded.model.eval()
    names = [n for n in exported.OUTPUTS if n != "state_logits" or model.config.states]
    axes = {name: {0: "clips", 1: "words"} for name in exported.INPUTS[2:4]}
    axes |= {name: {0: "clips", 1: "rows"} for name in exported.INPUTS[:2]}
    with (
        tempfile.TemporaryDirectory(prefix="sportsbr-export-") as folder,
        warnings.catch_warnings(),
        torch.no_grad(),
    ):
        # What tracing warns of, that sizes may have become constants, is what `difference` tries.
        warnings.simplefilter("ignore")
        raw = Path(folder) / f"raw{exported.SUFFIX}"
        torch.onnx.export(
            _Flat(model).eval(),
            inputs(model, clips=2, rows=96, text="sport and view", labels=3),
            str(raw),
            dynamo=False,  # the newer exporter gives the same, ten times more slowly
            opset_version=OPSET,
            input_names=list(exported.INPUTS),
            output_names=names,
            dynamic_axes={**axes, "label_vectors": {0: "labels"}},
        )
        graph = onnx.load(str(raw))
    for name, value in described(loaded, sha256=sha256).items():
        graph.metadata_props.add(key=name, value=value)
    out.parent.mkdir(parents=True, exist_ok=True)
    unfinished = out.with_name(f".{out.name}.unfinished")
    onnx.save(graph, str(unfinished))
    unfinished.replace(out)


def described(loaded: Checkpoint, *, sha256: str) -> dict[str, str]:
    """What goes with the graph, so that the file needs no other."""
    return {
        "format": exported.FORMAT,
        "config": json.dumps(asdict(loaded.model.config)),
        "labels": json.dumps([asdict(label) for label in loaded.labels]),
        "label_vectors": exported.vectors_as_text(loaded.label_vectors),
        "thresholds": json.dumps(dict(loaded.thresholds)),
        "made_by": json.dumps(dict(loaded.made_by)),
        "scale": repr(loaded.model.scale),
        "weights_sha256": sha256,
    }


def difference(of: Network, other: Network, *, vectors: Tensor) -> float:
    """The most by which an answer differs over a few made-up clips of other sizes."""
    apart = [0.0]
    for clips, rows, text in PROBES:
        pose, frames, ids, mask, _ = inputs(of, clips=clips, rows=rows, text=text, labels=1)
        batch = Batch(pose, frames, ids, mask)
        with torch.no_grad():
            a, b = (one(batch, label_vectors=vectors) for one in (of, other))
        apart += [float((x - y).abs().max()) for x, y in zip(_parts(a), _parts(b), strict=True)]
    return max(apart)


def inputs(
    model: Network, *, clips: int, rows: int, text: str, labels: int
) -> tuple[Tensor, Tensor, Tensor, Tensor, Tensor]:
    """Made-up rows, of which the first clip's last ones are padding, and words."""
    draw = torch.Generator().manual_seed(clips * rows)
    channels = KEYPOINTS * len(JOINT_CHANNELS) + model.config.body_channels
    frames = torch.ones(clips, rows, dtype=torch.bool)
    frames[0, rows - 5 :] = False
    pose = torch.rand(clips, rows, channels, generator=draw) * frames[..., None]
    ids, mask = text_tokens(model.language, [text or "movement"] * clips)
    vectors = torch.randn(labels, model.config.label_width, generator=draw)
    return pose, frames, ids, mask, nn.functional.normalize(vectors, dim=-1)


class _Flat(nn.Module):
    """The network with plain tensors in and out."""

    def __init__(self, model: FusedModel) -> None:
        super().__init__()
        self.model = model

    def forward(
        self, pose: Tensor, frames: Tensor, ids: Tensor, mask: Tensor, vectors: Tensor
    ) -> tuple[Tensor, ...]:
        return _parts(self.model(Batch(pose, frames, ids, mask), label_vectors=vectors))


def _parts(out: Outputs) -> tuple[Tensor, ...]:
    every = (getattr(out, name) for name in exported.OUTPUTS)
    return tuple(one for one in every if one is not None)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What `python -m analysis.training export` takes."""
    parser.add_argument("checkpoint", type=Path, help="what is exported")
    parser.add_argument("--out", type=Path, required=True, help="the .onnx file to write")


def run(given: argparse.Namespace) -> int:
    """The command."""
    return written(given, make=export)


def written(given: argparse.Namespace, *, make: Callable[..., Any]) -> int:
    """Make the file that was asked for and say how far it is from the network it is of."""
    if given.out.suffix != exported.SUFFIX:
        sys.stderr.write(f"--out: expected a name in {exported.SUFFIX}, got {given.out.name}\n")
        return 2
    apart = make(given.checkpoint, out=given.out)
    size_mb = given.out.stat().st_size / 1e6
    sys.stdout.write(json.dumps({"off_by": apart, "file_mb": round(size_mb, 2)}) + "\n")
    return 0
