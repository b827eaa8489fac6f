"""Questions answered: load what an id names, ask `analysis`, store what comes back."""

from __future__ import annotations

import logging
from dataclasses import asdict

from sportsbr.reports.models import Question
from sportsbr.reports.questions import store_answer
from workers.work import private_of, with_writer

logger = logging.getLogger(__name__)


def answer(question_id: str) -> None:
    """Answer a waiting question; one that is answered, or gone, is left alone."""
    from analysis.answering import answer_question
    from analysis.config import AnalysisConfig

    waiting = Question.objects.filter(state=Question.State.WAITING)
    found = waiting.select_related("report__recording__club", "report__recording__athlete")
    question = found.filter(pk=question_id).first()
    if question is None:
        logger.info("question %s: nothing to do", question_id)
        return
    told = answer_question(
        question.text,
        document=question.report.document,
        config=with_writer(AnalysisConfig()),
        private=private_of(question.report.recording),
    )
    fields = {
        "lang": told.lang,
        "sentences": [asdict(sentence) for sentence in told.sentences],
        "is_measured": told.is_measured,
        "writer": told.writer,
        "dropped": list(told.dropped),
    }
    store_answer(question_id, fields=fields)
