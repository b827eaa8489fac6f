from __future__ import annotations

import json
import logging
import threading
from typing import TYPE_CHECKING, Any

import pytest
from django.http import HttpResponse
from django.test import Client

from sportsbr import trace
from sportsbr.ops.middleware import BODIES, COME_AGAIN_S, UploadSlots

if TYPE_CHECKING:
    from django.test import RequestFactory

pytestmark = pytest.mark.django_db
PROBLEM = "application/problem+json"


@pytest.mark.parametrize(
    ("told", "kept"),
    [("club-7.req_1", True), ("", False), ("x" * 65, False), ("a b", False), ("<script>", False)],
)
def test_every_answer_has_a_request_id(client: Client, *, told: str, kept: bool) -> None:
    answer = client.get("/healthz", headers={"X-Request-ID": told})
    given = answer.headers["X-Request-ID"]
    assert (given == told) == kept
    assert trace.SANE.fullmatch(given)
    assert trace.request_id() == ""


def test_a_log_line_carries_the_request_id(caplog: pytest.LogCaptureFixture) -> None:
    record = logging.LogRecord("x", logging.INFO, "", 0, "text", None, None)
    assert trace.WithRequestId().filter(record)
    assert record.__dict__["request_id"] == "-"


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_an_unknown_path_of_the_api_is_a_problem(client: Client, language: str) -> None:
    answer = client.get("/api/v1/nothing/", headers={"Accept-Language": language})
    told = answer.json()
    assert (answer.status_code, answer.headers["Content-Type"]) == (404, PROBLEM)
    assert (told["code"], told["status"]) == ("not_found", 404)
    assert told["request_id"] == answer.headers["X-Request-ID"]
    assert told["title"].startswith("找不到" if language == "zh-hans" else "There is no such")


def test_a_wrong_method_is_a_problem_that_names_the_right_ones(client: Client) -> None:
    answer = client.get("/api/v1/auth/token/")
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"] == "Token"
    answer = client.put("/problems/not_found")
    assert (answer.status_code, answer.headers["Content-Type"]) == (405, PROBLEM)
    assert "GET" in answer.headers["Allow"]


def test_what_breaks_inside_is_a_problem_without_its_secrets(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def broken(*args: Any, **kwargs: Any) -> None:
        raise RuntimeError("secret")

    quiet = Client(raise_request_exception=False)
    # Outside of the API's own views, where its exception handler does not reach.
    session = "django.contrib.sessions.middleware.SessionMiddleware.process_request"
    monkeypatch.setattr(session, broken)
    answer = quiet.get("/api/v1/me/", headers={"Accept-Language": "zh-hans"})
    assert (answer.status_code, answer.headers["Content-Type"]) == (500, PROBLEM)
    assert (answer.json()["code"], answer.json()["title"]) == ("internal_error", "服务器内部出错。")
    assert b"secret" not in answer.content
    assert "text/html" in quiet.get("/").headers["Content-Type"]


@pytest.mark.parametrize("path", ["/api/v1/uploads/x/", "/upload/"])
def test_slow_bodies_leave_threads_for_the_rest(
    rf: RequestFactory, settings: Any, path: str
) -> None:
    settings.SPORTSBR_UPLOAD_SLOTS = 2
    inside, go_on = threading.Semaphore(0), threading.Event()

    def view(request: Any) -> HttpResponse:
        if request.method == "POST":
            inside.release()
            go_on.wait(10)
        return HttpResponse("ok")

    serve = UploadSlots(view)
    kind = BODIES[0] if path.startswith("/api/") else f"{BODIES[1]}; boundary=x"
    answers: list[Any] = []
    threads = [
        threading.Thread(
            target=lambda: answers.append(serve(rf.post(path, b"x", content_type=kind)))
        )
        for _ in range(2)
    ]
    for thread in threads:
        thread.start()
        assert inside.acquire(timeout=10)
    busy = serve(rf.post(path, b"x", content_type=kind))
    assert (busy.status_code, busy.headers["Retry-After"]) == (503, str(COME_AGAIN_S))
    if path.startswith("/api/"):
        assert json.loads(busy.content)["code"] == "uploads_busy"  # type: ignore[attr-defined]
    assert serve(rf.get("/healthz")).status_code == 200
    go_on.set()
    for thread in threads:
        thread.join()
    assert [answer.status_code for answer in answers] == [200, 200]
    assert serve(rf.post(path, b"x", content_type=kind)).status_code == 200
