"""Reads: recordings, runs and artifacts that a user may see, change or delete."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db.models import Case, Count, IntegerField, OuterRef, Prefetch, Q, Subquery, When
from django.db.models.functions import Coalesce

from sportsbr.accounts import selectors as accounts
from sportsbr.recordings.models import Artifact, Recording, Run, State, Upload

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from sportsbr.accounts.models import User


def seen_by(user: User, *, via: str = "") -> Q:
    """What leads `via` a recording (or is one) that a user may see.

    Those who work in a club see all of it; athletes and parents what shows their own athletes.
    """
    own = Q(**{f"{via}club__in": accounts.clubs_worked_in(user)})
    return own | Q(**{f"{via}athlete__in": accounts.athletes_followed_by(user)})


def recordings_of(user: User) -> QuerySet[Recording]:
    """What a user may see, newest first, with what lists show."""
    runs = placed(Run.objects.select_related("report"))
    return (
        Recording.objects.filter(seen_by(user))
        .select_related("club", "athlete")
        .prefetch_related(Prefetch("runs", queryset=runs))
    )


def recordings_changed_by(user: User) -> QuerySet[Recording]:
    """What a user may rename, assign and analyse again."""
    return Recording.objects.filter(club__in=accounts.clubs_worked_in(user))


def recordings_deleted_by(user: User) -> QuerySet[Recording]:
    """What a user may delete: all of a club that they manage, elsewhere what they uploaded."""
    managed = Q(club__in=accounts.clubs_managed_by(user))
    return recordings_changed_by(user).filter(managed | Q(uploaded_by=user))


def runs_of(user: User) -> QuerySet[Run]:
    """Runs on recordings that a user may see, with their places in the queue."""
    found = Run.objects.filter(seen_by(user, via="recording__"))
    return placed(found.select_related("recording", "report"))


def runs_changed_by(user: User) -> QuerySet[Run]:
    """Runs that a user may cancel and repeat."""
    return Run.objects.filter(recording__in=recordings_changed_by(user))


def uploads_of(user: User) -> QuerySet[Upload]:
    """Uploads into the clubs where a user may upload."""
    return Upload.objects.filter(club__in=accounts.clubs_worked_in(user))


def placed(runs: QuerySet[Run]) -> QuerySet[Run]:
    """With `place`: 1 is served next, None waits no longer. Part of the one query of a list."""
    ahead = (
        Run.objects.filter(state=State.QUEUED, created_at__lt=OuterRef("created_at"))
        .order_by()
        .values("state")
        .annotate(number=Count("pk"))
        .values("number")
    )
    place = Coalesce(Subquery(ahead, output_field=IntegerField()), 0) + 1
    return runs.annotate(place=Case(When(state=State.QUEUED, then=place), default=None))


def place_of(run: Run) -> int | None:
    """The `place` of a run that came from `placed`."""
    place: int | None = getattr(run, "place", None)
    return place


def artifact(recording: Recording, *, kind: str, run: Run | None = None) -> Artifact | None:
    """The newest file of a kind; with `run`, of that run or shared by all runs."""
    found = recording.artifacts.filter(kind=kind)
    if run is not None:
        found = found.filter(Q(run=run) | Q(run=None))
    return found.order_by("-created_at").first()


def picture(run: Run, *, key: str) -> Artifact | None:
    """The frame that one of the run's warnings is shown with."""
    if key not in {row.get("picture") for row in run.warnings}:
        return None
    return run.recording.artifacts.filter(kind="picture", key=key).first()
