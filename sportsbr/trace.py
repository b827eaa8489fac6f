"""The id of the request being served: in its answer, in its problems and in every log line."""

from __future__ import annotations

import re
import uuid
from contextvars import ContextVar
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    import logging
    from collections.abc import Callable

    from django.http import HttpRequest
    from django.http.response import HttpResponseBase

HEADER: Final = "X-Request-ID"
SANE: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_current: ContextVar[str] = ContextVar("request_id", default="")


def request_id() -> str:
    """Of the request being served; empty outside of one."""
    return _current.get()


class RequestId:
    """Takes the id that a proxy or a client sent, when it is a plain word, or makes one."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Serve the request under its id."""
        told = request.headers.get(HEADER, "")
        token = _current.set(told if SANE.fullmatch(told) else uuid.uuid4().hex)
        try:
            response = self._get_response(request)
            response.headers[HEADER] = request_id()
            return response
        finally:
            _current.reset(token)


class WithRequestId:
    """A logging filter: `request_id` for the line's format; a dash outside of a request."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Let every record through, with the id."""
        record.request_id = request_id() or "-"
        return True
