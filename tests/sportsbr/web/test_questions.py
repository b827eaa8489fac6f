from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from django.urls import reverse

from sportsbr.accounts.models import Role, User
from sportsbr.accounts.services import add_member
from sportsbr.reports.models import Question
from tests.sportsbr.web.stored import PASSWORD, make_coach, make_report
from workers.answers import answer

if TYPE_CHECKING:
    from django.test import Client

pytestmark = pytest.mark.django_db
EN, ZH = {"HTTP_ACCEPT_LANGUAGE": "en"}, {"HTTP_ACCEPT_LANGUAGE": "zh-CN,zh;q=0.9"}


@pytest.fixture
def report(client: Client, monkeypatch):
    monkeypatch.setattr("sportsbr.reports.questions._send", lambda key: None)
    user, club = make_coach()
    client.force_login(user)
    return make_report(club)


def page_of(client, report, **headers) -> str:
    answer_ = client.get(reverse("web:report", args=[report.pk]), **headers)
    return re.sub(r"\s+", " ", answer_.content.decode())


def ask(client, report, text):
    return client.post(reverse("web:questions", args=[report.pk]), {"text": text})


def test_a_question_is_kept_and_its_answer_seeks(client, report):
    sent = ask(client, report, "Is the squat deep enough?")
    assert sent["Location"].endswith("#questions")
    waiting = page_of(client, report, **EN)
    assert "Being answered" in waiting
    assert 'hx-trigger="every 2s"' in waiting
    answer(str(Question.objects.get().pk))
    page = page_of(client, report, **EN)
    assert "Being answered" not in page
    assert "The squat is too shallow" in page
    assert re.search(r'class="sentence" href="[^"]+#t=1\.0000" data-seek-s="1\.0000"', page)
    assert "coach@example.com" in page


def test_what_was_not_measured_is_shown_as_that_in_chinese(client, report):
    ask(client, report, "心率是多少？")
    answer(str(Question.objects.get().pk))
    page = page_of(client, report, **ZH)
    assert "这份报告没有测量这一项" in page


def test_a_question_is_shown_as_text_and_never_as_markup(client, report):
    ask(client, report, "<script>alert(1)</script> squat?")
    answer(str(Question.objects.get().pk))
    page = page_of(client, report, **EN)
    assert "<script>alert(1)" not in page
    assert "&lt;script&gt;alert(1)" in page


@pytest.mark.parametrize("text", ["", "   ", "x" * 501])
def test_nothing_or_too_much_is_not_taken(client, report, text):
    ask(client, report, text)
    assert not Question.objects.exists()
    assert "1 to 500 characters" in page_of(client, report, **EN)


def test_an_answer_is_given_once(client, report):
    ask(client, report, "Is the squat deep enough?")
    key = str(Question.objects.get().pk)
    answer(key)
    first = Question.objects.get().answered_at
    answer(key)
    assert Question.objects.get().answered_at == first


def test_who_may_only_read_neither_asks_nor_sees_what_was_asked(client, report):
    ask(client, report, "Is the squat deep enough?")
    reader = User.objects.create_user("athlete@example.com", PASSWORD)
    member = add_member(report.recording.club, user=reader, role=Role.ATHLETE)
    member.athletes.set([report.recording.athlete]) if hasattr(member, "athletes") else None
    client.force_login(reader)
    assert ask(client, report, "And this?").status_code in {403, 404}
    fragment = client.get(reverse("web:answers", args=[report.pk]))
    assert fragment.status_code in {403, 404}
    assert Question.objects.count() == 1


def test_a_stranger_finds_nothing(client, report):
    stranger, _ = make_coach("other@example.com", club="Elsewhere")
    client.force_login(stranger)
    assert ask(client, report, "Is the squat deep enough?").status_code == 404
