"""Reads: who belongs where."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sportsbr.accounts.models import Athlete, Club

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from sportsbr.accounts.models import User


def clubs_of(user: User) -> QuerySet[Club]:
    """The clubs that a user is a member of, by name."""
    return Club.objects.filter(memberships__user=user).order_by("name", "id")


def athletes_of(user: User) -> QuerySet[Athlete]:
    """The athletes of all of a user's clubs."""
    return Athlete.objects.filter(club__memberships__user=user)
