"""Reads: the reports that a user may see, and their rows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sportsbr.recordings.selectors import seen_by
from sportsbr.reports.models import FeedbackItem, Finding, Report, Segment

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from sportsbr.accounts.models import User


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
