from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from rest_framework.test import APIClient

from sportsbr.accounts.models import Role
from sportsbr.accounts.services import add_member
from sportsbr.recordings.models import Run, State
from sportsbr.recordings.people import store_people
from tests.factories import AthleteFactory, UserFactory
from tests.sportsbr.recordings.test_people import seen
from tests.sportsbr.web.stored import make_report

if TYPE_CHECKING:
    from sportsbr.accounts.models import Club
    from sportsbr.reports.models import Report


@pytest.fixture
def report(club: Club) -> Report:
    made = make_report(club)
    store_people(made.recording_id, people=[seen(1), seen(2)])
    return made


def address(report: Report, rest: str = "") -> str:
    return f"/api/v1/reports/{report.pk}/people/{rest}"


def test_people_are_listed_with_their_pictures(api: APIClient, report: Report) -> None:
    listed = api.get(address(report)).json()
    assert [(row["track_id"], row["is_chosen"], row["athlete"]) for row in listed] == [
        (1, True, None),
        (2, True, None),
    ]
    picture = api.get(listed[0]["picture"])
    assert (picture["Content-Type"], picture.content) == ("image/jpeg", b"picture")


def test_somebody_is_named_and_chosen_and_a_run_follows(
    api: APIClient, report: Report, club: Club
) -> None:
    athlete = AthleteFactory(club=club)
    told = api.patch(address(report, "2/"), {"athlete": str(athlete.pk)}, format="json")
    assert (told.status_code, told.json()["athlete"]) == (200, str(athlete.pk))
    assert api.patch(address(report, "1/"), {"is_chosen": False}, format="json").status_code == 200
    assert Run.objects.count() == 1
    run = api.post(address(report, "apply/"))
    assert (run.status_code, run.json()["state"]) == (201, State.QUEUED)
    assert run.json()["options"]["track_ids"] == [2]
    assert api.post(address(report, "apply/")).status_code == 409


def test_what_cannot_be_is_a_problem(api: APIClient, report: Report) -> None:
    nobody = api.patch(address(report, "1/"), {"same_as": 7}, format="json")
    assert (nobody.status_code, nobody.json()["code"]) == (422, "unknown_person")
    foreign = api.patch(address(report, "1/"), {"athlete": str(AthleteFactory().pk)}, format="json")
    assert foreign.status_code == 400
    assert api.patch(address(report, "8/"), {}, format="json").status_code == 404


def test_people_of_another_club_do_not_exist(stranger: APIClient, report: Report) -> None:
    assert stranger.get(address(report)).status_code == 404
    assert stranger.get(address(report, "1/picture/")).status_code == 404
    assert stranger.patch(address(report, "1/"), {}, format="json").status_code == 404
    assert stranger.post(address(report, "apply/")).status_code == 404


def test_an_athlete_sees_the_report_but_not_everybody_in_it(club: Club, report: Report) -> None:
    own = report.recording.athlete = AthleteFactory(club=club)
    report.recording.save()
    user = UserFactory()
    add_member(club, user=user, role=Role.ATHLETE, athletes=(own,))
    client = APIClient()
    client.force_authenticate(user)
    assert client.get(f"/api/v1/reports/{report.pk}/").status_code == 200
    for rest in ("", "1/picture/"):
        assert client.get(address(report, rest)).status_code == 403
    assert client.patch(address(report, "1/"), {}, format="json").status_code == 403
    assert client.post(address(report, "apply/")).status_code == 403
    client.force_login(user)
    page = client.get(f"/reports/{report.pk}/")
    assert (page.status_code, b"data-track" in page.content) == (200, False)
    assert client.post(f"/reports/{report.pk}/people/").status_code == 403
