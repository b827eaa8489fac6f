"""Videos sent by a plain form, for browsers without the script."""

from __future__ import annotations

import uuid
from pathlib import Path
from typing import TYPE_CHECKING

from sportsbr.recordings.intake import take_in

if TYPE_CHECKING:
    from django.core.files.uploadedfile import TemporaryUploadedFile

    from sportsbr.accounts.models import Athlete, Club, User
    from sportsbr.recordings.models import Recording


def receive(
    file: TemporaryUploadedFile,
    *,
    user: User,
    club: Club,
    sport: str,
    athlete: Athlete | None,
    capture_fps: float | None = None,
) -> Recording:
    """Keep one file in storage and queue its analysis."""
    name = file.name or "video"
    return take_in(
        Path(file.temporary_file_path()),
        key=uuid.uuid4(),
        club=club,
        user=user,
        filename=name,
        title=name.rsplit(".", 1)[0],
        sport=sport,
        athlete=athlete,
        capture_fps=capture_fps,
    )
