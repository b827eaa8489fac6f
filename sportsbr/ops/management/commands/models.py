"""`manage.py models`: the pretrained files, fetched and verified when somebody asks for it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import get_language
from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn
from rich.table import Table

from analysis import models
from analysis.errors import AnalysisError, explain
from analysis.model_fetch import fetch

if TYPE_CHECKING:
    from argparse import ArgumentParser

    from analysis.models import ModelFile


class Command(BaseCommand):
    """Lists, fetches and verifies the files that the learned pose backends need."""

    help = (
        "list: what there is and what lies in SPORTSBR_MODELS_DIR. fetch: download what a backend "
        "needs, or what is named. verify: compare SHA-256. Exit status 1 when a file cannot be "
        "fetched or differs from its publisher's."
    )
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        """What to do, with which files, from where."""
        parser.add_argument("action", choices=("list", "fetch", "verify"))
        parser.add_argument("names", nargs="*", metavar="name", help="files by their short names")
        backends = [name for name, needed in models.NEEDS.items() if needed]
        parser.add_argument("--backend", choices=backends, help="the files this backend needs")
        parser.add_argument(
            "--from",
            dest="source",
            default="",
            help="a mirror's address or a local folder, in place of the publishers'",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Do it."""
        del args
        chosen = _chosen(options["names"], backend=options["backend"], action=options["action"])
        console = Console(highlight=False, soft_wrap=True)
        try:
            match options["action"]:
                case "list":
                    console.print(_table(chosen))
                case "fetch":
                    _fetch(chosen, source=options["source"], console=console)
                case _:
                    _verify(chosen, console=console)
        except AnalysisError as error:
            lang = "zh-hans" if (get_language() or "").startswith("zh") else "en"
            raise CommandError(explain(error.code, lang=lang, params=error.params)) from error


def _chosen(names: list[str], *, backend: str | None, action: str) -> list[ModelFile]:
    unknown = sorted(set(names) - set(models.MANIFEST))
    if unknown:
        known = ", ".join(models.MANIFEST)
        raise CommandError(f"no model {', '.join(unknown)}; expected some of: {known}")
    wanted = [*names, *models.NEEDS.get(backend or "", ())]
    if not wanted:
        wanted = list(models.NEEDS["rtmpose"] if action == "fetch" else models.MANIFEST)
    return [models.MANIFEST[name] for name in dict.fromkeys(wanted)]


def _table(chosen: list[ModelFile]) -> Table:
    table = Table(title=str(models.folder()), title_justify="left")
    for head in ("name", "there", "file", "SHA-256", "licence", "publisher"):
        table.add_column(head, overflow="fold")
    for model in chosen:
        there = "yes" if (models.folder() / model.name).is_file() else "-"
        known = model.sha256_prefix[:12] or "not known"
        table.add_row(model.key, there, model.name, known, model.licence, model.publisher)
    return table


def _fetch(chosen: list[ModelFile], *, source: str, console: Console) -> None:
    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn())
    for model in chosen:
        with Progress(*columns, console=Console(stderr=True), transient=True) as bars:
            bar = bars.add_task(model.key, total=model.size_bytes or None)

            def told(have: int, total: int, *, bars: Any = bars, bar: Any = bar) -> None:
                bars.update(bar, completed=have, total=total or None)

            path = fetch(model, folder=models.folder(), source=source, progress=told)
        known = "" if model.sha256_prefix else "  (no SHA-256 known to compare with)"
        console.print(f"{path}  {models.digest(path)}{known}")


def _verify(chosen: list[ModelFile], *, console: Console) -> None:
    differing = []
    there = [model for model in chosen if (models.folder() / model.name).is_file()]
    for model in there:
        found = models.digest(models.folder() / model.name)
        same = models.agrees(model, found)
        if same is False:
            differing.append(model.name)
        verdict = {True: "good", False: "DIFFERS", None: "nothing known to compare with"}[same]
        console.print(f"{model.name}  {found}  {verdict}")
    if not there:
        console.print(f"none of the files is in {models.folder()}")
    if differing:
        raise CommandError(f"not as published: {', '.join(differing)}")
