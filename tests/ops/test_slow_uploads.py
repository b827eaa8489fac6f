"""The real web server: killed in the middle of an upload, and held up by slow ones."""

from __future__ import annotations

import socket
import urllib.error
import urllib.request
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

import pytest
from knox.models import AuthToken

from sportsbr.accounts.services import create_club
from sportsbr.ops import processes
from sportsbr.recordings import uploads
from sportsbr.recordings.models import Upload
from tests.factories import UserFactory
from tests.workers import site

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = [pytest.mark.service, pytest.mark.django_db(transaction=True)]
HOST = "127.0.0.1"
SLOTS = 2
MIB = 1024 * 1024


@pytest.fixture
def served(tmp_path: Path, settings: Any) -> Iterator[tuple[int, Any, Path]]:
    """A web server: its port, its process, its log."""
    port = processes.free_port(18100, host=HOST)
    environ = site.environment(tmp_path, SPORTSBR_UPLOAD_SLOTS=str(SLOTS))
    settings.UPLOAD_DIR = tmp_path / "uploads"
    log = tmp_path / "web.log"
    with site.running(processes.web(host=HOST, port=port), environ=environ, log=log) as process:
        site.wait_for(lambda: status(port) == 200, limit_s=60, log=log)
        yield port, process, log


def status(port: int, path: str = "/healthz") -> int:
    try:
        with urllib.request.urlopen(f"http://{HOST}:{port}{path}", timeout=5) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        return error.code
    except OSError:
        return 0


def begin(port: int, upload: Upload, token: str, *, sent: bytes) -> socket.socket:
    """A PATCH for the whole upload of which only the first bytes come."""
    line = socket.create_connection((HOST, port), timeout=30)
    head = (
        f"PATCH /api/v1/uploads/{upload.pk}/ HTTP/1.1\r\nHost: {HOST}\r\n"
        f"Authorization: Token {token}\r\nTus-Resumable: 1.0.0\r\nUpload-Offset: 0\r\n"
        "Content-Type: application/offset+octet-stream\r\n"
        f"Content-Length: {upload.length_bytes}\r\n\r\n"
    )
    line.sendall(head.encode() + sent)
    return line


def announced(length_bytes: int) -> tuple[Upload, str]:
    user = UserFactory()
    club = create_club("Riverside", owner=user)
    upload = uploads.create_upload(
        club, user=user, length_bytes=length_bytes, filename="a.mp4", metadata={}
    )
    return upload, AuthToken.objects.create(user)[1]


def test_a_killed_web_process_has_counted_what_came_before(served: Any) -> None:
    port, process, log = served
    upload, token = announced(12 * MIB)
    body = bytes(range(256)) * (9 * MIB // 256)
    with begin(port, upload, token, sent=body):

        def counted() -> int:
            return Upload.objects.get(pk=upload.pk).offset_bytes

        site.wait_for(lambda: counted() >= 8 * MIB, limit_s=60, log=log)
        site.kill(process)
        offset = counted()
    assert 8 * MIB <= offset <= 9 * MIB
    assert uploads.path_of(upload).read_bytes()[:offset] == body[:offset]
    # Nothing of the dead process is in the way of going on.
    again = uploads.append(upload.pk, stream=_Bytes(b"x" * 100), offset=offset, checksum=None)
    assert again.offset_bytes == offset + 100


def test_slow_uploads_leave_threads_for_everybody_else(served: Any) -> None:
    port, _, log = served
    with ExitStack() as lines:
        made = [announced(6 * MIB) for _ in range(SLOTS)]
        for upload, token in made:
            lines.enter_context(begin(port, upload, token, sent=b"x" * (4 * MIB + 70_000)))
        ids = [upload.pk for upload, _ in made]
        held = Upload.objects.filter(pk__in=ids, offset_bytes__gt=0)
        site.wait_for(lambda: held.count() == SLOTS, limit_s=60, log=log)
        # As many as there are threads: each is told to come again, and none waits.
        for _ in range(processes.BLOCKING_THREADS):
            more, token = announced(MIB)
            answer = read(lines.enter_context(begin(port, more, token, sent=b"")))
            assert answer.startswith("HTTP/1.1 503"), answer
            assert "retry-after: 5" in answer.lower()
            assert '"uploads_busy"' in answer
        assert [status(port) for _ in range(20)] == [200] * 20


def read(line: socket.socket) -> str:
    """An answer's head and body."""
    told = b""
    while b"request_id" not in told and (piece := line.recv(4000)):
        told += piece
    return told.decode()


class _Bytes:
    def __init__(self, content: bytes) -> None:
        self._left = [content]

    def read(self, size: int, /) -> bytes:
        return self._left.pop() if self._left else b""
