"""Stored files over HTTP: byte ranges for players, entity tags, bounded memory."""

from __future__ import annotations

import logging
import re
from typing import IO, TYPE_CHECKING, Final

from django.core.files.storage import FileSystemStorage, default_storage
from django.http import FileResponse, HttpResponse, HttpResponseRedirect, StreamingHttpResponse
from rest_framework.negotiation import BaseContentNegotiation

from sportsbr.api.problems import plain_answer, problem

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from django.http import HttpRequest
    from django.http.response import HttpResponseBase
    from rest_framework.renderers import BaseRenderer
    from rest_framework.request import Request

logger = logging.getLogger(__name__)
PIECE_BYTES: Final = 256 * 1024
ONE_RANGE: Final = re.compile(r"bytes=([0-9]*)-([0-9]*)")
TYPES: Final = {
    "mp4": "video/mp4",
    "jpg": "image/jpeg",
    "json": "application/json",
    "csv": "text/csv; charset=utf-8",
    "npz": "application/octet-stream",
}


class AsStored(BaseContentNegotiation):
    """A file has one form: whatever `Accept` asks for, it is served, and problems are JSON."""

    def select_renderer(
        self,
        request: Request,
        renderers: Iterable[BaseRenderer],
        format_suffix: str | None = None,
    ) -> tuple[BaseRenderer, str]:
        """The first renderer, for problems."""
        del request, format_suffix
        first = next(iter(renderers))
        return first, first.media_type or ""


def serve(request: HttpRequest, *, path: str, etag: str, filename: str) -> HttpResponseBase:
    """What is stored under `path`: 200, 206, 304, 404 or 416; a bucket is redirected to."""
    if not isinstance(default_storage._wrapped, FileSystemStorage):  # type: ignore[attr-defined]  # noqa: SLF001 - Django has no public question for this
        return HttpResponseRedirect(default_storage.url(path))
    quoted = f'"{etag}"'
    if request.headers.get("If-None-Match") == quoted:
        return HttpResponse(status=304, headers={"ETag": quoted})
    try:
        size = default_storage.size(path)
    except FileNotFoundError:
        logger.warning("a stored file is missing: %s", path)
        return plain_answer(problem("missing_file"))
    content_type = TYPES.get(filename.rsplit(".", 1)[-1], "application/octet-stream")
    whole = request.headers.get("If-Range", quoted) != quoted
    span = None if whole else parse_range(request.headers.get("Range", ""), size=size)
    headers = {"ETag": quoted, "Accept-Ranges": "bytes", "Cache-Control": "private, no-cache"}
    if span is None:
        file = default_storage.open(path, "rb")
        return FileResponse(file, filename=filename, content_type=content_type, headers=headers)
    start, stop = span
    if start >= stop:
        return _outside(size)
    headers |= {"Content-Range": f"bytes {start}-{stop - 1}/{size}"}
    headers |= {"Content-Length": str(stop - start)}
    file = default_storage.open(path, "rb")
    file.seek(start)
    pieces = _pieces(file, length=stop - start)
    return StreamingHttpResponse(pieces, status=206, content_type=content_type, headers=headers)


def parse_range(header: str, *, size: int) -> tuple[int, int] | None:
    """[start, stop) of a single range; None for none (or several: the whole file is allowed).

    An unsatisfiable range comes back empty (start == stop).
    """
    match = ONE_RANGE.fullmatch(header.strip())
    if match is None or match.groups() == ("", ""):
        return None
    first, last = (_bounded(text) for text in match.groups())
    if first is None:
        return (max(0, size - last), size) if last else (size, size)
    if last is not None and last < first:
        return None
    stop = size if last is None else min(size, last + 1)
    return (first, stop) if first < size else (size, size)


def _bounded(digits: str) -> int | None:
    """A number of any length: beyond 18 digits it lies outside of every file anyway."""
    return int(digits.lstrip("0")[:18] or "0") if digits else None


def _outside(size: int) -> HttpResponse:
    document = problem("range_not_satisfiable")
    return plain_answer(document, headers={"Content-Range": f"bytes */{size}"})


def _pieces(file: IO[bytes], *, length: int) -> Iterator[bytes]:
    with file:
        left = length
        while left:
            piece = file.read(min(PIECE_BYTES, left))
            if not piece:
                return
            left -= len(piece)
            yield piece
