"""Writes: clubs, members, athletes."""

from __future__ import annotations

from django.db import transaction
from django.utils.text import slugify

from sportsbr.accounts.models import Athlete, Club, Membership, Role, User


@transaction.atomic
def create_club(name: str, *, owner: User) -> Club:
    """A club with its first member."""
    stem = slugify(name) or "club"
    slug, number = stem, 1
    while Club.objects.filter(slug=slug).exists():
        number += 1
        slug = f"{stem}-{number}"
    club = Club.objects.create(name=name, slug=slug)
    add_member(club, user=owner, role=Role.OWNER)
    return club


def add_member(club: Club, *, user: User, role: Role) -> Membership:
    """Let a user into a club, or change what they may do there."""
    membership, _ = Membership.objects.update_or_create(
        club=club, user=user, defaults={"role": role}
    )
    return membership


def create_athlete(
    club: Club,
    *,
    name: str,
    height_m: float | None = None,
    sex: str = "",
    level: str = "club",
    handedness: str = "",
) -> Athlete:
    """An athlete of a club.

    Raises:
        ValidationError: a value outside its choices.
    """
    athlete = Athlete(
        club=club, name=name, height_m=height_m, sex=sex, level=level, handedness=handedness
    )
    athlete.full_clean()
    athlete.save()
    return athlete
