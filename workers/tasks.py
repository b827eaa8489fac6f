"""The tasks: claim by id, do the job, nothing else. The ledger decides what is really done."""

from __future__ import annotations

from celery import shared_task

from sportsbr.recordings import ledger, uploads
from sportsbr.reports import questions
from workers import answers, jobs, maps


@shared_task
def prepare(step_id: str) -> None:
    """Write the upright copy of an upload and cut it into chunks."""
    jobs.perform(step_id, job=jobs.prepare)


@shared_task
def observe(step_id: str) -> None:
    """See everybody in one chunk."""
    jobs.perform(step_id, job=jobs.observe)


@shared_task
def conclude(step_id: str) -> None:
    """Join the chunks and make the report."""
    jobs.perform(step_id, job=jobs.conclude)


@shared_task
def draw_map(club_id: str) -> int:
    """Lay a club's segments out by likeness, where some have come since."""
    return maps.draw(club_id)


@shared_task
def answer_question(question_id: str) -> None:
    """Answer what was asked about a report; once is enough."""
    answers.answer(question_id)


@shared_task
def sweep() -> int:
    """Take back what lost workers held, and ring again for what nobody came for."""
    questions.ring_again()
    return ledger.sweep()


@shared_task
def expire_uploads() -> int:
    """Drop uploads that nobody went on with."""
    return uploads.expire()
