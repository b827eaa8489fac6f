from __future__ import annotations

from types import SimpleNamespace

import pytest

from sportsbr.accounts import attempts

pytestmark = pytest.mark.django_db
HERE = {"email": "coach@example.org", "address": "10.0.0.1"}


@pytest.fixture
def clock(monkeypatch, settings):
    settings.SPORTSBR_SIGN_IN_FAILURES = 3
    # The cache keeps its own time; only ours is turned.
    now = SimpleNamespace(s=1_000_000.0)
    monkeypatch.setattr(attempts, "time", SimpleNamespace(time=lambda: now.s))
    return now


def fail(times, **where):
    for _ in range(times):
        attempts.note_failure(**{**HERE, **where})


def test_the_limit_holds_until_the_window_has_passed(clock):
    fail(2)
    assert attempts.wait_s(**HERE) == 0
    clock.s += 60
    fail(1)
    assert attempts.wait_s(**HERE) == attempts.WINDOW_S - 60 + 1
    clock.s += attempts.WINDOW_S - 59
    assert attempts.wait_s(**HERE) == 0


def test_the_right_password_starts_anew_and_case_makes_no_other_person(clock):
    fail(3, email=" COACH@example.org")
    assert attempts.wait_s(**HERE) > 0
    attempts.forget(**HERE)
    assert attempts.wait_s(**HERE) == 0


def test_somebody_elsewhere_is_not_shut_out_by_a_few_tries(clock):
    fail(3)
    assert attempts.wait_s(email="coach@example.org", address="10.0.0.2") == 0
    assert attempts.wait_s(email="other@example.org", address="10.0.0.1") == 0


@pytest.mark.parametrize(
    ("several", "also"),
    [
        ([{"email": f"user{n}@example.org"} for n in range(15)], {"email": "new@example.org"}),
        ([{"address": f"10.0.1.{n}"} for n in range(30)], {"address": "10.0.9.9"}),
    ],
    ids=["one address tries many people", "many addresses try one person"],
)
def test_spreading_the_tries_does_not_help(clock, several, also):
    for where in several:
        fail(1, **where)
    assert attempts.wait_s(**{**HERE, **also}) > 0


@pytest.mark.parametrize(
    ("proxies", "told", "address"),
    [
        (0, "6.6.6.6", "10.0.0.1"),
        (1, "6.6.6.6, 1.2.3.4", "1.2.3.4"),
        (2, "1.2.3.4, 9.9.9.9", "1.2.3.4"),
        (1, "", "10.0.0.1"),
    ],
)
def test_only_trusted_proxies_are_believed(settings, rf, proxies, told, address):
    settings.SPORTSBR_PROXIES = proxies
    request = rf.get("/", REMOTE_ADDR="10.0.0.1", headers={"X-Forwarded-For": told})
    assert attempts.address_of(request) == address
