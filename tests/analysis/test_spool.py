from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from analysis.schema import PoseTrack, SignalSet
from analysis.spool import Spool

if TYPE_CHECKING:
    from pathlib import Path


def made(track_id: int, *, first: int, frames: int) -> tuple[PoseTrack, SignalSet]:
    time_s = (first + np.arange(frames)) / 10
    xy = np.arange(frames * 34, dtype=float).reshape(frames, 17, 2) + first
    xy[0, 0] = np.nan
    track = PoseTrack(track_id, "coco17", time_s, xy[:, :2, 0].repeat(2, 1), xy, None, xy[:, :, 1])
    values = xy[:, :2, 0]
    return track, SignalSet(track_id, ("a", "b"), ("deg", "bh"), time_s, values, values / 2)


def test_parts_read_back_as_one_person_each(tmp_path: Path) -> None:
    whole, signals = made(4, first=0, frames=10)
    with Spool(beside=tmp_path) as spool:
        spool.add(whole, signals, start=0, stop=6)
        spool.add(whole, signals, start=6, stop=10)
        spool.add(*made(9, first=30, frames=3), start=1, stop=3)
        tracks, sets = list(spool.tracks(depth=True)), list(spool.signal_sets())
        assert list(tmp_path.iterdir())
    assert list(tmp_path.iterdir()) == []
    assert [t.track_id for t in tracks] == [s.track_id for s in sets] == [4, 9]
    np.testing.assert_array_equal(tracks[0].xy_px, whole.xy_px)
    np.testing.assert_array_equal(sets[0].sd, signals.sd)
    np.testing.assert_allclose(tracks[1].time_s, [3.1, 3.2])
    assert tracks[0].xyz_m is None


def test_rows_that_go_back_in_time_are_refused(tmp_path: Path) -> None:
    whole, signals = made(1, first=0, frames=4)
    with Spool(beside=tmp_path) as spool:
        spool.add(whole, signals, start=0, stop=4)
        with pytest.raises(ValueError, match="later"):
            spool.add(whole, signals, start=3, stop=4)
