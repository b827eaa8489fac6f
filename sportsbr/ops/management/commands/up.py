"""`manage.py up`: the whole site on one machine, until Ctrl-C."""

from __future__ import annotations

import signal
import threading
from typing import TYPE_CHECKING, Any

from django.core.management.base import BaseCommand

from sportsbr.ops.site import running

if TYPE_CHECKING:
    from argparse import ArgumentParser


class Command(BaseCommand):
    """Starts the web server, workers and the beat, restarts what dies, stops all on Ctrl-C."""

    help = "Run the whole site on this machine until Ctrl-C."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Where to listen and with how many workers."""
        parser.add_argument("--host", default="127.0.0.1")
        parser.add_argument("--port", type=int, default=8000)
        parser.add_argument("--workers", type=int, default=1)

    def handle(self, *args: Any, **options: Any) -> None:
        """Run until a signal comes."""
        del args
        asked_to_stop = threading.Event()
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda *_: asked_to_stop.set())
        chosen = {key: options[key] for key in ("host", "port", "workers")}
        with running(**chosen, log=self._log) as (address, supervisor):
            self.stdout.write(f"SportsBR is up at {address} (Ctrl-C stops it)")
            supervisor.watch(until=asked_to_stop.is_set)

    def _log(self, name: str, line: str) -> None:
        self.stdout.write(f"{name:8} | {line}")
