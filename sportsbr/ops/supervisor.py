"""Runs a few processes as one: starts them, restarts the dead, stops them all.

Each child leads a process group of its own, so that Ctrl-C reaches only the supervisor, which then
stops the children in reverse order, and so that whatever a child started dies with it.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from contextlib import suppress
from dataclasses import dataclass, field
from typing import IO, TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from types import FrameType

GRACE_S: Final = 8.0  # between asking a child to stop and killing it
FIRST_WAIT_S: Final = 0.5  # before a dead child is started again; doubles with each early death
LONGEST_WAIT_S: Final = 30.0
SETTLED_S: Final = 30.0  # a child that lived this long has its back-off forgotten
TICK_S: Final = 0.1


@dataclass(frozen=True, slots=True)
class Program:
    """What to keep running: `args` follow the Python interpreter."""

    name: str
    args: tuple[str, ...]


@dataclass(slots=True)
class _Child:
    program: Program
    process: subprocess.Popen[bytes] | None = None
    started_at: float = 0.0
    wait_s: float = FIRST_WAIT_S
    next_start: float = 0.0
    pumps: list[threading.Thread] = field(default_factory=list)


class Supervisor:
    """Keeps programs running until it is told to stop."""

    def __init__(
        self, programs: Sequence[Program], *, environ: Mapping[str, str], log: IO[str]
    ) -> None:
        self._children = [_Child(program) for program in programs]
        self._environ = dict(environ)
        self._log = log
        self._write = threading.Lock()
        self._stop = threading.Event()

    def stop(self) -> None:
        """Ask `run` to stop everything and return; from any thread or signal handler."""
        self._stop.set()

    def run(self, *, tick: Callable[[], None] = lambda: None) -> None:
        """Start all, restart what dies, and return once stopped with no process left.

        Call it from the main thread: SIGINT, SIGTERM and SIGHUP stop it, and children are bound to
        the thread that started them. `tick` is called about ten times a second.
        """
        before = {
            number: signal.signal(number, self._asked)
            for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
        }
        try:
            while not self._stop.is_set():
                for child in self._children:
                    self._look_after(child)
                tick()
                self._stop.wait(TICK_S)
        finally:
            self._stop_all()
            for number, handler in before.items():
                signal.signal(number, handler)

    def pids(self) -> dict[str, int]:
        """The process id of each program that runs now."""
        return {
            child.program.name: child.process.pid
            for child in self._children
            if child.process is not None and child.process.poll() is None
        }

    def say(self, name: str, line: str) -> None:
        """Write one log line with its source in front."""
        with self._write:
            self._log.write(f"{name:<10} | {line}\n")
            self._log.flush()

    def _asked(self, number: int, frame: FrameType | None) -> None:
        del number, frame
        self._stop.set()

    def _look_after(self, child: _Child) -> None:
        now = time.monotonic()
        if child.process is not None:
            code = child.process.poll()
            if code is None:
                return
            _kill_group(child.process.pid, signal.SIGKILL)  # what it left behind
            if now - child.started_at >= SETTLED_S:
                child.wait_s = FIRST_WAIT_S
            self.say(
                "supervisor",
                f"{child.program.name} ended ({_told(code)}); again in {child.wait_s:g} s",
            )
            child.process, child.next_start = None, now + child.wait_s
            child.wait_s = min(child.wait_s * 2, LONGEST_WAIT_S)
        if now >= child.next_start:
            self._start(child)

    def _start(self, child: _Child) -> None:
        # Where the system can, a child is told to stop when the supervisor itself is killed.
        leash = ["setpriv", "--pdeathsig", "TERM"] if shutil.which("setpriv") else []
        child.process = subprocess.Popen(
            [*leash, sys.executable, *child.program.args],
            env=self._environ,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        child.started_at = time.monotonic()
        out = child.process.stdout
        if out is None:  # pragma: no cover - PIPE was asked for
            raise RuntimeError("expected a pipe from the child")
        pump = threading.Thread(target=self._pump, args=(child.program.name, out), daemon=True)
        pump.start()
        child.pumps = [pump]

    def _pump(self, name: str, out: IO[bytes]) -> None:
        with out:
            for line in out:
                self.say(name, line.decode("utf-8", "replace").rstrip())

    def _stop_all(self) -> None:
        running = [c for c in reversed(self._children) if c.process is not None]
        for child in running:
            if child.process is not None and child.process.poll() is None:
                child.process.terminate()
        limit = time.monotonic() + GRACE_S
        for child in running:
            if child.process is None:
                continue
            with suppress(subprocess.TimeoutExpired):  # then it is killed, just below
                child.process.wait(max(0.0, limit - time.monotonic()))
            _kill_group(child.process.pid, signal.SIGKILL)
            child.process.wait()
            for pump in child.pumps:
                pump.join(1.0)


def _kill_group(group: int, number: signal.Signals) -> None:
    with suppress(ProcessLookupError):  # nobody is left in it
        os.killpg(group, number)


def _told(code: int) -> str:
    return f"signal {signal.Signals(-code).name}" if code < 0 else f"exit status {code}"
