"""Guessing passwords is slow: failed sign-ins are counted, and from a limit on none is tried.

Counted in the cache, which is a table of the database, so that all web processes count together.
"""

from __future__ import annotations

import hashlib
import time
from typing import TYPE_CHECKING, Final

from django.conf import settings
from django.core.cache import cache

if TYPE_CHECKING:
    from django.http import HttpRequest

WINDOW_S: Final = 15 * 60
# Many people of a club share one address, and somebody attacked from many must not be shut out
# by a few tries: each of the three has its own limit, in multiples of the setting.
LIMITS: Final = {"pair": 1, "address": 5, "email": 10}


def wait_s(*, email: str, address: str) -> int:
    """Seconds until the next try is allowed; 0 when it is allowed now."""
    now = time.time()
    waits = [0.0]
    for kind, key in _keys(email=email, address=address).items():
        failed = _recent(key, now=now)
        limit = LIMITS[kind] * settings.SPORTSBR_SIGN_IN_FAILURES
        if len(failed) >= limit:
            waits.append(failed[-limit] + WINDOW_S - now)
    return int(max(waits)) + 1 if max(waits) > 0 else 0


def note_failure(*, email: str, address: str) -> None:
    """Count a wrong password."""
    now = time.time()
    for key in _keys(email=email, address=address).values():
        cache.set(key, [*_recent(key, now=now), now], timeout=WINDOW_S)


def forget(*, email: str, address: str) -> None:
    """The right password came: this pair starts anew."""
    cache.delete(_keys(email=email, address=address)["pair"])


def address_of(request: HttpRequest | None) -> str:
    """The caller's address; behind proxies, the one that the outermost trusted proxy saw."""
    if request is None:
        return ""
    told = [part.strip() for part in request.headers.get("X-Forwarded-For", "").split(",")]
    proxies = settings.SPORTSBR_PROXIES
    if proxies and told[-1]:
        return told[-min(proxies, len(told))]
    return str(request.META.get("REMOTE_ADDR", ""))


def _recent(key: str, *, now: float) -> list[float]:
    return [at for at in cache.get(key, []) if at > now - WINDOW_S]


def _keys(*, email: str, address: str) -> dict[str, str]:
    email = email.strip().lower()
    parts = {"pair": f"{email} {address}", "address": address, "email": email}
    return {
        kind: f"sign-in:{kind}:{hashlib.sha256(text.encode()).hexdigest()}"
        for kind, text in parts.items()
    }
