"""Reads: reports of a user's clubs and their rows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sportsbr.reports.models import FeedbackItem, Finding, Report, Segment

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from sportsbr.accounts.models import User


def reports_of(user: User) -> QuerySet[Report]:
    """Newest first."""
    return Report.objects.filter(recording__club__memberships__user=user).select_related(
        "recording", "run"
    )


def segments_of(user: User) -> QuerySet[Segment]:
    """In order of time."""
    return Segment.objects.filter(report__recording__club__memberships__user=user)


def findings_of(user: User) -> QuerySet[Finding]:
    """In order of time."""
    return Finding.objects.filter(report__recording__club__memberships__user=user)


def feedback_of(user: User) -> QuerySet[FeedbackItem]:
    """Most important first within a report and language."""
    return FeedbackItem.objects.filter(report__recording__club__memberships__user=user)
