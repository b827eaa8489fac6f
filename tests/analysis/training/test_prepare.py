from __future__ import annotations

import json
import tracemalloc

import numpy as np
import pytest

from analysis.training.__main__ import main
from analysis.training.store import open_store
from tests.analysis.training.movement import amc, archive, asf, cmu_bvh


@pytest.fixture
def folder(tmp_path):
    """A folder laid out like ../shared/data, with other people in it."""
    made = tmp_path / "data"
    made.mkdir()
    files = {f"train/1/HDM_{actor}.asf": asf() for actor in ("aa", "bb")}
    for number, (actor, word) in enumerate(
        (a, w) for a in ("aa", "bb") for w in ("squat1Reps", "grabHighR")
    ):
        name = f"train/1/HDM_{actor}_{word}_00{number}_120.amc"
        files[name] = amc(120, bend_deg=20.0 * number, walk_m=0.5 * number)
    files["train/1/HDM_aa_squat1Reps_009_120.amc"] = "garbage"
    archive(made / "hdm05_others.tar.xz", files)
    (made / "README.md").write_text("words")
    return made


def run(folder, out, *more):
    return main(["prepare", str(folder), "--out", str(out), *more])


def test_a_folder_becomes_a_store_and_a_report(folder, tmp_path, capsys):
    out = tmp_path / "store"
    assert run(folder, out, "--json") == 0
    told = capsys.readouterr().out
    report = json.loads(told.splitlines()[-1])
    assert report == json.loads((out / "report.json").read_text())
    (one,) = report["sets"]
    assert one["clips"] == 4
    assert one["actions"] == {"squat": 2, "grab_high": 2}
    assert one["people"] == {"hdm05:aa": 2, "hdm05:bb": 2}
    assert one["removed"] == {"corrupt": 1}
    assert "HDM_aa_squat1Reps_009_120" in told
    assert [entry.person for entry in open_store(out).entries].count("hdm05:bb") == 2
    assert len(one["sha256"]) == len(report["code_sha256"]) == 64


def test_the_same_folder_gives_the_same_shards(folder, tmp_path):
    for name in ("a", "b"):
        assert run(folder, tmp_path / name) == 0
    a, b = (open_store(tmp_path / name).head for name in ("a", "b"))
    assert a["shards"] == b["shards"]


def test_a_set_that_cannot_be_read_is_refused_and_the_others_are_kept(folder, tmp_path, capsys):
    (folder / "tennis_shots_x.npz").write_bytes(b"nothing")
    assert run(folder, tmp_path / "store") == 1
    told = capsys.readouterr().out
    assert "REFUSED: tennis_shots_x.npz is corrupt" in told
    assert len(open_store(tmp_path / "store").entries) == 4


def test_a_set_of_nothing_but_missing_values_is_refused(tmp_path, capsys):
    meta = np.array([["open", "serve", "s1"]])
    x = np.full((30, 26), np.nan, dtype=np.float32)
    np.savez(tmp_path / "tennis_shots_x.npz", x=x, offsets=np.array([0, 30]), meta=meta)
    assert run(tmp_path, tmp_path / "store") == 1
    assert "no finite pose" in capsys.readouterr().out


def test_a_folder_that_no_reader_knows_is_refused(tmp_path, capsys):
    (tmp_path / "holiday.mp4").write_bytes(b"x")
    assert run(tmp_path, tmp_path / "store") == 2
    told = capsys.readouterr().err
    assert "holiday.mp4" in told
    assert "hdm05*.tar.xz" in told


def test_an_unknown_set_is_refused(folder, tmp_path, capsys):
    assert run(folder, tmp_path / "store", "--sets", "olympics") == 2
    assert "olympics" in capsys.readouterr().err


def test_memory_does_not_grow_with_the_set(tmp_path):
    """Four times as many files need the memory of one file, not of all."""

    def peak(count):
        folder = tmp_path / f"n{count}"
        folder.mkdir()
        files = {f"data/06/06_{n:02d}.bvh": cmu_bvh(300 + 2 * n) for n in range(count)}
        archive(folder / "cmu_bvh_x.tar.xz", files)
        del files
        tracemalloc.start()
        assert run(folder, folder / "store") == 0
        _, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        return most

    peak(1)  # what is imported once
    few, many = peak(3), peak(12)
    kept = 9 * 150 * 17 * 3 * 4  # what the open shard holds of nine more clips, bytes
    assert many < 1.15 * few + 2 * kept
