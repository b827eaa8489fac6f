from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
import time

from analysis.media.limits import limited

GREEDY = "x = bytearray(600_000_000); print(len(x))"


def test_memory_beyond_the_limit_is_refused() -> None:
    command = [sys.executable, "-c", GREEDY]
    free = subprocess.run(limited(command), capture_output=True, check=False)
    bound = subprocess.run(
        limited(command, memory_bytes=300_000_000), capture_output=True, check=False
    )
    assert free.returncode == 0
    assert bound.returncode != 0
    assert b"MemoryError" in bound.stderr


def test_processor_time_beyond_the_limit_is_stopped() -> None:
    command = [sys.executable, "-c", "while True: pass"]
    done = subprocess.run(limited(command, cpu_s=1), check=False, timeout=60)
    assert done.returncode in {-signal.SIGKILL, -signal.SIGXCPU}


def test_a_file_beyond_the_limit_is_not_written() -> None:
    script = "import tempfile; f = tempfile.TemporaryFile(); f.write(b'x' * 100_000); f.flush()"
    command = [sys.executable, "-c", script]
    assert subprocess.run(limited(command, file_bytes=200_000), check=False).returncode == 0
    refused = subprocess.run(
        limited(command, file_bytes=50_000), check=False, stderr=subprocess.DEVNULL
    )
    assert refused.returncode != 0


def test_the_child_dies_with_its_parent() -> None:
    parent = textwrap.dedent(
        """
        import subprocess, sys, time
        child = subprocess.Popen(sys.argv[1:])
        print(child.pid, flush=True)
        time.sleep(60)
        """
    )
    sleeper = limited([sys.executable, "-c", "import time; time.sleep(60)"])
    process = subprocess.Popen([sys.executable, "-c", parent, *sleeper], stdout=subprocess.PIPE)
    assert process.stdout is not None
    child = int(process.stdout.readline())
    time.sleep(0.5)  # the child asks for the signal first thing
    process.kill()
    process.wait()
    process.stdout.close()
    assert _gone(child)


def _gone(pid: int) -> bool:
    for _ in range(100):
        try:
            os.kill(pid, 0)
            with open(f"/proc/{pid}/stat", encoding="ascii") as file:  # noqa: PTH123 - a /proc text
                if file.read().rsplit(")", 1)[1].split()[0] == "Z":
                    return True
        except (ProcessLookupError, FileNotFoundError):
            return True
        time.sleep(0.05)
    return False
