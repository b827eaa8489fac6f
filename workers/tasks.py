"""The doorbell's answers: an id comes in, a job is done under a lease. Every task is idempotent."""

from __future__ import annotations

import logging
import os
import socket
import uuid
from typing import TYPE_CHECKING

from analysis.errors import AnalysisError
from sportsbr.celery import app
from sportsbr.recordings import ledger, uploads
from workers import jobs
from workers.progress import Keeper

if TYPE_CHECKING:
    from collections.abc import Callable

logger = logging.getLogger(__name__)


@app.task(name="workers.tasks.prepare")
def prepare(step_id: str) -> None:
    """Probe and normalise the footage, and cut it into chunks."""
    _work(step_id, job=jobs.prepare)


@app.task(name="workers.tasks.observe")
def observe(step_id: str) -> None:
    """See everybody in one chunk."""
    _work(step_id, job=jobs.observe)


@app.task(name="workers.tasks.conclude")
def conclude(step_id: str) -> None:
    """Measure, judge and report over the joined chunks."""
    _work(step_id, job=jobs.conclude)


@app.task(name="workers.tasks.sweep")
def sweep() -> int:
    """Ring again for what was left lying."""
    return ledger.sweep()


@app.task(name="workers.tasks.expire_uploads")
def expire_uploads() -> int:
    """Terminate uploads that nobody went on with."""
    return uploads.expire()


def _work(step_id: str, *, job: Callable[[Keeper], None]) -> None:
    """Claim, do, close; whatever goes wrong leaves the ledger able to go on."""
    lease = ledger.claim(step_id, worker=f"{socket.gethostname()}:{os.getpid()}")
    if lease is None:
        return
    try:
        with Keeper(lease) as keeper:
            job(keeper)
    except AnalysisError as error:
        ledger.fail(lease, code=error.code, params=error.params)
    except (ledger.LeaseLostError, ledger.RunCancelledError) as stop:
        logger.info("step %s given up: %s", step_id, type(stop).__name__)
    except Exception:
        # Anything else is our fault, not the footage's: tried again, then told with a reference.
        reference = uuid.uuid4().hex
        logger.exception("step %s broke, reference %s", step_id, reference)
        ledger.give_back(lease, reference=reference)
