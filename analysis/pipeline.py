"""Footage in, report out: the one place that strings the stages together."""

from __future__ import annotations

import itertools
import json
import tempfile
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from importlib.metadata import version
from operator import itemgetter
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from analysis import backends, exports
from analysis.config import AnalysisConfig, AthleteConfig, LineConfig, MarkConfig, ShotConfig
from analysis.errors import NobodyFoundError
from analysis.features import clock
from analysis.features.sides import repair_sides
from analysis.features.signals import measured
from analysis.features.steady import camera_path
from analysis.feedback.patterns import patterns
from analysis.filming_check import Prepared, check_filming, known_notices, on_real_clock
from analysis.heap import give_back
from analysis.judging import Judged, notices_on, notices_on_sight, person_of
from analysis.knowledge.catalogue import load_catalogue
from analysis.media import slow_motion
from analysis.media.ahead import ahead
from analysis.media.camera import CameraWatch
from analysis.media.frames import frame_times, read_frames, read_some
from analysis.media.normalise import normalise, read_footage
from analysis.media.overlay import draw_overlay
from analysis.media.portraits import portraits
from analysis.media.probe import probe
from analysis.media.shots import ShotWatch, margin_frames
from analysis.parts import Part, Seen, plan_parts
from analysis.pose.extract import Joined, join, load, save
from analysis.pose.look import looks
from analysis.pose.merge import merged
from analysis.pose.track import Sighted, follow, track_of
from analysis.report_format import to_document
from analysis.schema import (
    SCHEMA_VERSION,
    Footage,
    Notice,
    Observations,
    PoseTrack,
    Provenance,
    Report,
)
from analysis.spool import Spool
from analysis.telling import feedback_on

if TYPE_CHECKING:
    from analysis.config import Private
    from analysis.pose.extract import Stretch
    from analysis.protocols import ActionModel, Frame, PoseEstimator
    from analysis.schema import Float, Int
    from analysis.telling import Told

Progress = Callable[[str, float], None]  # (stage, share of that stage 0..1)

STAGES: Final = ("prepare", "observe", "conclude", "overlay")


@dataclass(frozen=True, slots=True)
class Chunk:
    """A stretch of frames [start, stop) that is one task."""

    index: int
    start: int
    stop: int


def analyse(
    video: Path,
    *,
    out: Path,
    config: AnalysisConfig,
    progress: Progress,
    warn: Callable[[Sequence[Notice]], None] = lambda _: None,
) -> Report:
    """Everything, in one process: writes the report's files into `out`.

    `warn` hears what is wrong with the filming before the costly stages begin.

    Raises:
        AnalysisError: the footage cannot be analysed; says why.
    """
    out.mkdir(parents=True, exist_ok=True)
    prepared = prepare(video, workdir=out, config=config, progress=progress)
    notices = (*known_notices(prepared, config=config), *check_filming(prepared, config=config))
    warn(notices)
    chunks = plan_chunks(prepared.footage, config=config)
    with tempfile.TemporaryDirectory(prefix=".observed-", dir=out) as folder:
        kept = []
        for chunk in chunks:

            def told(stage: str, share: float, *, done: int = chunk.index) -> None:
                progress(stage, (done + share) / len(chunks))

            kept.append(Path(folder) / f"{chunk.index}.npz")
            save(observe(prepared.video, chunk=chunk, config=config, progress=told), kept[-1])
        return conclude(
            prepared.footage,
            [partial(load, path) for path in kept],
            video_path=prepared.video,
            out=out,
            config=config,
            progress=progress,
            notices=notices,
        )


def prepare(
    video: Path, *, workdir: Path, config: AnalysisConfig, progress: Progress, filename: str = ""
) -> Prepared:
    """Probe the upload and write the upright copy that is both analysed and played.

    `filename` is what the upload was called, for hints at slow motion.
    """
    info = probe(video, config=config.media)
    target = workdir / "video.mp4"
    told: list[Notice] = []
    footage = normalise(
        video,
        info=info,
        target=target,
        config=config.media,
        progress=lambda share: progress("prepare", share),
        told=told.append,
    )
    suspected = slow_motion.suspicion(info, filename=filename or video.name)
    if suspected is not None:
        told.append(suspected)
    return Prepared(footage=footage, video=target, notices=tuple(told))


def reopen(video: Path, *, sha256: str) -> Footage:
    """The clock of a copy made earlier."""
    return read_footage(video, sha256=sha256)


def plan_chunks(footage: Footage, *, config: AnalysisConfig) -> list[Chunk]:
    """Cut the footage into stretches of about `config.media.chunk_s` seconds."""
    time_s = footage.time_s
    count = max(1, round(footage.duration_s / config.media.chunk_s))
    borders_s = np.linspace(time_s[0], time_s[-1], count + 1)[1:-1]
    cuts = [0, *(int(i) for i in np.searchsorted(time_s, borders_s)), time_s.size]
    return [Chunk(i, a, b) for i, (a, b) in enumerate(itertools.pairwise(cuts))]


def observe(
    video_path: Path, *, chunk: Chunk, config: AnalysisConfig, progress: Progress
) -> Observations:
    """See everybody in one stretch of frames; each shot is looked at without memory of the last."""
    estimator: PoseEstimator = backends.load("pose", name=config.pose.backend, config=config.pose)
    return observe_with(
        estimator, video_path=video_path, chunk=chunk, progress=progress, shots=config.shots
    )


def observe_with(
    estimator: PoseEstimator,
    *,
    video_path: Path,
    chunk: Chunk,
    progress: Progress,
    shots: ShotConfig | None = None,
) -> Observations:
    """The same with an estimator that is there already; decoding runs ahead in a thread."""
    time_s, _, _ = frame_times(video_path)
    fps = 1 / float(np.median(np.diff(time_s))) if time_s.size > 1 else 1.0
    margin = margin_frames(fps)
    watch = ShotWatch(start=chunk.start, stop=chunk.stop, fps=fps, config=shots or ShotConfig())
    start, stop = max(0, chunk.start - margin), chunk.stop + margin
    # One frame before the chunk is what joins its camera motion to the chunk before.
    camera = CameraWatch()
    decoded = read_frames(video_path, start=start, stop=stop)
    frames = ahead(_watched(decoded, camera=camera, frames=range(chunk.start - 1, chunk.stop)))
    total = max(1, chunk.stop - chunk.start)
    seen = []
    for _, shot in itertools.groupby(watch.numbered(frames), key=itemgetter(0)):
        own = _counted(map(itemgetter(1), shot), start=chunk.start, total=total, progress=progress)
        seen.append(estimator.observe(own))
    if not seen:
        seen.append(estimator.observe(iter(())))
    camera_frame, motion = camera.motion()
    own_frames = camera_frame >= chunk.start
    return replace(
        join(seen),
        cut=np.array(watch.cuts(), dtype=np.int64),
        camera_frame=camera_frame[own_frames],
        camera=motion[own_frames],
    )


def conclude(
    footage: Footage,
    observations: Sequence[Stretch],
    *,
    video_path: Path,
    out: Path,
    config: AnalysisConfig,
    progress: Progress,
    notices: Sequence[Notice] = (),
    private: Private | None = None,
) -> Report:
    """Tracks, signals, segments, findings and feedback over the joined sequence, and the files.

    Each of `observations` reads what one chunk saw; they are read when needed, and people are
    measured one at a time, in parts: memory hardly grows with the footage. `notices` are those of
    `prepare` and `check_filming`: the report repeats them.

    Raises:
        NobodyFoundError: nobody was seen well enough.
    """
    give_back()
    catalogue = load_catalogue()
    footage = on_real_clock(footage, config=config)
    joined = Joined(observations)
    outline = joined.outline()
    followed = _follow(outline, footage=footage, video_path=video_path, config=config)
    everybody = dict(enumerate(followed.people, start=1))
    people = _wanted(everybody, outline=outline, config=config)
    if not people:
        raise NobodyFoundError(frames=int(footage.time_s.size))
    progress("conclude", 0.1)
    model: ActionModel = backends.load(
        "actions", name=config.actions.backend, config=config, catalogue=catalogue
    )
    camera = camera_path(outline.camera_frame, outline.camera, frames=footage.time_s.size)
    with Spool(beside=out) as spool:
        judged = Judged(model=model, catalogue=catalogue, config=config, scale=footage.time_scale)
        for done, seen in enumerate(people, start=1):
            _measure(
                seen, joined=joined, footage=footage, camera=camera, cuts=outline.cut,
                judged=judged, spool=spool, config=config,
            )  # fmt: skip
            progress("conclude", 0.1 + 0.6 * done / len(people))
        sight = notices_on_sight(cuts=outline.cut.size, too_brief=followed.too_brief)
        told = feedback_on(
            *judged.as_played(scale=footage.time_scale),
            catalogue=catalogue,
            config=config,
            private=private,
        )
        report = _report(
            footage, judged, told=told, spool=spool, model=model, notices=(*notices, *sight),
            config=config,
        )  # fmt: skip
        (out / "words.json").write_text(json.dumps(told.as_dict()), encoding="utf-8")
        report = replace(report, cuts_s=tuple(float(footage.time_s[i]) for i in outline.cut))
        _write(report, spool, out=out)
        exports.write_vectors_json(
            out / "vectors.json", models=model.models, vectors=judged.vectors()
        )
        # Of everybody, those not reported on too: the coach chooses among them.
        found = portraits(video_path, observations=outline, people=everybody, footage=footage)
        (out / "people.json").write_text(json.dumps(found), encoding="utf-8")
        give_back()
        progress("conclude", 1.0)
        draw_overlay(
            video_path,
            footage=footage,
            tracks=tuple(spool.tracks(depth=False)),
            segments=report.segments,
            labels={t.key: t.name["en"] for t in catalogue.techniques},
            out=out / "overlay.mp4",
            progress=lambda share: progress("overlay", share),
        )
    return report


def config_from_options(options: Mapping[str, Any]) -> AnalysisConfig:
    """A configuration from what the API and the page let people choose.

    Raises:
        TypeError: an option that does not exist.
        ValueError: a mark or a line that ends before it begins.
    """
    top = dict(options)
    athlete = AthleteConfig(**top.pop("athlete", {}))
    base = AnalysisConfig(athlete=athlete)
    parts: dict[str, Any] = {
        name: replace(getattr(base, name), **top.pop(name))
        for name in ("media", "filming", "pose", "clean", "actions", "explain")
        if name in top
    }
    if "repair" in top:
        chosen = dict(top.pop("repair"))
        chosen["undone"] = tuple(chosen.get("undone", ()))
        parts["repair"] = replace(base.repair, **chosen)
    if "scale" in top:
        parts["scale"] = replace(base.scale, **_scale_options(top.pop("scale")))
    for name in ("langs", "track_ids"):
        if top.get(name) is not None:
            top[name] = tuple(top[name])
    if "marks" in top:
        top["marks"] = tuple(MarkConfig(**mark) for mark in top["marks"])
    if "merges" in top:
        top["merges"] = tuple(tuple(group) for group in top["merges"])
    if not top.get("sport"):
        top["sport"] = None
    return replace(base, **parts, **top)


def _scale_options(options: Mapping[str, Any]) -> dict[str, Any]:
    chosen = dict(options)
    if chosen.get("line") is not None:
        line = dict(chosen["line"])
        line |= {name: tuple(line[name]) for name in ("a_px", "b_px")}
        chosen["line"] = LineConfig(**line)
    return chosen


def _watched(
    decoded: Iterator[tuple[int, Frame]], *, camera: CameraWatch, frames: range
) -> Generator[tuple[int, Frame], None, None]:
    """The camera is followed in the decoding thread, beside the estimator."""
    for index, frame in decoded:
        if index in frames:
            camera.see(index, frame)
        yield index, frame


def _counted(
    frames: Iterator[tuple[int, Frame]], *, start: int, total: int, progress: Progress
) -> Iterator[tuple[int, Frame]]:
    for index, frame in frames:
        yield index, frame
        progress("observe", (index - start + 1) / total)


def _follow(
    outline: Observations, *, footage: Footage, video_path: Path, config: AnalysisConfig
) -> Sighted:
    return follow(
        outline,
        footage=footage,
        config=config.pose,
        look=lambda rows: looks(
            read_some(video_path, outline.frame[rows].tolist()), observations=outline, rows=rows
        ),
    )


def _wanted(
    everybody: Mapping[int, Int], *, outline: Observations, config: AnalysisConfig
) -> tuple[Seen, ...]:
    """Those who are reported on, with those put together whom a coach calls one person."""
    people = merged(everybody, observations=outline, merges=config.merges)
    wanted = config.track_ids
    return tuple(
        Seen(track_id, rows, outline.frame[rows])
        for track_id, rows in people.items()
        if wanted is None or track_id in wanted
    )


def _measure(
    seen: Seen,
    *,
    joined: Joined,
    footage: Footage,
    camera: Float,
    cuts: Int,
    judged: Judged,
    spool: Spool,
    config: AnalysisConfig,
) -> None:
    """One person, part after part: measured and judged in real seconds, kept in the player's."""
    scale = footage.time_scale
    for part in plan_parts(seen.frame, time_s=footage.time_s):
        track = _track(seen, joined=joined, part=part, time_s=footage.time_s)
        inside = cuts[(cuts > part.first) & (cuts < part.last)] - part.first
        real = clock.in_real_time(track, scale=scale)
        real, swaps = repair_sides(real, config=config, cuts=inside)
        found = measured(real, config=config, camera=camera[part.first : part.last])
        judged.add(
            real, found.signals, start_s=part.start_s * scale, stop_s=part.stop_s * scale,
            corrections=(*swaps, *found.corrections), size=found.scale,
        )  # fmt: skip
        played = clock.signals_as_played(found.signals, scale=scale)
        upright = replace(real, time_s=track.time_s)
        spool.add(upright, played, start=part.skip, stop=part.skip + part.frames)


def _track(seen: Seen, *, joined: Joined, part: Part, time_s: Float) -> PoseTrack:
    """One person over one part and its margins."""
    rows = seen.rows[(seen.frame >= part.first) & (seen.frame < part.last)]
    return track_of(
        joined.pick(rows),
        np.arange(rows.size),
        track_id=seen.track_id,
        time_s=time_s[part.first : part.last],
        first_frame=part.first,
    )


def _report(
    footage: Footage,
    judged: Judged,
    *,
    told: Told,
    spool: Spool,
    model: ActionModel,
    notices: Sequence[Notice],
    config: AnalysisConfig,
) -> Report:
    segments, findings = judged.as_played(scale=footage.time_scale)
    people = tuple(map(person_of, spool.tracks(depth=False)))
    estimator_models = backends.load("pose", name=config.pose.backend, config=config.pose).models
    scales = judged.scales()
    said = notices_on(footage, people, segments=segments, scales=scales, known=notices)
    return Report(
        schema_version=SCHEMA_VERSION,
        sport=config.sport,
        footage=footage,
        people=people,
        segments=segments,
        findings=findings,
        feedback=told.feedback,
        notices=(*notices, *said, *told.said()),
        provenance=Provenance(
            code_version=version("sportsbr"),
            config=config.as_dict(),
            models={**estimator_models, **model.models},
            verified_sentences=told.sentences,
            dropped_sentences=len(told.rejected),
            writer=told.writer,
            knowledge=load_catalogue().version,
        ),
        corrections=judged.corrections(scale=footage.time_scale),
        scales=scales,
        patterns=patterns(findings, segments=segments),
    )


def _write(report: Report, spool: Spool, *, out: Path) -> None:
    with (out / "report.json").open("w", encoding="utf-8") as file:
        json.dump(to_document(report), file, ensure_ascii=False, indent=1)
    exports.write_poses_npz(out / "poses.npz", tracks=spool.tracks(depth=True))
    exports.write_signals_csv(out / "signals.csv", signal_sets=spool.signal_sets())
    exports.write_player_json(
        out / "poses.json", footage=report.footage, tracks=spool.tracks(depth=False)
    )
    exports.write_charts_json(out / "signals.json", signal_sets=spool.signal_sets())
