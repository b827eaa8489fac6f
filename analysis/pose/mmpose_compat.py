"""MMPose 1.3 on a current PyTorch, without the packages that RTMPose does not use.

MMPose imports, at its top, compiled operations of the full mmcv (deformable convolution), two
names of MMDetection, a fork of pycocotools and torchvision. RTMPose runs none of them. Stand-ins
take their places while MMPose is imported and are taken away afterwards, so that no other library
finds them; whatever is really installed is used. Imported by the `rtmpose` backend alone.
"""

from __future__ import annotations

import sys
import warnings
from contextlib import contextmanager
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any, Final

from analysis.errors import BackendNotInstalledError
from analysis.models import INSTALL

if TYPE_CHECKING:
    from collections.abc import Iterator

_COMPILED: Final = ("DeformConv2d", "ModulatedDeformConv2d", "MultiScaleDeformableAttention")


class NotCompiledError(NotImplementedError):
    """An operation of the full mmcv was used, which no RTMPose does."""


def build_network(config: Path) -> Any:
    """MMPose's network of a config of its own, with random weights, ready for inference.

    Raises:
        BackendNotInstalledError: torch or MMPose is missing.
    """
    try:
        models, registry, configs = _imported()
    except ImportError as error:
        raise BackendNotInstalledError(
            backend="rtmpose", reason=str(error), command=INSTALL
        ) from error
    described = configs.Config.fromfile(str(config)).model
    # Written for MMDetection's registry; MMPose has the same backbone. Its own first weights are
    # an address: a checkpoint brings them anyway.
    described.backbone.pop("_scope_", None)
    described.backbone.pop("init_cfg", None)
    described.backbone.norm_cfg = {"type": "BN"}  # SyncBN is the same in inference, on a GPU only
    with registry.DefaultScope.overwrite_default_scope("mmpose"):
        network = models.build_pose_estimator(described)
    return network.eval()


def configs_folder() -> Path:
    """Where the installed wheel keeps MMPose's configs.

    Raises:
        BackendNotInstalledError: MMPose is not installed.
    """
    spec = find_spec("mmpose")
    if spec is None or not spec.submodule_search_locations:
        raise BackendNotInstalledError(
            backend="rtmpose", reason="No module named 'mmpose'", command=INSTALL
        )
    return Path(next(iter(spec.submodule_search_locations))) / ".mim" / "configs"


def _imported() -> tuple[Any, Any, Any]:
    with _stand_ins(), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # old idioms of theirs, nothing that a user can change
        return (
            import_module("mmpose.models"),
            import_module("mmengine.registry"),
            import_module("mmengine.config"),
        )


@contextmanager
def _stand_ins() -> Iterator[None]:
    placed = [name for name, module in _needed() if sys.modules.setdefault(name, module) is module]
    try:
        yield
    finally:
        for name in placed:
            sys.modules.pop(name, None)


def _needed() -> Iterator[tuple[str, ModuleType]]:
    if not _has("mmcv._ext"):  # mmcv-lite has the package ops, but nothing compiled
        yield "mmcv.ops", _module("mmcv.ops", **dict.fromkeys(_COMPILED, _NotCompiled))
    if not _has("mmdet"):
        inner = _module("mmdet.utils", ConfigType=Any, reduce_mean=_not_compiled)
        yield "mmdet", _module("mmdet", utils=inner)
        yield "mmdet.utils", inner
    if not _has("xtcocotools"):
        for part in ("", ".coco", ".cocoeval", ".mask"):
            yield f"xtcocotools{part}", import_module(f"pycocotools{part}")
    if not _has("torchvision"):
        name = "mmpose.visualization.simcc_vis"
        yield name, _module(name, SimCCVisualizer=_NotCompiled)


def _has(name: str) -> bool:
    if name in sys.modules:
        return True
    try:
        return find_spec(name) is not None
    except ModuleNotFoundError:  # its parent is missing
        return False


def _module(name: str, **members: Any) -> ModuleType:
    module = ModuleType(name)
    vars(module).update(members)
    return module


class _NotCompiled:
    """Stands for a class of a package that is not installed."""

    def __init__(self, *_: Any, **__: Any) -> None:
        raise NotCompiledError("this operation needs the full mmcv or torchvision")


def _not_compiled(*_: Any, **__: Any) -> Any:
    raise NotCompiledError("this operation needs mmdet")
