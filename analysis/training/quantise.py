"""`quantise`: a checkpoint's whole network as ONNX with 8-bit weights, checked against itself.

ONNX Runtime's dynamic quantisation: weights of matrix products are stored as 8-bit integers with a
scale for each column, what flows between them is quantised as it comes, and the word embeddings
are stored in 8 bits too. Nothing has to be measured on data beforehand. Convolutions stay in 32
bits: its 8-bit convolution is slower than the other.
"""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Final

from analysis.actions import exported
from analysis.training.errors import CorruptDataError
from analysis.training.export import difference, export, written

if TYPE_CHECKING:
    import argparse

KINDS: Final = ["MatMul", "Gemm", "Gather"]
AGREE_SHARE: Final = 0.1  # of the logits' own scale: beyond, something is broken and not rounded


def quantise(path: Path, *, out: Path) -> float:
    """Write the network of a checkpoint, or of its export, in 8 bits.

    Returns by how much an answer of it differs at most.

    Raises:
        CheckpointError: no checkpoint of ours.
        CorruptDataError: its answers are not nearly the network's.
    """
    from onnxruntime.quantization import QuantType, quantize_dynamic

    out.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="sportsbr-quantise-") as folder:
        whole = path
        if path.suffix != exported.SUFFIX:
            whole = Path(folder) / f"whole{exported.SUFFIX}"
            export(path, out=whole)
        quantize_dynamic(
            whole, out, op_types_to_quantize=KINDS, per_channel=True, weight_type=QuantType.QInt8,
            # 7 bits: processors without VNNI add two products in 16 bits, which 8 would overflow.
            reduce_range=True,
        )  # fmt: skip
        full, small = exported.load(whole), exported.load(out)
        apart = difference(full.model, small.model, vectors=full.label_vectors)
    if not apart <= AGREE_SHARE * max(1.0, full.model.scale):
        out.unlink()
        raise CorruptDataError(
            name=out.name, found=f"off by {apart:.2g}", expected="nearly the same"
        )
    return apart


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What `python -m analysis.training quantise` takes."""
    parser.add_argument("checkpoint", type=Path, help="what is quantised, or its export")
    parser.add_argument("--out", type=Path, required=True, help="the .onnx file to write")


def run(given: argparse.Namespace) -> int:
    """The command."""
    return written(given, make=quantise)
