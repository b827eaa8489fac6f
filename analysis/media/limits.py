"""Run a program under resource limits: executed as a script by path, in a bare interpreter.

`python -I limits.py MEMORY_BYTES CPU_S FILE_BYTES -- PROGRAM ARGUMENT…` (0: no limit). The limits
are set here, after the fork and before the program, because setting them between fork and exec of
a threaded parent can deadlock. The program dies with its parent, so that a worker killed hard
leaves no encoder behind.
"""

from __future__ import annotations

import ctypes
import os
import resource
import signal
import sys
from pathlib import Path
from typing import Final

_PR_SET_PDEATHSIG: Final = 1


def limited(
    command: list[str], *, memory_bytes: int = 0, cpu_s: int = 0, file_bytes: int = 0
) -> list[str]:
    """The command line that runs `command` under limits; 0 leaves one open."""
    limits = [str(int(n)) for n in (memory_bytes, cpu_s, file_bytes)]
    return [sys.executable, "-I", str(Path(__file__).resolve()), *limits, "--", *command]


def _restrict(which: int, most: int) -> None:
    if most <= 0:
        return
    _, hard = resource.getrlimit(which)
    bound = most if hard == resource.RLIM_INFINITY else min(most, hard)
    resource.setrlimit(which, (bound, bound))


def _die_with_parent() -> None:
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


def _main(arguments: list[str]) -> None:
    memory_bytes, cpu_s, file_bytes = (int(n) for n in arguments[:3])
    _die_with_parent()
    _restrict(resource.RLIMIT_CORE, 1)
    _restrict(resource.RLIMIT_AS, memory_bytes)
    _restrict(resource.RLIMIT_CPU, cpu_s)
    _restrict(resource.RLIMIT_FSIZE, file_bytes)
    command = arguments[4:]
    os.execvp(command[0], command)  # noqa: S606 - an argument list of our own, no shell


if __name__ == "__main__":
    _main(sys.argv[1:])
