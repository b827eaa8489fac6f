"""`manage.py demo`: from a clip to a report in the browser, with one command."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from rich.console import Console

from analysis.knowledge.catalogue import load_catalogue
from sportsbr.ops import demo, site
from sportsbr.ops.demo_client import ApiError, Client

if TYPE_CHECKING:
    from argparse import ArgumentParser

HOST: Final = "127.0.0.1"
FOOTAGE_STATUS: Final = 3  # the footage could not be analysed, and we said why
USAGE_STATUS: Final = 2


class Command(BaseCommand):
    """Starts the site, has a clip analysed through its API and tells what came of it."""

    help = (
        "Analyse a clip through the API, as a club tool would. Exit status: 0 done, "
        "2 wrong arguments, 3 the footage cannot be analysed, 1 anything else."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Which clip, and how."""
        sports = [sport.key for sport in load_catalogue().sports()]
        parser.add_argument("--video", type=Path, help="a clip; without it, one is rendered")
        parser.add_argument("--sport", choices=sports, default="", help="look for this sport only")
        parser.add_argument("--lang", choices=("zh-hans", "en"), default="en")
        parser.add_argument("--port", type=int, default=8000)
        parser.add_argument("--workers", type=int, default=1, help="worker processes")
        parser.add_argument("--once", action="store_true", help="stop once the report is stored")

    def handle(self, *args: Any, **options: Any) -> None:
        """Run the site and, beside it, the demonstration on it."""
        del args
        video = self._video(options["video"])
        port = site.choose_port(options["port"], host=HOST)
        site.prepare()
        account = demo.account()
        log = Path(settings.ENV.data_dir) / "log" / "demo.log"
        log.parent.mkdir(parents=True, exist_ok=True)
        ended: list[Exception | None] = []
        with log.open("a", encoding="utf-8") as stream:
            runner = site.supervisor(host=HOST, port=port, workers=options["workers"], log=stream)
            over = threading.Event()
            console = Console(highlight=False)
            base = f"http://{HOST}:{port}"
            console.print(f"Starting {base}/  (log: {log})", soft_wrap=True)

            def story() -> None:
                try:
                    site.wait_until_ready(base, given_up=over.is_set)
                    self._show(base, video=video, account=account, options=options, console=console)
                except (demo.FootageError, ApiError, site.NotReadyError, OSError) as error:
                    ended.append(error)
                else:
                    ended.append(None)
                if options["once"] or ended != [None]:
                    runner.stop()

            site.background(story, at_exit=runner.stop)
            try:
                runner.run()
            finally:
                over.set()
        self._conclude(ended, log=log, once=options["once"])

    def _show(
        self,
        base: str,
        *,
        video: Path,
        account: demo.Account,
        options: dict[str, Any],
        console: Console,
    ) -> None:
        client = Client(base, lang=options["lang"])
        client.sign_in(account.email, password=account.password)
        sport, lang = options["sport"], options["lang"]
        demo.analyse(client, video=video, sport=sport, lang=lang, base=base, console=console)
        if not options["once"]:
            console.print(f"Sign in: {account.email}  {account.password}")
            console.print("Ctrl-C stops everything.")

    def _conclude(self, ended: list[Exception | None], *, log: Path, once: bool) -> None:
        if not ended:
            if once:
                raise CommandError(f"stopped before the report was stored  (log: {log})")
            return
        error = ended[0]
        if isinstance(error, demo.FootageError):
            text = f"This footage cannot be analysed. {error}"
            raise CommandError(text, returncode=FOOTAGE_STATUS) from error
        if error is not None:
            raise CommandError(f"{error}  (log: {log})") from error

    def _video(self, given: Path | None) -> Path:
        if given is None:
            clip = Path(settings.ENV.data_dir) / "demo" / "demo.mp4"
            demo.render_clip(clip)
            return clip
        if not given.is_file():
            text = f"no such file: {given}; expected a video"
            raise CommandError(text, returncode=USAGE_STATUS)
        return given
