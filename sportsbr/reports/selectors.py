"""Reads: the reports that a user may see, and their rows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sportsbr.recordings.models import Person
from sportsbr.recordings.selectors import recordings_changed_by, seen_by
from sportsbr.reports.models import FeedbackItem, Finding, Question, Report, Segment
from sportsbr.reports.trends import trends

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime
    from typing import Any

    from django.db.models import QuerySet

    from sportsbr.accounts.models import Athlete, User
    from sportsbr.reports.trends import Trend


def reports_of(user: User) -> QuerySet[Report]:
    """Newest first."""
    return Report.objects.filter(seen_by(user, via="recording__")).select_related(
        "recording", "run"
    )


def segments_of(user: User) -> QuerySet[Segment]:
    """In order of time."""
    return Segment.objects.filter(seen_by(user, via="report__recording__"))


def findings_of(user: User) -> QuerySet[Finding]:
    """In order of time."""
    return Finding.objects.filter(seen_by(user, via="report__recording__"))


def feedback_of(user: User) -> QuerySet[FeedbackItem]:
    """Most important first within a report and language."""
    return FeedbackItem.objects.filter(seen_by(user, via="report__recording__"))


def trends_of(user: User, *, athlete: Athlete) -> tuple[Trend, ...]:
    """An athlete's metrics over the sessions that a user may see; of each recording the newest."""
    newest = reports_of(user).order_by("recording_id", "-created_at").distinct("recording_id")
    return trends(_patterns(Report.objects.filter(pk__in=newest.values("pk")), athlete=athlete))


def _patterns(
    reports: QuerySet[Report], *, athlete: Athlete
) -> Iterator[tuple[str, datetime, dict[str, Any]]]:
    """Patterns of the tracks that are this athlete: as a coach said, or of a recording of one."""
    decided = {
        (person.recording_id, person.track_id) for person in Person.objects.filter(athlete=athlete)
    }
    for report in reports.select_related("recording"):
        people = report.document["people"]
        alone = len(people) == 1 and report.recording.athlete_id == athlete.pk
        for pattern in report.document.get("patterns", ()):
            key = (report.recording_id, pattern["track_id"])
            if alone or key in decided:
                yield str(report.pk), report.recording.created_at, pattern


def asked_about_by(user: User) -> QuerySet[Report]:
    """Reports that a user may ask about: those of their clubs, where they work."""
    return Report.objects.filter(recording__in=recordings_changed_by(user))


def questions_of(user: User, report: Report) -> QuerySet[Question]:
    """What was asked about a report, oldest first; only those who may ask see it."""
    seen = Question.objects.filter(report=report, report__in=asked_about_by(user))
    return seen.select_related("asked_by")
