"""Ask a script about hostile bytes: a child process with limits, its answer one JSON value."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from analysis.media.limits import limited


def ask(
    script: str, *arguments: str, memory_bytes: int, timeout_s: float, answer_bytes: int
) -> Any:
    """What `script`, which lies beside this file, prints when run on `arguments`.

    `timeout_s` bounds the child's processor time and its wall time alike.

    Raises:
        subprocess.TimeoutExpired: no answer in time.
        subprocess.CalledProcessError: the child failed, or one of the limits ended it.
    """
    child = [sys.executable, "-I", str(Path(__file__).with_name(script).resolve()), *arguments]
    command = limited(
        child, memory_bytes=memory_bytes, cpu_s=int(timeout_s) + 1, file_bytes=answer_bytes
    )
    done = subprocess.run(
        command,
        check=True,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        timeout=timeout_s,
    )
    return json.loads(done.stdout)
