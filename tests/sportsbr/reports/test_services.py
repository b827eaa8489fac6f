from __future__ import annotations

import pytest
from django.db import IntegrityError, transaction

from analysis.report_format import InvalidReportError
from sportsbr.accounts.models import Role
from sportsbr.accounts.services import add_member
from sportsbr.reports import selectors
from sportsbr.reports.models import Report
from sportsbr.reports.services import store_report
from tests.factories import (
    AthleteFactory,
    ClubFactory,
    RecordingFactory,
    RunFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db


def document() -> dict:
    """The smallest report there is."""
    return {
        "schema_version": "1.0",
        "sport": None,
        "footage": {
            "sha256": "a" * 64,
            "width_px": 320,
            "height_px": 240,
            "frames": 2,
            "duration_s": 0.1,
            "time_s": [0.0, 0.05],
        },
        "people": [],
        "segments": [],
        "findings": [],
        "feedback": [],
        "notices": [],
        "provenance": {
            "code_version": "0",
            "config": {},
            "models": {},
            "verified_sentences": 0,
            "dropped_sentences": 0,
        },
    }


def test_storing_again_changes_nothing():
    run = RunFactory()
    first = store_report(run, document=document())
    assert store_report(run, document=document() | {"sport": "tennis"}) == first
    assert Report.objects.get().document == document()


def test_the_database_itself_refuses_a_second_report():
    run = RunFactory()
    store_report(run, document=document())
    with pytest.raises(IntegrityError), transaction.atomic():
        Report.objects.create(run=run, recording=run.recording, document={}, schema_version="1.0")


def test_a_document_by_another_schema_is_refused():
    with pytest.raises(InvalidReportError):
        store_report(RunFactory(), document=document() | {"schema_version": "0.1"})
    assert not Report.objects.exists()


def with_pattern(mean: float) -> dict:
    pattern = {
        "track_id": 1, "technique": "strength.squat", "metric": "strength.squat.trunk_lean_max",
        "unit": "deg", "rule_id": "", "verdict": "within", "repetitions": 3, "judged": 3,
        "count": 3, "mean": mean, "spread": 1.0, "sem": 2.0, "severity": 0.0, "finding_ids": [],
    }  # fmt: skip
    person = {"track_id": 1, "first_s": 0.0, "last_s": 0.1, "seen": 1.0, "mean_score": 0.9}
    return document() | {"people": [person], "patterns": [pattern]}


def test_trends_are_of_the_newest_reports_that_a_member_may_see():
    club = ClubFactory()
    athlete = AthleteFactory(club=club)
    member, stranger = UserFactory(), UserFactory()
    add_member(club, user=member, role=Role.COACH)
    for mean, redone in ((30.0, 31.0), (50.0, 51.0)):
        recording = RecordingFactory(club=club, athlete=athlete)
        store_report(RunFactory(recording=recording), document=with_pattern(mean))
        store_report(RunFactory(recording=recording), document=with_pattern(redone))
    (trend,) = selectors.trends_of(member, athlete=athlete)
    assert [s.mean for s in trend.sessions] == [31.0, 51.0]
    assert trend.change == pytest.approx(20.0)
    assert trend.is_real
    assert selectors.trends_of(stranger, athlete=athlete) == ()
    assert selectors.trends_of(member, athlete=AthleteFactory(club=club)) == ()


def test_a_finding_keeps_its_severity_and_counterfactual():
    row = {
        "finding_id": "f1", "rule_id": "strength.squat.shallow", "segment_id": "s1", "track_id": 1,
        "metric": "strength.squat.knee_flexion_bottom", "verdict": "below", "measured": 61.0,
        "low": 90.0, "high": None, "unit": "deg", "at_s": 0.05, "sd": 4.0, "confidence": 0.99,
        "reason": "", "severity": 7.25,
        "counterfactual": {"metric": "strength.squat.knee_flexion_bottom", "value": 90.0,
                           "change": 29.0},
    }  # fmt: skip
    report = store_report(RunFactory(), document=document() | {"findings": [row]})
    stored = report.findings.get()
    assert stored.severity == 7.25
    assert stored.counterfactual["value"] == 90.0


def test_only_members_see_a_report():
    run, member, stranger = RunFactory(), UserFactory(), UserFactory()
    add_member(run.recording.club, user=member, role=Role.COACH)
    report = store_report(run, document=document())
    assert list(selectors.reports_of(member)) == [report]
    assert not selectors.reports_of(stranger).exists()
