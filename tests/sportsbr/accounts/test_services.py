from __future__ import annotations

import pytest
from django.contrib.auth import authenticate
from django.core.exceptions import ValidationError
from django.db import IntegrityError

from sportsbr.accounts import selectors, services
from sportsbr.accounts.models import Club, Role, User

pytestmark = pytest.mark.django_db


def user(email="coach@example.org") -> User:
    return User.objects.create_user(email, "correct horse battery")


def test_a_user_signs_in_by_email_whatever_its_case():
    made = user("Coach@Example.org")
    assert authenticate(username="coach@example.org", password="correct horse battery") == made


def test_no_two_users_share_an_address():
    user()
    with pytest.raises(IntegrityError):
        user("COACH@example.org")


def test_a_user_without_an_address_is_refused():
    with pytest.raises(ValueError, match="e-mail"):
        User.objects.create_user("")


def test_a_club_starts_with_its_owner_and_a_slug_of_its_own():
    owner = user()
    first, second = (services.create_club("FC Nord", owner=owner) for _ in range(2))
    assert (first.slug, second.slug) == ("fc-nord", "fc-nord-2")
    assert first.memberships.get().role == Role.OWNER


def test_a_name_without_latin_letters_gets_a_slug():
    assert services.create_club("北京队", owner=user()).slug == "club"


def test_a_member_has_one_role():
    club = services.create_club("FC Nord", owner=user())
    coach = user("second@example.org")
    services.add_member(club, user=coach, role=Role.ATHLETE)
    services.add_member(club, user=coach, role=Role.COACH)
    assert club.memberships.get(user=coach).role == Role.COACH


def test_an_athlete_of_an_unknown_level_is_refused():
    club = services.create_club("FC Nord", owner=user())
    with pytest.raises(ValidationError, match="level"):
        services.create_athlete(club, name="Li Na", level="galactic")


def test_nobody_sees_another_clubs_athletes():
    ours, theirs = user(), user("other@example.org")
    services.create_athlete(services.create_club("A", owner=ours), name="Ours")
    services.create_athlete(services.create_club("B", owner=theirs), name="Theirs")
    assert [a.name for a in selectors.athletes_of(ours)] == ["Ours"]
    assert list(selectors.clubs_of(ours)) == [Club.objects.get(name="A")]
