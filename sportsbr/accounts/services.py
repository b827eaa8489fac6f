"""Writes: clubs, members, athletes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.utils.text import slugify

from sportsbr.accounts.models import Athlete, Club, Membership, Role, User

if TYPE_CHECKING:
    from collections.abc import Iterable


class OtherClubError(Exception):
    """Two things that must be of one club are not."""


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


@transaction.atomic
def add_member(
    club: Club, *, user: User, role: Role, athletes: Iterable[Athlete] = ()
) -> Membership:
    """Let a user into a club, or change what they may do there.

    `athletes` are those whom an athlete (themselves) or a parent (their children) sees.

    Raises:
        OtherClubError: one of the athletes is of another club.
    """
    followed = list(athletes)
    for athlete in followed:
        require_club(athlete, club=club)
    membership, _ = Membership.objects.update_or_create(
        club=club, user=user, defaults={"role": role}
    )
    membership.athletes.set(followed)
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
        ValidationError: a value outside its choices or limits.
    """
    athlete = Athlete(
        club=club, name=name, height_m=height_m, sex=sex, level=level, handedness=handedness
    )
    athlete.full_clean()
    athlete.save()
    return athlete


def update_athlete(athlete: Athlete, *, changes: dict[str, Any]) -> Athlete:
    """Change what is known of an athlete; the club stays, for the footage does.

    Raises:
        OtherClubError: the athlete would move to another club.
        ValidationError: a value outside its choices or limits.
    """
    club = changes.get("club")
    if club is not None:
        require_club(athlete, club=club)
    for name, value in changes.items():
        setattr(athlete, name, value)
    athlete.full_clean()
    athlete.save()
    return athlete


def require_club(athlete: Athlete | None, *, club: Club) -> None:
    """Nothing, when the athlete is of the club or there is none.

    Raises:
        OtherClubError: they are of another one.
    """
    if athlete is not None and athlete.club_id != club.pk:
        raise OtherClubError(f"expected an athlete of {club.name}, got one of another club")
