"""How a club's own tool talks to SportsBR: sign in, upload in pieces, wait, read the report.

Only the standard library and the public API, so that it can be copied.
"""

from __future__ import annotations

import base64
import hashlib
import json
import time
import urllib.error
import urllib.parse
import urllib.request
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from http.client import HTTPResponse
    from pathlib import Path

PIECE_BYTES: Final = 4 * 1024 * 1024
POLL_S: Final = 0.5
TUS: Final = {"Tus-Resumable": "1.0.0"}
OVER: Final = ("done", "failed", "cancelled")


class ApiError(Exception):
    """The server said no; `problem` is its RFC 9457 document."""

    def __init__(self, status: int, problem: Mapping[str, Any]) -> None:
        self.status = status
        self.problem = problem
        text = problem.get("detail") or problem.get("title") or f"status {status}"
        super().__init__(str(text))


@dataclass(frozen=True, slots=True)
class Uploaded:
    """What became of an upload."""

    recording: str
    run: str


class Client:
    """One signed-in user."""

    def __init__(self, base: str, *, lang: str, token: str = "") -> None:
        self._base = base.rstrip("/")
        self._lang = lang
        self._token = token

    def sign_in(self, email: str, *, password: str) -> None:
        """Get a token and use it from now on."""
        answer = self._json("POST", "/api/v1/auth/token/", {"email": email, "password": password})
        self._token = str(answer["token"])

    def upload(
        self, path: Path, *, metadata: Mapping[str, str], progress: Callable[[int], None]
    ) -> Uploaded:
        """Send a file by tus 1.0 in pieces; `progress` gets the bytes that the server has.

        A piece that breaks off is taken up again from the offset that the server tells.
        """
        pairs = {"filename": path.name, **metadata}
        encoded = ",".join(
            f"{key} {base64.b64encode(value.encode()).decode()}" for key, value in pairs.items()
        )
        size = path.stat().st_size
        created = self._send(
            "POST",
            "/api/v1/uploads/",
            headers={**TUS, "Upload-Length": str(size), "Upload-Metadata": encoded},
        )
        place = urllib.parse.urlsplit(created.headers["Location"]).path
        offset = 0
        with path.open("rb") as file:
            while offset < size:
                file.seek(offset)
                offset = self._piece(place, file.read(PIECE_BYTES), offset=offset)
                progress(offset)
        status = self._json("GET", place)
        return Uploaded(recording=str(status["recording"]), run=str(status["run"]))

    def wait(self, run: str, *, tell: Callable[[Mapping[str, Any]], None]) -> dict[str, Any]:
        """The run once it is over; `tell` gets every state on the way."""
        while True:
            state = self._json("GET", f"/api/v1/runs/{run}/")
            tell(state)
            if state["state"] in OVER:
                return state
            time.sleep(POLL_S)

    def report(self, run: str) -> dict[str, Any]:
        """The report document of a finished run, by the published schema."""
        return self._json("GET", f"/api/v1/runs/{run}/report/")

    def _piece(self, place: str, piece: bytes, *, offset: int) -> int:
        checksum = base64.b64encode(hashlib.sha1(piece, usedforsecurity=False).digest()).decode()
        headers = {
            **TUS,
            "Upload-Offset": str(offset),
            "Upload-Checksum": f"sha1 {checksum}",
            "Content-Type": "application/offset+octet-stream",
        }
        try:
            answer = self._send("PATCH", place, body=piece, headers=headers)
        except (ConnectionError, TimeoutError):
            answer = self._send("HEAD", place, headers=TUS)
        return int(answer.headers["Upload-Offset"])

    def _json(
        self, method: str, path: str, content: Mapping[str, Any] | None = None
    ) -> dict[str, Any]:
        body = None if content is None else json.dumps(content).encode()
        headers = {} if content is None else {"Content-Type": "application/json"}
        answer: dict[str, Any] = json.loads(
            self._send(method, path, body=body, headers=headers).read()
        )
        return answer

    def _send(
        self,
        method: str,
        path: str,
        *,
        body: bytes | None = None,
        headers: Mapping[str, str],
    ) -> HTTPResponse:
        request = urllib.request.Request(  # noqa: S310 - the base is the caller's own http address
            self._base + path,
            data=body,
            method=method,
            headers={"Accept-Language": self._lang, "Accept": "application/json", **headers},
        )
        if self._token:
            request.add_header("Authorization", f"Token {self._token}")
        try:
            answer: HTTPResponse = urllib.request.urlopen(request, timeout=60)  # noqa: S310 - as above
        except urllib.error.HTTPError as error:
            raise ApiError(error.code, _problem(error.read())) from error
        return answer


def _problem(body: bytes) -> dict[str, Any]:
    """The problem document, or what else the server answered, in the same form."""
    try:
        document = json.loads(body)
    except ValueError:
        return {"detail": body.decode("utf-8", "replace")[:500]}
    return document if isinstance(document, dict) else {"detail": str(document)}
