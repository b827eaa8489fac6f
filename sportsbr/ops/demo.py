"""The demonstration: a club, a coach, a clip, and what the site makes of it."""

from __future__ import annotations

import secrets
import subprocess
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from django.urls import reverse
from rich.progress import (
    BarColumn,
    DownloadColumn,
    Progress,
    TaskProgressColumn,
    TextColumn,
    TimeElapsedColumn,
)

from sportsbr.accounts import services
from sportsbr.accounts.models import Club, Role, User
from sportsbr.ops.demo_client import ApiError, Client
from sportsbr.ops.demo_summary import summarise

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from rich.console import Console

EMAIL: Final = "coach@demo.example"
CLUB: Final = "Demo club"
STAGES: Final = {
    "": {"en": "waiting for a worker", "zh-hans": "等待分析"},
    "prepare": {"en": "preparing the video", "zh-hans": "准备视频"},
    "observe": {"en": "finding people and poses", "zh-hans": "识别人物与姿态"},
    "conclude": {"en": "measuring and judging", "zh-hans": "测量与评价"},
}


class FootageError(Exception):
    """The analysis said, in plain words, why it cannot use the footage."""


@dataclass(frozen=True, slots=True)
class Account:
    """Who signs in to the demonstration."""

    email: str
    password: str


def render_clip(target: Path) -> None:
    """Draw the repository's own clip, once.

    Raises:
        CalledProcessError: the renderer failed; it has said why.
    """
    if target.exists():
        return
    target.parent.mkdir(parents=True, exist_ok=True)
    unfinished = target.with_name(f"unfinished-{target.name}")
    command = [sys.executable, "-m", "analysis.synthetic", str(unfinished), "--motion", "demo"]
    subprocess.run(command, check=True)
    unfinished.replace(target)


def account() -> Account:
    """A coach with a fresh password, in the demonstration's club."""
    password = secrets.token_urlsafe(9)
    user = User.objects.filter(email=EMAIL).first() or User.objects.create_user(EMAIL)
    user.set_password(password)
    user.save()
    club = Club.objects.filter(memberships__user=user, name=CLUB).first()
    if club is None:
        club = services.create_club(CLUB, owner=user)
    services.add_member(club, user=user, role=Role.OWNER)
    return Account(email=EMAIL, password=password)


def analyse(
    client: Client, *, video: Path, sport: str, lang: str, base: str, console: Console
) -> None:
    """Upload, follow, tell.

    Raises:
        FootageError: the footage cannot be analysed; the message says why.
        ApiError: the API refused a request for another reason.
    """
    metadata = {"title": video.stem, **({"sport": sport} if sport else {})}
    try:
        uploaded = _upload(client, video=video, metadata=metadata, console=console)
    except ApiError as error:
        if error.status == 422:
            raise FootageError(str(error)) from error
        raise
    run = _follow(client, run=uploaded.run, lang=lang, console=console)
    if run["state"] != "done":
        problem: Mapping[str, Any] = run["problem"] or {"detail": run["state"]}
        raise FootageError(str(problem.get("detail") or problem.get("title")))
    console.print(summarise(client.report(uploaded.run), lang=lang))
    page = base + reverse("web:report", args=[run["report"]])
    console.print(f"\n{'报告' if lang == 'zh-hans' else 'Report'}: {page}", soft_wrap=True)


def _upload(client: Client, *, video: Path, metadata: Mapping[str, str], console: Console) -> Any:
    columns = (TextColumn("{task.description:<26}"), BarColumn(), DownloadColumn())
    with Progress(*columns, console=console) as bar:
        task = bar.add_task(video.name, total=video.stat().st_size)
        return client.upload(
            video, metadata=metadata, progress=lambda sent: bar.update(task, completed=sent)
        )


def _follow(client: Client, *, run: str, lang: str, console: Console) -> dict[str, Any]:
    columns = (
        TextColumn("{task.description:<26}"),
        BarColumn(),
        TaskProgressColumn(),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=console) as bar:
        task = bar.add_task(STAGES[""][lang], total=100.0)

        def tell(state: Mapping[str, Any]) -> None:
            words = STAGES.get(state["stage"], STAGES[""])
            bar.update(task, completed=state["percent"], description=words[lang])

        return client.wait(run, tell=tell)
