"""Writes: recordings, runs and what their steps leave behind."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from django.db import transaction

from sportsbr.accounts.services import require_club
from sportsbr.recordings import ledger
from sportsbr.recordings.models import FINAL_STATES, Artifact, Recording, Run, State, Step

if TYPE_CHECKING:
    from uuid import UUID

    from sportsbr.accounts.models import Athlete, Club, User

MIN_CAPTURE_FPS: Final = 1.0
MAX_CAPTURE_FPS: Final = 10_000.0


class RunNotFinishedError(Exception):
    """Only a run that is over can be retried."""


@transaction.atomic
def create_recording(
    club: Club,
    *,
    user: User | None,
    title: str,
    filename: str,
    sha256: str,
    size_bytes: int,
    path: str,
    sport: str = "",
    athlete: Athlete | None = None,
    capture_fps: float | None = None,
) -> Recording:
    """Footage that lies in storage, with its first run queued.

    Raises:
        OtherClubError: the athlete is of another club.
    """
    require_club(athlete, club=club)
    recording = Recording.objects.create(
        club=club,
        uploaded_by=user,
        title=title or filename,
        filename=filename,
        sha256=sha256,
        size_bytes=size_bytes,
        path=path,
        sport=sport,
        athlete=athlete,
        capture_fps=capture_fps,
    )
    start_run(recording, options={})
    return recording


def update_recording(recording: Recording, *, changes: dict[str, Any]) -> Recording:
    """Rename footage, or say whom and what it shows.

    Raises:
        OtherClubError: the athlete is of another club.
    """
    require_club(changes.get("athlete"), club=recording.club)
    for name, value in changes.items():
        setattr(recording, name, value)
    recording.save(update_fields=list(changes))
    return recording


@transaction.atomic
def start_run(recording: Recording, *, options: dict[str, Any]) -> Run:
    """Queue an analysis; what is known of the recording and its athlete fills the options."""
    known: dict[str, Any] = {"sport": recording.sport or None}
    if recording.athlete is not None:
        known["athlete"] = athlete_options(recording.athlete)
    if recording.capture_fps is not None:
        media = {"capture_fps": recording.capture_fps, **options.get("media", {})}
        options = {**options, "media": media}
    # The club alone decides on this, whatever an older run or a caller asked for.
    actions, reads = options.get("actions", {}), recording.club.reads_states
    if reads or "states" in actions:
        options = {**options, "actions": {**actions, "states": reads}}
    run = Run.objects.create(recording=recording, options={**known, **options})
    _queue(run, kind=Step.Kind.PREPARE)
    return run


def athlete_options(athlete: Athlete) -> dict[str, Any]:
    """What an analysis is told of an athlete."""
    return {
        "height_m": athlete.height_m,
        "handedness": athlete.handedness or None,
        "level": athlete.level,
        "sex": athlete.sex or None,
    }


@transaction.atomic
def retry_run(run: Run) -> Run:
    """A new run with the same options; finished chunks are found again by content.

    Raises:
        RunNotFinishedError: the run is still under way.
    """
    if run.state not in FINAL_STATES:
        raise RunNotFinishedError(f"expected a finished run, got {run.state}")
    return start_run(run.recording, options=run.options)


@transaction.atomic
def analyse_as_slow_motion(recording: Recording, *, capture_fps: float | None) -> Run:
    """Remember the frame rate while filming and analyse anew; what is under way is stopped."""
    recording.capture_fps = capture_fps
    recording.save(update_fields=["capture_fps"])
    run = recording.runs.order_by("-created_at").first()
    options = dict(run.options) if run is not None else {}
    media = {k: v for k, v in options.pop("media", {}).items() if k != "capture_fps"}
    if run is not None and run.state not in FINAL_STATES:
        cancel_run(run)
    return start_run(recording, options={**options, **({"media": media} if media else {})})


def capture_rate(text: str) -> float | None:
    """What somebody wrote as frames per real second; None for nothing or nonsense."""
    try:
        rate = float(text)
    except ValueError:
        return None
    return rate if MIN_CAPTURE_FPS <= rate <= MAX_CAPTURE_FPS else None


@transaction.atomic
def run_with_correction(run: Run, *, correction_id: str, made: bool) -> Run:
    """A new run that makes a correction or leaves it; what was seen is found again by content."""
    options = dict(run.options)
    repair = dict(options.get("repair", {}))
    others = [key for key in repair.get("undone", []) if key != correction_id]
    repair["undone"] = others if made else [*others, correction_id]
    return start_run(run.recording, options={**options, "repair": repair})


@transaction.atomic
def cancel_run(run: Run) -> None:
    """Stop a run; workers notice at their next heartbeat. A finished run stays as it is."""
    # The row's lock comes first, as everywhere in the ledger.
    Run.objects.filter(pk=run.pk).update(cancel_requested=True)
    ledger.end_run(run.pk, state=State.CANCELLED)


def record_probe(recording_id: UUID, *, width_px: int, height_px: int, times: list[float]) -> None:
    """What the worker learned of the footage."""
    Recording.objects.filter(pk=recording_id).update(
        width_px=width_px,
        height_px=height_px,
        frames=len(times),
        duration_s=times[-1] - times[0] if times else 0.0,
    )


def record_warnings(run_id: UUID, *, warnings: list[dict[str, Any]]) -> None:
    """What the filming check found: shown while the run goes on, repeated in its report."""
    Run.objects.filter(pk=run_id).update(warnings=warnings)


def add_artifact(
    recording_id: UUID, *, run_id: UUID | None, kind: str, key: str, path: str, size_bytes: int
) -> Artifact:
    """Remember a stored file; the same content is remembered once."""
    artifact, _ = Artifact.objects.get_or_create(
        recording_id=recording_id,
        kind=kind,
        key=key,
        defaults={"run_id": run_id, "path": path, "size_bytes": size_bytes},
    )
    return artifact


def queue_chunks(run_id: UUID, *, chunks: list[tuple[int, int]]) -> None:
    """One step for each [start, stop) of frames."""
    run = Run.objects.get(pk=run_id)
    for index, (start, stop) in enumerate(chunks):
        _queue(run, kind=Step.Kind.OBSERVE, index=index, start=start, stop=stop)


def queue_conclusion_when_observed(run_id: UUID) -> None:
    """The last chunk to finish queues the conclusion; locked, so that only one does."""
    run = Run.objects.select_for_update().get(pk=run_id)
    chunks = run.steps.filter(kind=Step.Kind.OBSERVE)
    if not chunks.exclude(state=State.DONE).exists():
        _queue(run, kind=Step.Kind.CONCLUDE)


def _queue(run: Run, *, kind: Step.Kind, index: int = 0, start: int = 0, stop: int = 0) -> None:
    step, made = Step.objects.get_or_create(
        run=run, kind=kind, index=index, defaults={"start_frame": start, "stop_frame": stop}
    )
    if made:
        ledger.ring(step)


def delete_recording(recording: Recording) -> None:
    """Footage, runs, reports and every stored file of them."""
    from django.core.files.storage import default_storage

    paths = [recording.path]
    paths += list(recording.artifacts.values_list("path", flat=True))
    recording.delete()

    def remove() -> None:
        for path in paths:
            default_storage.delete(path)

    transaction.on_commit(remove)
