"""Why a label was given, on the report's page, and the map that leads there."""

from __future__ import annotations

import pytest

from sportsbr.reports.alike import map_rows
from sportsbr.reports.models import Report
from sportsbr.reports.services import store_places, store_report
from tests.e2e.conftest import watched
from tests.e2e.test_pages import LAPTOP, OVERFLOW, PHONE, open_page, ready, settle, sign_in
from tests.sportsbr.web.stored_explained import VECTORS, explained_document

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

PINK = """() => {
  const canvas = document.querySelector("pose-player canvas");
  const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
  let count = 0;
  for (let i = 0; i < data.length; i += 4) {
    if (data[i] > 210 && data[i + 1] < 90 && data[i + 2] > 100 && data[i + 3] > 200) count += 1;
  }
  return count;
}"""


@pytest.fixture
def explained(site):
    """The site's report as the fused model would have made it, on the club's map."""
    url, club, report = site
    run = report.run
    Report.objects.all().delete()
    run.refresh_from_db()
    made = store_report(run, document=explained_document(), vectors=VECTORS)
    store_places({row.pk: (0.6 * i - 0.3, 0.1) for i, row in enumerate(map_rows(club.pk))})
    return url, made


@pytest.mark.parametrize(("viewport", "lang"), [(LAPTOP, "en"), (PHONE, "zh-hans")])
def test_from_the_map_to_why(browser, explained, viewport, lang):
    url, report = explained
    page = open_page(browser, viewport=viewport, lang=lang)
    wrong = watched(page)
    sign_in(page, url)
    page.goto(f"{url}/map/")
    page.wait_for_selector("segment-map a")
    assert page.locator("segment-map a").count() == 2
    assert page.evaluate(OVERFLOW) == 0
    page.click("segment-map a >> nth=0")
    page.wait_for_url(f"**/reports/{report.pk}/#segment-s1")
    ready(page)
    settle(page)
    assert abs(page.evaluate("document.querySelector('video').currentTime") - 0.2) < 0.06
    assert page.evaluate(PINK) > 50
    assert page.locator("pose-player").bounding_box()["y"] < viewport["height"] / 2
    assert page.locator(".strip .for").count() == 7
    assert page.locator(".strip .against").count() == 1
    assert page.evaluate(OVERFLOW) == 0
    page.click("segment-timeline .segment >> nth=1")  # not explained
    settle(page)
    assert page.locator(".strip").count() == 0
    assert page.evaluate(PINK) == 0
    page.click("#why-s1 summary")
    page.wait_for_selector("#why-s1 [hx-get] p, #why-s1 [hx-get] ul")
    assert wrong == []
