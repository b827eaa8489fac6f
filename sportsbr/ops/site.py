"""The whole site on one machine: what `up` and `demo` share."""

from __future__ import annotations

import sys
import threading
import time
import urllib.error
import urllib.request
from typing import IO, TYPE_CHECKING

from django.core.management import call_command
from django.db import connection

from sportsbr import env
from sportsbr.ops import processes
from sportsbr.ops.supervisor import Program, Supervisor

if TYPE_CHECKING:
    from collections.abc import Callable

READY_WITHIN_S = 60.0


class NotReadyError(Exception):
    """The web server did not answer in time."""


def prepare() -> None:
    """Bring the database up to date."""
    call_command("migrate", interactive=False, verbosity=0)
    connection.close()


def supervisor(*, host: str, port: int, workers: int, log: IO[str]) -> Supervisor:
    """Web server, worker and beat, ready to run."""
    programs = (
        Program("web", processes.web(host=host, port=port)),
        *(
            Program(f"worker{number}", (*processes.worker(), "-n", f"worker{number}@%h"))
            for number in range(1, workers + 1)
        ),
        Program("beat", processes.beat()),
    )
    return Supervisor(programs, environ=env.for_children(), log=log)


def wait_until_ready(base: str, *, given_up: Callable[[], bool]) -> None:
    """Return when `base`/readyz answers.

    Raises:
        NotReadyError: it did not within `READY_WITHIN_S`, or `given_up()` said to stop waiting.
    """
    limit = time.monotonic() + READY_WITHIN_S
    while time.monotonic() < limit and not given_up():
        try:
            with urllib.request.urlopen(f"{base}/readyz", timeout=5) as answer:  # noqa: S310 - our own http address
                if answer.status == 200:
                    return
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            time.sleep(0.1)
    raise NotReadyError(f"expected an answer from {base}/readyz within {READY_WITHIN_S:g} s")


def choose_port(wanted: int, *, host: str) -> int:
    """A port to listen on; says so when it is not the one wanted."""
    port = processes.free_port(wanted, host=host)
    if port != wanted:
        sys.stderr.write(f"Port {wanted} is taken: using {port} instead.\n")
    return port


def background(
    target: Callable[[], None], *, at_exit: Callable[[], None] = lambda: None
) -> threading.Thread:
    """Run `target` beside the supervisor, which needs the main thread.

    `at_exit` is called when the target breaks, so that nothing waits for it for ever.
    """

    def guarded() -> None:
        try:
            target()
        except BaseException:
            at_exit()
            raise

    thread = threading.Thread(target=guarded, daemon=True)
    thread.start()
    return thread
