"""The whole site on one machine, up and down."""

from __future__ import annotations

import time
import urllib.error
import urllib.request
from contextlib import contextmanager
from typing import TYPE_CHECKING

from django.core.management import call_command

from sportsbr.ops.supervisor import Supervisor, free_port, services

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

READY_WITHIN_S = 60.0


@contextmanager
def running(
    *, host: str, port: int, workers: int, log: Callable[[str, str], None]
) -> Iterator[tuple[str, Supervisor]]:
    """Migrate and start everything; gives (address, supervisor) once it answers, stops it after.

    Raises:
        TimeoutError: the web server did not answer in time.
    """
    call_command("migrate", verbosity=0, interactive=False)
    call_command("collectstatic", verbosity=0, interactive=False)
    chosen = free_port(port, host=host)
    if chosen != port:
        log("up", f"port {port} is taken; using {chosen}")
    supervisor = Supervisor(services(host=host, port=chosen, workers=workers), log=log)
    try:
        supervisor.start()
        address = f"http://{host}:{chosen}"
        _wait_for(f"{address}/readyz")
        yield address, supervisor
    finally:
        supervisor.stop()


def _wait_for(url: str) -> None:
    deadline = time.monotonic() + READY_WITHIN_S
    while time.monotonic() < deadline:
        try:
            with urllib.request.urlopen(url, timeout=5):  # noqa: S310 - our own http address
                return
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            time.sleep(0.2)
    raise TimeoutError(f"{url} did not answer within {READY_WITHIN_S:.0f} s")
