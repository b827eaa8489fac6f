"""Rows for tests."""

from __future__ import annotations

import hashlib

import factory
from factory.django import DjangoModelFactory

from sportsbr.accounts.models import Athlete, Club, Membership, Role, User
from sportsbr.recordings.models import Recording, Run, Step


class UserFactory(DjangoModelFactory):
    class Meta:
        model = User

    email = factory.Sequence(lambda n: f"coach{n}@example.org")
    password = factory.django.Password("correct horse battery")


class ClubFactory(DjangoModelFactory):
    class Meta:
        model = Club

    name = factory.Sequence(lambda n: f"Club {n}")
    slug = factory.Sequence(lambda n: f"club-{n}")


class MembershipFactory(DjangoModelFactory):
    class Meta:
        model = Membership

    club = factory.SubFactory(ClubFactory)
    user = factory.SubFactory(UserFactory)
    role = Role.COACH


class AthleteFactory(DjangoModelFactory):
    class Meta:
        model = Athlete

    club = factory.SubFactory(ClubFactory)
    name = factory.Sequence(lambda n: f"Athlete {n}")


class RecordingFactory(DjangoModelFactory):
    class Meta:
        model = Recording

    club = factory.SubFactory(ClubFactory)
    title = factory.Sequence(lambda n: f"Training {n}")
    filename = "training.mp4"
    sha256 = factory.Sequence(lambda n: hashlib.sha256(str(n).encode()).hexdigest())
    size_bytes = 1000
    path = factory.LazyAttribute(lambda made: f"uploads/{made.sha256}")


class RunFactory(DjangoModelFactory):
    class Meta:
        model = Run

    recording = factory.SubFactory(RecordingFactory)


class StepFactory(DjangoModelFactory):
    class Meta:
        model = Step

    run = factory.SubFactory(RunFactory)
    kind = Step.Kind.PREPARE
