from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from sportsbr.recordings import ledger
from sportsbr.reports import alike
from sportsbr.reports.services import store_places, store_report
from tests.factories import RecordingFactory, RunFactory
from tests.sportsbr.reports.stored_vectors import told, with_segments

if TYPE_CHECKING:
    from rest_framework.test import APIClient

    from sportsbr.accounts.models import Club
    from sportsbr.reports.models import Report


@pytest.fixture
def report(club: Club) -> Report:
    run = RunFactory(recording=RecordingFactory(club=club, title="Serves"))
    vectors = told({"s1": (1.0, 0.0), "s2": (0.8, 0.6)})
    return store_report(run, document=with_segments(2), vectors=vectors)


def test_the_map_of_a_club(
    api: APIClient, club: Club, report: Report, monkeypatch, django_capture_on_commit_callbacks
) -> None:
    rung = []
    monkeypatch.setattr(ledger, "_send", lambda name, key: rung.append((name, key)))
    with django_capture_on_commit_callbacks(execute=True):
        waiting = api.get("/api/v1/map/").json()
    assert waiting == {"club": str(club.pk), "is_waiting": True, "points": []}
    assert rung == [("workers.tasks.draw_map", str(club.pk))]  # a lost message is sent again
    store_places({row.pk: (0.25, -1.0) for row in alike.map_rows(club.pk)})
    drawn = api.get(f"/api/v1/map/?club={club.pk}").json()
    assert drawn["is_waiting"] is False
    first = next(p for p in drawn["points"] if p["segment_id"] == "s1")
    assert (first["report"], first["title"], first["x"], first["y"]) == (
        str(report.pk), "Serves", 0.25, -1.0,
    )  # fmt: skip


def test_what_a_segment_is_like(api: APIClient, report: Report) -> None:
    found = api.get(f"/api/v1/reports/{report.pk}/segments/s2/similar/").json()
    assert [(row["segment_id"], row["similarity"]) for row in found] == [("s1", 0.8)]
    assert api.get(f"/api/v1/reports/{report.pk}/segments/s7/similar/").status_code == 404


def test_another_club_sees_nothing(stranger: APIClient, club: Club, report: Report) -> None:
    store_places({row.pk: (0.0, 0.0) for row in alike.map_rows(club.pk)})
    assert stranger.get(f"/api/v1/map/?club={club.pk}").status_code == 404
    assert stranger.get("/api/v1/map/").json()["points"] == []
    assert stranger.get(f"/api/v1/reports/{report.pk}/segments/s1/similar/").status_code == 404


def test_a_map_needs_a_caller(client, club: Club) -> None:
    assert client.get("/api/v1/map/").status_code in {401, 403}
