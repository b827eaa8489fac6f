from __future__ import annotations

import base64

import pytest

from sportsbr.recordings import people
from sportsbr.recordings.models import State
from sportsbr.recordings.people import Decision, UnknownPersonError
from sportsbr.recordings.services import RunNotFinishedError
from tests.factories import AthleteFactory, RecordingFactory, RunFactory, UserFactory

pytestmark = pytest.mark.django_db


def seen(track_id: int, *, first_s: float = 0.0, last_s: float = 9.0) -> dict[str, object]:
    return {
        "track_id": track_id,
        "first_s": first_s,
        "last_s": last_s,
        "seen_s": last_s - first_s,
        "at_s": first_s,
        "box_px": [1.0, 2.0, 3.0, 4.0],
        "jpeg": base64.b64encode(b"picture").decode(),
    }


@pytest.fixture
def recording(monkeypatch):
    monkeypatch.setattr("sportsbr.recordings.ledger._send", lambda name, step_id: None)
    run = RunFactory(state=State.DONE, options={"sport": "tennis", "langs": ["en"]})
    people.store_people(run.recording_id, people=[seen(k) for k in (1, 2, 3, 4)])
    return run.recording


def said(*, athlete=None, is_chosen=True, same_as=None) -> Decision:
    return Decision(athlete=athlete, is_chosen=is_chosen, same_as=same_as)


def test_what_was_said_stays_with_the_same_track_only(recording):
    coach, athlete = UserFactory(), AthleteFactory(club=recording.club)
    people.decide(
        recording, by=coach, decisions={1: said(athlete=athlete), 2: said(athlete=athlete)}
    )
    people.store_people(recording.pk, people=[seen(1), seen(2, first_s=3.0)])
    first, second = people.people_of(recording)
    assert (first.athlete, first.decided_by) == (athlete, coach)
    assert (second.athlete, second.decided_by, second.first_s) == (None, None, 3.0)


def test_applying_keeps_the_other_options(recording):
    run = people.apply_decisions(recording)
    assert run.options == {
        "sport": "tennis",
        "langs": ["en"],
        "merges": [],
        "track_ids": None,
    }


def test_chains_of_one_person_are_one_group_and_chosen_as_one(recording):
    decisions = {2: said(same_as=4), 4: said(same_as=3), 1: said(is_chosen=False)}
    people.decide(recording, by=UserFactory(), decisions=decisions)
    run = people.apply_decisions(recording)
    assert run.options["merges"] == [[2, 3, 4]]
    assert run.options["track_ids"] == [2]


def test_a_name_is_that_of_the_whole_group(recording):
    athlete = AthleteFactory(club=recording.club, name="Lin Mei")
    people.decide(recording, by=UserFactory(), decisions={3: said(athlete=athlete, same_as=1)})
    assert people.names_of(recording) == {1: "Lin Mei", 3: "Lin Mei"}


@pytest.mark.parametrize(
    ("number", "same_as"), [(9, None), (1, 9), (1, 1)], ids=["stranger", "as a stranger", "as self"]
)
def test_people_who_are_not_there_are_refused(recording, number, same_as):
    with pytest.raises(UnknownPersonError):
        people.decide(recording, by=UserFactory(), decisions={number: said(same_as=same_as)})


def test_an_athlete_of_another_club_is_refused(recording):
    with pytest.raises(UnknownPersonError):
        people.decide(recording, by=UserFactory(), decisions={1: said(athlete=AthleteFactory())})


def test_nothing_is_queued_while_a_run_goes_on(recording):
    people.apply_decisions(recording)
    with pytest.raises(RunNotFinishedError):
        people.apply_decisions(recording)


def test_people_go_with_their_recording(recording):
    other = RecordingFactory()
    people.store_people(other.pk, people=[seen(1)])
    recording.delete()
    assert list(people.people_of(other).values_list("track_id", flat=True)) == [1]
