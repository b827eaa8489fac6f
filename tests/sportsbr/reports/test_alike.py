from __future__ import annotations

import math

import pytest

from sportsbr.accounts.models import Role
from sportsbr.accounts.services import add_member
from sportsbr.recordings import ledger
from sportsbr.reports import alike
from sportsbr.reports.models import Report, SegmentVector
from sportsbr.reports.services import store_places, store_report
from tests.factories import (
    AthleteFactory,
    ClubFactory,
    MembershipFactory,
    RecordingFactory,
    RunFactory,
    UserFactory,
)
from tests.sportsbr.reports.stored_vectors import WEIGHTS, told, with_segments

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def rung(monkeypatch) -> list[tuple[str, str]]:
    sent: list[tuple[str, str]] = []
    monkeypatch.setattr(ledger, "_send", lambda name, key: sent.append((name, key)))
    return sent


def stored(
    recording=None, *, turns: tuple[float, ...] = (0.0, 0.5), model: str = WEIGHTS
) -> Report:
    """A report whose segments' vectors are turned by so many radians."""
    run = RunFactory(**({"recording": recording} if recording else {}))
    document = with_segments(len(turns))
    vectors = told({f"s{i}": (math.cos(t), math.sin(t)) for i, t in enumerate(turns, 1)}, model)
    return store_report(run, document=document, vectors=vectors)


def test_a_new_report_asks_for_its_clubs_map(rung, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        report = stored()
        store_report(RunFactory(), document=with_segments(1))  # not of the fused model
    assert rung == [("workers.tasks.draw_map", str(report.recording.club_id))]
    assert SegmentVector.objects.count() == 2


def test_the_nearest_earlier_segments_come_first():
    club = ClubFactory()
    coach = MembershipFactory(club=club, role=Role.COACH).user
    first = stored(RecordingFactory(club=club), turns=(0.1, 2.0))
    last = stored(RecordingFactory(club=club), turns=(0.4, 0.0, 0.3))
    stored(RecordingFactory(club=club), turns=(0.0,))  # later
    found = alike.most_alike(last, segment_id="s2", user=coach, most=5)
    names = [(row.segment.report_id, row.segment.segment_id) for row in found]
    assert names == [(first.pk, "s1"), (last.pk, "s1"), (first.pk, "s2")]
    cosines = [1 - row.distance for row in found]
    assert cosines == pytest.approx([math.cos(0.1), math.cos(0.4), math.cos(2.0)], abs=1e-6)
    assert alike.most_alike(first, segment_id="s9", user=coach, most=5) == []


def test_another_clubs_segments_never_appear():
    mine, theirs = ClubFactory(), ClubFactory()
    both = UserFactory()
    for club in (mine, theirs):
        add_member(club, user=both, role=Role.COACH)
    foreign = stored(RecordingFactory(club=theirs), turns=(0.0, 0.0))
    own = stored(RecordingFactory(club=mine), turns=(0.3, 0.0))
    found = alike.most_alike(own, segment_id="s2", user=both, most=5)
    assert [row.segment.report_id for row in found] == [own.pk]
    assert {row.segment.report_id for row in alike.vectors_of_club(mine.pk)} == {own.pk}
    assert {row.segment.report_id for row in alike.vectors_of_club(theirs.pk)} == {foreign.pk}
    store_places({row.pk: (0.0, 0.0) for row in SegmentVector.objects.all()})
    stranger = UserFactory()
    assert not alike.placed_for(stranger, club_id=mine.pk).exists()
    assert alike.most_alike(own, segment_id="s2", user=stranger, most=5) == []


def test_an_athlete_sees_only_their_own_on_the_map():
    club = ClubFactory()
    one, other = AthleteFactory(club=club), AthleteFactory(club=club)
    reader = UserFactory()
    add_member(club, user=reader, role=Role.ATHLETE, athletes=[one])
    own = stored(RecordingFactory(club=club, athlete=one))
    stored(RecordingFactory(club=club, athlete=other))
    store_places({row.pk: (0.1, 0.2) for row in SegmentVector.objects.all()})
    seen = alike.placed_for(reader, club_id=club.pk)
    assert {row.segment.report_id for row in seen} == {own.pk}


def test_only_the_newest_report_of_a_recording_counts():
    recording = RecordingFactory()
    stored(recording)
    newest = stored(recording)
    rows = alike.map_rows(recording.club_id)
    assert {row.segment.report_id for row in rows} == {newest.pk}


def test_vectors_of_other_weights_are_not_compared():
    club = ClubFactory()
    coach = MembershipFactory(club=club, role=Role.COACH).user
    stored(RecordingFactory(club=club), model="0" * 64)
    longer = RunFactory(recording=RecordingFactory(club=club))
    told_of = told({"s1": (0.0, 0.6, 0.8), "s2": (1.0, 0.0, 0.0)}, "1" * 64)
    report = store_report(longer, document=with_segments(2), vectors=told_of)
    found = alike.most_alike(report, segment_id="s2", user=coach, most=5)
    assert [row.segment.report_id for row in found] == [report.pk]
    assert {row.model for row in alike.map_rows(club.pk)} == {"1" * 64}


def test_a_map_waits_until_every_segment_has_its_place():
    report = stored()
    club_id = report.recording.club_id
    assert alike.waits_for_map(club_id)
    store_places({row.pk: (0.5, -0.5) for row in alike.map_rows(club_id)})
    assert not alike.waits_for_map(club_id)
    assert not alike.waits_for_map(ClubFactory().pk)  # nothing to draw
