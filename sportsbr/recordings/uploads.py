"""Resumable uploads (tus 1.0): bytes go to disk as they come, the offset lives in a locked row.

The offset is committed every few MiB or seconds, each time with the row locked and the offset still
where this request left it. So a web process that is killed loses little, and of two requests that
write to one upload the later one to commit finds another offset and stops.
"""

from __future__ import annotations

import hashlib
import os
import time
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Final, Protocol
from uuid import UUID

from django.conf import settings
from django.db import OperationalError, transaction
from django.db.models import F
from django.http.request import UnreadablePostError
from django.utils import timezone

from sportsbr.recordings.intake import UploadError, UploadTooLargeError, require_size, take_in
from sportsbr.recordings.models import Upload
from sportsbr.recordings.services import capture_rate

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sportsbr.accounts.models import Athlete, Club, User

PIECE_BYTES: Final = 64 * 1024  # small: a slow line fills one before the next look at the clock
BATCH_BYTES: Final = 4 * 1024 * 1024  # held in memory, then written and committed
BATCH_S: Final = 2.0
CHECKSUMS: Final = ("sha256", "sha1", "md5")


class Readable(Protocol):
    """What bytes are read from: a request, or a file."""

    def read(self, size: int, /) -> bytes:
        """Up to `size` bytes; none at the end."""
        ...


class OffsetConflictError(UploadError):
    """The client's offset is not the server's."""

    code = "upload_offset_conflict"
    status = 409


class ChecksumMismatchError(UploadError):
    """The bytes received are not those that the client meant; none of them was kept."""

    code = "upload_checksum_mismatch"
    status = 460


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
    require_size(length_bytes)
    upload = Upload.objects.create(
        club=club,
        user=user,
        length_bytes=length_bytes,
        filename=Path(filename).name[:255] or "video",
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
        UploadError: one of its kinds; what was committed before it stays, of the rest nothing.
    """
    if checksum is not None:
        upload = _append_whole(upload_id, stream=stream, offset=offset, checksum=checksum)
    else:
        upload = _at(upload_id, offset=offset)
        room = upload.length_bytes - offset
        while batch := _batch(stream, room=room):
            upload = _append_batch(upload_id, batch=batch, offset=offset)
            offset, room = offset + len(batch), room - len(batch)
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
    upload.recording = take_in(
        source,
        key=upload.pk,
        club=upload.club,
        user=upload.user,
        filename=upload.filename,
        title=upload.metadata.get("title", ""),
        sport=upload.metadata.get("sport", ""),
        athlete=_athlete(upload),
        capture_fps=capture_rate(upload.metadata.get("capture_fps", "")),
    )
    upload.state = Upload.Status.COMPLETE
    upload.save(update_fields=["recording", "state"])
    transaction.on_commit(lambda: source.unlink(missing_ok=True))
    return upload


def settle(upload: Upload) -> Upload:
    """Complete what a web process received whole but did not live to make a recording of."""
    full = upload.offset_bytes == upload.length_bytes and upload.state == Upload.Status.OPEN
    return complete(upload.pk) if full and not is_gone(upload) else upload


@transaction.atomic
def terminate(upload_id: UUID) -> None:
    """Drop an upload that is not complete, with its bytes."""
    upload = _locked(upload_id)
    upload.state = Upload.Status.TERMINATED
    upload.save(update_fields=["state"])
    transaction.on_commit(lambda: path_of(upload).unlink(missing_ok=True))


def expire() -> int:
    """Complete what is whole and terminate what nobody went on with; returns how many of these."""
    waiting = Upload.objects.filter(state=Upload.Status.OPEN)
    for upload in waiting.filter(offset_bytes=F("length_bytes"), expires_at__gt=timezone.now()):
        settle(upload)
    late = waiting.filter(expires_at__lt=timezone.now())
    ids = list(late.values_list("pk", flat=True))
    for upload_id in ids:
        path = path_of(Upload(pk=upload_id))
        Upload.objects.filter(pk=upload_id).update(state=Upload.Status.TERMINATED)
        path.unlink(missing_ok=True)
    return len(ids)


def path_of(upload: Upload) -> Path:
    """Where an upload's bytes lie until it is complete."""
    return Path(settings.UPLOAD_DIR) / str(upload.pk)


def is_gone(upload: Upload) -> bool:
    """Whether an upload was terminated, or expired and only waits for the sweeper."""
    expired = upload.state == Upload.Status.OPEN and upload.expires_at < timezone.now()
    return expired or upload.state == Upload.Status.TERMINATED


def _locked(upload_id: UUID) -> Upload:
    try:
        upload = Upload.objects.select_for_update(nowait=True).get(pk=upload_id)
    except OperationalError as error:
        raise UploadLockedError("another request is writing to this upload") from error
    if is_gone(upload):
        raise UploadGoneError("this upload has expired or was terminated")
    return upload


@transaction.atomic
def _at(upload_id: UUID, *, offset: int) -> Upload:
    """The upload, locked until the transaction's end, if it stands at `offset`."""
    upload = _locked(upload_id)
    if offset != upload.offset_bytes:
        raise OffsetConflictError(f"expected offset {upload.offset_bytes}, got {offset}")
    return upload


@transaction.atomic
def _append_batch(upload_id: UUID, *, batch: bytes, offset: int) -> Upload:
    """Write one batch and count it, both or neither."""
    upload = _at(upload_id, offset=offset)
    with path_of(upload).open("r+b") as file:
        # Bytes beyond the row's offset are of a request that never got to count them.
        file.truncate(offset)
        file.seek(offset)
        file.write(batch)
        file.flush()
        os.fsync(file.fileno())
    upload.offset_bytes = offset + len(batch)
    upload.save(update_fields=["offset_bytes"])
    return upload


@transaction.atomic
def _append_whole(
    upload_id: UUID, *, stream: Readable, offset: int, checksum: tuple[str, bytes]
) -> Upload:
    """Write all that comes and count it if its checksum is right; locked from first to last."""
    upload = _at(upload_id, offset=offset)
    upload.offset_bytes += _write(upload, stream=stream, checksum=checksum)
    upload.save(update_fields=["offset_bytes"])
    return upload


def _batch(stream: Readable, *, room: int) -> bytes:
    """What comes within `BATCH_S`, up to `BATCH_BYTES`; empty at the end.

    Raises:
        UploadTooLargeError: more comes than there is room for.
    """
    batch = bytearray()
    until = time.monotonic() + BATCH_S
    for piece in _pieces(stream):
        batch += piece
        if len(batch) > room:
            raise UploadTooLargeError(f"expected at most {room} more bytes")
        # The batch that fills the upload is only whole when nothing comes after it.
        if len(batch) < room and (len(batch) >= BATCH_BYTES or time.monotonic() > until):
            break
    return bytes(batch)


def _write(upload: Upload, *, stream: Readable, checksum: tuple[str, bytes]) -> int:
    """Write all that comes behind the offset; returns how much."""
    room = upload.length_bytes - upload.offset_bytes
    digest = hashlib.new(checksum[0], usedforsecurity=False)
    written = 0
    with path_of(upload).open("r+b") as file:
        file.truncate(upload.offset_bytes)
        file.seek(upload.offset_bytes)
        for piece in _pieces(stream):
            if written + len(piece) > room:
                file.truncate(upload.offset_bytes)
                raise UploadTooLargeError(f"expected at most {room} more bytes")
            file.write(piece)
            written += len(piece)
            digest.update(piece)
        if digest.digest() != checksum[1]:
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
