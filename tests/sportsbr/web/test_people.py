from __future__ import annotations

import pytest
from django.urls import reverse

from sportsbr.recordings.models import Run
from sportsbr.recordings.people import people_of, store_people
from tests.sportsbr.recordings.test_people import seen
from tests.sportsbr.web.stored import make_coach, make_report

pytestmark = pytest.mark.django_db


@pytest.fixture
def report(client, monkeypatch):
    monkeypatch.setattr("sportsbr.recordings.ledger._send", lambda name, step_id: None)
    user, club = make_coach()
    client.force_login(user)
    made = make_report(club)
    store_people(made.recording_id, people=[seen(1), seen(2)])
    return made


def filled_in(**changes: str) -> dict[str, str]:
    form = {"athlete-1": "", "same-1": "", "chosen-1": "on"}
    return {**form, "athlete-2": "", "same-2": "", "chosen-2": "on", **changes}


def test_the_page_shows_everybody_in_the_readers_language(client, report):
    page = reverse("web:report", args=[report.pk])
    english = client.get(page, HTTP_ACCEPT_LANGUAGE="en").content.decode()
    chinese = client.get(page, HTTP_ACCEPT_LANGUAGE="zh-CN").content.decode()
    assert english.count('data-track="') == 2
    assert "Only this person" in english
    assert "Lin Mei 林梅" in english
    assert "只要此人" in chinese
    assert "Only this person" not in chinese


def test_a_name_given_on_the_page_is_kept_and_shown(client, report):
    athlete = report.recording.club.athletes.get()
    answer = client.post(
        reverse("web:people", args=[report.pk]), filled_in(**{"athlete-2": str(athlete.pk)})
    )
    assert answer["Location"] == reverse("web:recording", args=[report.recording_id])
    assert people_of(report.recording).get(track_id=2).athlete == athlete
    assert Run.objects.count() == 2


def test_only_this_person_leaves_the_others_out(client, report):
    client.post(reverse("web:people", args=[report.pk]), filled_in(only="2"))
    assert Run.objects.first().options["track_ids"] == [2]


def test_two_that_are_one(client, report):
    client.post(reverse("web:people", args=[report.pk]), filled_in(**{"same-2": "1"}))
    assert Run.objects.first().options["merges"] == [[1, 2]]


def test_nobody_chosen_or_nonsense_is_told(client, report):
    page = reverse("web:people", args=[report.pk])
    nobody = {key: value for key, value in filled_in().items() if "chosen" not in key}
    for form in (nobody, filled_in(**{"same-1": "77"})):
        answer = client.post(page, form, follow=True)
        assert 'class="message error"' in answer.content.decode()
    assert Run.objects.count() == 1


def test_people_of_another_club_are_not_found(client, report):
    stranger, _ = make_coach("other@example.com", club="Other")
    client.force_login(stranger)
    assert client.post(reverse("web:people", args=[report.pk]), filled_in()).status_code == 404
