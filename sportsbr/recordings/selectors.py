"""Reads: recordings, runs, artifacts of a user's clubs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db.models import Q

from sportsbr.recordings.models import Artifact, Recording, Run, State, Upload

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from sportsbr.accounts.models import User


def recordings_of(user: User) -> QuerySet[Recording]:
    """Newest first, with what lists show."""
    return (
        Recording.objects.filter(club__memberships__user=user)
        .select_related("club", "athlete")
        .prefetch_related("runs__report")
    )


def runs_of(user: User) -> QuerySet[Run]:
    """Runs on recordings of a user's clubs."""
    return Run.objects.filter(recording__club__memberships__user=user).select_related(
        "recording", "report"
    )


def uploads_of(user: User) -> QuerySet[Upload]:
    """Uploads into a user's clubs."""
    return Upload.objects.filter(club__memberships__user=user)


def queue_position(run: Run) -> int | None:
    """How many runs are served before this one (1: next); None when it no longer waits."""
    if run.state != State.QUEUED:
        return None
    ahead = Run.objects.filter(state=State.QUEUED, created_at__lt=run.created_at)
    return ahead.count() + 1


def artifact(recording: Recording, *, kind: str, run: Run | None = None) -> Artifact | None:
    """The newest file of a kind; with `run`, of that run or shared by all runs."""
    found = recording.artifacts.filter(kind=kind)
    if run is not None:
        found = found.filter(Q(run=run) | Q(run=None))
    return found.order_by("-created_at").first()
