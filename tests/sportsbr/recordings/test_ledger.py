from __future__ import annotations

import uuid
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from sportsbr.recordings import ledger, services
from sportsbr.recordings.models import Run, State, Step
from tests.factories import RecordingFactory, StepFactory


@pytest.fixture
def rung(monkeypatch) -> list[tuple[str, str]]:
    """The messages that would have been sent."""
    sent: list[tuple[str, str]] = []
    monkeypatch.setattr(ledger, "_send", lambda name, step_id: sent.append((name, step_id)))
    return sent


@pytest.fixture
def step(db, rung) -> Step:
    return StepFactory()


def expire(step: Step) -> None:
    past = timezone.now() - timedelta(seconds=1)
    Step.objects.filter(pk=step.pk).update(lease_until=past)


def nothing(step: Step) -> None:
    del step


def claimed(step: Step) -> ledger.Lease:
    lease = ledger.claim(step.pk, worker="w")
    assert lease is not None
    return lease


def test_a_step_is_claimed_once(step):
    lease = claimed(step)
    assert ledger.claim(step.pk, worker="other") is None
    assert lease.fence == 1
    step.run.refresh_from_db()
    assert (step.run.state, step.run.stage) == (State.RUNNING, Step.Kind.PREPARE)
    assert step.run.started_at is not None


def test_an_unknown_step_is_nothing_to_do(db):
    assert ledger.claim(uuid.uuid4(), worker="w") is None


def test_an_expired_lease_is_taken_over_and_the_first_can_no_longer_write(step):
    first = claimed(step)
    expire(step)
    second = claimed(step)
    assert second.fence == 2
    written = []
    with pytest.raises(ledger.LeaseLostError):
        ledger.finish(first, then=written.append)
    with pytest.raises(ledger.LeaseLostError):
        ledger.fail(first, code="not_a_video", params={})
    with pytest.raises(ledger.LeaseLostError):
        ledger.give_back(first, reference="r")
    with pytest.raises(ledger.LeaseLostError):
        ledger.heartbeat(first, share=0.5)
    assert written == []
    ledger.finish(second, then=nothing)
    step.refresh_from_db()
    assert step.state == State.DONE


def test_what_fails_while_it_is_stored_leaves_the_step_open(step):
    lease = claimed(step)

    def broken(step: Step) -> None:
        services.queue_chunks(step.run_id, chunks=[(0, 10)])
        raise OSError("the disk is full")

    with pytest.raises(OSError, match="disk"):
        ledger.finish(lease, then=broken)
    step.refresh_from_db()
    assert step.state == State.RUNNING
    assert step.run.steps.count() == 1


def test_a_heartbeat_extends_the_lease_and_moves_the_percentage(step):
    lease = claimed(step)
    expire(step)
    ledger.heartbeat(lease, share=0.5)
    step.refresh_from_db()
    assert step.lease_until > timezone.now()
    assert step.run.percent == pytest.approx(0.5 * ledger.WEIGHTS[Step.Kind.PREPARE])


def test_the_percentage_never_falls(step):
    lease = claimed(step)
    ledger.heartbeat(lease, share=0.9)
    ledger.heartbeat(lease, share=0.1)
    step.run.refresh_from_db()
    assert step.run.percent == pytest.approx(0.9 * ledger.WEIGHTS[Step.Kind.PREPARE])


def test_a_cancelled_run_stops_its_worker_and_stays_cancelled(step):
    lease = claimed(step)
    services.cancel_run(step.run)
    with pytest.raises(ledger.RunCancelledError):
        ledger.heartbeat(lease, share=0.5)
    with pytest.raises(ledger.LeaseLostError):
        ledger.finish(lease, then=nothing)
    step.run.refresh_from_db()
    assert step.run.state == State.CANCELLED
    assert ledger.claim(step.pk, worker="w") is None


def test_cancelling_what_is_done_changes_nothing(step):
    ledger.finish(claimed(step), then=lambda s: ledger.end_run(s.run_id, state=State.DONE))
    services.cancel_run(step.run)
    step.run.refresh_from_db()
    assert (step.run.state, step.run.percent) == (State.DONE, 100.0)


def test_a_fault_of_the_footages_ends_the_run_with_its_code(step):
    ledger.fail(claimed(step), code="not_a_video", params={"found": "text"})
    step.run.refresh_from_db()
    assert step.run.state == State.FAILED
    assert step.run.problem == {"code": "not_a_video", "params": {"found": "text"}}


def test_a_fault_of_ours_is_tried_three_times(step, settings):
    for _ in range(settings.SPORTSBR_MAX_ATTEMPTS):
        ledger.give_back(claimed(step), reference="abc")
    step.run.refresh_from_db()
    assert step.run.problem == {"code": "internal_error", "params": {"reference": "abc"}}
    assert ledger.claim(step.pk, worker="w") is None


def test_the_sweeper_rings_again_for_a_lost_worker(step, rung, django_capture_on_commit_callbacks):
    claimed(step)
    assert ledger.sweep() == 0
    expire(step)
    with django_capture_on_commit_callbacks(execute=True):
        assert ledger.sweep() == 1
    assert rung == [("workers.tasks.prepare", str(step.pk))]
    step.refresh_from_db()
    assert step.state == State.QUEUED


def test_the_sweeper_rings_again_for_a_lost_message_but_not_at_once(step):
    assert ledger.sweep() == 1  # never rung for
    assert ledger.sweep() == 0
    step.refresh_from_db()
    Step.objects.filter(pk=step.pk).update(rung_at=step.rung_at - timedelta(days=1))
    assert ledger.sweep() == 1


def test_a_step_that_loses_every_worker_fails_its_run(step, settings):
    for _ in range(settings.SPORTSBR_MAX_ATTEMPTS):
        claimed(step)
        expire(step)
        ledger.sweep()
    step.run.refresh_from_db()
    assert step.run.state == State.FAILED
    assert step.run.problem["code"] == "worker_lost"


def test_the_last_chunk_queues_one_conclusion(step):
    ledger.finish(
        claimed(step), then=lambda s: services.queue_chunks(s.run_id, chunks=[(0, 5), (5, 9)])
    )
    chunks = list(step.run.steps.filter(kind=Step.Kind.OBSERVE))
    assert [(c.index, c.start_frame, c.stop_frame) for c in chunks] == [(0, 0, 5), (1, 5, 9)]
    conclusions = step.run.steps.filter(kind=Step.Kind.CONCLUDE)
    for chunk, expected in zip(chunks, (0, 1), strict=True):
        ledger.finish(
            claimed(chunk), then=lambda s: services.queue_conclusion_when_observed(s.run_id)
        )
        assert conclusions.count() == expected


@pytest.mark.django_db(transaction=True)
def test_of_many_workers_at_once_one_gets_the_step(rung):
    step = StepFactory()

    def come(number: int) -> ledger.Lease | None:
        try:
            return ledger.claim(step.pk, worker=str(number))
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        leases = [lease for lease in pool.map(come, range(16)) if lease is not None]
    assert [lease.fence for lease in leases] == [1]
    step.refresh_from_db()
    assert step.attempts == 1


@pytest.mark.django_db(transaction=True)
def test_chunks_that_finish_at_once_while_the_run_is_cancelled_do_not_block_each_other(rung):
    run = services.start_run(RecordingFactory(), options={})
    prepared = claimed(run.steps.get())
    ledger.finish(
        prepared,
        then=lambda s: services.queue_chunks(s.run_id, chunks=[(n, n + 1) for n in range(8)]),
    )
    leases = [claimed(step) for step in run.steps.filter(kind=Step.Kind.OBSERVE)]

    def close(lease: ledger.Lease | None) -> str:
        try:
            if lease is None:
                services.cancel_run(run)
            else:
                ledger.finish(
                    lease, then=lambda s: services.queue_conclusion_when_observed(s.run_id)
                )
        except ledger.LeaseLostError:
            return "lost"
        finally:
            connection.close()
        return "closed"

    with ThreadPoolExecutor(9) as pool:
        outcomes = list(pool.map(close, [*leases[:4], None, *leases[4:]]))
    assert set(outcomes) <= {"lost", "closed"}
    assert Run.objects.get(pk=run.pk).state == State.CANCELLED
    assert not run.steps.filter(state__in=[State.QUEUED, State.RUNNING]).exists()


def test_a_long_queue_does_not_fill_the_broker(db, rung, django_capture_on_commit_callbacks):
    StepFactory.create_batch(ledger.MOST_RINGS + 3)
    with django_capture_on_commit_callbacks(execute=True):
        swept = [ledger.sweep() for _ in range(3)]
    assert swept == [ledger.MOST_RINGS, 3, 0]
    assert len({step_id for _, step_id in rung}) == ledger.MOST_RINGS + 3
