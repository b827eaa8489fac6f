"""Questions on the report page: what was asked, the answers, and the form that asks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, cast

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_POST

from sportsbr.reports.models import Question
from sportsbr.reports.questions import LONGEST, QuestionError, TooManyQuestionsError, ask
from sportsbr.reports.selectors import asked_about_by, questions_of, reports_of
from sportsbr.web.presentation import sentence_row

if TYPE_CHECKING:
    from uuid import UUID

    from django.http import HttpRequest, HttpResponse
    from django.utils.functional import _StrPromise

    from sportsbr.accounts.models import User
    from sportsbr.reports.models import Report

WRITERS: Final[dict[str, _StrPromise]] = {
    "grounded": gettext_lazy("worded from the measurements"),
    "local": gettext_lazy("worded by a language model on this server, each sentence checked"),
    "endpoint": gettext_lazy("worded by a remote language model, each sentence checked"),
}


def questions_context(report: Report, *, user: User) -> dict[str, Any] | None:
    """What the section of questions needs; None for those who may only read."""
    if not asked_about_by(user).filter(pk=report.pk).exists():
        return None
    rows = [_row(question) for question in questions_of(user, report)]
    return {
        "rows": rows,
        "waits": any(row["waits"] for row in rows),
        "longest": LONGEST,
        "url": reverse("web:questions", args=[report.pk]),
        "answers_url": reverse("web:answers", args=[report.pk]),
    }


def _row(question: Question) -> dict[str, Any]:
    asker = question.asked_by
    return {
        "id": question.pk,
        "text": question.text,
        "who": (asker.get_full_name() or asker.email) if asker is not None else "",
        "when": question.asked_at,
        "waits": question.state == Question.State.WAITING,
        "is_measured": question.is_measured,
        "lang": "zh-Hans" if question.lang == "zh-hans" else "en",
        "writer": WRITERS.get(question.writer, ""),
        "sentences": [sentence_row(row["text"], told=row) for row in question.sentences],
    }


@require_POST
@login_required
def questions(request: HttpRequest, report_id: UUID) -> HttpResponse:
    """Ask; the answer appears on the page."""
    user = cast("User", request.user)
    report = get_object_or_404(reports_of(user), pk=report_id)
    if not asked_about_by(user).filter(pk=report.pk).exists():
        raise PermissionDenied
    try:
        ask(report, by=user, text=request.POST.get("text", ""))
    except TooManyQuestionsError:
        messages.error(request, _("No more questions are kept about this report."))
    except QuestionError:
        messages.error(request, _("Ask in 1 to %(longest)d characters.") % {"longest": LONGEST})
    return redirect(reverse("web:report", args=[report_id]) + "#questions")


@require_GET
@login_required
def answers(request: HttpRequest, report_id: UUID) -> HttpResponse:
    """The questions with what is answered by now; asked for until nothing waits."""
    user = cast("User", request.user)
    report = get_object_or_404(reports_of(user), pk=report_id)
    found = questions_context(report, user=user)
    if found is None:
        raise PermissionDenied
    context = {
        "questions": found,
        "video_url": f"/api/v1/recordings/{report.recording_id}/video/",
    }
    return render(request, "web/answers.html", context)
