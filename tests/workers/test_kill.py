"""SIGKILL in the middle of work, twenty times: every run is done, every report stored once."""

from __future__ import annotations

import pytest

from sportsbr.ops import processes
from sportsbr.recordings import ledger, services
from sportsbr.recordings.models import Run, State, Step
from sportsbr.reports.models import Report
from tests.workers import fakes, site

KILLS = 20
RUNS = 8  # three steps each: enough that none has to lose more than one worker
LEASE_S = 4.0


@pytest.mark.service
@pytest.mark.django_db(transaction=True)
def test_twenty_kills_lose_no_run_and_store_no_report_twice(tmp_path, settings, monkeypatch):
    settings.MEDIA_ROOT = tmp_path / "media"
    # The first message of each step is lost too: the sweeper has to ring.
    monkeypatch.setattr(ledger, "_send", lambda name, step_id: None)
    clip = site.make_clip(tmp_path / "clip.mp4")
    options = {"pose": {"backend": fakes.NAME}}
    for _ in range(RUNS):
        services.start_run(site.keep_recording(clip), options=options)
    environ = site.environment(tmp_path, SPORTSBR_LEASE_S=str(LEASE_S))
    log = tmp_path / "log"
    with site.running(processes.beat(), environ=environ, log=log):
        killed = [_kill_in_the_middle(environ=environ, log=log) for _ in range(KILLS)]
        with site.running(processes.worker(), environ=environ, log=log):
            site.wait_for(_all_over, limit_s=200, log=log)
    assert len(set(killed)) == KILLS
    assert {run.state for run in Run.objects.all()} == {State.DONE}, [
        run.problem for run in Run.objects.all()
    ]
    assert Report.objects.count() == RUNS
    assert Step.objects.filter(attempts__gt=1).count() >= KILLS


def _kill_in_the_middle(*, environ, log) -> str:
    """Let a worker claim a step that lost none before, and kill it there; the step's id."""
    fresh = Step.objects.filter(state=State.RUNNING, attempts=1)
    before = set(fresh.values_list("pk", flat=True))
    worker = site.start(processes.worker(), environ=environ, log=log)
    try:
        site.wait_for(fresh.exclude(pk__in=before).exists, limit_s=60, log=log)
        step = fresh.exclude(pk__in=before).get()
    finally:
        site.kill(worker)
    return str(step.pk)


def _all_over() -> bool:
    return not Run.objects.filter(state__in=[State.QUEUED, State.RUNNING]).exists()
