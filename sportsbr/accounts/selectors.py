"""Reads: who belongs where, and what a role lets its holder see and do.

Owners, coaches and analysts see everything of their club; athletes and parents see the athletes
that their membership names. Only the former change anything.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from django.db.models import F, Q

from sportsbr.accounts.models import Athlete, Club, Role

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from sportsbr.accounts.models import User

STAFF: Final = (Role.OWNER, Role.COACH, Role.ANALYST)
MANAGERS: Final = (Role.OWNER, Role.COACH)


def clubs_of(user: User) -> QuerySet[Club]:
    """The clubs that a user is a member of, by name."""
    return Club.objects.filter(memberships__user=user).order_by("name", "id")


def clubs_worked_in(user: User) -> QuerySet[Club]:
    """The clubs where a user may upload, change and start analyses, by name."""
    return _clubs_where(user, roles=STAFF)


def clubs_managed_by(user: User) -> QuerySet[Club]:
    """The clubs where a user may delete what others uploaded, and athletes."""
    return _clubs_where(user, roles=MANAGERS)


def _clubs_where(user: User, *, roles: tuple[Role, ...]) -> QuerySet[Club]:
    found = Club.objects.filter(memberships__user=user, memberships__role__in=roles)
    return found.order_by("name", "id")


def athletes_followed_by(user: User) -> QuerySet[Athlete]:
    """The athletes that a user's memberships name, each in its own club."""
    return Athlete.objects.filter(followers__user=user, followers__club=F("club"))


def athletes_of(user: User) -> QuerySet[Athlete]:
    """The athletes whom a user may see."""
    return Athlete.objects.filter(
        Q(club__in=clubs_worked_in(user)) | Q(pk__in=athletes_followed_by(user))
    )


def athletes_changed_by(user: User) -> QuerySet[Athlete]:
    """The athletes whose record a user may change."""
    return Athlete.objects.filter(club__in=clubs_worked_in(user))


def athletes_deleted_by(user: User) -> QuerySet[Athlete]:
    """The athletes whose record a user may delete."""
    return Athlete.objects.filter(club__in=clubs_managed_by(user))
