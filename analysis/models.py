"""Which pretrained files there are, where they lie, and how they are fetched and verified.

Only the standard library: the site's command reads it too. Nothing here runs by itself: an
estimator that misses a file says so (`ModelMissingError`), and a person fetches it.
"""

from __future__ import annotations

import hashlib
import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from analysis.errors import ModelMissingError

if TYPE_CHECKING:
    from collections.abc import Mapping

ROOT: Final = Path(__file__).resolve().parent.parent
ACTION_BACKENDS: Final = ("kinematic", "fused")  # likewise
POSE_BACKENDS: Final = ("blazepose", "rtmpose", "rtmpose-onnx")  # those built in, by name
FETCH: Final = "python manage.py models fetch"
INSTALL_ONNX: Final = 'pip install -c constraints.txt -e ".[rtmpose]"'
INSTALL: Final = f"{INSTALL_ONNX} && pip install --no-deps -r requirements-nodeps.txt"

_OPENMMLAB: Final = "https://download.openmmlab.com/mmpose/v1/projects/rtmposev1/"
_MEGVII: Final = "https://github.com/Megvii-BaseDetection/YOLOX/releases/download/0.1.1rc0/"
_HALPE: Final = "simcc-body7_pt-body7-halpe26_700e"
_COCO: Final = "simcc-body7_pt-body7_420e"
# OpenMMLab's publishing script names a checkpoint NAME-HASH_DATE.pth after its own SHA-256.
_PUBLISHED: Final = re.compile(r"-(?P<prefix>[0-9a-f]{8})_\d{8}\.pth$")


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelFile:
    """One file as its publisher offers it.

    `sha256` is the whole digest where it is known to us and empty where it is not; a checkpoint
    of OpenMMLab carries the first eight digits of its own in its name (`sha256_prefix`). `member`
    is the file's name inside the archive at `url`; empty when the address is the file itself.
    """

    key: str  # what people type: "rtmpose-m"
    name: str  # in the models' folder
    url: str
    licence: str
    publisher: str
    sha256: str = ""
    size_bytes: int = 0  # 0: not known
    member: str = ""

    @property
    def sha256_prefix(self) -> str:
        """As many leading digits of the SHA-256 as are known; empty when none is."""
        if self.sha256:
            return self.sha256
        found = None if self.member else _PUBLISHED.search(self.name)
        return found["prefix"] if found else ""

    @property
    def download_name(self) -> str:
        """Last part of the publisher's address: an archive's name when there is one."""
        return self.url.rsplit("/", 1)[-1]


def _checkpoint(key: str, stem: str) -> ModelFile:
    name = f"{stem}.pth"
    return ModelFile(
        key=key, name=name, url=_OPENMMLAB + name, licence="Apache-2.0", publisher="OpenMMLab"
    )


def _exported(key: str, stem: str, *, sha256: str = "", size_bytes: int = 0) -> ModelFile:
    """OpenMMLab's own ONNX export of a checkpoint; it is offered inside an archive."""
    return ModelFile(
        key=f"{key}-onnx",
        name=f"{stem}.onnx",
        url=f"{_OPENMMLAB}onnx_sdk/{stem}.zip",
        licence="Apache-2.0",
        publisher="OpenMMLab",
        sha256=sha256,
        size_bytes=size_bytes,
        member="end2end.onnx",
    )


def _detector(key: str, *, sha256: str = "", size_bytes: int = 0) -> ModelFile:
    return ModelFile(
        key=key,
        name=f"{key}.onnx",
        url=f"{_MEGVII}{key}.onnx",
        licence="Apache-2.0",
        publisher="Megvii",
        sha256=sha256,
        size_bytes=size_bytes,
    )


STEMS: Final[dict[str, str]] = {
    # variant: stem of OpenMMLab's file names
    "rtmpose-t": f"rtmpose-t_{_HALPE}-256x192-6020f8a6_20230605",
    "rtmpose-s": f"rtmpose-s_{_HALPE}-256x192-7f134165_20230605",
    "rtmpose-m": f"rtmpose-m_{_HALPE}-256x192-4d3e73dd_20230605",
    "rtmpose-l": f"rtmpose-l_{_HALPE}-256x192-2abb7558_20230605",
    "rtmpose-m-384": f"rtmpose-m_{_HALPE}-384x288-89e6428b_20230605",
    "rtmpose-l-384": f"rtmpose-l_{_HALPE}-384x288-734182ce_20230605",
    "rtmpose-x-384": f"rtmpose-x_{_HALPE}-384x288-7fb6e239_20230606",
    "rtmpose-t-coco": f"rtmpose-t_{_COCO}-256x192-026a1439_20230504",
    "rtmpose-s-coco": f"rtmpose-s_{_COCO}-256x192-acd4a1ef_20230504",
    "rtmpose-m-coco": f"rtmpose-m_{_COCO}-256x192-e48f03d0_20230504",
    "rtmpose-l-coco": f"rtmpose-l_{_COCO}-256x192-4dba18fc_20230504",
}
# Digests of whole files, as several users of them published independently of each other.
_EXPORTS: Final[dict[str, tuple[str, int]]] = {
    "rtmpose-m": ("26f3a19e61304a600dfb82d1001d41d24343b89fc70a33ffc84657e0b0bf2ecf", 55_685_444),
}
_DETECTORS: Final[dict[str, tuple[str, int]]] = {
    "yolox_nano": ("c789161ed43c8269fcd4e67c67eeeb4e80c622da2eb296a20bc6007bd18a0b7d", 3_659_407),
    "yolox_tiny": ("427cc366d34e27ff7a03e2899b5e3671425c262ea2291f88bb942bc1cc70b0f7", 20_219_662),
}


def _manifest() -> dict[str, ModelFile]:
    files = [_checkpoint(key, stem) for key, stem in STEMS.items()]
    for key, stem in STEMS.items():
        sha256, size_bytes = _EXPORTS.get(key, ("", 0))
        files.append(_exported(key, stem, sha256=sha256, size_bytes=size_bytes))
    for key in ("yolox_nano", "yolox_tiny", "yolox_s", "yolox_m"):
        sha256, size_bytes = _DETECTORS.get(key, ("", 0))
        files.append(_detector(key, sha256=sha256, size_bytes=size_bytes))
    return {file.key: file for file in files}


MANIFEST: Final = _manifest()
# What each backend needs with its default settings.
NEEDS: Final[dict[str, tuple[str, ...]]] = {
    "blazepose": (),
    "rtmpose": ("rtmpose-m", "yolox_tiny"),
    "rtmpose-onnx": ("rtmpose-m-onnx", "yolox_tiny"),
}


def folder(environ: Mapping[str, str] | None = None) -> Path:
    """Where pretrained files lie: SPORTSBR_MODELS_DIR, or `models` in the data folder."""
    get = (os.environ if environ is None else environ).get
    data_dir = Path(get("SPORTSBR_DATA_DIR", "") or ROOT / "var")
    return Path(get("SPORTSBR_MODELS_DIR", "") or data_dir / "models").resolve()


def located(key: str, *, name: str = "") -> Path:
    """The file of the manifest's entry `key`, or of another `name` in its place.

    Raises:
        ModelMissingError: it is not in the folder; says which, where and what to run.
    """
    path = folder() / (name or MANIFEST[key].name)
    if not path.is_file():
        raise ModelMissingError(name=path.name, folder=str(path.parent), command=f"{FETCH} {key}")
    return path


def digest(path: Path) -> str:
    """SHA-256 of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def agrees(model: ModelFile, found: str) -> bool | None:
    """Whether a digest is the publisher's; None when nothing is known to compare it with."""
    known = model.sha256_prefix
    return found.startswith(known) if known else None
