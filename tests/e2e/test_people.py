"""Choosing people on the report page, in a real browser."""

from __future__ import annotations

import copy
import json
import os
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from sportsbr.recordings.models import Run
from sportsbr.recordings.people import people_of, store_people
from tests.e2e.conftest import watched
from tests.e2e.test_pages import LAPTOP, OVERFLOW, PHONE, open_page, sign_in
from tests.sportsbr.recordings.test_people import seen
from tests.sportsbr.web.stored import WIDTH_PX, player_document

if TYPE_CHECKING:
    from playwright.sync_api import Page, Route

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def two_people() -> str:
    """The figure twice, the second under number 2 and far to the left of the picture."""
    document = player_document()
    other = copy.deepcopy(document["tracks"][0])
    other["track_id"], other["first_frame"] = 2, document["tracks"][0]["frames"]
    return json.dumps({**document, "tracks": [*document["tracks"], other]})


def stored_people() -> list[dict[str, object]]:
    """Those of the test; real ones for looking at, where a file of them is named."""
    named = os.environ.get("SPORTSBR_TEST_PEOPLE")
    if named:
        found: list[dict[str, object]] = json.loads(Path(named).read_text())["people"]
        return found
    return [seen(1), seen(2)]


def press_figure(page: Page) -> None:
    box = page.locator("pose-player video").bounding_box()
    assert box is not None
    scale = box["width"] / WIDTH_PX
    page.mouse.click(box["x"] + 300 * scale, box["y"] + box["height"] / 2)


@pytest.mark.parametrize(("viewport", "lang"), [(LAPTOP, "en"), (PHONE, "zh-hans")])
def test_somebody_pressed_in_the_picture_is_named_and_reported_on(browser, site, viewport, lang):
    url, club, report = site
    store_people(report.recording_id, people=stored_people())
    page = open_page(browser, viewport=viewport, lang=lang)

    def answer(route: Route) -> None:
        route.fulfill(body=two_people(), content_type="application/json")

    page.route("**/files/player/", answer)
    sign_in(page, url)
    wrong = watched(page)
    page.goto(f"{url}/reports/{report.pk}/")
    page.wait_for_selector("pose-player[data-frame]")
    press_figure(page)
    page.wait_for_selector("#person-1.pressed")
    assert page.evaluate("() => document.querySelector('video').paused")
    assert page.evaluate(OVERFLOW) <= 0
    folder = os.environ.get("SPORTSBR_TEST_PICTURES")
    if folder:
        page.wait_for_timeout(800)
        page.screenshot(path=f"{folder}/people-{lang}.png")
    row = page.locator("#person-1")
    row.locator("select[name=athlete-1]").select_option(label="Lin Mei 林梅")
    row.locator("button[name=only]").click()
    page.wait_for_url(f"**/recordings/{report.recording_id}/")
    assert not [text for text in wrong if "JPEG" not in text]
    assert Run.objects.first().options["track_ids"] == [1]
    assert people_of(report.recording).get(track_id=1).athlete == club.athletes.get()
