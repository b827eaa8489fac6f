"""A coach's way through the pages, in a real browser."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.utils import translation

from sportsbr.recordings.models import Recording, Run, State
from sportsbr.recordings.services import add_artifact
from tests.e2e.conftest import watched
from tests.sportsbr.web.stored import BIT_PX, FRAMES, PASSWORD, make_recording, picture, times_s

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

PHONE, LAPTOP = {"width": 390, "height": 844}, {"width": 1366, "height": 768}

# The number that the shown frame itself carries, read from its pixels.
BARCODE = f"""() => {{
  const video = document.querySelector("video");
  const canvas = Object.assign(document.createElement("canvas"), {{ width: 640, height: 360 }});
  const context = canvas.getContext("2d");
  context.drawImage(video, 0, 0);
  let number = 0;
  for (let bit = 0; bit < 8; bit += 1) {{
    const pixel = context.getImageData(bit * {BIT_PX} + {BIT_PX // 2}, {BIT_PX // 2}, 1, 1).data;
    if (pixel[0] > 127) number |= 1 << bit;
  }}
  return number;
}}"""

COLOURED = """() => {
  const canvas = document.querySelector("pose-player canvas");
  const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
  let count = 0;
  for (let i = 3; i < data.length; i += 4) if (data[i] > 0) count += 1;
  return count;
}"""

OVERFLOW = "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"


def open_page(browser: Browser, *, viewport: dict[str, int], lang: str) -> Page:
    locale = "zh-CN" if lang == "zh-hans" else "en-GB"
    page = browser.new_context(viewport=viewport, locale=locale).new_page()
    page.set_default_timeout(15_000)
    return page


def jpeg() -> bytes:
    """A frame as the worker keeps it."""
    import cv2

    return cv2.imencode(".jpg", picture(7, 1.0)[:, :, ::-1])[1].tobytes()


def sign_in(page: Page, url: str) -> None:
    page.goto(f"{url}/")
    page.fill("input[name=username]", "coach@example.com")
    page.fill("input[name=password]", PASSWORD)
    page.press("input[name=password]", "Enter")
    page.wait_for_url("**/recordings/")


def ready(page: Page) -> None:
    page.wait_for_function("() => Number(document.querySelector('pose-player').dataset.bones) > 0")


def shown_frame(page: Page) -> int:
    return int(page.get_attribute("pose-player", "data-frame") or -1)


def settle(page: Page) -> None:
    """Until the sought frame is on the screen and was told of."""
    page.wait_for_function("() => !document.querySelector('video').seeking")
    page.evaluate("() => new Promise(done => requestAnimationFrame(() => setTimeout(done, 120)))")


def test_from_signing_in_to_the_evidence_of_a_finding(browser, site):
    url, _, _ = site
    page = open_page(browser, viewport=LAPTOP, lang="en")
    wrong = watched(page)
    sign_in(page, url)
    page.click("text=Squats, Tuesday")
    ready(page)
    assert page.evaluate(COLOURED) > 500
    page.click("segment-timeline .segment >> nth=1")
    settle(page)
    assert abs(page.evaluate("document.querySelector('video').currentTime") - 1.8) < 0.06
    page.click("[data-finding=f1] .moment")
    settle(page)
    assert abs(page.evaluate("document.querySelector('video').currentTime") - 1.0) < 0.06
    assert page.evaluate(BARCODE) == shown_frame(page)
    assert wrong == []


def test_the_skeleton_is_that_of_the_frame_shown_on_a_variable_clock(browser, site):
    url, _, report = site
    page = open_page(browser, viewport=LAPTOP, lang="en")
    sign_in(page, url)
    page.goto(f"{url}/reports/{report.pk}/")
    ready(page)
    wrong = []
    for wanted in range(1, FRAMES, 6):
        time_s = float(times_s()[wanted])
        page.evaluate(
            "t => document.dispatchEvent(new CustomEvent('sportsbr:seek', {detail: {time_s: t}}))",
            time_s,
        )
        settle(page)
        seen = (page.evaluate(BARCODE), shown_frame(page))
        if seen != (wanted, wanted):
            wrong.append((wanted, *seen))
    assert wrong == []


def test_keys_step_by_one_frame_and_space_plays(browser, site):
    url, _, report = site
    page = open_page(browser, viewport=LAPTOP, lang="en")
    sign_in(page, url)
    page.goto(f"{url}/reports/{report.pk}/")
    ready(page)
    page.focus("pose-player")
    for wanted in (1, 2, 3):
        page.keyboard.press("ArrowRight")
        settle(page)
        assert (page.evaluate(BARCODE), shown_frame(page)) == (wanted, wanted)
    page.keyboard.press("ArrowLeft")
    settle(page)
    assert shown_frame(page) == 2
    page.keyboard.press("Space")
    page.wait_for_function("() => Number(document.querySelector('pose-player').dataset.frame) > 12")


def test_the_chart_and_the_video_move_each_other(browser, site):
    url, _, report = site
    page = open_page(browser, viewport=LAPTOP, lang="en")
    sign_in(page, url)
    page.goto(f"{url}/reports/{report.pk}/")
    ready(page)
    over = page.locator("signal-chart .u-over")
    over.scroll_into_view_if_needed()
    box = over.bounding_box()
    over.click(position={"x": box["width"] / 2, "y": 40})
    settle(page)
    middle_s = float(times_s()[-1]) / 2
    assert abs(page.evaluate("document.querySelector('video').currentTime") - middle_s) < 0.1
    line = page.evaluate("document.querySelector('.now').getBoundingClientRect().x") - box["x"]
    assert abs(line - box["width"] / 2) < 0.03 * box["width"]


CUT_LABELS = """() => [...document.querySelectorAll("segment-timeline .segment")].filter((bar) => {
  const range = document.createRange();
  range.selectNodeContents(bar.querySelector(".name"));
  const words = range.getBoundingClientRect();
  const room = bar.getBoundingClientRect();
  return words.width > 0 && (words.left < room.left || words.right > room.right);
}).length"""


def test_no_label_of_a_short_segment_is_cut(browser, site):
    url, _, report = site
    [first, *_] = report.document["segments"]
    # From 80 ms to 0.6 s: some have room for the name, some for a number, some for neither.
    starts = [0.03 * n * (n + 1) / 2 for n in range(1, 16)]
    report.document["segments"] = [
        {**first, "segment_id": f"s{n}", "start_s": start, "end_s": start + 0.04 * n, "phases": []}
        for n, start in enumerate(starts, start=1)
    ]
    report.document["findings"] = []
    report.save()
    page = open_page(browser, viewport=PHONE, lang="en")
    sign_in(page, url)
    page.goto(f"{url}/reports/{report.pk}/")
    ready(page)
    said = {}
    for viewport in (PHONE, LAPTOP):
        page.set_viewport_size(viewport)
        settle(page)
        assert page.evaluate(CUT_LABELS) == 0
        said[viewport["width"]] = page.locator("segment-timeline .segment .name").all_inner_texts()
        page.locator("segment-timeline").scroll_into_view_if_needed()
        check(page, name=f"timeline-{viewport['width']}")
    numbers = [str(n) for n in range(1, 16)]
    for texts in said.values():
        assert {*texts} <= {"Squat", "", *numbers}
    assert said[390].count("Squat") < said[1366].count("Squat")
    assert any(text in numbers for text in said[390])


def test_a_report_without_its_files_says_so(browser, site):
    url, _, report = site
    report.recording.artifacts.exclude(kind="video").delete()
    page = open_page(browser, viewport=PHONE, lang="en")
    sign_in(page, url)
    page.goto(f"{url}/reports/{report.pk}/")
    page.wait_for_selector("text=The skeleton is not available")
    page.wait_for_selector("text=The angle curves are not available")


def test_uploading_two_files_shows_them_in_the_list(browser, site, video, tmp_path):
    url, club, _ = site
    paths = [tmp_path / name for name in ("serve.mp4", "jump.mp4")]
    for path in paths:
        path.write_bytes(video)
    page = open_page(browser, viewport=PHONE, lang="en")
    wrong = watched(page)
    sign_in(page, url)
    page.goto(f"{url}/upload/")
    page.set_input_files("input[type=file]", [str(path) for path in paths])
    page.wait_for_selector("text=2 videos chosen")
    page.select_option("select[name=sport]", "strength")
    page.click("button[type=submit]")
    page.wait_for_url("**/recordings/")
    kept = Recording.objects.filter(filename__in=["serve.mp4", "jump.mp4"])
    assert {(r.size_bytes, r.sport, r.club_id) for r in kept} == {(len(video), "strength", club.pk)}
    assert kept.count() == 2
    assert wrong == []


def test_progress_arrives_without_reloading(browser, site):
    url, club, _ = site
    recording = make_recording(club, title="Waiting", state=State.QUEUED)
    page = open_page(browser, viewport=PHONE, lang="en")
    sign_in(page, url)
    page.goto(f"{url}/recordings/{recording.pk}/")
    page.wait_for_selector("text=next in line")
    Run.objects.filter(recording=recording).update(state="running", stage="observe", percent=41)
    page.wait_for_selector("progress[value='41']")
    problem = {"code": "truncated_video", "params": {"found": "no index"}}
    Run.objects.filter(recording=recording).update(state="failed", problem=problem)
    page.wait_for_selector("text=Analyse again")
    assert "Copy the file from the camera again" in page.inner_text("main")


def test_the_report_reads_without_javascript(browser, site):
    url, _, report = site
    context = browser.new_context(viewport=PHONE, java_script_enabled=False, locale="en-GB")
    page = context.new_page()
    sign_in(page, url)
    page.goto(f"{url}/reports/{report.pk}/")
    text = page.inner_text("main")
    for words in ("Sit deeper in the first squat.", "78°", "Squat", "descent", "at least 90°"):
        assert words in text
    assert page.get_attribute("[data-finding=f1] .moment", "href").endswith("/video/#t=1.0000")


@pytest.mark.parametrize("lang", ["zh-hans", "en"])
@pytest.mark.parametrize("viewport", [PHONE, LAPTOP], ids=["phone", "laptop"])
def test_every_page_fits_its_screen(browser, site, viewport, lang):
    url, club, report = site
    failed = make_recording(club, title="Cut off on the way home", state=State.FAILED)
    problem = {"code": "truncated_video", "params": {"found": "moov"}}
    Run.objects.filter(recording=failed).update(problem=problem)
    running = make_recording(
        club, title="Vertical jump, U16 训练营第三组（周三下午）", state=State.RUNNING
    )
    Run.objects.filter(recording=running).update(stage="observe", percent=41)
    make_recording(club, title="Serve", state=State.QUEUED)
    page = open_page(browser, viewport=viewport, lang=lang)
    wrong = watched(page)
    page.goto(f"{url}/")
    check(page, name=f"sign-in-{viewport['width']}-{lang}")
    sign_in(page, url)
    for name, path in {
        "recordings": "/recordings/",
        "upload": "/upload/",
        "failed": f"/recordings/{failed.pk}/",
        "running": f"/recordings/{running.pk}/",
        "report": f"/reports/{report.pk}/",
    }.items():
        page.goto(url + path)
        if name == "report":
            ready(page)
            page.wait_for_selector("signal-chart .u-over")
            page.click("segment-timeline .segment >> nth=0")
            settle(page)
        check(page, name=f"{name}-{viewport['width']}-{lang}")
    assert wrong == []
    with translation.override(lang):
        assert (page.get_attribute("html", "lang") == "zh-Hans") == (lang == "zh-hans")


def check(page: Page, *, name: str) -> None:
    """No page scrolls sideways; a picture is kept where SPORTSBR_SCREENSHOTS names a folder."""
    assert page.evaluate(OVERFLOW) == 0, name
    folder = os.environ.get("SPORTSBR_SCREENSHOTS")
    if folder:
        page.wait_for_timeout(400)
        page.screenshot(path=str(Path(folder) / f"{name}.png"), full_page=True)


@pytest.mark.parametrize("viewport", [PHONE, LAPTOP], ids=["phone", "laptop"])
@pytest.mark.parametrize("lang", ["en", "zh-hans"])
def test_how_it_was_filmed_is_shown_with_its_pictures(
    browser: Browser, site, viewport: dict[str, int], lang: str
) -> None:
    url, club, _ = site
    recording = make_recording(club, title="Serve, from behind", state=State.RUNNING)
    key, run = "d" * 64, recording.runs.get()
    path = default_storage.save("frame.jpg", ContentFile(jpeg()))
    add_artifact(recording.pk, run_id=None, kind="picture", key=key, path=path, size_bytes=1)
    rows = (
        ("slow_motion_suspected", {"fps": 30.0, "capture_fps": 0.0}, ""),
        ("filming_cut_off", {"edge": "bottom", "share": 0.5, "at_s": 2.0}, key),
        ("filming_view", {"view": "front", "shown": 2, "total": 4, "at_s": 1.0}, key),
    )
    page = open_page(browser, viewport=viewport, lang=lang)
    sign_in(page, url)
    page.goto(f"{url}/recordings/{recording.pk}/")
    assert page.locator(".warnings").count() == 0
    warnings = [{"code": code, "params": params, "picture": key} for code, params, key in rows]
    Run.objects.filter(pk=run.pk).update(warnings=warnings)
    run.steps.create(kind="prepare", state=State.DONE)
    # Comes by itself while the page stays open.
    page.locator(".warnings img").first.wait_for()
    page.wait_for_function("() => [...document.images].every((i) => i.complete && i.naturalWidth)")
    assert page.locator(".warnings li").count() == 3
    assert page.evaluate(OVERFLOW) <= 0
    assert ("慢动作" if lang == "zh-hans" else "slow motion") in page.inner_text(".warnings")
    if folder := os.environ.get("SPORTSBR_SCREENSHOTS"):
        name = f"filming-{lang}-{viewport['width']}.png"
        page.screenshot(path=Path(folder) / name, full_page=True)
    page.fill("input[name=capture_fps]", "240")
    page.click(".rate button")
    page.wait_for_load_state()
    recording.refresh_from_db()
    assert recording.capture_fps == 240
    assert recording.runs.count() == 2
    page.context.close()
