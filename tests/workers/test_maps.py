from __future__ import annotations

import numpy as np
import pytest

from sportsbr.recordings import ledger
from sportsbr.reports import alike
from sportsbr.reports.services import store_report
from tests.factories import RecordingFactory, RunFactory
from tests.sportsbr.reports.stored_vectors import told, with_segments
from workers import tasks

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _no_doorbell(monkeypatch):
    monkeypatch.setattr(ledger, "_send", lambda name, key: None)


def store(club=None, *, count: int = 6):
    recording = RecordingFactory(**({"club": club} if club else {}))
    rng = np.random.default_rng(count)
    vectors = {f"s{i}": rng.normal(size=8).tolist() for i in range(1, count + 1)}
    run = RunFactory(recording=recording)
    store_report(run, document=with_segments(count), vectors=told(vectors))
    return recording.club


def test_a_map_is_drawn_once_and_again_when_segments_come():
    club, other = store(), store()
    assert tasks.draw_map(str(club.pk)) == 6
    assert not alike.waits_for_map(club.pk)
    assert alike.waits_for_map(other.pk)  # nobody else's was touched
    assert tasks.draw_map(str(club.pk)) == 0
    store(club, count=3)
    assert tasks.draw_map(str(club.pk)) == 9
    rows = alike.map_rows(club.pk)
    assert all(-1 <= row.x <= 1 and -1 <= row.y <= 1 for row in rows)


def test_a_club_without_segments_has_nothing_to_draw():
    assert tasks.draw_map(str(RecordingFactory().club_id)) == 0
