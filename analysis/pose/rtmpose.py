"""RTMPose in PyTorch, built by MMPose from its own configs and loaded from its checkpoints."""

from __future__ import annotations

import pickle
import warnings
import zipfile
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from analysis.errors import BackendNotInstalledError, ModelRefusedError
from analysis.models import INSTALL, MANIFEST, digest, located
from analysis.pose.detect_yolox import YOLOX
from analysis.pose.rtmpose_variants import variant
from analysis.pose.topdown import TopDown
from analysis.pose.topdown_geometry import MEAN_RGB, STD_RGB

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from analysis.config import PoseConfig
    from analysis.pose.rtmpose_variants import Variant
    from analysis.pose.topdown import Crops, Single
    from analysis.protocols import Frame
    from analysis.schema import Observations


MISFITS_TOLD: Final = 3


class RTMPose:
    """PoseEstimator: YOLOX finds people, MMPose's network sees each; half precision on a GPU.

    `models` names the checkpoint and the detector with their SHA-256.

    Raises:
        ModelMissingError: a file is not in the models' folder.
        ModelRefusedError: no such variant or detector.
    """

    def __init__(self, config: PoseConfig) -> None:
        self._config = config
        self._variant = variant(config.model)
        self.skeleton = self._variant.skeleton.name
        self._path = located(config.model, name=config.weights)
        self._detector = person_detector(config)
        self.models: Mapping[str, str] = {
            self._path.name: digest(self._path),
            **self._detector.models,
        }

    def observe(self, frames: Iterable[tuple[int, Frame]]) -> Observations:
        """Everybody in a stretch of frames; a stretch starts without memory."""
        return self._topdown.observe(frames)

    @cached_property
    def _topdown(self) -> TopDown:
        """Loaded when first used: who only asks for `models` need not wait."""
        return TopDown(
            detector=self._detector,
            network=TorchNetwork(
                load_network(self._path, variant=self._variant), threads=self._config.threads
            ),
            crop_format=self._variant.crop_format,
            config=self._config,
        )


def person_detector(config: PoseConfig) -> YOLOX:
    """The detector that the configuration names.

    Raises:
        ModelMissingError: its file is not in the models' folder.
        ModelRefusedError: the manifest has none of that name.
    """
    detectors = [key for key in MANIFEST if key.startswith("yolox")]
    if config.detector not in detectors:
        reason = f"expected one of {', '.join(detectors)}"
        raise ModelRefusedError(name=config.detector, reason=reason)
    return YOLOX(
        located(config.detector), min_score=config.min_detection_score, threads=config.threads
    )


class TorchNetwork:
    """CropNetwork on the GPU in half precision where there is one, else on the CPU."""

    def __init__(self, network: Any, *, threads: int = 0) -> None:
        import torch

        if threads:
            torch.set_num_threads(threads)
        self._device = "cuda" if torch.cuda.is_available() else "cpu"
        self._network = network.to(self._device).eval()
        self._mean = torch.tensor(MEAN_RGB, device=self._device).view(1, 3, 1, 1)
        self._std = torch.tensor(STD_RGB, device=self._device).view(1, 3, 1, 1)

    def run(self, crops: Crops) -> tuple[Single, Single]:
        """SimCC of x and of y, each (N, K, bins)."""
        import torch

        half = self._device == "cuda"
        with (
            torch.inference_mode(),
            torch.autocast(self._device, dtype=torch.float16, enabled=half),
            warnings.catch_warnings(),
        ):
            warnings.simplefilter("ignore", FutureWarning)  # MMPose's old name for autocast
            given = torch.from_numpy(crops).to(self._device).permute(0, 3, 1, 2).float()
            x, y = self._network((given - self._mean) / self._std, None, mode="tensor")
            return _single(x), _single(y)


def load_network(path: Path, *, variant: Variant) -> Any:
    """The network of a variant with a checkpoint's weights.

    Raises:
        BackendNotInstalledError: torch or MMPose is missing.
        ModelRefusedError: not a checkpoint, one that would run code, or of another network.
    """
    network = random_network(variant)
    weights = read_checkpoint(path)
    expected = network.state_dict()
    misfits = [
        *(f"no {name}" for name in expected if name not in weights),
        *(f"unknown {name}" for name in weights if name not in expected),
        *(
            f"{name} is {tuple(weights[name].shape)}"
            for name in expected
            if name in weights and weights[name].shape != expected[name].shape
        ),
    ]
    if misfits:
        told = ", ".join(misfits[:MISFITS_TOLD])
        reason = f"expected the weights of {variant.key}; {len(misfits)} differ: {told}"
        raise ModelRefusedError(name=path.name, reason=reason)
    network.load_state_dict(weights)
    return network


def random_network(variant: Variant) -> Any:
    """The network of a variant with random weights: for tests, benchmarks and training."""
    from analysis.pose import mmpose_compat

    return mmpose_compat.build_network(mmpose_compat.configs_folder() / f"{variant.config}.py")


def read_checkpoint(path: Path) -> dict[str, Any]:
    """The weights in a checkpoint of MMEngine's format, name → tensor.

    Nothing but tensors, plain values and numpy arrays (which the metadata holds) is unpickled.

    Raises:
        BackendNotInstalledError: torch is missing.
        ModelRefusedError: the file needs more than that, or holds no weights.
    """
    try:
        import torch
    except ImportError as error:
        raise BackendNotInstalledError(
            backend="rtmpose", reason=str(error), command=INSTALL
        ) from error
    broken = (RuntimeError, EOFError, ValueError, KeyError, zipfile.BadZipFile)
    try:
        with torch.serialization.safe_globals(_numpy_names()):
            stored = torch.load(path, map_location="cpu", weights_only=True)
    except pickle.UnpicklingError as error:
        reason = "it holds more than tensors and plain values, and could run code"
        raise ModelRefusedError(name=path.name, reason=reason) from error
    except broken as error:
        raise ModelRefusedError(name=path.name, reason=f"not a checkpoint: {error}") from error
    weights = stored.get("state_dict") if isinstance(stored, dict) else None
    if not weights or not all(isinstance(w, torch.Tensor) for w in weights.values()):
        reason = "expected a mapping with the weights under 'state_dict'"
        raise ModelRefusedError(name=path.name, reason=reason)
    return dict(weights)


def _numpy_names() -> list[Any]:
    """What numpy arrays and scalars are pickled as, under the names of numpy 1 and 2."""
    from numpy._core import multiarray

    rebuild, scalar = multiarray._reconstruct, multiarray.scalar  # noqa: SLF001 - the names that pickles hold
    kinds = [type(np.dtype(name)) for name in ("f2", "f4", "f8", "i1", "i2", "i4", "i8", "u1", "?")]
    return [
        np.ndarray,
        np.dtype,
        *kinds,
        rebuild,
        scalar,
        (rebuild, "numpy.core.multiarray._reconstruct"),
        (scalar, "numpy.core.multiarray.scalar"),
    ]


def _single(values: Any) -> Single:
    return np.asarray(values.float().cpu().numpy(), dtype=np.float32)
