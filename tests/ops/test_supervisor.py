from __future__ import annotations

import io
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from sportsbr.ops.supervisor import Program, Supervisor

if TYPE_CHECKING:
    from collections.abc import Callable

pytestmark = pytest.mark.service

# Starts a grandchild, which ignores polite requests, and tells both process ids.
STUBBORN = """
import os, signal, subprocess, sys, time
wait = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); time.sleep(600)"
child = subprocess.Popen([sys.executable, "-c", wait])
open(sys.argv[1], "a").write(f"{os.getpid()} {child.pid}\\n")
print("started", flush=True)
time.sleep(600)
"""


def lives(pid: int) -> bool:
    # A dead process that nobody waited for yet still has a number.
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return False
    return stat.rpartition(")")[2].split()[0] not in {"Z", "X"}


def eventually(condition: Callable[[], bool]) -> None:
    limit = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < limit
        time.sleep(0.05)


def pairs(file: Path) -> list[list[int]]:
    text = file.read_text() if file.exists() else ""
    return [[int(pid) for pid in line.split()] for line in text.splitlines()]


def test_what_is_killed_comes_back_and_nothing_is_left_in_the_end(tmp_path: Path) -> None:
    told, log = tmp_path / "pids", io.StringIO()
    runner = Supervisor(
        [Program("child", ("-c", STUBBORN, str(told)))], environ=os.environ, log=log
    )
    killed: list[int] = []

    def tick() -> None:
        seen = pairs(told)
        if len(seen) == 1 and not killed:
            killed.append(seen[0][0])
            os.kill(seen[0][0], signal.SIGKILL)
        elif len(seen) == 2:
            runner.stop()

    runner.run(tick=tick)
    assert len(pairs(told)) == 2
    # A killed process takes a moment to die: the signal is sent, not waited for, in a group.
    eventually(lambda: not [pid for pair in pairs(told) for pid in pair if lives(pid)])
    assert "child ended (signal SIGKILL)" in log.getvalue()
    assert "child      | started" in log.getvalue()


def test_a_child_that_keeps_dying_is_started_ever_more_slowly() -> None:
    log = io.StringIO()
    runner = Supervisor(
        [Program("broken", ("-c", "raise SystemExit(7)"))], environ=os.environ, log=log
    )

    def tick() -> None:
        if log.getvalue().count("exit status 7") == 3:
            runner.stop()

    runner.run(tick=tick)
    waits = [line.rpartition("in ")[2] for line in log.getvalue().splitlines() if "again" in line]
    assert waits == ["0.5 s", "1 s", "2 s"]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_signals_stop_everything(tmp_path: Path, number: signal.Signals) -> None:
    told = tmp_path / "pids"
    process = _supervise(told)
    eventually(lambda: len(pairs(told)) == 1)
    process.send_signal(number)
    assert process.wait(30) == 0
    eventually(lambda: not [pid for pid in pairs(told)[0] if lives(pid)])


def test_children_are_told_when_the_supervisor_is_killed(tmp_path: Path) -> None:
    told = tmp_path / "pids"
    process = _supervise(told)
    eventually(lambda: len(pairs(told)) == 1)
    process.kill()
    process.wait(30)
    child, grandchild = pairs(told)[0]
    try:
        eventually(lambda: not lives(child))
    finally:
        os.kill(grandchild, signal.SIGKILL)


def _supervise(told: Path) -> subprocess.Popen[bytes]:
    code = (
        "import os, sys\n"
        "from sportsbr.ops.supervisor import Program, Supervisor\n"
        "program = Program('child', ('-c', sys.argv[1], sys.argv[2]))\n"
        "Supervisor([program], environ=os.environ, log=sys.stdout).run()\n"
    )
    return subprocess.Popen([sys.executable, "-c", code, STUBBORN, str(told)])
