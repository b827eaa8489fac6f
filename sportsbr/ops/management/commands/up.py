"""`manage.py up`: the whole site, from one command."""

from __future__ import annotations

import sys
import threading
from typing import TYPE_CHECKING, Any

from django.core.management.base import BaseCommand

from sportsbr.ops import site

if TYPE_CHECKING:
    from argparse import ArgumentParser


class Command(BaseCommand):
    """Runs the web server, a worker and the beat until Ctrl-C."""

    help = "Run the web server, a worker and the beat, on the embedded Postgres unless one is named"

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Where to listen and how many tasks to run at once."""
        parser.add_argument("--host", default="127.0.0.1")
        parser.add_argument("--port", type=int, default=8000)
        parser.add_argument("--workers", type=int, default=1, help="worker processes")

    def handle(self, *args: Any, **options: Any) -> None:
        """Prepare, run, stop all."""
        del args
        host: str = options["host"]
        port = site.choose_port(options["port"], host=host)
        site.prepare()
        runner = site.supervisor(host=host, port=port, workers=options["workers"], log=sys.stdout)
        over = threading.Event()
        # Ask this machine, even when the server listens on every address.
        base = f"http://{'127.0.0.1' if host == '0.0.0.0' else host}:{port}"  # noqa: S104 - compared, not bound

        def announce() -> None:
            try:
                site.wait_until_ready(base, given_up=over.is_set)
            except site.NotReadyError as error:
                if not over.is_set():
                    runner.say("supervisor", f"{error}; still trying")
            else:
                runner.say("supervisor", f"ready: {base}/  (Ctrl-C stops everything)")

        site.background(announce)
        try:
            runner.run()
        finally:
            over.set()
        runner.say("supervisor", "stopped")
