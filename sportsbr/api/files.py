"""Stored files over HTTP: byte ranges for players, entity tags, bounded memory."""

from __future__ import annotations

import re
from typing import IO, TYPE_CHECKING, Final

from django.core.files.storage import FileSystemStorage, default_storage
from django.http import FileResponse, HttpResponse, HttpResponseRedirect, StreamingHttpResponse

from sportsbr.api.problems import problem

if TYPE_CHECKING:
    from collections.abc import Iterator

    from django.http import HttpRequest
    from django.http.response import HttpResponseBase

PIECE_BYTES: Final = 256 * 1024
ONE_RANGE: Final = re.compile(r"bytes=(\d*)-(\d*)")
TYPES: Final = {
    "mp4": "video/mp4",
    "json": "application/json",
    "csv": "text/csv; charset=utf-8",
    "npz": "application/octet-stream",
}


def serve(request: HttpRequest, *, path: str, etag: str, filename: str) -> HttpResponseBase:
    """What is stored under `path`: 200, 206, 304 or 416; a bucket is redirected to."""
    if not isinstance(default_storage._wrapped, FileSystemStorage):  # type: ignore[attr-defined]  # noqa: SLF001 - Django has no public question for this
        return HttpResponseRedirect(default_storage.url(path))
    quoted = f'"{etag}"'
    if request.headers.get("If-None-Match") == quoted:
        return HttpResponse(status=304, headers={"ETag": quoted})
    size = default_storage.size(path)
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
    first, last = match.groups()
    if not first:
        return (max(0, size - int(last)), size) if int(last) else (size, size)
    start = int(first)
    stop = min(size, int(last) + 1) if last else size
    if last and int(last) < start:
        return None
    return (start, stop) if start < size else (size, size)


def _outside(size: int) -> HttpResponse:
    import json

    return HttpResponse(
        json.dumps(problem("range_not_satisfiable")),
        status=416,
        content_type="application/problem+json",
        headers={"Content-Range": f"bytes */{size}"},
    )


def _pieces(file: IO[bytes], *, length: int) -> Iterator[bytes]:
    with file:
        left = length
        while left:
            piece = file.read(min(PIECE_BYTES, left))
            if not piece:
                return
            left -= len(piece)
            yield piece
