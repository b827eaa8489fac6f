"""Joins the site and the analysis: load an id, call `analysis`, store what comes back.

Files are written in a scratch folder, then stored under a path that names their content, then
remembered in the transaction that closes the step: a worker that dies leaves no half result.
"""

from __future__ import annotations

import hashlib
import json
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from django.conf import settings

from analysis import backends, pipeline
from analysis.pose import extract
from sportsbr.recordings import ledger, services
from sportsbr.recordings.models import Artifact, Run, State, Step
from sportsbr.recordings.storage import local_copy, store
from sportsbr.reports.services import store_report

if TYPE_CHECKING:
    from analysis.config import AnalysisConfig
    from workers.progress import Keeper

REPORT_FILES: Final = {
    "report": "report.json",
    "poses_npz": "poses.npz",
    "signals_csv": "signals.csv",
    "overlay": "overlay.mp4",
    "player": "poses.json",
    "charts": "signals.json",
}


def prepare(keeper: Keeper) -> None:
    """The upright copy, its clock and the chunks."""
    run = _run(keeper)
    recording, config = run.recording, _config(run)
    key = _key(recording.sha256, config.as_dict()["media"])
    known = _artifact(run, kind="video", key=key)
    with tempfile.TemporaryDirectory(prefix="sportsbr-") as scratch:
        if known is not None:
            with local_copy(known.path) as video:
                footage = pipeline.reopen(video, sha256=recording.sha256)
            path, size = known.path, known.size_bytes
        else:
            with local_copy(recording.path) as source:
                prepared = pipeline.prepare(
                    source, workdir=Path(scratch), config=config, progress=keeper.progress
                )
            footage = prepared.footage
            path = store(prepared.video, path=_path(run, key, "video.mp4"))
            size = prepared.video.stat().st_size
    chunks = pipeline.plan_chunks(footage, config=config)

    def then(step: Step) -> None:
        del step
        services.add_artifact(
            recording.pk, run_id=None, kind="video", key=key, path=path, size_bytes=size
        )
        services.record_probe(
            recording.pk,
            width_px=footage.width_px,
            height_px=footage.height_px,
            times=[float(t) for t in footage.time_s],
        )
        services.queue_chunks(run.pk, chunks=[(c.start, c.stop) for c in chunks])

    ledger.finish(keeper.lease, then=then)


def observe(keeper: Keeper) -> None:
    """Everybody in one chunk; a chunk that was observed before is not observed again."""
    run, step = _run(keeper), Step.objects.get(pk=keeper.lease.step_id)
    config = _config(run)
    key = _chunk_key(run, step=step, config=config)
    known = _artifact(run, kind="observations", key=key)
    if known is not None:
        path, size = known.path, known.size_bytes
    else:
        chunk = pipeline.Chunk(step.index, step.start_frame, step.stop_frame)
        with tempfile.TemporaryDirectory(prefix="sportsbr-") as scratch:
            target = Path(scratch) / "observations.npz"
            with local_copy(_video(run, config=config).path) as video:
                seen = pipeline.observe(video, chunk=chunk, config=config, progress=keeper.progress)
            extract.save(seen, target)
            path, size = store(target, path=_path(run, key, target.name)), target.stat().st_size

    def then(step: Step) -> None:
        services.add_artifact(
            run.recording_id,
            run_id=None,
            kind="observations",
            key=key,
            path=path,
            size_bytes=size,
        )
        services.queue_conclusion_when_observed(step.run_id)

    ledger.finish(keeper.lease, then=then)


def conclude(keeper: Keeper) -> None:
    """The report and its files."""
    run = _run(keeper)
    config = _config(run)
    with tempfile.TemporaryDirectory(prefix="sportsbr-") as scratch:
        out = Path(scratch)
        observations = []
        for step in run.steps.filter(kind=Step.Kind.OBSERVE).order_by("index"):
            key = _chunk_key(run, step=step, config=config)
            with local_copy(_needed(run, kind="observations", key=key).path) as path:
                observations.append(extract.load(path))
        with local_copy(_video(run, config=config).path) as video:
            footage = pipeline.reopen(video, sha256=run.recording.sha256)
            pipeline.conclude(
                footage,
                observations,
                video_path=video,
                out=out,
                config=config,
                progress=lambda stage, share: keeper.progress(stage, _joint_share(stage, share)),
            )
        document = json.loads((out / "report.json").read_text(encoding="utf-8"))
        fence = str(keeper.lease.fence)
        stored = {}
        for kind, name in REPORT_FILES.items():
            key = _key(str(run.pk), fence, kind)
            size = (out / name).stat().st_size
            stored[kind] = (key, store(out / name, path=_path(run, key, name)), size)

    def then(step: Step) -> None:
        store_report(run, document=document)
        for kind, (key, path, size) in stored.items():
            services.add_artifact(
                run.recording_id, run_id=run.pk, kind=kind, key=key, path=path, size_bytes=size
            )
        ledger.end_run(step.run_id, state=State.DONE)

    ledger.finish(keeper.lease, then=then)


def _run(keeper: Keeper) -> Run:
    return Run.objects.select_related("recording").get(pk=keeper.lease.run_id)


def _config(run: Run) -> AnalysisConfig:
    chosen = {key: value for key, value in run.options.items() if key != "media"}
    media = {"chunk_s": settings.SPORTSBR_CHUNK_S, **run.options.get("media", {})}
    return pipeline.config_from_options({**chosen, "media": media})


def _chunk_key(run: Run, *, step: Step, config: AnalysisConfig) -> str:
    parts = config.as_dict()
    models = backends.load("pose", name=config.pose.backend, config=config.pose).models
    span = [step.start_frame, step.stop_frame]
    return _key(run.recording.sha256, parts["media"], parts["pose"], dict(models), span)


def _video(run: Run, *, config: AnalysisConfig) -> Artifact:
    key = _key(run.recording.sha256, config.as_dict()["media"])
    return _needed(run, kind="video", key=key)


def _artifact(run: Run, *, kind: str, key: str) -> Artifact | None:
    return Artifact.objects.filter(recording=run.recording, kind=kind, key=key).first()


def _needed(run: Run, *, kind: str, key: str) -> Artifact:
    return Artifact.objects.get(recording=run.recording, kind=kind, key=key)


def _key(*parts: Any) -> str:
    """A name for content by what it was made from."""
    text = json.dumps(parts, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode("utf-8")).hexdigest()


def _path(run: Run, key: str, name: str) -> str:
    return f"clubs/{run.recording.club_id}/artifacts/{key}/{name}"


def _joint_share(stage: str, share: float) -> float:
    """Concluding is one step with two stages: measuring, then drawing the overlay."""
    return share / 2 if stage == "conclude" else 0.5 + share / 2
