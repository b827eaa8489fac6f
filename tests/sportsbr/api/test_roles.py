"""What each member of a club may do over the API: not found, not allowed, or done."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from rest_framework.test import APIClient

from sportsbr.accounts.models import Role, User
from sportsbr.accounts.services import add_member, create_athlete
from sportsbr.recordings.models import Recording, State
from tests.sportsbr.web.stored import make_recording, report_document

if TYPE_CHECKING:
    from sportsbr.accounts.models import Athlete, Club

pytestmark = pytest.mark.django_db
LISTS = ("recordings", "runs", "athletes", "segments", "findings", "feedback")


@pytest.fixture
def ann(club: Club) -> Athlete:
    return create_athlete(club, name="Ann")


@pytest.fixture
def bo(club: Club) -> Athlete:
    return create_athlete(club, name="Bo")


def filmed(club: Club, athlete: Athlete | None, *, by: User | None = None) -> Recording:
    from sportsbr.reports.services import store_report

    recording = make_recording(club, state=State.DONE)
    recording.athlete, recording.uploaded_by = athlete, by
    recording.save()
    store_report(recording.runs.get(), document=report_document())
    return recording


def signed_in(club: Club, role: Role, *, follows: tuple[Athlete, ...] = ()) -> APIClient:
    user = User.objects.create_user(f"{role}-too@example.org", "correct horse battery")
    add_member(club, user=user, role=role, athletes=follows)
    client = APIClient()
    client.force_authenticate(user)
    return client


@pytest.mark.parametrize("role", [Role.ATHLETE, Role.PARENT])
def test_families_see_their_own_and_nothing_else_is_there(
    club: Club, ann: Athlete, bo: Athlete, role: Role
) -> None:
    own, other, nobodys = filmed(club, ann), filmed(club, bo), filmed(club, None)
    client = signed_in(club, role, follows=(ann,))
    staff = signed_in(club, Role.ANALYST)
    for name in LISTS:
        seen, everything = (
            len(who.get(f"/api/v1/{name}/").json()["results"]) for who in (client, staff)
        )
        assert seen > 0, name
        assert everything == seen * (2 if name == "athletes" else 3), name
    assert [r["id"] for r in client.get("/api/v1/recordings/").json()["results"]] == [str(own.pk)]
    for hidden in (other, nobodys):
        run, report = hidden.runs.get(), hidden.reports.get()
        for path in (
            f"recordings/{hidden.pk}/",
            f"recordings/{hidden.pk}/video/",
            f"runs/{run.pk}/",
            f"runs/{run.pk}/report/",
            f"reports/{report.pk}/",
            f"reports/{report.pk}/files/player/",
        ):
            assert client.get(f"/api/v1/{path}").status_code == 404, path
        assert client.delete(f"/api/v1/recordings/{hidden.pk}/").status_code == 404
    assert client.get(f"/api/v1/reports/{own.reports.get().pk}/").status_code == 200


@pytest.mark.parametrize("role", [Role.ATHLETE, Role.PARENT])
def test_families_change_nothing(club: Club, ann: Athlete, role: Role) -> None:
    own = filmed(club, ann)
    client = signed_in(club, role, follows=(ann,))
    run = own.runs.get()
    refused: list[Any] = [
        client.delete(f"/api/v1/recordings/{own.pk}/"),
        client.patch(f"/api/v1/recordings/{own.pk}/", {"title": "mine"}),
        client.post(f"/api/v1/runs/{run.pk}/retry/"),
        client.post(f"/api/v1/runs/{run.pk}/cancel/"),
        client.patch(f"/api/v1/athletes/{ann.pk}/", {"name": "Anna"}),
        client.delete(f"/api/v1/athletes/{ann.pk}/"),
        client.post("/api/v1/uploads/", headers={"Tus-Resumable": "1.0.0", "Upload-Length": "5"}),
    ]
    assert {(a.status_code, a.json()["code"]) for a in refused} == {(403, "permission_denied")}
    asked = {"recording": str(own.pk)}
    assert client.post("/api/v1/runs/", asked, format="json").status_code == 400
    assert client.post("/api/v1/athletes/", {"club": str(club.pk), "name": "X"}).status_code == 400
    own.refresh_from_db()
    assert own.title == "Squats, Tuesday"


def test_an_analyst_works_but_deletes_only_what_they_uploaded(club: Club, ann: Athlete) -> None:
    client = signed_in(club, Role.ANALYST)
    theirs = filmed(club, ann)
    own = filmed(club, ann, by=User.objects.get(email="analyst-too@example.org"))
    path = f"/api/v1/recordings/{theirs.pk}/"
    assert client.patch(path, {"title": "Serve"}).json()["title"] == "Serve"
    assert client.delete(path).status_code == 403
    assert client.delete(f"/api/v1/athletes/{ann.pk}/").status_code == 403
    assert client.delete(f"/api/v1/recordings/{own.pk}/").status_code == 204
    made = client.post("/api/v1/uploads/", headers={"Tus-Resumable": "1.0.0", "Upload-Length": "5"})
    assert made.status_code == 201


@pytest.mark.parametrize("role", [Role.OWNER, Role.COACH])
def test_coaches_delete_what_others_uploaded(club: Club, ann: Athlete, role: Role) -> None:
    client = signed_in(club, role)
    assert client.delete(f"/api/v1/recordings/{filmed(club, ann).pk}/").status_code == 204
    assert client.delete(f"/api/v1/athletes/{ann.pk}/").status_code == 204


def test_a_coach_here_who_is_a_parent_there_stays_within_each(
    api: APIClient, coach: User, ann: Athlete
) -> None:
    from tests.factories import AthleteFactory, ClubFactory

    there = ClubFactory()
    child, other = AthleteFactory(club=there), AthleteFactory(club=there)
    add_member(there, user=coach, role=Role.PARENT, athletes=[child])
    seen, hidden = filmed(there, child), filmed(there, other)
    assert api.get(f"/api/v1/recordings/{seen.pk}/").status_code == 200
    assert api.delete(f"/api/v1/recordings/{seen.pk}/").status_code == 403
    assert api.get(f"/api/v1/recordings/{hidden.pk}/").status_code == 404
