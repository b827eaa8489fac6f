"""The joining of site and analysis: load what an id names, call `analysis`, store what comes back.

Files are stored before the ledger's transaction and recorded in it: a worker that lost its lease
leaves at most a file under a name that says what it was made from, and never a row.
"""

from __future__ import annotations

import json
import logging
import socket
import uuid
from functools import partial
from os import getpid
from typing import TYPE_CHECKING, Any, Final

from analysis.errors import AnalysisError
from sportsbr.recordings import ledger, services
from sportsbr.recordings.models import Artifact, Recording, Run, State, Step
from sportsbr.recordings.people import store_people
from sportsbr.recordings.storage import local_copy, scratch, size_of
from sportsbr.reports.services import store_report
from workers import filming, keys
from workers.progress import beating
from workers.work import Work

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from analysis.filming_check import Prepared
    from analysis.schema import Footage, Observations

logger = logging.getLogger(__name__)

FILES: Final = {  # kind of artifact → file of the pipeline
    "report": "report.json",
    "poses_npz": "poses.npz",
    "signals_csv": "signals.csv",
    "overlay": "overlay.mp4",
    "player": "poses.json",
    "charts": "signals.json",
    "people": "people.json",
    "words": "words.json",  # what was dropped and why: not offered on the page or by the API
}


def perform(step_id: str, *, job: Callable[[Work], None]) -> None:
    """Claim a step and do it; whatever goes wrong ends up in the ledger."""
    lease = ledger.claim(step_id, worker=f"{socket.gethostname()}:{getpid()}")
    if lease is None:
        logger.info("step %s: nothing to do", step_id)
        return
    step = Step.objects.select_related("run__recording__club").get(pk=lease.step_id)
    try:
        with scratch(step_id, turn=lease.fence) as folder, beating(lease) as tell:
            job(Work(lease=lease, step=step, scratch=folder, tell=tell))
    except (ledger.LeaseLostError, ledger.RunCancelledError) as error:
        logger.info("step %s: stopped (%s)", step_id, type(error).__name__)
    except AnalysisError as error:
        _unless_lost(partial(ledger.fail, lease, code=error.code, params=_plain(error.params)))
    except Exception:
        reference = uuid.uuid4().hex[:12]
        logger.exception("step %s broke, reference %s", step_id, reference)
        _unless_lost(partial(ledger.give_back, lease, reference=reference))


def prepare(work: Work) -> None:
    """Make the upright copy, or find the one there is, check the filming, queue the chunks."""
    from analysis import pipeline
    from analysis.filming_check import Prepared

    key = keys.video_key(work.recording.sha256, config=work.config)
    found = work.artifact("video", key=key)
    if found is not None:
        with local_copy(found.path) as video:
            prepared = Prepared(
                footage=pipeline.reopen(video, sha256=work.recording.sha256),
                video=video,
                notices=filming.kept_notices(work, key=key),
            )
            checked = filming.check(work, prepared)
        files = [filming.Kept("video", key, found.path)]
    else:
        prepared = _made(work)
        checked = filming.check(work, prepared)
        files = [
            filming.Kept("video", key, work.keep(prepared.video, key=key)),
            filming.keep_notices(work, prepared.notices, key=key),
        ]
    checked.files.extend(files)

    def then(step: Step) -> None:
        checked.record(work)
        _record(work.recording, footage=prepared.footage)
        chunks = pipeline.plan_chunks(prepared.footage, config=work.config)
        services.queue_chunks(step.run_id, chunks=[(c.start, c.stop) for c in chunks])

    ledger.finish(work.lease, then=then)


def _made(work: Work) -> Prepared:
    from analysis import pipeline

    with local_copy(work.recording.path) as upload:
        return pipeline.prepare(
            upload,
            workdir=work.scratch,
            config=work.config,
            progress=lambda _, share: work.tell(share),
            filename=work.recording.filename,
        )


def observe(work: Work) -> None:
    """See one chunk, unless a run before this one did."""
    from analysis import pipeline
    from analysis.pose.extract import save

    key = _chunk_key(work, work.step)
    found = work.artifact("observations", key=key)
    if found is None:
        chunk = pipeline.Chunk(work.step.index, work.step.start_frame, work.step.stop_frame)
        with local_copy(_video(work).path) as video:
            seen = pipeline.observe(
                video,
                chunk=chunk,
                config=work.config,
                progress=lambda _, share: work.tell(share),
            )
        target = work.scratch / "observations.npz"
        save(seen, target)
        path = work.keep(target, key=key)
    else:
        path = found.path

    def then(step: Step) -> None:
        services.add_artifact(
            work.recording.pk,
            run_id=None,
            kind="observations",
            key=key,
            path=path,
            size_bytes=size_of(path),
        )
        services.queue_conclusion_when_observed(step.run_id)

    ledger.finish(work.lease, then=then)


def conclude(work: Work) -> None:
    """Join what the chunks saw, make the report, store it and its files."""
    from analysis import pipeline
    from analysis.pose.extract import load

    steps = work.run.steps.filter(kind=Step.Kind.OBSERVE).order_by("index")
    stored = [_needed(work, "observations", _chunk_key(work, step)).path for step in steps]

    def read(path: str) -> Observations:
        with local_copy(path) as local:
            return load(local)

    out = work.scratch / "out"
    out.mkdir()
    with local_copy(_video(work).path) as video:
        pipeline.conclude(
            pipeline.reopen(video, sha256=work.recording.sha256),
            [partial(read, path) for path in stored],
            video_path=video,
            out=out,
            config=work.config,
            progress=lambda stage, share: work.tell(0.5 * (share + (stage == "overlay"))),
            notices=filming.notices_of(work.run.warnings),
            private=work.private,
        )
    document = json.loads((out / "report.json").read_text(encoding="utf-8"))
    people = json.loads((out / "people.json").read_text(encoding="utf-8"))["people"]
    vectors = json.loads((out / "vectors.json").read_text(encoding="utf-8"))
    kept = _keep_files(work, out)

    def then(step: Step) -> None:
        run = Run.objects.select_related("recording").get(pk=step.run_id)
        store_report(run, document=document, vectors=vectors)
        store_people(run.recording_id, people=people)
        for kind, (key, path) in kept.items():
            services.add_artifact(
                run.recording_id,
                run_id=run.pk,
                kind=kind,
                key=key,
                path=path,
                size_bytes=size_of(path),
            )
        ledger.end_run(run.pk, state=State.DONE)

    ledger.finish(work.lease, then=then)


def _keep_files(work: Work, out: Path) -> dict[str, tuple[str, str]]:
    """Store the report's files; kind → (key, path in storage)."""
    kept = {}
    for kind, name in FILES.items():
        key = keys.report_key(str(work.run.pk), fence=work.lease.fence, kind=kind)
        kept[kind] = (key, work.keep(out / name, key=key))
    return kept


def _chunk_key(work: Work, step: Step) -> str:
    return keys.chunk_key(
        work.recording.sha256,
        config=work.config,
        models=work.models,
        start=step.start_frame,
        stop=step.stop_frame,
    )


def _video(work: Work) -> Artifact:
    return _needed(work, "video", keys.video_key(work.recording.sha256, config=work.config))


def _needed(work: Work, kind: str, key: str) -> Artifact:
    return work.recording.artifacts.get(kind=kind, key=key)


def _record(recording: Recording, *, footage: Footage) -> None:
    services.record_probe(
        recording.pk,
        width_px=footage.width_px,
        height_px=footage.height_px,
        times=footage.time_s.tolist(),
    )


def _unless_lost(write: Callable[[], None]) -> None:
    try:
        write()
    except ledger.LeaseLostError:
        logger.info("the step was taken over meanwhile: nothing written")


def _plain(params: dict[str, Any]) -> dict[str, Any]:
    """What JSON can hold: the database takes neither NaN nor objects."""
    text = json.dumps(params, default=str)
    plain: dict[str, Any] = json.loads(text, parse_constant=str)
    return plain
