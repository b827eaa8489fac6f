"""RTMPose in ONNX Runtime: the light way, without PyTorch or MMPose once the file is there.

`python -m analysis.pose.rtmpose_onnx VARIANT` makes that file from the checkpoint in the models'
folder. OpenMMLab's own exports have the same input and outputs and serve as well.
"""

from __future__ import annotations

import argparse
import sys
import warnings
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from analysis import models
from analysis.errors import AnalysisError, ModelRefusedError
from analysis.pose.onnx_session import open_session
from analysis.pose.rtmpose import load_network, person_detector
from analysis.pose.rtmpose_variants import VARIANTS, variant
from analysis.pose.topdown import TopDown
from analysis.pose.topdown_geometry import MEAN_RGB, STD_RGB

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from analysis.config import PoseConfig
    from analysis.pose.rtmpose_variants import Variant
    from analysis.pose.topdown import Crops, Single
    from analysis.protocols import Frame
    from analysis.schema import Observations

OPSET: Final = 17
OUTPUTS: Final = ("simcc_x", "simcc_y")


class RTMPoseONNX:
    """PoseEstimator: as RTMPose, with the network in ONNX Runtime.

    `models` names both files with their SHA-256.

    Raises:
        ModelMissingError: a file is not in the models' folder.
        ModelRefusedError: no such variant or detector.
    """

    def __init__(self, config: PoseConfig) -> None:
        self._config = config
        self._variant = variant(config.model)
        self.skeleton = self._variant.skeleton.name
        self._path = models.located(f"{config.model}-onnx", name=config.weights)
        self._detector = person_detector(config)
        self.models: Mapping[str, str] = {
            self._path.name: models.digest(self._path),
            **self._detector.models,
        }

    def observe(self, frames: Iterable[tuple[int, Frame]]) -> Observations:
        """Everybody in a stretch of frames; a stretch starts without memory."""
        return self._topdown.observe(frames)

    @cached_property
    def _topdown(self) -> TopDown:
        return TopDown(
            detector=self._detector,
            network=OnnxNetwork(self._path, variant=self._variant, threads=self._config.threads),
            crop_format=self._variant.crop_format,
            config=self._config,
        )


class OnnxNetwork:
    """CropNetwork in ONNX Runtime."""

    def __init__(self, path: Path, *, variant: Variant, threads: int) -> None:
        self._session = open_session(path, threads=threads)
        self._input = self._session.get_inputs()[0]
        width_px, height_px = variant.size_px
        there = [output.name for output in self._session.get_outputs()]
        if there != list(OUTPUTS) or self._input.shape[1:] != [3, height_px, width_px]:
            found = f"{there} from {self._input.shape}"
            reason = f"expected {list(OUTPUTS)} from (N, 3, {height_px}, {width_px}), got {found}"
            raise ModelRefusedError(name=path.name, reason=reason)

    def run(self, crops: Crops) -> tuple[Single, Single]:
        """SimCC of x and of y, each (N, K, bins)."""
        mean, std = (np.array(values, dtype=np.float32) for values in (MEAN_RGB, STD_RGB))
        given = (crops.astype(np.float32) - mean) / std
        planes = np.ascontiguousarray(given.transpose(0, 3, 1, 2))
        x, y = self._session.run(list(OUTPUTS), {self._input.name: planes})
        return x, y


def export(network: Any, *, variant: Variant, target: Path) -> None:
    """Write MMPose's network as ONNX: normalised RGB (N, 3, H, W) → simcc_x, simcc_y.

    Written beside the target and moved into place, so that nobody loads half a file.
    """
    import torch

    width_px, height_px = variant.size_px
    part = target.with_name(f"{target.name}.part")
    with warnings.catch_warnings():
        # Of the tracing exporter, and of MMPose's old name for autocast.
        warnings.simplefilter("ignore")
        torch.onnx.export(
            _pictures_only(network),
            (torch.zeros(1, 3, height_px, width_px),),
            str(part),
            input_names=["input"],
            output_names=list(OUTPUTS),
            dynamic_axes={name: {0: "batch"} for name in ("input", *OUTPUTS)},
            opset_version=OPSET,
            dynamo=False,  # the other exporter needs a package more and gains nothing here
        )
    part.replace(target)


def _pictures_only(network: Any) -> Any:
    """MMPose's network as a module that takes pictures and nothing else."""
    import torch

    class PicturesOnly(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.network = network.cpu()

        def forward(self, pictures: Any) -> Any:
            return self.network(pictures, None, mode="tensor")

    return PicturesOnly().eval()


def main(argv: Sequence[str] | None = None) -> int:
    """Export a checkpoint; 0 when the file is written, 1 when it cannot be (and says why)."""
    parser = argparse.ArgumentParser(prog="python -m analysis.pose.rtmpose_onnx")
    parser.add_argument("variant", choices=sorted(VARIANTS))
    parser.add_argument("--weights", default="", help="another .pth file in the models' folder")
    parser.add_argument("--out", type=Path, help="the .onnx file; default: in the models' folder")
    options = parser.parse_args(argv)
    chosen = variant(options.variant)
    try:
        checkpoint = models.located(chosen.key, name=options.weights)
        name = models.MANIFEST[f"{chosen.key}-onnx"].name if not options.weights else ""
        default = checkpoint.with_name(name) if name else checkpoint.with_suffix(".onnx")
        target = options.out or default
        export(load_network(checkpoint, variant=chosen), variant=chosen, target=target)
    except AnalysisError as error:
        print(error, file=sys.stderr)  # noqa: T201 - a command line's answer
        return 1
    print(target)  # noqa: T201 - as above
    return 0


if __name__ == "__main__":
    sys.exit(main())
