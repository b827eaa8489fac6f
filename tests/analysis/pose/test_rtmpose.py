from __future__ import annotations

import hashlib
import os
import pickle
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from analysis import backends
from analysis.config import PoseConfig
from analysis.errors import (
    LANGUAGES,
    BackendNotInstalledError,
    ModelMissingError,
    ModelRefusedError,
    explain,
)
from analysis.models import MANIFEST
from analysis.pose import topdown_geometry as geometry
from analysis.pose.rtmpose import RTMPose, TorchNetwork, load_network, read_checkpoint
from analysis.pose.rtmpose_onnx import OnnxNetwork, RTMPoseONNX, export, main
from analysis.pose.rtmpose_variants import VARIANTS, variant
from analysis.skeletons import SKELETONS
from tests.analysis.pose.networks import TINY, box_row, fixed_detector, saved, untrained

if TYPE_CHECKING:
    from pathlib import Path

    from analysis.protocols import PoseEstimator

CONFIG = PoseConfig(
    model="rtmpose-t", detector="yolox_nano", threads=1, follow_frames=3, detect_every_frames=6
)


@pytest.fixture(scope="module")
def network() -> Any:
    import torch

    torch.set_num_threads(1)
    return untrained()


@pytest.fixture(scope="module")
def folder(network: Any, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A models' folder: RTMPose-t untrained, its export, and a detector that sees one person."""
    folder = tmp_path_factory.mktemp("models")
    saved(network, folder / MANIFEST["rtmpose-t"].name)
    export(network, variant=TINY, target=folder / MANIFEST["rtmpose-t-onnx"].name)
    row = box_row(np.array([16.0, 8.0, 44.0, 60.0]), stride=16, score=0.9)
    fixed_detector(folder / MANIFEST["yolox_nano"].name, rows=[row])
    return folder


@pytest.fixture(autouse=True)
def models_dir(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SPORTSBR_MODELS_DIR", str(folder))


def crops(count: int) -> Any:
    """Pictures with something in them: shaded discs on a shaded ground."""
    y, x = np.mgrid[:256, :192]
    made = []
    for i in range(count):
        ground = np.stack([x, y, x + y], axis=2) * (0.3 + 0.1 * i)
        disc = (x - 40 - 20 * i) ** 2 + (y - 60 - 25 * i) ** 2 < (20 + 6 * i) ** 2
        made.append(np.where(disc[:, :, None], 255 - ground, ground))
    return np.clip(np.stack(made), 0, 255).astype(np.uint8)


def frames(count: int = 7) -> list[tuple[int, Any]]:
    picture = np.pad(crops(1)[0], ((0, 0), (32, 32), (0, 0)))
    return [(5 + i, np.roll(picture, 2 * i, axis=1)) for i in range(count)]


def test_a_published_checkpoint_loads_with_its_numpy_metadata(network: Any, folder: Path) -> None:
    loaded = load_network(folder / MANIFEST["rtmpose-t"].name, variant=TINY)
    x, y = TorchNetwork(loaded).run(crops(2))
    assert (x.shape, y.shape) == ((2, 26, 384), (2, 26, 512))
    expected = TorchNetwork(network).run(crops(2))
    assert np.array_equal(x, expected[0])
    assert np.array_equal(y, expected[1])


def test_both_runtimes_agree_on_the_same_weights(network: Any, folder: Path) -> None:
    pictures = crops(4)
    x, y = TorchNetwork(network).run(pictures)
    path = folder / MANIFEST["rtmpose-t-onnx"].name
    other_x, other_y = OnnxNetwork(path, variant=TINY, threads=1).run(pictures)
    assert np.abs(other_x - x).max() < 1e-3
    assert np.abs(other_y - y).max() < 1e-3
    xy, score = geometry.decode_simcc(x, y, bins_per_px=2.0)
    other_xy, other_score = geometry.decode_simcc(other_x, other_y, bins_per_px=2.0)
    # Where two bins are as good as equal, either may win: those points say nothing.
    clear = np.minimum(*(np.diff(np.sort(a, axis=2)[:, :, -2:], axis=2)[:, :, 0] for a in (x, y)))
    decided = clear > 1e-3
    assert decided.mean() > 0.9
    np.testing.assert_allclose(other_xy[decided], xy[decided], atol=1e-3)
    np.testing.assert_allclose(other_score, score, atol=1e-3)


def test_a_crop_is_answered_alike_alone_and_among_others(network: Any, folder: Path) -> None:
    pictures = crops(5)
    onnx = OnnxNetwork(folder / MANIFEST["rtmpose-t-onnx"].name, variant=TINY, threads=1)
    for runtime in (TorchNetwork(network), onnx):
        together = runtime.run(pictures)
        alone = [runtime.run(pictures[i : i + 1]) for i in range(5)]
        for axis in (0, 1):
            apart = np.concatenate([answer[axis] for answer in alone])
            np.testing.assert_allclose(apart, together[axis], atol=1e-3)
        assert not np.allclose(together[0][0], together[0][4], atol=0.1)  # pictures do matter


def test_crops_and_reading_are_mmposes_own(network: Any) -> None:
    del network  # MMPose is imported by now
    from mmpose.codecs.utils import get_simcc_maximum
    from mmpose.models.utils.tta import flip_vectors
    from mmpose.structures.bbox import bbox_xyxy2cs, get_warp_matrix

    box = np.array([31.0, 12.0, 118.0, 290.0])
    centre, scale = bbox_xyxy2cs(box, padding=geometry.PADDING)
    wide = max(scale[0], scale[1] * 192 / 256)
    theirs = get_warp_matrix(centre, np.array([wide, wide * 256 / 192]), 0.0, (192, 256))
    np.testing.assert_allclose(geometry.crop_matrix(box, size_px=(192, 256)), theirs, atol=1e-4)

    import torch

    dice = np.random.default_rng(3)
    x = dice.normal(size=(2, 26, 384)).astype(np.float32)
    y = dice.normal(size=(2, 26, 512)).astype(np.float32)
    places, values = get_simcc_maximum(x.copy(), y.copy())
    xy, score = geometry.decode_simcc(x, y, bins_per_px=2.0)
    np.testing.assert_allclose(xy, places / 2)
    np.testing.assert_allclose(score, np.clip(values, 0, 1))
    order = list(range(26))
    for left, right in TINY.skeleton.pairs:
        order[left], order[right] = right, left
    flipped = flip_vectors(torch.from_numpy(x), torch.from_numpy(y), order)
    ours = geometry.mirrored_back(x, y, pairs=TINY.skeleton.pairs)
    np.testing.assert_array_equal(ours[0], flipped[0].numpy())
    np.testing.assert_array_equal(ours[1], flipped[1].numpy())


def test_the_skeletons_are_in_the_order_of_mmposes(network: Any) -> None:
    del network
    from mmengine.config import Config

    from analysis.pose.mmpose_compat import configs_folder

    renamed = {"head": "crown", "neck": "neck_base", "hip": "pelvis"}
    renamed |= {f"{side}_big_toe": f"{side}_foot_index" for side in ("left", "right")}
    for name, known in (("halpe26", "halpe26"), ("coco", "coco17")):
        path = configs_folder() / "_base_" / "datasets" / f"{name}.py"
        points = Config.fromfile(str(path)).dataset_info["keypoint_info"]
        theirs = [points[i]["name"] for i in range(len(points))]
        expected = [renamed.get(point, point) for point in theirs]
        assert expected == list(SKELETONS[known].keypoints)


@pytest.mark.parametrize("key", VARIANTS)
def test_every_variant_is_a_config_of_mmposes_wheel(key: str) -> None:
    from mmengine.config import Config

    from analysis.pose.mmpose_compat import configs_folder

    chosen = variant(key)
    described = Config.fromfile(str(configs_folder() / f"{chosen.config}.py"))
    assert described.codec.input_size == chosen.size_px
    assert described.codec.simcc_split_ratio == chosen.crop_format.bins_per_px
    assert described.model.head.out_channels == len(chosen.skeleton.keypoints)


@pytest.mark.parametrize("name", ["rtmpose", "rtmpose-onnx"])
def test_a_backend_sees_whom_its_detector_found(name: str, folder: Path) -> None:
    estimator: PoseEstimator = backends.load("pose", name=name, config=CONFIG)
    observed = estimator.observe(frames())
    assert observed.skeleton == estimator.skeleton == "halpe26"
    assert observed.frame.size
    assert set(observed.frame.tolist()) <= {5 + i for i in range(7)}
    assert observed.xy_px.shape[1:] == (26, 2)
    assert np.isnan(observed.xyz_m).all()
    for file, sha256 in estimator.models.items():
        assert hashlib.sha256((folder / file).read_bytes()).hexdigest() == sha256
    assert len(estimator.models) == 2


def test_both_backends_see_the_same(folder: Path) -> None:
    del folder
    one, other = (kind(CONFIG).observe(frames(3)) for kind in (RTMPose, RTMPoseONNX))
    assert np.array_equal(one.frame, other.frame)
    apart = np.abs(one.xy_px - other.xy_px)
    # An untrained network has near ties, and each may fall either way.
    assert np.mean(np.nan_to_num(apart) < 1e-3) > 0.95


def test_a_missing_file_says_which_where_and_what_to_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SPORTSBR_MODELS_DIR", str(tmp_path))
    for name, key in (("rtmpose", "rtmpose-t"), ("rtmpose-onnx", "rtmpose-t-onnx")):
        with pytest.raises(ModelMissingError) as caught:
            backends.load("pose", name=name, config=CONFIG)
        for lang in LANGUAGES:
            told = explain(caught.value.code, lang=lang, params=caught.value.params)
            assert MANIFEST[key].name in told
            assert str(tmp_path) in told
            assert f"manage.py models fetch {key}" in told


@pytest.mark.parametrize(
    ("config", "words"),
    [
        (PoseConfig(model="rtmpose-xxl"), "rtmpose-m-384"),
        (PoseConfig(model="rtmpose-t", detector="rtmpose-t"), "yolox_nano"),
    ],
)
def test_an_unknown_name_lists_the_known(config: PoseConfig, words: str) -> None:
    with pytest.raises(ModelRefusedError, match=words):
        RTMPose(config)


@pytest.mark.parametrize("missing", ["torch", "mmpose.models", "onnxruntime"])
def test_a_package_that_is_missing_is_told_with_its_command(
    folder: Path, monkeypatch: pytest.MonkeyPatch, missing: str
) -> None:
    monkeypatch.setitem(sys.modules, missing, None)  # as if it were not installed
    name = "rtmpose-onnx" if missing == "onnxruntime" else "rtmpose"
    estimator = backends.load("pose", name=name, config=CONFIG)
    assert set(estimator.models) <= {file.name for file in folder.iterdir()}
    with pytest.raises(BackendNotInstalledError, match=r"pip install .*\[rtmpose\]"):
        estimator.observe(frames(1))


class Trap:
    """Runs code when it is unpickled carelessly."""

    def __init__(self, mark: Path) -> None:
        self.mark = mark

    def __reduce__(self) -> Any:
        return os.mkdir, (str(self.mark),)


def test_a_checkpoint_that_would_run_code_is_refused(tmp_path: Path) -> None:
    import torch

    mark, path = tmp_path / "mark", tmp_path / "trap.pth"
    torch.save({"state_dict": {"a": torch.zeros(1)}, "meta": Trap(mark)}, path)
    with pytest.raises(ModelRefusedError, match="could run code") as caught:
        read_checkpoint(path)
    assert "可能会执行代码" in explain("model_refused", lang="zh-hans", params=caught.value.params)
    path.write_bytes(pickle.dumps({"state_dict": Trap(mark)}))
    with pytest.raises(ModelRefusedError, match=r"trap\.pth"):
        read_checkpoint(path)
    assert not mark.exists()


def test_what_is_no_checkpoint_is_refused(tmp_path: Path, network: Any) -> None:
    import torch

    path = tmp_path / "other.pth"
    for stored in ({"weights": 1}, {"state_dict": {}}, [1, 2]):
        torch.save(stored, path)
        with pytest.raises(ModelRefusedError, match="state_dict"):
            read_checkpoint(path)
    for content in (b"", b"<html>not found</html>"):
        path.write_bytes(content)
        with pytest.raises(ModelRefusedError):
            read_checkpoint(path)
    weights = dict(network.state_dict())
    weights["head.cls_x.weight"] = weights["head.cls_x.weight"][:7]
    del weights["head.cls_y.weight"]
    torch.save({"state_dict": weights}, path)
    with pytest.raises(ModelRefusedError, match=r"2 differ: no head\.cls_y\.weight") as caught:
        load_network(path, variant=TINY)
    told = explain("model_refused", lang="zh-hans", params=caught.value.params)
    assert "应为 rtmpose-t 的权重，2 处不同" in told


def test_a_network_of_another_form_is_refused(folder: Path) -> None:
    with pytest.raises(ModelRefusedError, match="simcc_x"):
        OnnxNetwork(folder / MANIFEST["yolox_nano"].name, variant=TINY, threads=1)
    path = folder / MANIFEST["rtmpose-t-onnx"].name
    with pytest.raises(ModelRefusedError, match=r"384, 288"):
        OnnxNetwork(path, variant=variant("rtmpose-m-384"), threads=1)


def test_the_command_exports_or_says_what_is_missing(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    target = tmp_path / "made.onnx"
    assert main(["rtmpose-t", "--out", str(target)]) == 0
    assert capsys.readouterr().out.strip() == str(target)
    stored = (folder / MANIFEST["rtmpose-t-onnx"].name).stat().st_size
    assert target.stat().st_size == pytest.approx(stored, rel=0.01)
    assert main(["rtmpose-s", "--out", str(target)]) == 1
    assert "models fetch rtmpose-s" in capsys.readouterr().err


def test_importing_the_backends_loads_nothing_heavy() -> None:
    code = (
        "import sys\n"
        "from analysis.pose import mmpose_compat, rtmpose, rtmpose_onnx\n"
        "heavy = {'torch', 'mmpose', 'mmengine', 'mmcv', 'onnxruntime', 'onnx', 'cv2'}\n"
        "print(sorted(heavy & set(sys.modules)))"
    )
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert told.stdout.strip() == "[]"


def test_no_stand_in_is_left_behind(network: Any) -> None:
    del network
    left = {"mmdet", "mmdet.utils", "mmcv.ops", "torchvision", "xtcocotools"} & set(sys.modules)
    assert not left
