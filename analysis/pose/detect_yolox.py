"""People found by YOLOX, as its authors publish it for ONNX Runtime."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from analysis.errors import ModelRefusedError
from analysis.models import digest
from analysis.pose.onnx_session import open_session
from analysis.pose.topdown_geometry import surest

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from numpy.typing import NDArray

    from analysis.protocols import Frame
    from analysis.schema import Float

    Single = NDArray[np.float32]

STRIDES: Final = (8, 16, 32)
PERSON: Final = 0  # the first of COCO's 80 classes
GREY: Final = 114  # what the networks were trained to see outside the picture
MAX_OVERLAP: Final = 0.45  # of two boxes of two people


class YOLOX:
    """PersonDetector: the whole picture at once, at the size that the file's input says."""

    def __init__(self, path: Path, *, min_score: float, threads: int = 0) -> None:
        self._path = path
        self._min_score = min_score
        self._threads = threads
        self.models: Mapping[str, str] = {path.name: digest(path)}

    def detect(self, frame: Frame) -> tuple[Float, Float]:
        """Boxes (N, 4) in px inside the picture and scores (N,) 0..1, surest first."""
        session, width_px, height_px = self._network
        picture, scale = letterbox(frame, size_px=(width_px, height_px))
        (raw,) = session.run(None, {session.get_inputs()[0].name: picture[None]})
        boxes, scores = decode(raw[0], size_px=(width_px, height_px), min_score=self._min_score)
        boxes = boxes / scale
        height, width = frame.shape[:2]
        boxes = np.clip(boxes, 0.0, np.array([width, height, width, height], dtype=np.float64))
        whole = (boxes[:, 2:] - boxes[:, :2] > 1.0).all(axis=1)
        boxes, scores = boxes[whole], scores[whole]
        kept = surest(boxes, scores, max_overlap=MAX_OVERLAP)
        return boxes[kept], scores[kept]

    @cached_property
    def _network(self) -> tuple[Any, int, int]:
        """The session and its input's width and height; loaded when first used."""
        session = open_session(self._path, threads=self._threads)
        shape = session.get_inputs()[0].shape
        if len(shape) != 4 or not all(isinstance(side, int) for side in shape[1:]):
            raise ModelRefusedError(
                name=self._path.name, reason=f"expected an input (1, 3, H, W), got {shape}"
            )
        return session, int(shape[3]), int(shape[2])


def letterbox(frame: Frame, *, size_px: tuple[int, int]) -> tuple[Single, float]:
    """The network's input (3, H, W), BGR 0..255, and the scale from picture to it.

    The picture keeps its shape, lies at the top left and is filled up with grey.
    """
    import cv2

    width_px, height_px = size_px
    height, width = frame.shape[:2]
    scale = min(width_px / width, height_px / height)
    inner = (max(1, int(width * scale)), max(1, int(height * scale)))
    canvas = np.full((height_px, width_px, 3), GREY, dtype=np.uint8)
    canvas[: inner[1], : inner[0]] = cv2.resize(frame, inner, interpolation=cv2.INTER_LINEAR)
    planes = canvas[:, :, ::-1].transpose(2, 0, 1)
    return np.ascontiguousarray(planes, dtype=np.float32), scale


def decode(raw: Single, *, size_px: tuple[int, int], min_score: float) -> tuple[Float, Float]:
    """Boxes (N, 4) in px of the input and scores (N,) of the people in the network's (A, 85).

    Each row belongs to a cell of one of three grids: centre = (offset + cell) · stride, size =
    exp(·) · stride; the score is that of there being a thing times that of its being a person.
    """
    cells, strides = _grid(size_px)
    if raw.ndim != 2 or raw.shape[0] != strides.size or raw.shape[1] < 6:
        raise ModelRefusedError(
            name="yolox", reason=f"expected an output ({strides.size}, 85), got {raw.shape}"
        )
    values = raw.astype(np.float64)
    scores = values[:, 4] * values[:, 5 + PERSON]
    likely = scores >= min_score
    values, strides = values[likely], strides[likely, None]
    centres = (values[:, :2] + cells[likely]) * strides
    halves = np.exp(values[:, 2:4]) * strides / 2
    return np.concatenate((centres - halves, centres + halves), axis=1), scores[likely]


def _grid(size_px: tuple[int, int]) -> tuple[Float, Float]:
    cells, strides = [], []
    for stride in STRIDES:
        columns, rows = size_px[0] // stride, size_px[1] // stride
        x, y = np.meshgrid(np.arange(columns), np.arange(rows))
        cells.append(np.stack((x.ravel(), y.ravel()), axis=1))
        strides.append(np.full(columns * rows, stride))
    return np.concatenate(cells).astype(np.float64), np.concatenate(strides).astype(np.float64)
