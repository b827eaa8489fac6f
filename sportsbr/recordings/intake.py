"""Footage comes in by whatever door: bounded, hashed, stored and queued in one place."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from django.conf import settings
from django.core.files.uploadhandler import TemporaryFileUploadHandler

from analysis.errors import EmptyFileError
from sportsbr.accounts.services import require_club
from sportsbr.recordings.services import create_recording
from sportsbr.recordings.storage import store

if TYPE_CHECKING:
    from pathlib import Path
    from uuid import UUID

    from sportsbr.accounts.models import Athlete, Club, User
    from sportsbr.recordings.models import Recording


class UploadError(Exception):
    """An upload request that cannot be served; `code` names the problem, `status` the answer."""

    code = "upload_failed"
    status = 400


class UploadTooLargeError(UploadError):
    """More bytes than allowed, or than announced."""

    code = "upload_too_large"
    status = 413


def require_size(size_bytes: int) -> None:
    """Nothing, when footage may have this size.

    Raises:
        EmptyFileError: 0 bytes.
        UploadTooLargeError: more than the limit.
    """
    if size_bytes == 0:
        raise EmptyFileError
    if size_bytes > settings.SPORTSBR_MAX_UPLOAD_BYTES:
        raise UploadTooLargeError(
            f"expected at most {settings.SPORTSBR_MAX_UPLOAD_BYTES} bytes, got {size_bytes}"
        )


def take_in(
    source: Path,
    *,
    key: UUID,
    club: Club,
    user: User | None,
    filename: str,
    title: str,
    sport: str,
    athlete: Athlete | None,
    capture_fps: float | None = None,
) -> Recording:
    """Copy a received file into storage, as a recording with its first run queued.

    `key` is of this upload alone: a path shared by equal clips would go with the first one deleted.

    Raises:
        EmptyFileError: 0 bytes.
        UploadTooLargeError: more than the limit.
        OtherClubError: the athlete is of another club.
    """
    size_bytes = source.stat().st_size
    require_size(size_bytes)
    require_club(athlete, club=club)
    with source.open("rb") as file:
        sha256 = hashlib.file_digest(file, "sha256").hexdigest()
    name = filename[-255:]
    return create_recording(
        club,
        user=user,
        title=(title or name)[:200],
        filename=name,
        sha256=sha256,
        size_bytes=size_bytes,
        path=store(source, path=f"clubs/{club.pk}/uploads/{key}"),
        sport=sport[:40],
        athlete=athlete,
        capture_fps=capture_fps,
    )


class BoundedFile(TemporaryFileUploadHandler):
    """A plain form's file on disk, of which nothing beyond the limit is kept.

    The size is counted to the end, so that the form can tell that it was too large.
    """

    def receive_data_chunk(self, raw_data: bytes, start: int) -> bytes | None:
        """Keep a piece that begins within the limit."""
        if start <= settings.SPORTSBR_MAX_UPLOAD_BYTES:
            super().receive_data_chunk(raw_data, start)
        return None
