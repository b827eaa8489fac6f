"""Who may sign in: Django's own check, behind the limit on wrong passwords."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib.auth.backends import ModelBackend
from django.core.exceptions import PermissionDenied

from sportsbr.accounts import attempts

if TYPE_CHECKING:
    from django.http import HttpRequest

    from sportsbr.accounts.models import User


class LimitedBackend(ModelBackend):
    """Every door (the page, the API's token, the admin) comes through here."""

    def authenticate(
        self,
        request: HttpRequest | None,
        username: str | None = None,
        password: str | None = None,
        **kwargs: Any,
    ) -> User | None:
        """The user whose password it is.

        Raises:
            PermissionDenied: too many wrong passwords lately; this one was not looked at.
        """
        email = str(username or kwargs.get("email") or "")
        address = attempts.address_of(request)
        if attempts.wait_s(email=email, address=address):
            raise PermissionDenied
        user = super().authenticate(request, username=username, password=password, **kwargs)
        if user is None:
            attempts.note_failure(email=email, address=address)
        else:
            attempts.forget(email=email, address=address)
        return user
