"""Writes: questions about reports, and their answers.

A question is a row; the worker that answers it is rung, and rung again if nobody came.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from sportsbr.celery import app
from sportsbr.reports.models import Question

if TYPE_CHECKING:
    from collections.abc import Mapping
    from uuid import UUID

    from sportsbr.accounts.models import User
    from sportsbr.reports.models import Report

MOST_QUESTIONS: Final = 200  # about one report
LONGEST: Final = 500  # characters
TASK: Final = "workers.tasks.answer_question"


class QuestionError(Exception):
    """A question that is not taken; `code` is a problem of the API."""

    code = "bad_question"


class TooManyQuestionsError(QuestionError):
    """As many were asked about this report as are kept."""

    code = "too_many_questions"


@transaction.atomic
def ask(report: Report, *, by: User, text: str) -> Question:
    """Keep a question and ring for its answer.

    Raises:
        QuestionError: nothing was asked, or too much.
    """
    asked = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    if not asked or len(asked) > LONGEST:
        raise QuestionError
    if report.questions.count() >= MOST_QUESTIONS:
        raise TooManyQuestionsError
    question = Question.objects.create(report=report, asked_by=by, text=asked)
    _ring(question)
    return question


@transaction.atomic
def store_answer(question_id: UUID | str, *, fields: Mapping[str, Any]) -> bool:
    """Keep an answer, once: whether this was the one."""
    waiting = Question.objects.select_for_update().filter(
        pk=question_id, state=Question.State.WAITING
    )
    return bool(waiting.update(state=Question.State.ANSWERED, answered_at=timezone.now(), **fields))


def ring_again() -> int:
    """Ring for questions that nobody came for; how many."""
    before = timezone.now() - timedelta(seconds=settings.SPORTSBR_LEASE_S)
    late = Question.objects.filter(
        Q(rung_at=None) | Q(rung_at__lt=before), state=Question.State.WAITING
    )[:MOST_QUESTIONS]
    for question in late:
        _ring(question)
    return len(late)


def _ring(question: Question) -> None:
    Question.objects.filter(pk=question.pk).update(rung_at=timezone.now())
    key = str(question.pk)
    transaction.on_commit(lambda: _send(key), robust=True)


def _send(question_id: str) -> None:
    # Without retries: a broker that is down must not hold up the request that asked.
    app.send_task(TASK, args=[question_id], retry=False)
