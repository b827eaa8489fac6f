from __future__ import annotations

import pytest

from sportsbr.reports.models import Question
from sportsbr.reports.questions import MOST_QUESTIONS
from tests.sportsbr.web.stored import make_report
from workers import tasks

pytestmark = pytest.mark.django_db


@pytest.fixture
def rung(monkeypatch):
    keys: list[str] = []
    monkeypatch.setattr("sportsbr.reports.questions._send", keys.append)
    return keys


@pytest.fixture
def address(club, rung):
    from sportsbr.accounts.services import create_athlete

    create_athlete(club, name="Lin Mei 林梅")
    return f"/api/v1/reports/{make_report(club).pk}/questions/"


def test_a_question_is_answered_by_the_worker_that_is_rung(
    api, address, rung, django_capture_on_commit_callbacks
):
    with django_capture_on_commit_callbacks(execute=True):
        asked = api.post(address, {"text": "Is the squat deep enough?"}, format="json")
    assert asked.status_code == 202
    assert asked.data["state"] == "waiting"
    assert rung == [asked.data["id"]]
    tasks.answer_question(rung[0])
    found = api.get(f"{address}{asked.data['id']}/").data
    assert (found["state"], found["writer"], found["is_measured"]) == ("answered", "grounded", True)
    assert found["asked_by"] == "coach@example.org"
    assert found["answer"][0]["finding_ids"] == ["f1"]
    assert found["answer"][0]["at_s"] == 1.0
    assert [row["id"] for row in api.get(address).data] == [asked.data["id"]]


def test_not_measured_names_no_finding_and_no_moment(api, address):
    asked = api.post(address, {"text": "What was the heart rate?"}, format="json")
    tasks.answer_question(asked.data["id"])
    found = api.get(f"{address}{asked.data['id']}/").data
    assert found["is_measured"] is False
    assert found["answer"][0]["at_s"] is None


@pytest.mark.parametrize("text", ["", "x" * 501, None])
def test_a_bad_question_is_refused(api, address, text):
    assert api.post(address, {"text": text}, format="json").status_code == 400
    assert not Question.objects.exists()


def test_only_so_many_are_kept(api, address):
    report_id = address.split("/")[4]
    Question.objects.bulk_create(
        Question(report_id=report_id, text="x") for _ in range(MOST_QUESTIONS)
    )
    refused = api.post(address, {"text": "One more?"}, format="json")
    assert refused.status_code == 409
    assert refused.data["type"].endswith("too_many_questions")


def test_a_stranger_finds_nothing(stranger, address):
    assert stranger.get(address).status_code == 404
    assert stranger.post(address, {"text": "x"}, format="json").status_code == 404


def test_a_question_nobody_came_for_is_rung_again(
    api, address, rung, settings, django_capture_on_commit_callbacks
):
    from sportsbr.reports.questions import ring_again

    asked = api.post(address, {"text": "Is the squat deep enough?"}, format="json")
    rung.clear()
    assert ring_again() == 0
    settings.SPORTSBR_LEASE_S = 0
    with django_capture_on_commit_callbacks(execute=True):
        assert ring_again() == 1
    assert rung == [asked.data["id"]]
