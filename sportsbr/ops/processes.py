"""The three kinds of process that make up the site: the same commands here and in Compose."""

from __future__ import annotations

import socket

# Each blocking thread may hold a database connection; Postgres grants a hundred by default.
BLOCKING_THREADS = 8


def web(*, host: str, port: int) -> tuple[str, ...]:
    """The web server, after `python`. WSGI, so that uploads are streamed."""
    return (
        *("-m", "granian", "--interface", "wsgi", "--host", host, "--port", str(port)),
        *("--workers", "1", "--blocking-threads", str(BLOCKING_THREADS), "--no-ws"),
        *("--log-level", "warning", "sportsbr.wsgi:application"),
    )


def worker() -> tuple[str, ...]:
    """A worker that takes one task at a time, after `python`. Start several for more."""
    return (
        *("-m", "celery", "-A", "workers.app", "worker", "--loglevel", "INFO"),
        *("--concurrency", "1", "--without-gossip", "--without-mingle"),
    )


def beat() -> tuple[str, ...]:
    """The clock that rings for the sweeper, after `python`. One of it is enough."""
    return ("-m", "celery", "-A", "sportsbr.celery", "beat", "--loglevel", "WARNING")


def free_port(wanted: int, *, host: str, tries: int = 50) -> int:
    """`wanted`, or the next port above it that nobody listens on.

    Raises:
        OSError: none of the `tries` ports is free.
    """
    for port in range(wanted, min(wanted + tries, 65536)):
        with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((host, port))
            except OSError:
                continue
            return port
    raise OSError(f"expected a free port from {wanted} on, found none in {tries}")
