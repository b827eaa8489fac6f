from __future__ import annotations

import json
import subprocess
from typing import TYPE_CHECKING

import pytest

from analysis.__main__ import EXIT_BAD_FOOTAGE, main
from analysis.report_format import from_document
from analysis.synthetic.__main__ import main as render

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("clip") / "squats.mp4"
    arguments = ["--motion", "squat", "--reps", "3", "--height", "360", "--fps", "25"]
    render([str(path), *arguments])
    return path


@pytest.mark.service
def test_a_rendered_clip_becomes_a_report(
    clip: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([str(clip), "--out", str(tmp_path), "--sport", "strength", "--lang", "en"]) == 0
    names = {"report.json", "poses.npz", "signals.csv", "overlay.mp4", "video.mp4"}
    assert names <= {path.name for path in tmp_path.iterdir()}
    report = from_document(json.loads((tmp_path / "report.json").read_text(encoding="utf-8")))
    assert [s.technique for s in report.segments] == ["strength.squat"] * 3
    assert len(report.people) == 1
    assert {f.lang for f in report.feedback} == {"en"}
    assert "3 squats" in capsys.readouterr().out


@pytest.mark.parametrize(("lang", "words"), [("en", "not a video"), ("zh-hans", "无法识别")])
def test_what_is_no_video_is_told_plainly(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], lang: str, words: str
) -> None:
    path = tmp_path / "holiday.mp4"
    path.write_text("Dear diary, today we trained." * 50)
    assert main([str(path), "--out", str(tmp_path / "out"), "--lang", lang]) == EXIT_BAD_FOOTAGE
    assert words in capsys.readouterr().err


def test_a_backend_without_its_files_says_what_to_fetch(
    clip: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("SPORTSBR_MODELS_DIR", str(tmp_path / "models"))
    for lang, words in (("en", "is missing in"), ("zh-hans", "缺少模型文件")):
        arguments = ["--out", str(tmp_path / "out"), "--backend", "rtmpose-onnx", "--lang", lang]
        assert main([str(clip), *arguments]) == EXIT_BAD_FOOTAGE
        told = capsys.readouterr().err
        assert words in told
        assert "manage.py models fetch rtmpose-m-onnx" in told


def test_a_missing_file_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(tmp_path / "none.mp4"), "--out", str(tmp_path)]) == 2
    assert "none.mp4: no such file" in capsys.readouterr().err


@pytest.mark.service
def test_a_still_is_reported_on(
    clip: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    still = tmp_path / "still.mp4"
    command = ["ffmpeg", "-v", "error", "-i", str(clip), "-frames:v", "1", str(still)]
    subprocess.run(command, check=True)
    out = tmp_path / "out"
    assert main([str(still), "--out", str(out), "--sport", "strength"]) == 0
    report = from_document(json.loads((out / "report.json").read_text(encoding="utf-8")))
    assert report.footage.time_s.tolist() == [0.0]
    assert "single_picture" in {n.code for n in report.notices}
    rows = (out / "signals.csv").read_text(encoding="utf-8").splitlines()
    cells = dict(zip(rows[0].split(","), rows[1].split(","), strict=True))
    # Standing, before the first squat: the near knee is nearly straight.
    knees = [cells[f"{side}_knee_flexion [deg]"] for side in ("left", "right")]
    assert min(abs(float(knee)) for knee in knees if knee) < 30
    assert "single picture" in capsys.readouterr().out


@pytest.mark.service
def test_warnings_come_before_the_costly_stages(
    clip: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Slow motion as phones write it, and a camera that shows too little of the squat."""
    options = ["--out", str(tmp_path), "--sport", "strength", "--capture-fps", "100"]
    assert main([str(clip), *options]) == 0
    report = from_document(json.loads((tmp_path / "report.json").read_text(encoding="utf-8")))
    assert report.footage.time_scale == pytest.approx(0.25, abs=0.01)
    assert "slow_motion" in {n.code for n in report.notices}


@pytest.mark.parametrize("rate", ["0", "-5", "fast", "1e9"])
def test_no_camera_has_such_a_rate(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], rate: str
) -> None:
    with pytest.raises(SystemExit):
        main(["a.mp4", "--out", str(tmp_path), f"--capture-fps={rate}"])
    assert "frames per second" in capsys.readouterr().err
