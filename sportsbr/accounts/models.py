"""Who uses the site and who is filmed."""

from __future__ import annotations

import math
import uuid
from typing import Any, ClassVar

from django.contrib.auth.base_user import BaseUserManager
from django.contrib.auth.models import AbstractUser
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _


class UserManager(BaseUserManager["User"]):
    """Makes users who sign in by e-mail."""

    def create_user(self, email: str, password: str | None = None, **fields: Any) -> User:
        """A user with a hashed password.

        Raises:
            ValueError: no e-mail address.
        """
        if not email:
            raise ValueError("expected an e-mail address")
        user = self.model(email=self.normalize_email(email).lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> User:
        """A user who may do everything in the admin."""
        return self.create_user(email, password, is_staff=True, is_superuser=True, **fields)


class User(AbstractUser):
    """A person who signs in."""

    username = None  # type: ignore[assignment]  # the e-mail address is the name
    email = models.EmailField(_("e-mail address"), unique=True)

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []
    objects: ClassVar[UserManager] = UserManager()  # type: ignore[assignment]


class Club(models.Model):
    """The tenant: everything belongs to one club."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    name = models.CharField(max_length=200)
    slug = models.SlugField(unique=True)
    # Effort, fatigue and affect say something of a person that not every club wants told.
    reads_states = models.BooleanField(_("tell effort, fatigue and affect"), default=False)
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return self.name


class Role(models.TextChoices):
    """What a member may do; `accounts.selectors` says what that means."""

    OWNER = "owner", _("owner")
    COACH = "coach", _("coach")
    ANALYST = "analyst", _("analyst")
    ATHLETE = "athlete", _("athlete")
    PARENT = "parent", _("parent")


class Membership(models.Model):
    """A user's place in a club."""

    club = models.ForeignKey(Club, on_delete=models.CASCADE, related_name="memberships")
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="memberships")
    role = models.CharField(max_length=10, choices=Role.choices)
    # Whom an athlete (themselves) or a parent (their children) may see; others see everybody.
    athletes: models.ManyToManyField[Athlete, models.Model] = models.ManyToManyField(
        "Athlete", blank=True, related_name="followers"
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["club", "user"], name="one_membership_per_club")
        ]

    def __str__(self) -> str:
        return f"{self.user} @ {self.club} ({self.role})"


def finite(value: float) -> None:
    """NaN passes every comparison with a limit, so it is refused by itself.

    Raises:
        ValidationError: NaN or infinite.
    """
    if not math.isfinite(value):
        raise ValidationError(_("expected a number"))


class Athlete(models.Model):
    """A person who is filmed; need not be a user."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    club = models.ForeignKey(Club, on_delete=models.CASCADE, related_name="athletes")
    name = models.CharField(max_length=200)
    height_m = models.FloatField(
        null=True,
        blank=True,
        # Toddlers to giants; beyond lie mistakes such as centimetres or feet.
        validators=[MinValueValidator(0.5), MaxValueValidator(2.6), finite],
    )
    sex = models.CharField(
        max_length=6, blank=True, choices=[("female", _("female")), ("male", _("male"))]
    )
    level = models.CharField(
        max_length=8,
        default="club",
        choices=[("beginner", _("beginner")), ("club", _("club")), ("elite", _("elite"))],
    )
    handedness = models.CharField(
        max_length=5, blank=True, choices=[("left", _("left")), ("right", _("right"))]
    )
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["name", "id"]

    def __str__(self) -> str:
        return self.name
