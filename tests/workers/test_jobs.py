from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from analysis import pipeline
from analysis.errors import FrameTooLargeError
from sportsbr.recordings import ledger, people, services
from sportsbr.recordings.models import Run, State, Step
from sportsbr.recordings.storage import local_copy
from sportsbr.reports.models import Report
from tests.factories import AthleteFactory, UserFactory
from tests.workers import fakes, site
from workers import jobs, tasks

SEEN_BY_FAKE = fakes.SlowPose.observe
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


def test_warnings_stand_on_the_run_with_their_picture_and_in_the_report(recording):
    options = {**OPTIONS, "filming": {"min_person_px": 500.0}}
    run = work_off(services.start_run(recording, options=options))
    warning = next(row for row in run.warnings if row["code"] == "filming_small")
    assert 0 <= warning["params"]["at_s"] <= 1
    picture = recording.artifacts.get(kind="picture", key=warning["picture"])
    with local_copy(picture.path) as path:
        assert path.read_bytes().startswith(b"\xff\xd8\xff")
    assert [n["code"] for n in Report.objects.get(run=run).document["notices"]][
        : len(run.warnings)
    ] == [row["code"] for row in run.warnings]


def test_warnings_are_there_before_anything_costly(recording):
    options = {**OPTIONS, "filming": {"min_person_px": 500.0}}
    run = services.start_run(recording, options=options)
    tasks.prepare(str(run.steps.get().pk))
    run.refresh_from_db()
    assert "filming_small" in {row["code"] for row in run.warnings}
    assert not run.steps.filter(kind=Step.Kind.OBSERVE).exclude(state=State.QUEUED).exists()


def test_what_was_said_of_the_footage_is_said_again_of_the_kept_copy(recording, tmp_path):
    clip = site.make_clip(tmp_path / "a.mov", codec=("-c:v", "mjpeg", "-pix_fmt", "yuvj420p"))
    data = bytearray(clip.read_bytes())
    middle = [place for place in range(len(data)) if data[place : place + 4] == b"\xff\xd8\xff\xe0"]
    start = middle[10] if len(middle) > 10 else data.index(b"mdat") + 2000
    data[start : start + 400] = b"\xa5" * 400
    clip.write_bytes(bytes(data))
    damaged = site.keep_recording(clip)
    runs = [work_off(services.start_run(damaged, options=OPTIONS)) for _ in range(2)]
    for run in runs:
        codes = {n["code"] for n in Report.objects.get(run=run).document["notices"]}
        assert "pictures_skipped" in codes
    assert damaged.artifacts.filter(kind="video").count() == 1


def test_slow_motion_is_asked_about_until_it_is_answered(recording):
    recording.filename = "jump 240fps.mp4"
    recording.save()
    asked = work_off(services.start_run(recording, options=OPTIONS))
    assert "slow_motion_suspected" in {row["code"] for row in asked.warnings}
    assert Report.objects.get(run=asked).document["footage"]["time_scale"] == 1
    answered = work_off(services.analyse_as_slow_motion(recording, capture_fps=240.0))
    document = Report.objects.get(run=answered).document
    codes = {n["code"] for n in document["notices"]}
    assert "slow_motion_suspected" not in codes
    assert "slow_motion" in codes
    assert document["footage"]["time_scale"] == pytest.approx(20 / 240)
    assert document["footage"]["time_s"][1] == pytest.approx(1 / 20, abs=0.001)
    # The copy and what was seen in it are the same ones.
    assert recording.artifacts.filter(kind="video").count() == 1
    assert recording.artifacts.filter(kind="observations").count() == 2


def test_choosing_people_makes_a_report_without_looking_again(recording, monkeypatch):
    monkeypatch.setattr(fakes.SlowPose, "observe", _two_walkers)
    work_off(services.start_run(recording, options=OPTIONS))
    assert [row.track_id for row in recording.people.all()] == [1, 2]
    assert all(bytes(row.picture).startswith(b"\xff\xd8") for row in recording.people.all())
    coach = UserFactory()
    athlete = AthleteFactory(club=recording.club, height_m=1.83)
    people.decide(
        recording,
        by=coach,
        decisions={
            1: people.Decision(athlete=None, is_chosen=False, same_as=None),
            2: people.Decision(athlete=athlete, is_chosen=True, same_as=None),
        },
    )

    def again(*_arguments, **_options):
        raise AssertionError("looked again")

    monkeypatch.setattr(fakes.SlowPose, "observe", again)
    monkeypatch.setattr(pipeline, "prepare", again)
    run = work_off(people.apply_decisions(recording))
    assert run.state == State.DONE, run.problem
    document = Report.objects.get(run=run).document
    assert [person["track_id"] for person in document["people"]] == [2]
    assert document["provenance"]["config"]["athlete"]["height_m"] == 1.83
    # Everybody is still there to be chosen, and what the coach said still stands.
    assert [(p.track_id, p.is_chosen) for p in recording.people.all()] == [(1, False), (2, True)]
    assert recording.people.get(track_id=2).athlete == athlete


def test_two_tracks_that_are_one_person_are_reported_as_one(recording, monkeypatch):
    monkeypatch.setattr(fakes.SlowPose, "observe", _two_walkers)
    work_off(services.start_run(recording, options=OPTIONS))
    said = people.Decision(athlete=None, is_chosen=True, same_as=1)
    people.decide(recording, by=UserFactory(), decisions={2: said})
    run = work_off(people.apply_decisions(recording))
    document = Report.objects.get(run=run).document
    assert [person["track_id"] for person in document["people"]] == [1]
    assert document["provenance"]["config"]["merges"] == [[1, 2]]


def _two_walkers(self, frames):
    """The fake's figure, and a second one of the same size further right."""
    one = SEEN_BY_FAKE(self, frames)
    aside = np.array([150.0, 10.0])
    return replace(
        one,
        frame=np.concatenate([one.frame, one.frame]),
        box_px=np.concatenate([one.box_px, one.box_px + np.tile(aside, 2)]),
        xy_px=np.concatenate([one.xy_px, one.xy_px + aside]),
        xyz_m=np.concatenate([one.xyz_m, one.xyz_m]),
        score=np.concatenate([one.score, one.score]),
    )


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
