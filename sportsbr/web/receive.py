"""Videos sent by a plain form, for browsers without the script."""

from __future__ import annotations

import hashlib
import uuid
from typing import TYPE_CHECKING, Any

from django.core.files.storage import default_storage

from sportsbr.recordings.services import create_recording

if TYPE_CHECKING:
    from django.core.files.uploadedfile import UploadedFile

    from sportsbr.accounts.models import Athlete, Club, User
    from sportsbr.recordings.models import Recording


def receive(
    file: UploadedFile[Any], *, user: User, club: Club, sport: str, athlete: Athlete | None
) -> Recording:
    """Keep one file in storage and queue its analysis."""
    digest = hashlib.sha256()
    for chunk in file.chunks():
        digest.update(chunk)
    file.seek(0)
    name = (file.name or "video")[-255:]
    return create_recording(
        club,
        user=user,
        title=name.rsplit(".", 1)[0][:200],
        filename=name,
        sha256=digest.hexdigest(),
        size_bytes=int(file.size or 0),
        path=default_storage.save(f"recordings/{uuid.uuid4()}/original", file),
        sport=sport,
        athlete=athlete,
    )
