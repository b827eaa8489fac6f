"""Resumable uploads over tus 1.0: creation, checksum, expiration, termination.

Bodies are streamed from the request to disk; nothing here reads them whole.
"""

from __future__ import annotations

import base64
import binascii
from typing import TYPE_CHECKING, Any, Final

from django.conf import settings
from django.shortcuts import get_object_or_404
from django.urls import reverse
from drf_spectacular.utils import extend_schema
from rest_framework import exceptions, status
from rest_framework.parsers import BaseParser
from rest_framework.response import Response
from rest_framework.views import APIView

from sportsbr.accounts import selectors as accounts
from sportsbr.api.problems import answer, problem
from sportsbr.api.serializers import UploadSerializer, known_sport
from sportsbr.recordings import selectors, uploads

if TYPE_CHECKING:
    from uuid import UUID

    from rest_framework.request import Request

    from sportsbr.accounts.models import Club, User
    from sportsbr.recordings.models import Upload

MOST_DIGITS: Final = 18  # what the database's bigint holds
VERSION: Final = "1.0.0"
CHUNK_TYPE: Final = "application/offset+octet-stream"
OVERRIDE: Final = "X-HTTP-Method-Override"  # for networks that let only GET and POST through


class Untouched(BaseParser):
    """Leaves the body on the wire for the view to stream."""

    media_type = "*/*"

    def parse(self, stream: Any, media_type: Any = None, parser_context: Any = None) -> Any:
        """The stream itself."""
        del media_type, parser_context
        return stream


class TusView(APIView):
    """What every tus answer carries."""

    parser_classes = (Untouched,)

    def dispatch(self, request: Any, *args: Any, **kwargs: Any) -> Any:
        """A POST that says it stands for a PATCH or a DELETE is one."""
        wanted = request.headers.get(OVERRIDE, "").upper()
        if request.method == "POST" and wanted in {"PATCH", "DELETE"}:
            request.method = wanted
        return super().dispatch(request, *args, **kwargs)

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Refuse another protocol version before anything else."""
        super().initial(request, *args, **kwargs)
        told = request.headers.get("Tus-Resumable")
        if request.method in {"POST", "PATCH", "DELETE", "HEAD"} and told != VERSION:
            raise WrongVersionError

    def finalize_response(
        self, request: Request, response: Any, *args: Any, **kwargs: Any
    ) -> Response:
        """Name the protocol version, and forbid caches to keep an offset."""
        answered: Response = super().finalize_response(request, response, *args, **kwargs)
        answered.headers["Tus-Resumable"] = VERSION
        answered.headers["Cache-Control"] = "no-store"
        return answered

    def handle_exception(self, exc: Exception) -> Response:
        """The protocol's own error beside the API's."""
        if isinstance(exc, WrongVersionError):
            response = answer(problem("tus_version"), headers={"Tus-Version": VERSION})
            response.exception = True
            return response
        handled: Response = super().handle_exception(exc)
        return handled


class WrongVersionError(Exception):
    """Tus-Resumable is missing or names another version."""


class Uploads(TusView):
    """Announce an upload."""

    @extend_schema(exclude=True)
    def options(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """What this server can do."""
        del request, args, kwargs
        return Response(
            status=status.HTTP_204_NO_CONTENT,
            headers={
                "Tus-Version": VERSION,
                "Tus-Extension": "creation,creation-with-upload,checksum,expiration,termination",
                "Tus-Max-Size": str(settings.SPORTSBR_MAX_UPLOAD_BYTES),
                "Tus-Checksum-Algorithm": ",".join(uploads.CHECKSUMS),
            },
        )

    @extend_schema(
        request=None,
        responses={201: None},
        description="tus creation. Upload-Metadata keys: filename, title, sport, athlete, club, "
        "capture_fps.",
    )
    def post(self, request: Request) -> Response:
        """Create an upload; its address is in Location."""
        user: User = request.user  # type: ignore[assignment]  # only members come this far
        metadata = parse_metadata(request.headers.get("Upload-Metadata", ""))
        known_sport(metadata.get("sport", ""))
        upload = uploads.create_upload(
            _club(user, wanted=metadata.get("club", "")),
            user=user,
            length_bytes=_number(request, "Upload-Length"),
            filename=metadata.get("filename", ""),
            metadata=metadata,
        )
        if request.content_type == CHUNK_TYPE:
            upload = _append(request, upload.pk, offset=0)
        location = request.build_absolute_uri(reverse("api:upload", args=[upload.pk]))
        headers = {"Location": location, **_state(upload)}
        return Response(status=status.HTTP_201_CREATED, headers=headers)


class UploadDetail(TusView):
    """One upload."""

    def get_upload(self, pk: UUID) -> Upload:
        """The caller's upload, or 404."""
        user: User = self.request.user  # type: ignore[assignment]  # as above
        return get_object_or_404(selectors.uploads_of(user), pk=pk)

    @extend_schema(responses=UploadSerializer)
    def get(self, request: Request, pk: UUID) -> Response:
        """Where the upload stands, and what became of it."""
        del request
        return Response(UploadSerializer(uploads.settle(self.get_upload(pk))).data)

    @extend_schema(exclude=True)
    def head(self, request: Request, pk: UUID) -> Response:
        """The offset to go on from."""
        del request
        upload = uploads.settle(self.get_upload(pk))
        if uploads.is_gone(upload):
            raise uploads.UploadGoneError("this upload has expired or was terminated")
        headers = {"Upload-Length": str(upload.length_bytes), **_state(upload)}
        return Response(headers=headers)

    @extend_schema(
        request={CHUNK_TYPE: bytes}, responses={204: None}, description="tus: append bytes."
    )
    def patch(self, request: Request, pk: UUID) -> Response:
        """Append bytes at Upload-Offset."""
        self.get_upload(pk)
        if request.content_type != CHUNK_TYPE:
            raise exceptions.UnsupportedMediaType(request.content_type)
        upload = _append(request, pk, offset=_number(request, "Upload-Offset"))
        return Response(status=status.HTTP_204_NO_CONTENT, headers=_state(upload))

    @extend_schema(request=None, responses={204: None})
    def delete(self, request: Request, pk: UUID) -> Response:
        """Give the upload up."""
        del request
        uploads.terminate(self.get_upload(pk).pk)
        return Response(status=status.HTTP_204_NO_CONTENT)


def parse_metadata(header: str) -> dict[str, str]:
    """`key base64, key base64` as a dictionary.

    Raises:
        ValidationError: a value is not base64 of UTF-8, or holds a NUL, which Postgres takes not.
    """
    found = {}
    for pair in filter(None, (part.strip() for part in header.split(","))):
        key, _, coded = pair.partition(" ")
        try:
            found[key] = base64.b64decode(coded, validate=True).decode("utf-8")
        except (binascii.Error, UnicodeDecodeError) as error:
            raise exceptions.ValidationError(
                {"Upload-Metadata": f"expected base64 of UTF-8 for {key!r}"}
            ) from error
        if "\0" in key + found[key]:
            raise exceptions.ValidationError(
                {"Upload-Metadata": f"expected text without NUL for {key!r}"}
            )
    return found


def _append(request: Request, pk: UUID, *, offset: int) -> Upload:
    return uploads.append(
        pk,
        stream=request._request,  # noqa: SLF001 - DRF's own stream would be parsed first
        offset=offset,
        checksum=_checksum(request.headers.get("Upload-Checksum", "")),
    )


def _checksum(header: str) -> tuple[str, bytes] | None:
    if not header:
        return None
    algorithm, _, coded = header.partition(" ")
    if algorithm not in uploads.CHECKSUMS:
        known = ", ".join(uploads.CHECKSUMS)
        raise exceptions.ValidationError({"Upload-Checksum": f"expected one of {known}"})
    try:
        return algorithm, base64.b64decode(coded, validate=True)
    except binascii.Error as error:
        raise exceptions.ValidationError({"Upload-Checksum": "expected base64"}) from error


def _number(request: Request, header: str) -> int:
    value = request.headers.get(header, "")
    if not (value.isascii() and value.isdecimal() and len(value) <= MOST_DIGITS):
        raise exceptions.ValidationError(
            {header: f"expected a number of bytes, got {value[:40]!r}"}
        )
    return int(value)


def _club(user: User, *, wanted: str) -> Club:
    """The club named, or the first one, of those where the caller may upload."""
    named = {"slug": wanted} if wanted else {}
    club = accounts.clubs_worked_in(user).filter(**named).first()
    if club is None and accounts.clubs_of(user).filter(**named).exists():
        raise exceptions.PermissionDenied
    if club is None:
        raise exceptions.ValidationError({"club": "expected a club that you are a member of"})
    return club


def _state(upload: Upload) -> dict[str, str]:
    return {
        "Upload-Offset": str(upload.offset_bytes),
        "Upload-Expires": upload.expires_at.strftime("%a, %d %b %Y %H:%M:%S GMT"),
    }
