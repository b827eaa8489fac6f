from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest

from analysis.config import MediaConfig
from analysis.errors import ModelRefusedError
from analysis.media.frames import read_frames
from analysis.media.normalise import normalise
from analysis.media.probe import probe
from analysis.pose.detect_yolox import GREY, STRIDES, YOLOX, decode, letterbox
from tests.analysis.pose.networks import ROWS, SIDE, box_row, fixed_detector

SHARED = Path(__file__).resolve().parents[4] / "shared" / "models"


def test_a_letterboxed_picture_lies_at_the_top_left_in_bgr() -> None:
    frame = np.zeros((50, 200, 3), dtype=np.uint8)
    frame[:, 100:] = (250, 20, 10)
    planes, scale = letterbox(frame, size_px=(100, 80))
    assert planes.shape == (3, 80, 100)
    assert scale == pytest.approx(0.5)
    assert planes[:, 10, 90].tolist() == [10, 20, 250]
    assert planes[:, 10, 10].tolist() == [0, 0, 0]
    assert (planes[:, 25:] == GREY).all()


@pytest.mark.parametrize("stride", STRIDES)
def test_a_box_written_in_a_cell_is_read_back(stride: int) -> None:
    raw = np.zeros((ROWS, 85), dtype=np.float32)
    box = np.array([10.0, 5.0, 42.0, 61.0])
    row, values = box_row(box, stride=stride, score=0.81)
    raw[row, : values.size] = values
    boxes, scores = decode(raw, size_px=(SIDE, SIDE), min_score=0.5)
    assert boxes == pytest.approx(box[None], abs=1e-3)
    assert scores == pytest.approx([0.81], abs=1e-6)


def test_other_classes_and_faint_people_are_left_out() -> None:
    raw = np.zeros((ROWS, 85), dtype=np.float32)
    raw[0, 4], raw[0, 5 + 16] = 1.0, 1.0  # a dog
    raw[1, 4], raw[1, 5] = 0.6, 0.6
    boxes, _ = decode(raw, size_px=(SIDE, SIDE), min_score=0.5)
    assert boxes.shape == (0, 4)


def test_boxes_come_in_px_of_the_picture_and_once_per_person(tmp_path: Path) -> None:
    person, other = np.array([8.0, 4.0, 24.0, 60.0]), np.array([40.0, 4.0, 80.0, 60.0])
    written = [
        box_row(person, stride=8, score=0.9),
        box_row(person + 1, stride=16, score=0.7),
        box_row(other, stride=32, score=0.8),
    ]
    path = fixed_detector(tmp_path / "yolox_made.onnx", rows=written)
    detector = YOLOX(path, min_score=0.5, threads=1)
    boxes, scores = detector.detect(np.zeros((128, 128, 3), dtype=np.uint8))
    assert boxes == pytest.approx(np.array([[16, 8, 48, 120], [80, 8, 128, 120]]), abs=1e-3)
    assert scores == pytest.approx([0.9, 0.8], abs=1e-6)
    assert set(detector.models) == {"yolox_made.onnx"}


def test_what_is_no_network_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "yolox.onnx"
    path.write_bytes(b"not a network")
    with pytest.raises(ModelRefusedError, match=r"yolox\.onnx"):
        YOLOX(path, min_score=0.5).detect(np.zeros((8, 8, 3), dtype=np.uint8))
    with pytest.raises(ModelRefusedError, match="expected an output"):
        decode(np.zeros((7, 85), dtype=np.float32), size_px=(SIDE, SIDE), min_score=0.5)


@pytest.mark.footage
def test_the_published_network_finds_who_is_there(footage_dir: Path, tmp_path: Path) -> None:
    path = Path(os.environ.get("SPORTSBR_MODELS_DIR", "") or SHARED) / "yolox_nano.onnx"
    if not path.is_file():
        pytest.skip("no yolox_nano.onnx (SPORTSBR_MODELS_DIR)")
    detector = YOLOX(path, min_score=0.5, threads=1)
    clip = footage_dir / "squat_golden_5fps.mp4"
    config = MediaConfig(max_height_px=360)
    copy = tmp_path / "clip.mp4"
    info = probe(clip, config=config)
    normalise(clip, info=info, target=copy, config=config, progress=lambda _: None)
    (_, frame), *_ = read_frames(copy, start=20, stop=21)
    boxes, scores = detector.detect(frame)
    assert boxes.shape == (1, 4)
    assert scores[0] > 0.8
    middle, height = (boxes[0, :2] + boxes[0, 2:]) / 2, boxes[0, 3] - boxes[0, 1]
    assert middle == pytest.approx([0.47 * 360, 0.47 * 640], abs=30)
    assert 0.55 * 640 < height < 0.8 * 640
