from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from analysis import backends, models
from analysis.config import PoseConfig
from analysis.errors import ModelMissingError
from analysis.pose.rtmpose_variants import VARIANTS


def test_the_manifest_has_every_variant_and_all_that_backends_need() -> None:
    assert set(VARIANTS) == set(models.STEMS)
    for key in VARIANTS:
        assert {key, f"{key}-onnx"} <= set(models.MANIFEST)
    assert set(models.ACTION_BACKENDS) == set(backends.BUILT_IN["actions"])
    assert set(models.NEEDS) == set(models.POSE_BACKENDS) == set(backends.BUILT_IN["pose"])
    for needed in models.NEEDS.values():
        assert set(needed) <= set(models.MANIFEST)
    config = PoseConfig()
    assert models.NEEDS["rtmpose"] == (config.model, config.detector)
    assert models.NEEDS["rtmpose-onnx"] == (f"{config.model}-onnx", config.detector)


@pytest.mark.parametrize("model", models.MANIFEST.values(), ids=models.MANIFEST)
def test_an_entry_tells_what_is_known_and_no_more(model: models.ModelFile) -> None:
    assert model.url.startswith("https://")
    assert model.licence
    assert len(model.sha256) in {0, 64}
    # A checkpoint's name ends in its own hash; an archive's or an export's says nothing of itself.
    assert bool(model.sha256_prefix) == (bool(model.sha256) or model.name.endswith(".pth"))
    assert (model.name == model.download_name) == (not model.member)


def test_names_are_unique() -> None:
    names = [model.name for model in models.MANIFEST.values()]
    assert len(set(names)) == len(names)


def test_a_digest_is_compared_with_as_much_as_is_known() -> None:
    checkpoint = models.MANIFEST["rtmpose-m"]
    assert checkpoint.sha256_prefix == "4d3e73dd"
    assert models.agrees(checkpoint, "4d3e73dd" + "0" * 56) is True
    assert models.agrees(checkpoint, "0" * 64) is False
    assert models.agrees(models.MANIFEST["yolox_s"], "0" * 64) is None


def test_the_folder_is_named_or_lies_with_the_data(tmp_path: Path) -> None:
    data = {"SPORTSBR_DATA_DIR": str(tmp_path)}
    assert models.folder(data) == tmp_path / "models"
    assert models.folder({**data, "SPORTSBR_MODELS_DIR": "/m"}) == Path("/m")
    assert models.folder({}) == models.ROOT / "var" / "models"


def test_a_file_is_found_by_key_or_by_another_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SPORTSBR_MODELS_DIR", str(tmp_path))
    own = tmp_path / "ours.pth"
    own.write_bytes(b"weights")
    assert models.located("rtmpose-m", name="ours.pth") == own
    assert models.digest(own) == hashlib.sha256(b"weights").hexdigest()
    with pytest.raises(ModelMissingError, match="models fetch rtmpose-m"):
        models.located("rtmpose-m")
