from __future__ import annotations

import pytest

from sportsbr.accounts import selectors, services
from sportsbr.accounts.models import Membership, Role
from tests.factories import AthleteFactory, ClubFactory, UserFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def club():
    made = ClubFactory(name="Nord")
    AthleteFactory(club=made, name="Ann")
    AthleteFactory(club=made, name="Bo")
    return made


def member(club, role, *, follows=()):
    user = UserFactory()
    athletes = club.athletes.filter(name__in=follows)
    services.add_member(club, user=user, role=role, athletes=athletes)
    return user


@pytest.mark.parametrize(
    ("role", "seen", "changed", "deleted"),
    [
        (Role.OWNER, {"Ann", "Bo"}, True, True),
        (Role.COACH, {"Ann", "Bo"}, True, True),
        (Role.ANALYST, {"Ann", "Bo"}, True, False),
        (Role.ATHLETE, {"Ann"}, False, False),
        (Role.PARENT, {"Ann"}, False, False),
    ],
)
def test_what_a_role_lets_its_holder_see_and_do(club, role, seen, changed, deleted):
    user = member(club, role, follows=["Ann"])
    assert {a.name for a in selectors.athletes_of(user)} == seen
    assert list(selectors.clubs_of(user)) == [club]
    assert selectors.clubs_worked_in(user).exists() == changed
    assert selectors.athletes_changed_by(user).exists() == changed
    assert selectors.athletes_deleted_by(user).exists() == deleted


def test_an_athlete_of_another_club_cannot_be_followed(club):
    foreign = AthleteFactory()
    with pytest.raises(services.OtherClubError):
        services.add_member(club, user=UserFactory(), role=Role.PARENT, athletes=[foreign])
    user = member(club, Role.PARENT)
    Membership.objects.get(user=user).athletes.add(foreign)  # as the admin could
    assert not selectors.athletes_of(user).exists()


def test_who_leaves_the_club_sees_nothing_of_it(club):
    user = member(club, Role.ATHLETE, follows=["Bo"])
    Membership.objects.filter(user=user).delete()
    assert not selectors.athletes_of(user).exists()
