from __future__ import annotations

import signal
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import psycopg
import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.service

USE = (
    "import sys\n"
    "from pathlib import Path\n"
    "from sportsbr import embedded\n"
    "print(embedded.ensure(Path(sys.argv[1])), flush=True)\n"
    "sys.stdin.read()\n"
)


@pytest.fixture
def data_dir() -> Iterator[Path]:
    # Short: the server's socket lies in it, and sockets have a limit on the length of their path.
    with tempfile.TemporaryDirectory(prefix="sportsbr-pg-") as folder:
        yield Path(folder) / "postgres"


def use(data_dir: Path) -> tuple[subprocess.Popen[str], str]:
    process = subprocess.Popen(
        [sys.executable, "-c", USE, str(data_dir)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    return process, process.stdout.readline().strip()


def leave(process: subprocess.Popen[str]) -> None:
    process.communicate("", timeout=60)


def answers(url: str) -> bool:
    try:
        with psycopg.connect(url, connect_timeout=5) as connection:
            return connection.execute("SELECT 1").fetchone() == (1,)
    except psycopg.OperationalError:
        return False


def test_the_second_finds_the_first_ones_server_and_the_last_stops_it(data_dir: Path) -> None:
    first, url = use(data_dir)
    second, same = use(data_dir)
    assert url == same
    leave(first)
    assert answers(url)
    leave(second)
    assert not answers(url)


def test_a_killed_process_does_not_keep_the_server_running(data_dir: Path) -> None:
    killed, url = use(data_dir)
    killed.send_signal(signal.SIGKILL)
    killed.wait(30)
    assert answers(url)
    after, same = use(data_dir)
    assert same == url
    leave(after)
    assert not answers(url)
