from __future__ import annotations

import pytest
from django.db import IntegrityError, transaction

from analysis.report_format import InvalidReportError
from sportsbr.accounts.models import Role
from sportsbr.accounts.services import add_member
from sportsbr.reports import selectors
from sportsbr.reports.models import Report
from sportsbr.reports.services import store_report
from tests.factories import RunFactory, UserFactory

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


def test_only_members_see_a_report():
    run, member, stranger = RunFactory(), UserFactory(), UserFactory()
    add_member(run.recording.club, user=member, role=Role.COACH)
    report = store_report(run, document=document())
    assert list(selectors.reports_of(member)) == [report]
    assert not selectors.reports_of(stranger).exists()
