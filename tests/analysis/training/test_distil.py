from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

torch = pytest.importorskip("torch")

from analysis.actions import checkpoint  # noqa: E402 - torch may be absent
from analysis.training.__main__ import main  # noqa: E402
from analysis.training.fit import fit  # noqa: E402
from analysis.training.labels import labels_of  # noqa: E402
from analysis.training.parts import parts_of  # noqa: E402
from analysis.training.samples import Loader, Samples  # noqa: E402
from analysis.training.settings import DistilSettings, read_settings  # noqa: E402
from analysis.training.store import open_store  # noqa: E402
from analysis.training.teacher import divergence, teacher, unlikeness  # noqa: E402
from tests.analysis.training.test_fit import write_settings  # noqa: E402

if TYPE_CHECKING:
    from pathlib import Path


def test_the_divergence_is_nothing_from_oneself_and_counts_what_it_is_told_to() -> None:
    taught = torch.tensor([[2.0, 0.0, -1.0], [0.0, 5.0, 0.0]])
    both = torch.ones(2, dtype=torch.bool)
    assert float(divergence(taught, taught, counted=both, temperature=3.0)) == pytest.approx(0.0)
    student = torch.tensor([[2.0, 0.0, -1.0], [0.0, 0.0, 0.0]])
    second = torch.tensor([False, True])
    p = taught[1].softmax(-1)
    expected = float((p * (p.log() - torch.tensor(1 / 3).log())).sum())
    found = divergence(student, taught, counted=second, temperature=1.0)
    assert float(found) == pytest.approx(expected, rel=1e-5)
    first = divergence(student, taught, counted=~second, temperature=1.0)
    assert float(first) == pytest.approx(0.0, abs=1e-6)


def test_likeness_does_not_mind_how_long_the_vectors_are_or_how_they_are_turned() -> None:
    taught = torch.nn.functional.normalize(torch.rand(4, 6), dim=-1)
    turn, _ = torch.linalg.qr(torch.rand(6, 6))
    longer = torch.nn.functional.pad(taught @ turn, (0, 3))
    assert float(unlikeness(longer, taught)) == pytest.approx(0.0, abs=1e-6)
    assert float(unlikeness(taught.flip(0), taught)) > 1e-4


def test_a_student_without_a_language_model_learns_the_teachers_answers(tmp_path: Path) -> None:
    path = write_settings(tmp_path, epochs=2)
    whole = read_settings(path)
    fit(whole, out=tmp_path / "teacher")
    best = tmp_path / "teacher" / "best.safetensors"
    small = path.read_text().replace("width = 16", 'fusion = "pose"\ndropout = 0.0\nwidth = 16')
    small = small.replace("epochs = 2", "epochs = 4\njudge_every = 4")
    hard = "frames = 0.0\nclip = 0.0\ngrade = 0.0\nreconstruct = 0.0\nsmooth = 0.0\n[distil]\n"
    (tmp_path / "student.toml").write_text(small + hard)  # no label is learned from: only answers
    words = ["distil", str(tmp_path / "student.toml"), "--teacher", str(best)]
    assert main([*words, "--out", str(tmp_path / "student")]) == 0
    made = checkpoint.load(tmp_path / "student" / "best.safetensors")
    assert made.model.language is None
    settings = read_settings(tmp_path / "student.toml")
    assert apart(made, settings=settings, of=best) < 0.5 * apart(None, settings=settings, of=best)


def apart(made: checkpoint.Checkpoint | None, *, settings, of: Path) -> float:  # type: ignore[no-untyped-def]
    """How far a student (None: one that has learned nothing) is from the teacher's answers."""
    from analysis.actions.model import build

    store = open_store(settings_store(settings))
    parts = parts_of(store, settings=settings.data, seed=settings.seed)
    labels = labels_of(parts.everybody)
    asked = DistilSettings(teacher=str(of), frames=0.0, likeness=0.0)
    taught = teacher(asked, labels=labels, device=torch.device("cpu"))
    assert taught is not None
    torch.manual_seed(5)
    model = build(settings.model).eval() if made is None else made.model
    samples = Samples(store, entries=parts.train, labels=labels, settings=settings, learning=True)
    loader = Loader(samples, batch_size=8, language=None)
    found = []
    for _, sampled in loader.epoch(0):
        with torch.no_grad():
            out = model(sampled.batch, label_vectors=taught.vectors)
            found.append(float(taught.pull(out, sampled, parts={})))
    return sum(found) / len(found)


def settings_store(settings) -> Path:  # type: ignore[no-untyped-def]
    from pathlib import Path

    return Path(settings.data.store)


def test_a_teacher_that_is_no_checkpoint_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = write_settings(tmp_path)
    (tmp_path / "teacher.pt").write_bytes(b"")
    words = ["distil", str(path), "--teacher", str(tmp_path / "teacher.pt")]
    assert main([*words, "--out", str(tmp_path / "run")]) == 2
    assert "never opened" in capsys.readouterr().err
    strange = path.read_text() + "[distil]\nheat = 2.0\n"
    path.write_text(strange)
    assert main(["fit", str(path), "--out", str(tmp_path / "run")]) == 2
    assert "temperature" in capsys.readouterr().err


def test_the_settings_are_kept_with_the_weights(tmp_path: Path) -> None:
    settings = read_settings(write_settings(tmp_path, epochs=1))
    fit(settings, out=tmp_path / "teacher")
    best = tmp_path / "teacher" / "best.safetensors"
    taught = replace(settings, distil=DistilSettings(teacher=str(best), temperature=4.0))
    fit(taught, out=tmp_path / "student")
    told = checkpoint.describe(tmp_path / "student" / "best.safetensors")
    assert told["made_by"]["settings"]["distil"]["temperature"] == 4.0
    assert json.loads((tmp_path / "student" / "report.json").read_text())["test"]
