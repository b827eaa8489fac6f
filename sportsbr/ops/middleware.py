"""What stands before every view: problems under /api/ whatever broke, and a cap on uploads."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Final

from django.conf import settings
from django.shortcuts import render
from django.utils import translation

from sportsbr.api.problems import CONTENT_TYPE, of_status, plain_answer, problem

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.http import HttpRequest
    from django.http.response import HttpResponseBase

    Handler = Callable[[HttpRequest], HttpResponseBase]

API: Final = "/api/"
COME_AGAIN_S: Final = 5
BODIES: Final = ("application/offset+octet-stream", "multipart/form-data")


class ApiProblems:
    """Under /api/ every error is a problem document, also those that no view of ours made."""

    def __init__(self, get_response: Handler) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """The answer, or the problem that its status stands for."""
        response = self._get_response(request)
        told = response.headers.get("Content-Type", "")
        if response.status_code < 400 or not request.path.startswith(API) or told == CONTENT_TYPE:
            return response
        kept = {name: response.headers[name] for name in ("Allow",) if name in response.headers}
        # What broke may have done so before the request's language was set.
        with translation.override(translation.get_language_from_request(request)):
            return plain_answer(of_status(response.status_code), headers=kept)


class UploadSlots:
    """Slow uploads must not hold every thread of a web process: a few at a time, the rest later.

    A thread is held while a body is received, so bodies of the two kinds that carry footage take
    one of `SPORTSBR_UPLOAD_SLOTS`; without a free one the answer is 503 with Retry-After, before
    anything is read.
    """

    def __init__(self, get_response: Handler) -> None:
        self._get_response = get_response
        self._free = threading.BoundedSemaphore(settings.SPORTSBR_UPLOAD_SLOTS)

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Serve the request, if it carries a body with a slot."""
        if request.content_type not in BODIES:
            return self._get_response(request)
        if not self._free.acquire(blocking=False):
            return _busy(request)
        try:
            return self._get_response(request)
        finally:
            self._free.release()


def _busy(request: HttpRequest) -> HttpResponseBase:
    if request.path.startswith(API):
        answer = plain_answer(problem("uploads_busy"))
    else:
        answer = render(request, "503.html", status=503)
    answer.headers["Retry-After"] = str(COME_AGAIN_S)
    return answer
