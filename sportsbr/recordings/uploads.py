"""Resumable uploads (tus 1.0): bytes go to disk as they come, the offset lives in a locked row."""

from __future__ import annotations

import hashlib
import os
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Final, Protocol
from uuid import UUID

from django.conf import settings
from django.db import OperationalError, transaction
from django.http.request import UnreadablePostError
from django.utils import timezone

from analysis.errors import EmptyFileError
from sportsbr.recordings.models import Upload
from sportsbr.recordings.services import create_recording
from sportsbr.recordings.storage import store

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sportsbr.accounts.models import Athlete, Club, User

PIECE_BYTES: Final = 1024 * 1024
CHECKSUMS: Final = ("sha256", "sha1", "md5")


class Readable(Protocol):
    """What bytes are read from: a request, or a file."""

    def read(self, size: int, /) -> bytes:
        """Up to `size` bytes; none at the end."""
        ...


class UploadError(Exception):
    """An upload request that cannot be served; `code` names the problem, `status` the answer."""

    code = "upload_failed"
    status = 400


class OffsetConflictError(UploadError):
    """The client's offset is not the server's."""

    code = "upload_offset_conflict"
    status = 409


class ChecksumMismatchError(UploadError):
    """The bytes received are not those that the client meant; none of them was kept."""

    code = "upload_checksum_mismatch"
    status = 460


class UploadTooLargeError(UploadError):
    """More bytes than allowed, or than announced."""

    code = "upload_too_large"
    status = 413


class UploadGoneError(UploadError):
    """Expired or terminated."""

    code = "upload_gone"
    status = 410


class UploadLockedError(UploadError):
    """Another request is writing to the same upload."""

    code = "upload_locked"
    status = 423


def create_upload(
    club: Club, *, user: User, length_bytes: int, filename: str, metadata: dict[str, str]
) -> Upload:
    """Announce an upload.

    Raises:
        EmptyFileError: 0 bytes were announced.
        UploadTooLargeError: more than the limit.
    """
    if length_bytes == 0:
        raise EmptyFileError
    if length_bytes > settings.SPORTSBR_MAX_UPLOAD_BYTES:
        raise UploadTooLargeError(
            f"expected at most {settings.SPORTSBR_MAX_UPLOAD_BYTES} bytes, got {length_bytes}"
        )
    upload = Upload.objects.create(
        club=club,
        user=user,
        length_bytes=length_bytes,
        filename=Path(filename or "video").name[:255],
        metadata=metadata,
        expires_at=timezone.now() + timedelta(seconds=settings.SPORTSBR_UPLOAD_LIFETIME_S),
    )
    path_of(upload).parent.mkdir(parents=True, exist_ok=True)
    path_of(upload).touch()
    return upload


def append(
    upload_id: UUID, *, stream: Readable, offset: int, checksum: tuple[str, bytes] | None
) -> Upload:
    """Write what comes at `offset`; the offset advances by what reached the disk.

    A client that is cut off keeps what arrived. With a checksum (algorithm, digest) it is all or
    nothing. The last byte turns the upload into a recording with a queued run.

    Raises:
        UploadError: one of its kinds; nothing of the request was kept.
    """
    with transaction.atomic():
        upload = _locked(upload_id)
        if offset != upload.offset_bytes:
            raise OffsetConflictError(f"expected offset {upload.offset_bytes}, got {offset}")
        upload.offset_bytes += _write(upload, stream=stream, checksum=checksum)
        upload.save(update_fields=["offset_bytes"])
    if upload.offset_bytes == upload.length_bytes:
        return complete(upload_id)
    return upload


@transaction.atomic
def complete(upload_id: UUID) -> Upload:
    """Turn a full upload into a recording and a queued run, once."""
    upload = _locked(upload_id)
    if upload.recording is not None:
        return upload
    source = path_of(upload)
    with source.open("rb") as file:
        sha256 = hashlib.file_digest(file, "sha256").hexdigest()
    # Of this upload alone: a path shared by equal clips would go with the first one deleted.
    path = store(source, path=f"clubs/{upload.club_id}/uploads/{upload.pk}")
    upload.recording = create_recording(
        upload.club,
        user=upload.user,
        title=upload.metadata.get("title", "")[:200],
        filename=upload.filename,
        sha256=sha256,
        size_bytes=upload.length_bytes,
        path=path,
        sport=upload.metadata.get("sport", "")[:40],
        athlete=_athlete(upload),
    )
    upload.state = Upload.Status.COMPLETE
    upload.save(update_fields=["recording", "state"])
    transaction.on_commit(lambda: source.unlink(missing_ok=True))
    return upload


@transaction.atomic
def terminate(upload_id: UUID) -> None:
    """Drop an upload that is not complete, with its bytes."""
    upload = _locked(upload_id)
    upload.state = Upload.Status.TERMINATED
    upload.save(update_fields=["state"])
    transaction.on_commit(lambda: path_of(upload).unlink(missing_ok=True))


def expire() -> int:
    """Terminate what nobody went on with; returns how many."""
    late = Upload.objects.filter(state=Upload.Status.OPEN, expires_at__lt=timezone.now())
    ids = list(late.values_list("pk", flat=True))
    for upload_id in ids:
        path = path_of(Upload(pk=upload_id))
        Upload.objects.filter(pk=upload_id).update(state=Upload.Status.TERMINATED)
        path.unlink(missing_ok=True)
    return len(ids)


def path_of(upload: Upload) -> Path:
    """Where an upload's bytes lie until it is complete."""
    return Path(settings.UPLOAD_DIR) / str(upload.pk)


def _locked(upload_id: UUID) -> Upload:
    try:
        upload = Upload.objects.select_for_update(nowait=True).get(pk=upload_id)
    except OperationalError as error:
        raise UploadLockedError("another request is writing to this upload") from error
    expired = upload.state == Upload.Status.OPEN and upload.expires_at < timezone.now()
    if expired or upload.state == Upload.Status.TERMINATED:
        raise UploadGoneError("this upload has expired or was terminated")
    return upload


def _write(upload: Upload, *, stream: Readable, checksum: tuple[str, bytes] | None) -> int:
    room = upload.length_bytes - upload.offset_bytes
    digest = hashlib.new(checksum[0], usedforsecurity=False) if checksum else None
    written = 0
    with path_of(upload).open("r+b") as file:
        # Bytes beyond the row's offset are of a request that never got to count them.
        file.truncate(upload.offset_bytes)
        file.seek(upload.offset_bytes)
        for piece in _pieces(stream):
            if written + len(piece) > room:
                file.truncate(upload.offset_bytes)
                raise UploadTooLargeError(f"expected at most {room} more bytes")
            file.write(piece)
            written += len(piece)
            if digest is not None:
                digest.update(piece)
        if checksum is not None and digest is not None and digest.digest() != checksum[1]:
            file.truncate(upload.offset_bytes)
            raise ChecksumMismatchError(f"{checksum[0]} of {written} bytes differs")
        file.flush()
        os.fsync(file.fileno())
    return written


def _pieces(stream: Readable) -> Iterator[bytes]:
    """What comes until the request ends or the line is cut."""
    while True:
        try:
            piece = stream.read(PIECE_BYTES)
        except (UnreadablePostError, OSError):
            return
        if not piece:
            return
        yield piece


def _athlete(upload: Upload) -> Athlete | None:
    """The club's athlete that the client named; anything else is no reason to lose the footage."""
    try:
        wanted = UUID(upload.metadata.get("athlete", ""))
    except ValueError:
        return None
    return upload.club.athletes.filter(pk=wanted).first()
