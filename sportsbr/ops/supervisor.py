"""One parent for the web server, the worker and the beat: starts, watches and stops them."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable

STOP_GRACE_S: Final = 10.0
LONGEST_BACK_OFF_S: Final = 30.0


@dataclass(slots=True)
class Child:
    """A command that is kept running."""

    name: str
    command: list[str]
    process: subprocess.Popen[bytes] | None = None
    failures: int = 0
    again_at: float = 0.0


@dataclass(slots=True)
class Supervisor:
    """Keeps children alive until it is told to stop; `log` takes (child, line)."""

    children: list[Child]
    log: Callable[[str, str], None]
    _stopping: threading.Event = field(default_factory=threading.Event)

    def start(self) -> None:
        """Start every child, each in a process group of its own."""
        for child in self.children:
            self._launch(child)

    def watch(self, *, until: Callable[[], bool]) -> None:
        """Restart what dies, waiting longer each time, until `until` says so."""
        while not until():
            for child in self.children:
                self._look_after(child)
            time.sleep(0.2)

    def stop(self) -> None:
        """End all that was started, politely, then firmly; nothing is left behind."""
        self._stopping.set()
        alive = [c.process for c in self.children if c.process is not None]
        for process in alive:
            _signal_group(process, signal.SIGTERM)
        deadline = time.monotonic() + STOP_GRACE_S
        for process in alive:
            try:
                process.wait(timeout=max(0.1, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                self.log("up", f"process {process.pid} did not stop in time and is killed")
            _signal_group(process, signal.SIGKILL)
            process.wait()

    def _launch(self, child: Child) -> None:
        child.process = subprocess.Popen(
            child.command,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            env={**os.environ, "PYTHONUNBUFFERED": "1"},
        )
        stream = child.process.stdout
        threading.Thread(target=self._relay, args=(child.name, stream), daemon=True).start()

    def _look_after(self, child: Child) -> None:
        process = child.process
        if process is None or process.poll() is None or self._stopping.is_set():
            return
        now = time.monotonic()
        if child.again_at == 0.0:
            wait_s = min(LONGEST_BACK_OFF_S, 0.5 * 2**child.failures)
            child.failures, child.again_at = child.failures + 1, now + wait_s
            self.log("up", f"{child.name} ended ({process.returncode}); again in {wait_s:.1f} s")
        elif now >= child.again_at:
            _signal_group(process, signal.SIGKILL)  # what the dead parent left behind
            child.again_at = 0.0
            self._launch(child)

    def _relay(self, name: str, stream: IO[bytes] | None) -> None:
        for line in stream or ():
            self.log(name, line.decode("utf-8", "replace").rstrip())


def services(*, host: str, port: int, workers: int) -> list[Child]:
    """The three kinds of process that one machine needs; the compose file runs the same."""
    program = Path(sys.executable).parent
    web = [
        *(str(program / "granian"), "--interface", "wsgi", "--host", host, "--port", str(port)),
        *("--workers", "1", "--blocking-threads", "8", "sportsbr.wsgi:application"),
    ]
    celery = [str(program / "celery"), "-A", "workers.app"]
    worker = [*celery, "worker", "--concurrency", "1", "--loglevel", "INFO"]
    named = [Child(f"worker{i}", [*worker, "-n", f"worker{i}@%h"]) for i in range(1, workers + 1)]
    return [Child("web", web), *named, Child("beat", [*celery, "beat", "--loglevel", "INFO"])]


def free_port(wanted: int, *, host: str) -> int:
    """`wanted` or the next port that nobody listens on.

    Raises:
        OSError: none of the next hundred is free.
    """
    for port in range(wanted, wanted + 100):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((host, port))
            except OSError:
                continue
            return port
    raise OSError(f"no free port between {wanted} and {wanted + 99} on {host}")


def _signal_group(process: subprocess.Popen[bytes], number: int) -> None:
    try:
        os.killpg(process.pid, number)
    except ProcessLookupError:
        return  # already gone, with all its children
