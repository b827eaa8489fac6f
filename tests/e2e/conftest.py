from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.sportsbr.web.stored import make_coach, make_report, write_video

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, Page

ROOT = Path(__file__).resolve().parents[2]
CHROMIUM = "/usr/bin/chromium"
FLAGS = (
    "--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
    "--disable-component-update --disable-sync"
)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Debian's Chromium, without a window."""
    from playwright.sync_api import sync_playwright

    if not Path(CHROMIUM).exists():
        pytest.skip(f"no browser at {CHROMIUM}")
    if not (ROOT / "frontend" / "dist" / "manifest.json").exists():
        pytest.skip("frontend/dist is not built")
    # Playwright's loop lives in this thread; Django would refuse its own database calls for that.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS.split())
        yield browser
        browser.close()
    del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]


@pytest.fixture(scope="session")
def video(tmp_path_factory) -> bytes:
    path = tmp_path_factory.mktemp("video") / "squats.mp4"
    write_video(path)
    return path.read_bytes()


@pytest.fixture
def site(transactional_db, settings, tmp_path, live_server, monkeypatch, video):
    """A live server with a club, a coach and one finished report; no doorbell is rung."""
    settings.MEDIA_ROOT = tmp_path / "media"
    settings.UPLOAD_DIR = tmp_path / "uploads"
    monkeypatch.setattr("sportsbr.recordings.ledger._send", lambda *_: None)
    _, club = make_coach()
    report = make_report(club, video=video)
    return live_server.url, club, report


def watched(page: Page) -> list[str]:
    """Everything that goes wrong in the page from now on."""
    wrong: list[str] = []
    page.on("console", lambda m: wrong.append(m.text) if m.type == "error" else None)
    page.on("pageerror", lambda error: wrong.append(str(error)))
    return wrong
