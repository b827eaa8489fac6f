"""Whether a planted fault is named, and a clean motion left in peace.

`python bench/findings.py [--json] [--quick] [--seeds N]`. For every kind of motion in
`analysis.synthetic.faults`, athletes of several statures are moved and filmed by the exact camera;
their keypoints are disturbed as the fitted model of BlazePose's own errors says (which is not held
out: the model was fitted to rendered clips of four of these motions), and go through the chain from
the repair of sides to findings. Then one clip of some kinds is rendered and read by BlazePose
itself. A fault counts as named where its own finding stands in at least half of the repetitions; a
clean clip is silent where no repetition has any finding outside a band. Techniques without a
detector of their own, and faults that hide a stroke from its detector, are marked as a coach would,
a twentieth of a second off at either end.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections import defaultdict
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # a script, run from anywhere

from analysis.actions.kinematic import KinematicSegmenter
from analysis.config import AnalysisConfig, AthleteConfig, MarkConfig
from analysis.features.body17 import BODY17
from analysis.features.sides import repair_sides
from analysis.features.signals import measured
from analysis.judging import Judged
from analysis.knowledge.catalogue import load_catalogue
from analysis.pipeline import observe, plan_chunks, prepare
from analysis.pose.extract import join
from analysis.pose.track import associate
from analysis.schema import PoseTrack, Verdict
from analysis.skeletons import BLAZEPOSE33
from analysis.synthetic.body import Body
from analysis.synthetic.camera import Camera
from analysis.synthetic.faults import Planted, planted
from analysis.synthetic.render import render_clip
from analysis.synthetic.truth import truth_of
from analysis.training.noise import disturb, far_points, fitted

if TYPE_CHECKING:
    from collections.abc import Sequence

    from analysis.schema import Finding, Float
    from analysis.synthetic.motions import Motion
    from analysis.synthetic.truth import Truth

FPS_HZ: Final = 30.0
FAST_FPS_HZ: Final = 60.0  # a flight or a contact of a fifth of a second needs it
FAST: Final = ("running.gait", "athletics.vertical_jump")
STATURES_M: Final = (1.62, 1.75, 1.86)
SEEDS: Final = 4
DEPTH_OFFSET_M: Final = 0.03  # of each joint over a clip …
DEPTH_JITTER_M: Final = 0.02  # … and from frame to frame: twice what it is in the picture
MARK_SD_S: Final = 0.05
RENDERED: Final = (
    "strength.squat.shallow", "strength.squat.knees_in", "athletics.vertical_jump.stiff_landing",
    "tennis.forehand.little_turn", "tennis.serve.bent_arm",
)  # fmt: skip
# Training also draws clips that are far worse and far better than those the model was fitted to.
AS_FITTED: Final = replace(fitted(), spread=0.0)
OUTSIDE: Final = {Verdict.BELOW, Verdict.ABOVE}


@dataclass(frozen=True, slots=True)
class Outcome:
    """One clip: how many repetitions were found, and the faults told of each kind."""

    kind: Planted
    repetitions: int
    told: dict[str, int]
    measured: str = ""  # what came of the planted fault's metric

    @property
    def right(self) -> bool:
        """The planted fault was named, or nothing was where there is none."""
        if self.repetitions == 0:
            return False
        if not self.kind.fault:
            return not self.told
        return 2 * self.told.get(self.kind.fault, 0) >= self.repetitions


def main(arguments: Sequence[str] | None = None) -> int:
    """Run all, print the table, end with one line of JSON when asked."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true", help="end with one line of JSON")
    parser.add_argument(
        "--quick", action="store_true", help="one clip of each kind, none of them rendered"
    )
    parser.add_argument("--seeds", type=int, default=SEEDS, help="for each stature and kind")
    parser.add_argument("--only", default="", help="kinds whose fault or technique holds this")
    given = parser.parse_args(arguments)
    kinds = [k for k in planted() if given.only in (k.fault or k.technique)]
    outcomes = []
    for kind in kinds:
        seeds = 1 if given.quick else given.seeds
        own = [
            simulated(kind, stature_m=stature_m, seed=seed)
            for stature_m in (STATURES_M[1:2] if given.quick else STATURES_M)
            for seed in range(seeds)
        ]
        outcomes += own
        print(_row(kind, own), flush=True)
    figures: dict[str, object] = _figures(outcomes)
    if not given.quick:
        chosen = [k for k in kinds if k.fault in RENDERED] + [
            k for k in kinds if not k.fault and _is_rendered(k)
        ]
        rendered = [through_blazepose(kind) for kind in chosen]
        for outcome in rendered:
            print("BlazePose", _row(outcome.kind, [outcome]), flush=True)
        figures |= {f"blazepose_{name}": v for name, v in _figures(rendered).items()}
    for name, value in figures.items():
        print(f"{name}: {value}")
    if given.json:
        print(json.dumps(figures))
    return 0


def simulated(kind: Planted, *, stature_m: float, seed: int) -> Outcome:
    """A clip whose keypoints are the truth, disturbed as BlazePose would."""
    motion = kind.make(Body(height_m=stature_m))
    rng = np.random.default_rng([seed, round(1000 * stature_m), *kind.fault.encode()])
    fps_hz = FAST_FPS_HZ if kind.technique in FAST else FPS_HZ
    time_s = np.arange(0.0, motion.duration_s, 1.0 / fps_hz)
    camera = _camera(kind, motion)
    truth = truth_of(motion, camera=camera, time_s=time_s)
    return _judged(kind, noisy_track(truth, rng=rng), truth=truth, rng=rng)


def through_blazepose(kind: Planted) -> Outcome:
    """A clip that is rendered and seen by the real estimator."""
    motion = kind.make(Body())
    config = AnalysisConfig(sport=kind.technique.partition(".")[0])
    with tempfile.TemporaryDirectory() as folder:
        clip = Path(folder) / "clip.mp4"
        truth = render_clip(motion, camera=_camera(kind, motion), out=clip, fps_hz=30.0)
        prepared = prepare(clip, workdir=Path(folder), config=config, progress=lambda *_: None)
        seen = join(
            [
                observe(prepared.video, chunk=chunk, config=config, progress=lambda *_: None)
                for chunk in plan_chunks(prepared.footage, config=config)
            ]
        )
        tracks = associate(seen, footage=prepared.footage, config=config.pose)
    track = max(tracks, key=lambda one: float(np.isfinite(one.score).sum()))
    return _judged(kind, track, truth=truth, rng=np.random.default_rng(0))


def noisy_track(truth: Truth, *, rng: np.random.Generator) -> PoseTrack:
    """All 33 keypoints: seventeen with the fitted errors, the rest with their neighbour's."""
    known = [BLAZEPOSE33.index(name) for name in BODY17.keypoints]
    true = truth.xy_px[:, known]
    trunk_px = _trunk(truth.xy_px)
    trunk_m = float(np.median(_trunk(truth.xyz_m)))
    far = far_points(truth.xyz_m[:, known, 2], trunk=trunk_m)
    seen, score = disturb(
        true, far=far, unit=trunk_px, time_s=truth.time_s, model=AS_FITTED, rng=rng
    )
    near = np.array([_nearest(truth.world_m, place, known=known) for place in range(33)])
    error_px = (seen - true)[:, near]
    deep = rng.normal(0.0, DEPTH_OFFSET_M, (1, 33)) + rng.normal(
        0.0, DEPTH_JITTER_M, (truth.time_s.size, 33)
    )
    error_m = np.concatenate(
        [error_px * (trunk_m / trunk_px)[:, None, None], deep[..., None]], axis=-1
    )
    xy_px = truth.xy_px + error_px
    low, high = xy_px.min(axis=1), xy_px.max(axis=1)
    return PoseTrack(
        track_id=1,
        skeleton="blazepose33",
        time_s=truth.time_s,
        box_px=np.concatenate([low, high], axis=1),
        xy_px=xy_px,
        xyz_m=truth.xyz_m + error_m,
        score=score[:, near],
    )


def _nearest(world_m: Float, place: int, *, known: list[int]) -> int:
    if place in known:
        return known.index(place)
    return int(np.linalg.norm(world_m[0, known] - world_m[0, place], axis=-1).argmin())


def _trunk(points: Float) -> Float:
    """Length (F,) from mid-hip to mid-shoulder."""
    at = {n: points[:, BLAZEPOSE33.index(n)] for n in BLAZEPOSE33.keypoints}
    line = at["left_shoulder"] + at["right_shoulder"] - at["left_hip"] - at["right_hip"]
    length: Float = np.linalg.norm(line / 2.0, axis=-1)
    return length


def _judged(kind: Planted, track: PoseTrack, *, truth: Truth, rng: np.random.Generator) -> Outcome:
    catalogue = load_catalogue()
    config = AnalysisConfig(
        sport=kind.technique.partition(".")[0], athlete=AthleteConfig(handedness="right")
    )
    if kind.is_marked or catalogue.technique(kind.technique).detector is None:
        config = replace(config, marks=_marks(kind, truth=truth, track=track, rng=rng))
    model = KinematicSegmenter(config=config, catalogue=catalogue)
    judged = Judged(model=model, catalogue=catalogue, config=config)
    repaired, _ = repair_sides(track, config=config)
    judged.add(repaired, measured(repaired, config=config).signals, start_s=-np.inf, stop_s=np.inf)
    segments, findings = judged.as_played(scale=1.0)
    own = {s.segment_id for s in segments if s.technique == kind.technique}
    findings = tuple(f for f in findings if f.segment_id in own)
    return Outcome(kind, len(own), _told(findings), _measured(findings, kind=kind))


def _measured(findings: Sequence[Finding], *, kind: Planted) -> str:
    if not kind.fault:
        return ""
    metric = load_catalogue().fault(kind.fault).metric
    return "; ".join(
        f"{f.verdict} {f.measured:.2f} ± {f.sd:.2f} {f.reason}".strip()
        for f in findings
        if f.metric.startswith(metric)
    )


def _told(findings: Sequence[Finding]) -> dict[str, int]:
    """In how many repetitions each fault was told."""
    told: dict[str, set[str]] = defaultdict(set)
    for finding in findings:
        if finding.verdict in OUTSIDE:
            told[finding.rule_id].add(finding.segment_id)
    return {fault: len(segments) for fault, segments in told.items()}


def _marks(
    kind: Planted, *, truth: Truth, track: PoseTrack, rng: np.random.Generator
) -> tuple[MarkConfig, ...]:
    spans = [(r.start_s, r.end_s) for r in truth.repetitions]
    spans = spans or [(float(truth.time_s[0]), float(truth.time_s[-1]))]
    return tuple(
        MarkConfig(
            track_id=track.track_id,
            technique=kind.technique,
            start_s=max(0.0, start_s + rng.normal(0.0, MARK_SD_S)),
            end_s=end_s + rng.normal(0.0, MARK_SD_S),
        )
        for start_s, end_s in spans
    )


def _camera(kind: Planted, motion: Motion) -> Camera:
    """Before the middle of the way, wide enough for all of it."""
    ends = motion.posture(np.array([0.0, motion.duration_s])).pelvis_m[:, 0]
    way_m = float(np.ptp(ends))
    middle = (float(ends.mean()), 0.0, 1.22)
    if way_m < 1.0:
        return Camera(view_deg=kind.view_deg)
    height_m = max(3.1, (way_m + 1.5) * 9.0 / 16.0)
    return Camera(
        view_deg=kind.view_deg, target_m=middle, distance_m=2.3 * height_m,
        visible_height_m=height_m, width_px=1920, height_px=1080,
    )  # fmt: skip


def _is_rendered(kind: Planted) -> bool:
    return any(fault.startswith(f"{kind.technique}.") for fault in RENDERED)


def _row(kind: Planted, outcomes: Sequence[Outcome]) -> str:
    right = sum(o.right for o in outcomes)
    others: dict[str, int] = defaultdict(int)
    for outcome in outcomes:
        for fault, count in outcome.told.items():
            if fault != kind.fault:
                others[fault.rpartition(".")[2]] += count
    found = sum(o.repetitions for o in outcomes)
    missed = [o.measured for o in outcomes if kind.fault and not o.right]
    why = f"  missed: {missed[:2]}" if missed else ""
    label = kind.fault or f"{kind.technique} clean"
    beside = f"  beside: {dict(others)}" if others else ""
    return (
        f"{label:42} {kind.view_deg:4.0f}°  {right}/{len(outcomes)} right, "
        f"{found} repetitions{beside}{why}"
    )


def _figures(outcomes: Sequence[Outcome]) -> dict[str, object]:
    faulty = [o for o in outcomes if o.kind.fault]
    clean = [o for o in outcomes if not o.kind.fault]
    return {
        "fault_named": round(sum(o.right for o in faulty) / max(1, len(faulty)), 4),
        "clean_silent": round(sum(o.right for o in clean) / max(1, len(clean)), 4),
        "techniques_covered": len({o.kind.technique for o in outcomes}),
        "faults_covered": len({o.kind.fault for o in faulty}),
        "clips": len(outcomes),
    }


if __name__ == "__main__":
    raise SystemExit(main())
