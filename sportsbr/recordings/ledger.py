"""The job ledger: claims with leases and fencing tokens, so that no run is lost or done twice.

A step is claimed by one conditional UPDATE that raises its fence. Every later write carries the
fence and is refused when another worker has claimed the step since. Messages are only a doorbell:
the sweeper rings again for steps that nobody came for and takes back those whose lease ran out.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final
from uuid import UUID  # noqa: TC003 - dataclass fields are resolved when the class is made

from django.conf import settings
from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone

from sportsbr.celery import app
from sportsbr.recordings.models import FINAL_STATES, Run, State, Step

if TYPE_CHECKING:
    from collections.abc import Callable

# How much of a run's percentage each kind of step stands for.
WEIGHTS: Final = {Step.Kind.PREPARE: 10.0, Step.Kind.OBSERVE: 70.0, Step.Kind.CONCLUDE: 20.0}

# A sweep rings for this many steps at most: a long queue must not fill the broker with messages
# for work that waits anyway.
MOST_RINGS: Final = 16


class LeaseLostError(Exception):
    """Another worker holds the step, or it is over: whoever gets this must stop working on it."""


class RunCancelledError(Exception):
    """Somebody cancelled the run: stop."""


@dataclass(frozen=True, slots=True)
class Lease:
    """The right to work on a step until it is claimed anew."""

    step_id: UUID
    run_id: UUID
    fence: int


def ring(step: Step) -> None:
    """Send the step's task once the transaction is through; a lost message is rung again."""
    Step.objects.filter(pk=step.pk).update(rung_at=timezone.now())
    name, step_id = f"workers.tasks.{step.kind}", str(step.pk)
    transaction.on_commit(lambda: _send(name, step_id), robust=True)


def send_later(name: str, *, key: str) -> None:
    """Send a task that is not of the ledger, with an id, once the transaction is through.

    It may be lost: whoever needs what it makes must ask again.
    """
    transaction.on_commit(lambda: _send(name, key), robust=True)


def _send(name: str, step_id: str) -> None:
    # Without retries: a broker that is down must not hold up the request that filed the work.
    app.send_task(name, args=[step_id], retry=False)


@transaction.atomic
def claim(step_id: UUID | str, *, worker: str) -> Lease | None:
    """Take a queued step, or one whose lease ran out; None when there is nothing to take."""
    now = timezone.now()
    run = _locked_run(step_id)
    if run is None or run.cancel_requested or run.state in FINAL_STATES:
        return None
    # Tested again on the locked row: of two workers that come at once, one finds nothing.
    free = Q(state=State.QUEUED) | Q(state=State.RUNNING, lease_until__lt=now)
    steps = Step.objects.select_for_update().filter(free, pk=step_id)
    step = steps.filter(attempts__lt=settings.SPORTSBR_MAX_ATTEMPTS).first()
    if step is None:
        return None
    step.state = State.RUNNING
    step.fence += 1
    step.attempts += 1
    step.worker = worker
    step.share = 0.0
    step.heartbeat_at = now
    step.lease_until = now + timedelta(seconds=settings.SPORTSBR_LEASE_S)
    step.save()
    if run.state == State.QUEUED:
        run.state, run.started_at = State.RUNNING, now
    run.stage = step.kind
    run.save(update_fields=["state", "started_at", "stage"])
    return Lease(step_id=step.pk, run_id=run.pk, fence=step.fence)


def heartbeat(lease: Lease, *, share: float) -> None:
    """Extend the lease and tell how far the step is (0..1).

    Raises:
        LeaseLostError: the step was claimed anew or is over.
        RunCancelledError: somebody cancelled the run.
    """
    now = timezone.now()
    kept = Step.objects.filter(pk=lease.step_id, fence=lease.fence, state=State.RUNNING).update(
        heartbeat_at=now,
        lease_until=now + timedelta(seconds=settings.SPORTSBR_LEASE_S),
        share=share,
    )
    run = Run.objects.get(pk=lease.run_id)
    if run.cancel_requested:
        raise RunCancelledError
    if not kept:
        raise LeaseLostError
    _tell_percent(lease.run_id)


@transaction.atomic
def finish(lease: Lease, *, then: Callable[[Step], None]) -> None:
    """Close a step and write its outcome, both or neither.

    `then` runs inside the transaction, with the step locked.

    Raises:
        LeaseLostError: the fence is stale; nothing was written.
    """
    step = _held(lease)
    step.state, step.share, step.lease_until = State.DONE, 1.0, None
    step.save(update_fields=["state", "share", "lease_until"])
    then(step)
    _tell_percent(lease.run_id)


@transaction.atomic
def fail(lease: Lease, *, code: str, params: dict[str, Any]) -> None:
    """End a run for good, with a typed problem.

    Raises:
        LeaseLostError: the fence is stale; nothing was written.
    """
    step = _held(lease)
    Step.objects.filter(pk=step.pk).update(state=State.FAILED, lease_until=None)
    end_run(step.run_id, state=State.FAILED, problem={"code": code, "params": params})


@transaction.atomic
def give_back(lease: Lease, *, reference: str) -> None:
    """A step that broke for no reason of the footage's: again, or the run fails at the limit.

    Raises:
        LeaseLostError: the fence is stale; nothing was written.
    """
    step = _held(lease)
    if step.attempts >= settings.SPORTSBR_MAX_ATTEMPTS:
        Step.objects.filter(pk=step.pk).update(state=State.FAILED, lease_until=None)
        problem = {"code": "internal_error", "params": {"reference": reference}}
        end_run(step.run_id, state=State.FAILED, problem=problem)
        return
    Step.objects.filter(pk=step.pk).update(state=State.QUEUED, lease_until=None)
    ring(step)


def end_run(run_id: UUID, *, state: State, problem: dict[str, Any] | None = None) -> None:
    """Close a run and every step of it that is still open."""
    now = timezone.now()
    Step.objects.filter(run_id=run_id).exclude(state__in=FINAL_STATES).update(
        state=State.CANCELLED, lease_until=None
    )
    Run.objects.filter(pk=run_id).exclude(state__in=FINAL_STATES).update(
        state=state, problem=problem, finished_at=now
    )
    if state == State.DONE:
        Run.objects.filter(pk=run_id).update(percent=100.0)


def sweep() -> int:
    """Take back what was left lying; returns how many steps were rung for again."""
    now = timezone.now()
    stale = now - timedelta(seconds=settings.SPORTSBR_LEASE_S)
    expired = Q(state=State.RUNNING, lease_until__lt=now)
    unheard = Q(state=State.QUEUED) & (Q(rung_at__isnull=True) | Q(rung_at__lt=stale))
    left = Step.objects.filter(expired | unheard).exclude(run__state__in=FINAL_STATES)
    oldest_first = left.order_by(F("rung_at").asc(nulls_first=True)).values_list("pk", flat=True)
    return sum(_take_back(step_id) for step_id in oldest_first[:MOST_RINGS])


@transaction.atomic
def _take_back(step_id: UUID) -> int:
    if _locked_run(step_id) is None:
        return 0
    step = Step.objects.select_for_update().get(pk=step_id)
    if step.state not in {State.QUEUED, State.RUNNING}:
        return 0
    if step.state == State.RUNNING:
        if step.lease_until is not None and step.lease_until >= timezone.now():
            return 0
        if step.attempts >= settings.SPORTSBR_MAX_ATTEMPTS:
            problem = {"code": "worker_lost", "params": {"attempts": step.attempts}}
            end_run(step.run_id, state=State.FAILED, problem=problem)
            return 0
        Step.objects.filter(pk=step_id).update(state=State.QUEUED, lease_until=None)
    ring(step)
    return 1


def _held(lease: Lease) -> Step:
    """The step, locked, if the lease still holds it."""
    _locked_run(lease.step_id)
    step = Step.objects.select_for_update().get(pk=lease.step_id)
    if step.fence != lease.fence or step.state != State.RUNNING:
        raise LeaseLostError
    return step


def _locked_run(step_id: UUID | str) -> Run | None:
    """The step's run, locked. Always before its steps: in one order, no two wait for each other."""
    return Run.objects.select_for_update(no_key=True).filter(steps__pk=step_id).first()


def _tell_percent(run_id: UUID) -> None:
    shares: dict[str, list[float]] = {}
    for kind, share in Step.objects.filter(run_id=run_id).values_list("kind", "share"):
        shares.setdefault(kind, []).append(share)
    percent = sum(WEIGHTS[Step.Kind(k)] * sum(v) / len(v) for k, v in shares.items())
    # Never backwards: a retried step starts anew, but what is shown must not fall.
    Run.objects.filter(pk=run_id, percent__lt=percent).update(percent=min(percent, 99.0))
