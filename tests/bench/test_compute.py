from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

pytest.importorskip("torch")

from analysis.training import evaluate
from bench import compute

if TYPE_CHECKING:
    from pathlib import Path


def test_without_shipped_weights_it_says_so_and_the_figures_are_null(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(evaluate, "WEIGHTS", tmp_path)
    assert compute.main(["--json"]) == 0
    said, line = capsys.readouterr().out.splitlines()
    assert said.startswith("nothing to measure")
    assert set(json.loads(line)) == set(compute.KEYS)
    assert not any(json.loads(line).values())
