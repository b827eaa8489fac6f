from __future__ import annotations

import pytest

from analysis.errors import FrameTooLargeError
from sportsbr.recordings import ledger, services
from sportsbr.recordings.models import Run, State, Step
from sportsbr.reports.models import Report
from tests.workers import fakes, site
from workers import jobs, tasks

OPTIONS = {"pose": {"backend": fakes.NAME}, "media": {"chunk_s": 0.5}}


@pytest.fixture
def recording(db, tmp_path, settings, monkeypatch):
    settings.MEDIA_ROOT = tmp_path / "media"
    monkeypatch.setattr(ledger, "_send", lambda name, step_id: None)
    monkeypatch.setattr(fakes, "FRAME_S", 0.0)
    # One thread here: the heartbeat's own connection would not see this test's transaction.
    monkeypatch.setattr(jobs, "beating", _no_heart)
    return site.keep_recording(site.make_clip(tmp_path / "clip.mp4"))


class _no_heart:  # noqa: N801 - stands in for a function
    def __init__(self, lease: ledger.Lease) -> None:
        del lease

    def __enter__(self):
        return lambda share: None

    def __exit__(self, *error: object) -> None:
        pass


def work_off(run: Run) -> Run:
    """Do every queued step as a worker would."""
    todo = run.steps.filter(state=State.QUEUED)
    while (step := todo.order_by("kind", "index").first()) is not None:
        getattr(tasks, step.kind)(str(step.pk))
    run.refresh_from_db()
    return run


def test_a_run_becomes_a_report_with_all_its_files(recording):
    run = work_off(services.start_run(recording, options=OPTIONS))
    assert run.state == State.DONE, run.problem
    assert run.steps.filter(kind=Step.Kind.OBSERVE).count() == 2
    report = Report.objects.get(run=run)
    assert report.document["footage"]["sha256"] == recording.sha256
    assert {a.kind for a in run.artifacts.all()} == set(jobs.FILES)
    recording.refresh_from_db()
    assert (recording.width_px, recording.height_px, recording.frames) == (320, 240, 20)


def test_a_second_run_sees_nothing_twice(recording, monkeypatch):
    work_off(services.start_run(recording, options=OPTIONS))

    def again(self, frames):
        raise AssertionError("observed twice")

    monkeypatch.setattr(fakes.SlowPose, "observe", again)
    run = work_off(services.start_run(recording, options={**OPTIONS, "sport": "tennis"}))
    assert run.state == State.DONE, run.problem
    assert Report.objects.count() == 2


def test_a_task_that_comes_twice_does_nothing(recording):
    run = work_off(services.start_run(recording, options=OPTIONS))
    for step in run.steps.all():
        getattr(tasks, step.kind)(str(step.pk))
    assert Report.objects.count() == 1
    assert not run.steps.exclude(attempts=1).exists()


def test_footage_that_cannot_be_read_fails_the_run_with_its_code(recording, tmp_path):
    text = tmp_path / "text.mp4"
    text.write_text("not a video\n" * 100)
    run = work_off(services.start_run(site.keep_recording(text), options=OPTIONS))
    assert (run.state, run.problem["code"]) == (State.FAILED, "not_a_video")


def test_a_problem_that_json_cannot_hold_is_still_told(recording):
    def refused(work):
        raise FrameTooLargeError(width_px=1, megapixels=float("nan"), path=recording)

    run = services.start_run(recording, options=OPTIONS)
    jobs.perform(str(run.steps.get().pk), job=refused)
    run.refresh_from_db()
    assert run.problem["params"]["megapixels"] == "NaN"


def test_a_fault_of_ours_is_tried_again_then_told_with_a_reference(recording, caplog):
    def broken(work):
        raise RuntimeError("boom")

    run = services.start_run(recording, options=OPTIONS)
    step_id = str(run.steps.get().pk)
    for attempt in range(4):
        run.refresh_from_db()
        assert (run.state == State.FAILED) == (attempt == 3)
        jobs.perform(step_id, job=broken)
    assert run.problem["code"] == "internal_error"
    assert run.problem["params"]["reference"] in caplog.text
