from __future__ import annotations

import numpy as np

from analysis.pose.blazepose import DETECTOR, LANDMARKER
from bench import golden, throughput


def test_what_is_not_there_is_said_and_nothing_is_fetched(tmp_path, monkeypatch, capsys) -> None:
    monkeypatch.setattr(throughput.importlib.util, "find_spec", lambda name: None)
    told = throughput.sports2d_fps(tmp_path / "clip.mp4", frames=1, folder=tmp_path)
    assert told == "not measured: Sports2D is not installed"
    monkeypatch.setattr(throughput.importlib.util, "find_spec", lambda name: object())
    monkeypatch.setattr(throughput, "RTMLIB_CACHE", tmp_path)
    (tmp_path / "yolox_tiny_8xb8-300e_humanart-6f3252f9.onnx").touch()
    told = throughput.sports2d_fps(tmp_path / "clip.mp4", frames=1, folder=tmp_path)
    assert told.startswith("not measured: its weights are not to be had here (rtmpose-s")
    assert golden.figures(tmp_path, config=throughput.AnalysisConfig()) == {}
    assert "not measured" in capsys.readouterr().out


def test_the_bare_loop_runs_as_often_as_it_is_told(tmp_path, monkeypatch) -> None:
    picture = np.zeros((60, 80, 3), dtype=np.uint8)
    monkeypatch.setattr(
        throughput, "read_frames", lambda *_, start, stop: ((i, picture) for i in range(stop))
    )
    bare = throughput.Bare(1)
    runs: list[str] = []
    monkeypatch.setattr(
        throughput.Bare, "_run", lambda self, name, frame, size_px: runs.append(name)
    )
    bare.loop(tmp_path, 7, landmarks=15, searches=3)
    assert runs.count(LANDMARKER) == 15
    assert runs.count(DETECTOR) == 3


def test_a_round_begins_with_another_contestant_and_ratios_are_of_one_round() -> None:
    calls: list[str] = []
    fps, per_cpu_s = throughput._alternate(
        {name: lambda name=name: calls.append(name) for name in ("a", "b")},
        frames=10,
        rounds=2,
    )
    assert calls == ["a", "b", "b", "a"]
    assert len(fps["a"]) == len(per_cpu_s["b"]) == 2
    assert throughput._ratio([10.0, 5.0, 9.0], [10.0, 10.0, 10.0]) == 0.9
