from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from rest_framework.test import APIClient

from sportsbr.accounts.models import Club, User
from sportsbr.accounts.services import create_club

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(autouse=True)
def _own_folders(settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.UPLOAD_DIR = tmp_path / "uploads"
    settings.MEDIA_ROOT = tmp_path / "media"
    # The doorbell is not under test here, and no broker listens.
    monkeypatch.setattr("sportsbr.recordings.ledger._send", lambda name, step_id: None)


@pytest.fixture
def coach(db: None) -> User:
    user = User.objects.create_user("coach@example.org", "correct horse battery")
    create_club("Riverside", owner=user)
    return user


@pytest.fixture
def club(coach: User) -> Club:
    return Club.objects.get(memberships__user=coach)


@pytest.fixture
def api(coach: User) -> APIClient:
    client = APIClient()
    client.force_authenticate(coach)
    return client


@pytest.fixture
def stranger(db: None) -> APIClient:
    user = User.objects.create_user("other@example.org", "correct horse battery")
    create_club("Elsewhere", owner=user)
    client = APIClient()
    client.force_authenticate(user)
    return client
