from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from django.core.management import CommandError, call_command
from django.utils import translation

from analysis.models import MANIFEST

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "models"
    monkeypatch.setenv("SPORTSBR_MODELS_DIR", str(folder))
    monkeypatch.setenv("COLUMNS", "300")
    return folder


def test_the_list_tells_what_is_there(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder.mkdir()
    (folder / "yolox_s.onnx").write_bytes(b"x")
    call_command("models", "list")
    told = capsys.readouterr().out
    rows = {line.split()[1]: line for line in told.splitlines() if "Apache-2.0" in line}
    assert set(rows) == set(MANIFEST)
    assert " yes " in rows["yolox_s"]
    assert " yes " not in rows["rtmpose-m"]
    assert "not known" in rows["yolox_s"]


def test_a_folder_serves_as_source(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    mirror = tmp_path / "mirror"
    mirror.mkdir()
    (mirror / "yolox_s.onnx").write_bytes(b"weights")
    call_command("models", "fetch", "yolox_s", f"--from={mirror}")
    assert (folder / "yolox_s.onnx").read_bytes() == b"weights"
    assert "no SHA-256 known" in capsys.readouterr().out


def test_what_differs_is_found(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    call_command("models", "verify")
    assert str(folder) in capsys.readouterr().out
    folder.mkdir()
    (folder / "yolox_tiny.onnx").write_bytes(b"other")
    (folder / "yolox_s.onnx").write_bytes(b"other")
    with pytest.raises(CommandError, match=r"yolox_tiny\.onnx$"):
        call_command("models", "verify")
    assert "nothing known" in capsys.readouterr().out


def test_an_unknown_name_lists_the_known(folder: Path) -> None:
    with pytest.raises(CommandError, match="rtmpose-m"):
        call_command("models", "fetch", "crystal-ball")


@pytest.mark.parametrize(("lang", "words"), [("en", "could not be fetched"), ("zh-hans", "无法从")])
def test_what_cannot_be_had_is_said_in_the_readers_language(
    folder: Path, tmp_path: Path, lang: str, words: str
) -> None:
    with translation.override(lang), pytest.raises(CommandError, match=words):
        call_command("models", "fetch", "--backend=rtmpose-onnx", f"--from={tmp_path / 'none'}")
