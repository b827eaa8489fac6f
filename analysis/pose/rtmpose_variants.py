"""The published RTMPose networks: which config of MMPose's each is, and what it takes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from analysis.errors import ModelRefusedError
from analysis.models import STEMS
from analysis.pose.topdown import CropFormat
from analysis.skeletons import COCO17, HALPE26

if TYPE_CHECKING:
    from analysis.skeletons import Skeleton

BINS_PER_PX: Final = 2.0  # simcc_split_ratio, the same in all of them
_SMALL, _LARGE = (192, 256), (288, 384)


@dataclass(frozen=True, slots=True)
class Variant:
    """One network."""

    key: str
    config: str  # in MMPose's configs, without .py
    skeleton: Skeleton
    size_px: tuple[int, int]  # width, height of a crop

    @property
    def crop_format(self) -> CropFormat:
        """What it takes and how its answer is read."""
        return CropFormat(skeleton=self.skeleton, size_px=self.size_px, bins_per_px=BINS_PER_PX)


def _halpe(key: str, settings: str, size_px: tuple[int, int]) -> Variant:
    letter = key.split("-")[1]
    name = f"rtmpose-{letter}_{settings}_body8-halpe26-{size_px[1]}x{size_px[0]}"
    return Variant(key, f"body_2d_keypoint/rtmpose/body8/{name}", HALPE26, size_px)


def _coco(key: str) -> Variant:
    letter = key.split("-")[1]
    name = f"rtmpose-{letter}_8xb256-420e_body8-256x192"
    return Variant(key, f"body_2d_keypoint/rtmpose/body8/{name}", COCO17, _SMALL)


VARIANTS: Final = {
    variant.key: variant
    for variant in (
        _halpe("rtmpose-t", "8xb1024-700e", _SMALL),
        _halpe("rtmpose-s", "8xb1024-700e", _SMALL),
        _halpe("rtmpose-m", "8xb512-700e", _SMALL),
        _halpe("rtmpose-l", "8xb512-700e", _SMALL),
        _halpe("rtmpose-m-384", "8xb512-700e", _LARGE),
        _halpe("rtmpose-l-384", "8xb512-700e", _LARGE),
        _halpe("rtmpose-x-384", "8xb256-700e", _LARGE),
        *(_coco(key) for key in STEMS if key.endswith("-coco")),
    )
}


def variant(key: str) -> Variant:
    """A variant by the name that people type.

    Raises:
        ModelRefusedError: there is none of that name; lists those there are.
    """
    if key not in VARIANTS:
        known = ", ".join(VARIANTS)
        raise ModelRefusedError(name=key, reason=f"expected one of {known}")
    return VARIANTS[key]
