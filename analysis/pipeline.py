"""Footage in, report out: the one place that strings the stages together."""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from importlib.metadata import version
from operator import itemgetter
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from analysis import backends, exports
from analysis.config import AnalysisConfig, AthleteConfig, ShotConfig
from analysis.errors import NobodyFoundError
from analysis.features import clock
from analysis.features.signals import measure
from analysis.feedback.find import find
from analysis.feedback.verify import verify
from analysis.filming_check import (
    Prepared,
    check_filming,
    known_notices,
    on_real_clock,
    real_fps,
)
from analysis.knowledge.catalogue import load_catalogue
from analysis.media import slow_motion
from analysis.media.ahead import ahead
from analysis.media.frames import frame_times, read_frames, read_some
from analysis.media.normalise import normalise, read_footage
from analysis.media.overlay import draw_overlay
from analysis.media.portraits import portraits
from analysis.media.probe import probe
from analysis.media.shots import ShotWatch, margin_frames
from analysis.pose.extract import join
from analysis.pose.look import looks
from analysis.pose.merge import merged
from analysis.pose.track import Followed, follow
from analysis.report_format import to_document
from analysis.schema import (
    SCHEMA_VERSION,
    Feedback,
    Finding,
    Footage,
    Notice,
    Observations,
    Person,
    PoseTrack,
    Provenance,
    Report,
    Segment,
    SignalSet,
)

if TYPE_CHECKING:
    from pathlib import Path

    from analysis.knowledge.catalogue import Catalogue
    from analysis.protocols import ActionModel, Frame, Phraser, PoseEstimator

Progress = Callable[[str, float], None]  # (stage, share of that stage 0..1)

STAGES: Final = ("prepare", "observe", "conclude", "overlay")
FAST_FPS: Final = 50.0  # below this a stroke's contact falls between two frames
RARELY_SEEN: Final = 0.6


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
    seen = []
    for chunk in chunks:

        def told(stage: str, share: float, *, done: int = chunk.index) -> None:
            progress(stage, (done + share) / len(chunks))

        seen.append(observe(prepared.video, chunk=chunk, config=config, progress=told))
    return conclude(
        prepared.footage,
        seen,
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
    frames = ahead(read_frames(video_path, start=start, stop=stop))
    total = max(1, chunk.stop - chunk.start)
    seen = []
    for _, shot in itertools.groupby(watch.numbered(frames), key=itemgetter(0)):
        own = _counted(map(itemgetter(1), shot), start=chunk.start, total=total, progress=progress)
        seen.append(estimator.observe(own))
    if not seen:
        seen.append(estimator.observe(iter(())))
    return replace(join(seen), cut=np.array(watch.cuts(), dtype=np.int64))


def conclude(
    footage: Footage,
    observations: Sequence[Observations],
    *,
    video_path: Path,
    out: Path,
    config: AnalysisConfig,
    progress: Progress,
    notices: Sequence[Notice] = (),
) -> Report:
    """Tracks, signals, segments, findings and feedback over the joined sequence, and the files.

    `notices` are those of `prepare` and `check_filming`: the report repeats them.

    Raises:
        NobodyFoundError: nobody was seen well enough.
    """
    catalogue = load_catalogue()
    footage = on_real_clock(footage, config=config)
    joined = join(observations)
    followed = follow(
        joined,
        footage=footage,
        config=config.pose,
        look=lambda rows: looks(
            read_some(video_path, joined.frame[rows].tolist()), observations=joined, rows=rows
        ),
    )
    tracks = _wanted(merged(followed.tracks, merges=config.merges), config)
    if not tracks:
        raise NobodyFoundError(frames=int(footage.time_s.size))
    progress("conclude", 0.1)
    scale = footage.time_scale
    real = [clock.in_real_time(track, scale=scale) for track in tracks]
    signal_sets = [measure(track, config=config) for track in real]
    progress("conclude", 0.5)
    model: ActionModel = backends.load(
        "actions", name=config.actions.backend, config=config, catalogue=catalogue
    )
    segments = _segments(real, signal_sets, model=model)
    findings = _findings(segments, signal_sets, catalogue=catalogue, config=config)
    # Measured in real seconds; from here on everything is told in those of the player.
    segments = tuple(clock.segment_as_played(s, scale=scale) for s in segments)
    findings = tuple(clock.finding_as_played(f, scale=scale) for f in findings)
    signal_sets = [clock.signals_as_played(s, scale=scale) for s in signal_sets]
    feedback, kept, dropped = _feedback(segments, findings, catalogue=catalogue, config=config)
    estimator_models = backends.load("pose", name=config.pose.backend, config=config.pose).models
    report = Report(
        schema_version=SCHEMA_VERSION,
        sport=config.sport,
        footage=footage,
        people=tuple(_person(track) for track in tracks),
        segments=segments,
        findings=findings,
        feedback=feedback,
        notices=(
            *notices,
            *_notices(footage, tracks, segments=segments, dropped=dropped, known=notices),
            *_seen_notices(joined, followed),
        ),
        cuts_s=tuple(float(footage.time_s[i]) for i in joined.cut),
        provenance=Provenance(
            code_version=version("sportsbr"),
            config=config.as_dict(),
            models={**estimator_models, **model.models},
            verified_sentences=kept,
            dropped_sentences=dropped,
        ),
    )
    _write(report, tracks, signal_sets, out=out)
    # Of everybody, those not reported on too: the coach chooses among them.
    people = json.dumps(portraits(video_path, tracks=followed.tracks))
    (out / "people.json").write_text(people, encoding="utf-8")
    progress("conclude", 1.0)
    labels = {t.key: t.name["en"] for t in catalogue.techniques}
    draw_overlay(
        video_path,
        footage=footage,
        tracks=tracks,
        segments=segments,
        labels=labels,
        out=out / "overlay.mp4",
        progress=lambda share: progress("overlay", share),
    )
    return report


def config_from_options(options: Mapping[str, Any]) -> AnalysisConfig:
    """A configuration from what the API and the page let people choose.

    Raises:
        TypeError: an option that does not exist.
    """
    top = dict(options)
    athlete = AthleteConfig(**top.pop("athlete", {}))
    base = AnalysisConfig(athlete=athlete)
    parts = {
        name: replace(getattr(base, name), **top.pop(name))
        for name in ("media", "filming", "pose", "clean", "actions")
        if name in top
    }
    for name in ("langs", "track_ids"):
        if top.get(name) is not None:
            top[name] = tuple(top[name])
    if "merges" in top:
        top["merges"] = tuple(tuple(group) for group in top["merges"])
    if not top.get("sport"):
        top["sport"] = None
    return replace(base, **parts, **top)


def _counted(
    frames: Iterator[tuple[int, Frame]], *, start: int, total: int, progress: Progress
) -> Iterator[tuple[int, Frame]]:
    for index, frame in frames:
        yield index, frame
        progress("observe", (index - start + 1) / total)


def _wanted(tracks: Sequence[PoseTrack], config: AnalysisConfig) -> tuple[PoseTrack, ...]:
    wanted = config.track_ids
    return tuple(t for t in tracks if wanted is None or t.track_id in wanted)


def _segments(
    tracks: Sequence[PoseTrack], signal_sets: Sequence[SignalSet], *, model: ActionModel
) -> tuple[Segment, ...]:
    found: list[Segment] = []
    for track, signals in zip(tracks, signal_sets, strict=True):
        found.extend(model.segment(model.score(signals, track), signals))
    found.sort(key=lambda s: (s.start_s, s.track_id))
    return tuple(replace(s, segment_id=f"s{i}") for i, s in enumerate(found, start=1))


def _findings(
    segments: Sequence[Segment],
    signal_sets: Sequence[SignalSet],
    *,
    catalogue: Catalogue,
    config: AnalysisConfig,
) -> tuple[Finding, ...]:
    found: list[Finding] = []
    for signals in signal_sets:
        own = [s for s in segments if s.track_id == signals.track_id]
        found.extend(find(own, signals=signals, catalogue=catalogue, config=config))
    return tuple(replace(f, finding_id=f"f{i}") for i, f in enumerate(found, start=1))


def _feedback(
    segments: Sequence[Segment],
    findings: Sequence[Finding],
    *,
    catalogue: Catalogue,
    config: AnalysisConfig,
) -> tuple[tuple[Feedback, ...], int, int]:
    """Verified feedback in each language, with the sentences kept and dropped."""
    phraser: Phraser = backends.load("phraser", name=config.phraser, catalogue=catalogue)
    kept: list[Feedback] = []
    sentences = dropped = 0
    for lang in config.langs:
        for track_id in sorted({f.track_id for f in findings}):
            own = [f for f in findings if f.track_id == track_id]
            verified = verify(
                phraser.phrase(own, segments=segments, lang=lang),
                findings=own,
                segments=segments,
                catalogue=catalogue,
                lang=lang,
            )
            kept.extend(verified.kept)
            sentences += verified.kept_sentences
            dropped += len(verified.dropped)
    return tuple(kept), sentences, dropped


def _person(track: PoseTrack) -> Person:
    seen = np.asarray(np.isfinite(track.score).any(axis=1))
    rows = np.flatnonzero(seen)
    return Person(
        track_id=track.track_id,
        first_s=float(track.time_s[rows[0]]),
        last_s=float(track.time_s[rows[-1]]),
        seen=float(seen[rows[0] : rows[-1] + 1].mean()),
        mean_score=float(np.nanmean(track.score)),
    )


def _notices(
    footage: Footage,
    tracks: Sequence[PoseTrack],
    *,
    segments: Sequence[Segment],
    dropped: int,
    known: Sequence[Notice],
) -> tuple[Notice, ...]:
    steps_s = np.diff(footage.time_s)
    fps = real_fps(footage)
    said = {notice.code for notice in known}
    told = []
    if footage.time_scale < 1:
        factor = 1 / footage.time_scale
        told.append(Notice("slow_motion", {"fps": fps, "factor": factor}))
    if not segments:
        told.append(Notice("no_segments"))
    if len(tracks) > 1:
        told.append(Notice("several_people", {"people": len(tracks)}))
    fast = any(s.technique.startswith("tennis.") for s in segments)
    if fast and fps < FAST_FPS and "filming_low_rate" not in said:
        told.append(Notice("low_frame_rate", {"fps": fps, "wanted": FAST_FPS}))
    if steps_s.size and np.percentile(steps_s, 95) > 1.5 * np.percentile(steps_s, 5):
        told.append(Notice("variable_frame_rate"))
    told.extend(
        Notice("rarely_seen", {"track_id": person.track_id, "seen": person.seen})
        for person in map(_person, tracks)
        if person.seen < RARELY_SEEN
    )
    if dropped:
        told.append(Notice("sentences_dropped", {"dropped": dropped}))
    return tuple(told)


def _seen_notices(observations: Observations, followed: Followed) -> tuple[Notice, ...]:
    told = []
    if observations.cut.size:
        told.append(Notice("cuts", {"cuts": int(observations.cut.size)}))
    if followed.too_brief:
        told.append(Notice("brief_people", {"people": followed.too_brief}))
    return tuple(told)


def _write(
    report: Report, tracks: Sequence[PoseTrack], signal_sets: Sequence[SignalSet], *, out: Path
) -> None:
    document = to_document(report)
    text = json.dumps(document, ensure_ascii=False, indent=1)
    (out / "report.json").write_text(text, encoding="utf-8")
    exports.write_poses_npz(out / "poses.npz", tracks=tracks)
    exports.write_signals_csv(out / "signals.csv", signal_sets=signal_sets)
    exports.write_player_json(out / "poses.json", footage=report.footage, tracks=tracks)
    exports.write_charts_json(out / "signals.json", signal_sets=signal_sets)
