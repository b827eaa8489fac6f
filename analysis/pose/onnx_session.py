"""A network in ONNX Runtime, on the GPU where there is one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from analysis.errors import BackendNotInstalledError, ModelRefusedError
from analysis.models import INSTALL_ONNX

if TYPE_CHECKING:
    from pathlib import Path


def open_session(path: Path, *, threads: int) -> Any:
    """An InferenceSession of an .onnx file; `threads` 0 leaves their number to the runtime.

    Raises:
        BackendNotInstalledError: onnxruntime is missing.
        ModelRefusedError: the file is not a network that the runtime can load.
    """
    try:
        import onnxruntime
        from onnxruntime.capi import onnxruntime_pybind11_state as native
    except ImportError as error:
        raise BackendNotInstalledError(
            backend="onnxruntime", reason=str(error), command=INSTALL_ONNX
        ) from error
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.log_severity_level = 3  # errors only
    wanted = ("CUDAExecutionProvider", "CPUExecutionProvider")
    there = onnxruntime.get_available_providers()
    providers = [name for name in wanted if name in there]
    refused = (native.InvalidProtobuf, native.InvalidGraph, native.NoModel, native.Fail)
    try:
        return onnxruntime.InferenceSession(str(path), options, providers=providers)
    except refused as error:
        raise ModelRefusedError(name=path.name, reason=str(error)) from error
