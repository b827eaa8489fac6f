from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("onnxruntime")

from analysis.actions.checkpoint import CheckpointError  # noqa: E402 - torch may be absent
from analysis.training.__main__ import main  # noqa: E402
from analysis.training.compare import judged_on, sizes  # noqa: E402
from tests.analysis.training.test_evaluate import save_checkpoint, small_store  # noqa: E402

if TYPE_CHECKING:
    from pathlib import Path


def test_only_people_whom_none_learned_from_are_judged_on(tmp_path: Path) -> None:
    entries = [e for e in small_store(tmp_path / "store").entries if e.source == "uiprmd"]

    def people(train: list[str], validation: list[str]) -> dict[str, dict[str, list[str]]]:
        return {"people": {"train": train, "validation": validation}}

    ann, ben = "uiprmd:ann", "uiprmd:ben"
    found, whom = judged_on([people([ann], [])], entries=entries)
    assert ({e.person for e in found}, whom) == ({ben}, "test people")
    found, whom = judged_on([people([ann], []), people([ann], [ben])], entries=entries)
    assert ({e.person for e in found}, whom) == ({ben}, "validation people")
    with pytest.raises(CheckpointError, match="somebody"):
        judged_on([people([ann], []), people([ben], [])], entries=entries)


def test_a_checkpoint_and_its_export_stand_side_by_side(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    small_store(tmp_path / "store")
    whole, small = save_checkpoint(tmp_path, people=("uiprmd:ann",)), tmp_path / "small.onnx"
    assert main(["export", str(whole), "--out", str(small)]) == 0
    words = ["compare", str(whole), str(small), "--store", str(tmp_path / "store")]
    assert main([*words, "--rounds", "1"]) == 0
    table = json.loads(capsys.readouterr().out.splitlines()[-1])
    first, second = table["rows"]
    assert table["judged_on"] == "test people"
    assert first["accuracy"] == pytest.approx(second["accuracy"])
    assert set(first["of_first"].values()) <= {1.0, None}  # memory may not be told
    for row in table["rows"]:
        assert row["window_ms"] > 0
        assert row["peak_mb"] > 50  # python and torch alone are more
        assert row["seconds_per_second"] > 0
    assert first["whole_mb"] > first["file_mb"] == pytest.approx(whole.stat().st_size / 1e6)
    assert sizes(small)["whole_mb"] == sizes(small)["file_mb"]
    assert second["of_first"]["file_mb"] == pytest.approx(second["file_mb"] / first["file_mb"])


def test_what_is_neither_is_refused_before_anything_is_measured(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "model.pt").write_bytes(b"")
    assert main(["compare", str(tmp_path / "model.pt")]) == 2
    assert "never opened" in capsys.readouterr().err
