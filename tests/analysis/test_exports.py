from __future__ import annotations

import base64
import csv
import json
from typing import TYPE_CHECKING

import numpy as np

from analysis import exports
from analysis.schema import Footage, PoseTrack, SignalSet

if TYPE_CHECKING:
    from pathlib import Path

TIMES = np.array([0.0, 0.04, 0.1, 0.13])


def track() -> PoseTrack:
    xy = np.full((4, 17, 2), np.nan)
    xy[1:3] = 100.25
    xy[2, 5] = np.nan
    score = np.where(np.isfinite(xy[:, :, 0]), 0.87, np.nan)
    return PoseTrack(7, "coco17", TIMES, np.zeros((4, 4)), xy, None, score)


def test_the_player_file_decodes_to_the_track(tmp_path: Path) -> None:
    path = tmp_path / "poses.json"
    exports.write_player_json(path, footage=Footage("a" * 64, 640, 480, TIMES), tracks=[track()])
    document = json.loads(path.read_text())
    told = document["tracks"][0]
    assert document["time_s"] == TIMES.tolist()
    assert (told["first_frame"], told["frames"], told["track_id"]) == (1, 2, 7)
    xy = np.frombuffer(base64.b64decode(told["xy"]), "<i2").reshape(2, 17, 2)
    assert xy[0, 0].tolist() == [401, 401]
    assert xy[1, 5].tolist() == [exports.UNSEEN_XY] * 2
    score = np.frombuffer(base64.b64decode(told["score"]), "u1").reshape(2, 17)
    assert (score[0, 0], score[1, 5]) == (87, exports.UNSEEN_SCORE)


def test_a_track_that_was_never_seen_is_empty(tmp_path: Path) -> None:
    nobody = PoseTrack(
        1,
        "coco17",
        TIMES,
        np.zeros((4, 4)),
        np.full((4, 17, 2), np.nan),
        None,
        np.full((4, 17), np.nan),
    )
    exports.write_player_json(
        tmp_path / "p.json", footage=Footage("a" * 64, 640, 480, TIMES), tracks=[nobody]
    )
    assert json.loads((tmp_path / "p.json").read_text())["tracks"][0]["frames"] == 0


def test_poses_are_read_back_without_pickles(tmp_path: Path) -> None:
    exports.write_poses_npz(tmp_path / "poses.npz", tracks=[track()])
    with np.load(tmp_path / "poses.npz", allow_pickle=False) as arrays:
        assert str(arrays["track7_skeleton"]) == "coco17"
        np.testing.assert_array_equal(arrays["track7_xy_px"], track().xy_px)
        assert "track7_xyz_m" not in arrays


def test_the_table_names_units_and_leaves_missing_empty(tmp_path: Path) -> None:
    values = np.array([[1.5, np.nan]] * 4)
    signals = SignalSet(7, ("knee", "speed"), ("deg", "bh/s"), TIMES, values, values / 10)
    exports.write_signals_csv(tmp_path / "s.csv", signal_sets=[signals])
    with (tmp_path / "s.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert rows[1] == {
        "track_id": "7",
        "time_s": "0.040000",
        "knee [deg]": "1.5000",
        "knee sd [deg]": "0.1500",
        "speed [bh/s]": "",
        "speed sd [bh/s]": "",
    }
    exports.write_charts_json(tmp_path / "c.json", signal_sets=[signals])
    charts = json.loads((tmp_path / "c.json").read_text())["tracks"][0]["signals"]
    assert [c["name"] for c in charts] == ["knee"]  # what was never measured is not charted
