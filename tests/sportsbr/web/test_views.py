from __future__ import annotations

import hashlib
import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from sportsbr.accounts.models import Role, User
from sportsbr.accounts.services import add_member
from sportsbr.recordings.models import Recording, Run, State
from sportsbr.recordings.services import run_with_correction
from tests.sportsbr.web.stored import PASSWORD, make_coach, make_recording, make_report

if TYPE_CHECKING:
    from django.test import Client

    from sportsbr.accounts.models import Club

pytestmark = pytest.mark.django_db
EN, ZH = {"HTTP_ACCEPT_LANGUAGE": "en"}, {"HTTP_ACCEPT_LANGUAGE": "zh-CN,zh;q=0.9"}


@pytest.fixture
def coach(client: Client) -> tuple[User, Club]:
    user, club = make_coach()
    client.force_login(user)
    return user, club


def text_of(response) -> str:
    return re.sub(r"\s+", " ", response.content.decode())


def test_somebody_signed_out_is_sent_to_the_door(client):
    for name in ("recordings", "upload"):
        answer = client.get(reverse(f"web:{name}"))
        assert answer.status_code == 302
        assert answer["Location"].startswith(reverse("web:sign-in"))


def test_signing_in_with_an_email_address(client):
    make_coach()
    page = reverse("web:sign-in")
    wrong = client.post(page, {"username": "coach@example.com", "password": "no"})
    assert 'role="alert"' in text_of(wrong)
    right = client.post(page, {"username": "coach@example.com", "password": PASSWORD})
    assert right["Location"] == reverse("web:recordings")
    assert client.post(reverse("web:sign-out"))["Location"] == reverse("web:sign-in")


@pytest.mark.parametrize(
    ("lang", "words"), [(EN, "Too many wrong passwords"), (ZH, "密码错误次数过多")]
)
def test_wrong_passwords_are_limited(client, settings, lang, words):
    settings.SPORTSBR_SIGN_IN_FAILURES = 2
    make_coach()
    page = reverse("web:sign-in")
    wrong = {"username": "coach@example.com", "password": "no"}
    assert [client.post(page, wrong).status_code for _ in range(2)] == [200, 200]
    answer = client.post(page, {**wrong, "password": PASSWORD}, **lang)
    assert (answer.status_code, int(answer["Retry-After"]) > 800) == (429, True)
    assert words in text_of(answer)
    # The admin's own door has no page for it, but no password is looked at there either.
    client.post("/admin/login/", {**wrong, "password": PASSWORD})
    assert "_auth_user_id" not in client.session


@pytest.mark.parametrize("role", [Role.ATHLETE, Role.PARENT])
def test_families_look_and_change_nothing(client, role):
    _, club = make_coach()
    reader = User.objects.create_user("reader@example.com", PASSWORD)
    add_member(club, user=reader, role=role, athletes=club.athletes.all())
    client.force_login(reader)
    own = make_recording(club, title="Own", state=State.QUEUED)
    hidden = make_recording(club, title="Hidden", state=State.QUEUED)
    Recording.objects.filter(pk=hidden.pk).update(athlete=None)
    page = text_of(client.get(reverse("web:recordings"), **EN))
    assert "Own" in page
    assert "Hidden" not in page
    assert reverse("web:upload") not in page
    assert client.get(reverse("web:recording", args=[hidden.pk])).status_code == 404
    assert client.post(reverse("web:cancel", args=[hidden.pk])).status_code == 404
    page = text_of(client.get(reverse("web:recording", args=[own.pk]), **EN))
    assert reverse("web:cancel", args=[own.pk]) not in page
    for answer in (
        client.post(reverse("web:cancel", args=[own.pk]), **EN),
        client.get(reverse("web:upload"), **EN),
    ):
        assert answer.status_code == 403
        assert "Ask a coach" in text_of(answer)
    assert own.runs.get().state == State.QUEUED


def test_every_page_of_another_club_is_not_found(client, coach):
    _, foreign = make_coach("other@example.com", club="Other")
    report = make_report(foreign)
    pages = [
        reverse("web:report", args=[report.pk]),
        reverse("web:recording", args=[report.recording_id]),
        reverse("web:state", args=[report.recording_id]),
    ]
    assert [client.get(page).status_code for page in pages] == [404, 404, 404]
    assert client.post(reverse("web:correct", args=[report.pk])).status_code == 404
    for name in ("cancel", "retry"):
        assert client.post(reverse(f"web:{name}", args=[report.recording_id])).status_code == 404
    assert "Squats, Tuesday" not in text_of(client.get(reverse("web:recordings")))


def test_numbers_are_told_in_chinese_too(client, coach):
    make_recording(coach[1])
    assert "1 段视频" in text_of(client.get(reverse("web:recordings"), **ZH))


def test_an_empty_list_says_how_to_begin(client, coach):
    assert "No recordings yet" in text_of(client.get(reverse("web:recordings"), **EN))


def test_the_list_shows_each_state(client, coach):
    for state in State.values:
        make_recording(coach[1], title=f"is {state}", state=state)
    page = text_of(client.get(reverse("web:recordings"), **EN))
    for words in ("Queued", "Analysing", "Not analysed", "Cancelled", "Report ready"):
        assert words in page
    assert page.count("hx-trigger") == 2


def test_a_list_of_waiting_runs_is_as_many_queries_as_one(client, coach, connection_queries):
    make_recording(coach[1], state=State.QUEUED)
    one = connection_queries(lambda: client.get(reverse("web:recordings")))
    for _ in range(4):
        make_recording(coach[1], state=State.QUEUED)
    assert connection_queries(lambda: client.get(reverse("web:recordings"))) == one
    page = text_of(client.get(reverse("web:recordings"), **EN))
    assert "next in line" in page
    assert "number 5 in the queue" in page


@pytest.fixture
def connection_queries():
    def count(call) -> int:
        with CaptureQueriesContext(connection) as caught:
            call()
        return len(caught)

    return count


def test_a_title_is_text_and_never_markup(client, coach):
    make_recording(coach[1], title="<script>alert(1)</script>")
    assert "<script>alert(1)" not in text_of(client.get(reverse("web:recordings")))


@pytest.mark.parametrize(("lang", "name"), [(EN, "Squat"), (ZH, "深蹲")])
def test_the_report_reads_without_script_in_both_languages(client, coach, lang, name):
    report = make_report(coach[1])
    page = text_of(client.get(reverse("web:report", args=[report.pk]), **lang))
    assert name in page
    assert "78°" in page
    assert "± <" not in page
    assert "#t=1.0000" in page
    assert "&gt; 99%" in page
    assert "&lt;script" not in page
    assert f"/api/v1/reports/{report.pk}/files/player/" in page
    english, chinese = "Sit deeper in the first squat.", "第一次深蹲还可以再蹲低一些。"
    assert (english in page, chinese in page) == (lang is EN, lang is ZH)


def test_a_metric_that_was_not_measured_has_a_reason_and_no_number(client, coach):
    report = make_report(coach[1])
    page = text_of(client.get(reverse("web:report", args=[report.pk]), **EN))
    assert "the camera angle does not show it" in page
    assert "nan" not in page.lower().replace("tenant", "")


@pytest.mark.parametrize(
    ("lang", "words"),
    [(EN, "left and right leg were exchanged"), (ZH, "左右腿被认反")],
)
def test_corrections_are_listed_with_their_moment(client, coach, lang, words):
    report = make_report(coach[1])
    page = text_of(client.get(reverse("web:report", args=[report.pk]), **lang))
    assert words in page
    assert "#t=0.4000" in page
    assert page.count('name="correction_id"') == 2
    assert (page.count('value="no"'), page.count('value="yes"')) == (1, 1)


def test_a_correction_is_undone_and_made_again_in_a_new_run(client, coach):
    report = make_report(coach[1])
    page = reverse("web:correct", args=[report.pk])
    legs = {"correction_id": "side_swap-1-legs-12", "make": "no"}
    assert client.post(page, legs).status_code == 302
    newest = report.recording.runs.order_by("-created_at").first()
    assert newest.options["repair"] == {"undone": ["side_swap-1-legs-12"]}
    assert client.post(page, {"correction_id": "made-up", "make": "no"}).status_code == 404
    again = run_with_correction(newest, correction_id="side_swap-1-legs-12", made=True)
    assert again.options["repair"] == {"undone": []}


def test_the_switch_keeps_the_language(client, coach):
    client.post(reverse("web:set-language"), {"language": "zh-hans", "next": "/recordings/"})
    assert 'lang="zh-Hans"' in text_of(client.get(reverse("web:recordings"), **EN))
    client.post(reverse("web:set-language"), {"language": "en", "next": "/recordings/"})
    assert 'html lang="en"' in text_of(client.get(reverse("web:recordings"), **ZH))


@pytest.mark.parametrize(
    ("lang", "why", "advice"),
    [(EN, "The video is cut off", "Copy the file"), (ZH, "视频不完整", "重新")],
)
def test_a_failed_run_says_why_and_what_to_do(client, coach, lang, why, advice):
    recording = make_recording(coach[1], state=State.FAILED)
    Run.objects.update(problem={"code": "truncated_video", "params": {"found": "no index"}})
    page = text_of(client.get(reverse("web:recording", args=[recording.pk]), **lang))
    assert why in page
    if lang is EN:
        assert advice in page
    assert reverse("web:retry", args=[recording.pk]) in page


def test_an_inner_fault_gives_a_number_to_ask_with(client, coach):
    recording = make_recording(coach[1], state=State.FAILED)
    Run.objects.update(problem={"code": "internal_error", "params": {"reference": "r-77"}})
    page = text_of(client.get(reverse("web:recording", args=[recording.pk]), **EN))
    assert "r-77" in page


def test_a_queued_run_tells_its_place_and_can_be_cancelled(client, coach):
    make_recording(coach[1], state=State.QUEUED)
    recording = make_recording(coach[1], state=State.QUEUED)
    page = reverse("web:recording", args=[recording.pk])
    assert "number 2 in the queue" in text_of(client.get(page, **EN))
    client.post(reverse("web:cancel", args=[recording.pk]))
    assert recording.runs.get().state == State.CANCELLED
    client.post(reverse("web:retry", args=[recording.pk]))
    assert recording.runs.filter(state=State.QUEUED).count() == 1
    answer = client.post(reverse("web:retry", args=[recording.pk]), follow=True, **EN)
    assert "already under way" in text_of(answer)


def test_progress_moves_and_ends_at_the_report(client, coach):
    report = make_report(coach[1])
    page = reverse("web:state", args=[report.recording_id])
    Run.objects.update(state=State.RUNNING, stage="observe", percent=41.0)
    moving = client.get(page, {"page": 1}, **EN)
    assert 'value="41"' in text_of(moving)
    assert "HX-Redirect" not in moving
    Run.objects.update(state=State.DONE)
    assert client.get(page, {"page": 1})["HX-Redirect"] == reverse("web:report", args=[report.pk])
    assert "HX-Redirect" not in client.get(page)


@pytest.fixture
def media(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path


def test_a_plain_form_uploads_several_files(client, coach, media):
    user, club = coach
    files = [SimpleUploadedFile(f"{n}.mp4", b"not looked at here" * n) for n in (1, 2)]
    answer = client.post(
        reverse("web:upload"),
        {"videos": files, "club": club.slug, "sport": "tennis", "athlete": club.athletes.get().pk},
    )
    assert answer["Location"] == reverse("web:recordings")
    kept = Recording.objects.order_by("filename")
    assert [(r.filename, r.size_bytes, r.sport) for r in kept] == [
        ("1.mp4", 18, "tennis"),
        ("2.mp4", 36, "tennis"),
    ]
    assert {run.state for run in Run.objects.all()} == {State.QUEUED}
    assert kept[0].uploaded_by == user


@pytest.mark.parametrize(("lang", "words"), [(EN, "larger than allowed"), (ZH, "超过允许的大小")])
def test_a_plain_form_holds_the_same_limit(client, coach, media, settings, lang, words):
    settings.SPORTSBR_MAX_UPLOAD_BYTES = 100_000
    page, club = reverse("web:upload"), coach[1].slug
    large = SimpleUploadedFile("1.mp4", b"x" * 300_000)
    answer = client.post(page, {"videos": large, "club": club}, **lang)
    assert answer.status_code == 422
    assert words in text_of(answer)
    [error] = answer.context["form"].errors.as_data()["videos"]
    assert error.code == "upload_too_large"
    assert not Recording.objects.exists()
    whole = SimpleUploadedFile("1.mp4", b"x" * 100_000)
    assert client.post(page, {"videos": whole, "club": club}).status_code == 302
    recording = Recording.objects.get()
    assert Path(default_storage.path(recording.path)).stat().st_size == 100_000
    assert recording.sha256 == hashlib.sha256(b"x" * 100_000).hexdigest()


def test_an_empty_file_and_a_foreign_club_are_refused_with_a_reason(client, coach, media):
    _, foreign = make_coach("other@example.com", club="Other")
    page = reverse("web:upload")
    empty = client.post(page, {"videos": SimpleUploadedFile("0.mp4", b""), "club": coach[1].slug})
    assert empty.status_code == 422
    assert 'class="errors"' in text_of(empty)
    video = SimpleUploadedFile("1.mp4", b"x")
    assert client.post(page, {"videos": video, "club": foreign.slug}).status_code == 422
    assert not Recording.objects.exists()


def warn_of(recording: Recording, *rows: tuple[str, dict], checked: bool = True) -> Run:
    run = recording.runs.get()
    Run.objects.filter(pk=run.pk).update(
        warnings=[{"code": code, "params": params, "picture": "e" * 64} for code, params in rows]
    )
    state = State.DONE if checked else State.RUNNING
    run.steps.create(kind="prepare", state=state)
    return run


def test_how_it_was_filmed_is_shown_while_the_run_goes_on(client, coach):
    recording = make_recording(coach[1], state=State.RUNNING)
    row = ("filming_cut_off", {"edge": "bottom", "share": 0.5, "at_s": 2.0})
    run = warn_of(recording, row)
    for language, words in (
        (EN, ("cut off at the lower edge", "Step back", "The analysis goes on")),
        (ZH, ("下方", "请后退", "分析会继续")),
    ):
        page = text_of(client.get(reverse("web:recording", args=[recording.pk]), **language))
        assert all(word in page for word in words)
        assert f"/api/v1/runs/{run.pk}/pictures/{'e' * 64}/" in page
        assert "0:02.0" in page


def test_the_check_is_waited_for_and_then_no_longer(client, coach):
    recording = make_recording(coach[1], state=State.RUNNING)
    run = warn_of(recording, checked=False)
    fragment = reverse("web:filming", args=[recording.pk])
    assert "hx-get" in text_of(client.get(fragment))
    run.steps.update(state=State.DONE)
    answer = text_of(client.get(fragment, **EN))
    assert "hx-get" not in answer
    assert "Nothing is wrong" in answer


def test_slow_motion_is_asked_about_and_analysed_anew(client, coach):
    recording = make_recording(coach[1], state=State.RUNNING)
    run = warn_of(recording, ("slow_motion_suspected", {"fps": 30.0, "capture_fps": 0.0}))
    page = text_of(client.get(reverse("web:recording", args=[recording.pk]), **EN))
    assert 'name="capture_fps"' in page
    address = reverse("web:capture-rate", args=[recording.pk])
    assert client.post(address, {"capture_fps": "fast"}).status_code == 302
    assert recording.runs.count() == 1
    client.post(address, {"capture_fps": "240"})
    newest = recording.runs.first()
    assert newest.options["media"] == {"capture_fps": 240.0}
    run.refresh_from_db()
    assert run.state == State.CANCELLED
    recording.refresh_from_db()
    assert recording.capture_fps == 240


def test_another_clubs_filming_is_not_found(client, coach):
    _, foreign = make_coach("else@example.com", club="Else")
    recording = make_recording(foreign)
    assert client.get(reverse("web:filming", args=[recording.pk])).status_code == 404
    address = reverse("web:capture-rate", args=[recording.pk])
    assert client.post(address, {"capture_fps": "240"}).status_code == 404


def test_the_upload_form_takes_the_rate_of_slow_motion(client, coach, media):
    del media
    file = SimpleUploadedFile("a.mp4", b"x")
    known = {"videos": [file], "club": coach[1].slug, "capture_fps": "120"}
    client.post(reverse("web:upload"), known)
    recording = Recording.objects.get()
    assert recording.capture_fps == 120
    assert recording.runs.get().options["media"] == {"capture_fps": 120.0}


def test_lengths_in_slow_motion_are_real(client, coach):
    report = make_report(coach[1])
    page = text_of(client.get(reverse("web:report", args=[report.pk]), **EN))
    document = report.document
    segment = document["segments"][0]
    played_s = segment["end_s"] - segment["start_s"]
    assert f"{played_s:.2f} s" in page
    document["footage"]["time_scale"] = 0.125
    report.save()
    page = text_of(client.get(reverse("web:report", args=[report.pk]), **EN))
    assert f"{played_s / 8:.2f} s" in page
