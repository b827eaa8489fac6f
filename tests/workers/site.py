"""A site of its own for tests that start real processes: data folder, environment, footage."""

from __future__ import annotations

import hashlib
import os
import signal
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from django.db import connection
from psycopg.conninfo import make_conninfo

from sportsbr.recordings.storage import store
from tests.factories import RecordingFactory

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from sportsbr.recordings.models import Recording

ROOT = Path(__file__).resolve().parents[2]


def environment(data_dir: Path, **more: str) -> dict[str, str]:
    """What the processes get: this test's database, and a folder of their own."""
    database = connection.settings_dict
    url = make_conninfo(
        "",
        dbname=database["NAME"],
        user=database["USER"],
        password=database["PASSWORD"],
        host=database["HOST"],
        port=database["PORT"] or None,
    )
    told = {"DATABASE_URL": url, "SPORTSBR_DATA_DIR": str(data_dir), "OMP_NUM_THREADS": "1"}
    return {**os.environ, **told, **more}


def make_clip(
    target: Path, *, seconds: float = 1.0, codec: tuple[str, ...] = ("-pix_fmt", "yuv420p")
) -> Path:
    """A small test picture at 20 frames a second."""
    source = f"testsrc=size=320x240:rate=20:duration={seconds}"
    command = ["ffmpeg", "-v", "error", "-y", "-f", "lavfi", "-i", source]
    subprocess.run([*command, *codec, str(target)], check=True)
    return target


def keep_recording(clip: Path) -> Recording:
    """The clip in storage, without a run."""
    sha256 = hashlib.sha256(clip.read_bytes()).hexdigest()
    path = store(clip, path=f"uploads/{sha256}")
    return RecordingFactory(sha256=sha256, size_bytes=clip.stat().st_size, path=path)


def start(args: tuple[str, ...], *, environ: Mapping[str, str], log: Path) -> subprocess.Popen:
    """A process group of its own, writing to `log`."""
    with log.open("ab") as file:
        return subprocess.Popen(
            [sys.executable, *args],
            cwd=ROOT,
            env=environ,
            stdout=file,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )


def kill(process: subprocess.Popen) -> None:
    """SIGKILL for it and all that it started."""
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()


@contextmanager
def running(
    args: tuple[str, ...], *, environ: Mapping[str, str], log: Path
) -> Iterator[subprocess.Popen]:
    """A process that is killed at the end."""
    process = start(args, environ=environ, log=log)
    try:
        yield process
    finally:
        kill(process)


def wait_for(what: Callable[[], bool], *, limit_s: float, log: Path) -> None:
    """Until it is so; else the log's end tells why not."""
    end = time.monotonic() + limit_s
    while not what():
        if time.monotonic() > end:
            raise AssertionError(f"waited {limit_s} s in vain:\n{log.read_text()[-6000:]}")
        time.sleep(0.05)
