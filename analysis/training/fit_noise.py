"""`fit-noise`: what BlazePose does to rendered clips with exact truth, as a noise model.

Each clip is drawn, run through the real chain (probe, normalise, read, detect, track) and compared
with the truth, in trunk lengths.
"""

from __future__ import annotations

import json
import sys
import tempfile
from collections import defaultdict
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from analysis.features.body17 import BODY17, to_body17
from analysis.training.noise import (
    ARMS,
    KINDS,
    LEGS,
    LOW_SCORE,
    NoiseModel,
    PointNoise,
    far_points,
)

if TYPE_CHECKING:
    import argparse
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from analysis.schema import Float

    Bool = NDArray[np.bool_]

CLIPS: Final = (("squat", 90.0), ("forehand", 60.0))
BURST: Final = 4.0  # jitter beyond so many robust sds is a burst
BURST_S: Final = 0.1
SPREAD: Final = 0.6  # real footage against the plain rendered figure: not fitted, chosen wide
DEFAULT_GAP_S: Final = 0.2
DEFAULT_SWAP_S: Final = 0.15
SCORE_LIMITS: Final = (0.01, 0.999)


@dataclass(frozen=True, slots=True, eq=False)
class Pair:
    """One clip: what was measured beside what was true, BODY17, in trunk lengths."""

    name: str
    time_s: Float  # (F,)
    measured: Float  # (F, 17, 2)
    true: Float  # (F, 17, 2)
    score: Float  # (F, 17)
    far: Bool  # (F, 17)


def fit(pairs: Sequence[Pair]) -> NoiseModel:
    """A noise model of pairs; a point that was never on the far side is given its near numbers.

    Raises:
        ValueError: no pair.
    """
    if not pairs:
        raise ValueError("fit: expected at least one clip")
    points: dict[str, PointNoise] = {}
    for kind in KINDS:
        near = _point(pairs, kind=kind, far=False)
        far = _point(pairs, kind=kind, far=True)
        either = near or far
        if either is None:
            raise ValueError(f"fit: {kind} was never seen")
        points[f"{kind}/near"] = near or either
        points[f"{kind}/far"] = far or either
    swaps, swapped_s, total_s = _swaps(pairs)
    return NoiseModel(
        points=points,
        swap_per_s=round((swaps + 0.5) / total_s / 2, 4),  # half a count: never is not proven
        swap_s=round(swapped_s / swaps, 3) if swaps else DEFAULT_SWAP_S,
        burst_s=BURST_S,
        spread=SPREAD,
    )


def _point(pairs: Sequence[Pair], *, kind: str, far: bool) -> PointNoise | None:
    """Numbers of one kind of point, both sides of the body together; None if never so seen."""
    found: dict[str, list[float]] = defaultdict(list)
    residuals: list[Float] = []
    for pair in pairs:
        step_s = float(np.median(np.diff(pair.time_s)))
        for joint, name in enumerate(BODY17.keypoints):
            rows = pair.far[:, joint] == far
            error = pair.measured[:, joint] - pair.true[:, joint]
            known = rows & np.isfinite(error).all(axis=-1)
            if not name.endswith(kind) or known.sum() < 10:
                continue
            offset = np.median(error[known], axis=0)
            rest = np.where(known[:, None], error - offset, np.nan)
            residuals.append(rest[known])
            found["offset"].append(float(np.sqrt(np.mean(offset**2))))
            found["tau"].append(_tau(rest, step_s=step_s))
            sure = np.clip(np.nan_to_num(pair.score[known, joint], nan=0.0), *SCORE_LIMITS)
            low = sure < LOW_SCORE
            found["gaps"].append(float(_starts(low)))
            found["low"].append(float(low.sum()) * step_s)
            found["seconds"].append(float(known.sum()) * step_s)
            high = sure[~low]
            found["level"].extend(np.log(high / (1.0 - high)).tolist())
    if not residuals:
        return None
    return _numbers(found, rest=np.concatenate(residuals))


def _numbers(found: dict[str, list[float]], *, rest: Float) -> PointNoise:
    sd = float(1.4826 * np.median(np.abs(rest)))
    beyond = np.abs(rest).max(axis=-1) > BURST * sd
    seconds, gaps = sum(found["seconds"]), sum(found["gaps"])
    level = found["level"] or [0.0]
    return PointNoise(
        offset_sd=round(float(np.sqrt(np.mean(np.square(found["offset"])))), 4),
        jitter_sd=round(sd, 4),
        jitter_tau_s=round(float(np.median(found["tau"])), 4),
        burst_per_s=round(float(beyond.mean()) / BURST_S, 4),
        burst_sd=round(
            float(np.sqrt(np.mean(rest[beyond] ** 2))) if beyond.any() else BURST * sd, 4
        ),
        score_logit=round(float(np.mean(level)), 3),
        score_logit_sd=round(float(np.std(level)), 3),
        gap_per_s=round((gaps + 0.5) / seconds, 4),
        gap_s=round(sum(found["low"]) / gaps, 3) if gaps else DEFAULT_GAP_S,
    )


def _tau(rest: Float, *, step_s: float) -> float:
    """Time constant of exp(-t/tau) from the correlation of neighbouring frames."""
    first, second = rest[:-1], rest[1:]
    both = np.isfinite(first) & np.isfinite(second)
    power = float(np.mean(first[both] ** 2)) if both.any() else 0.0
    if power <= 0:
        return step_s
    keep = float(np.clip(np.mean(first[both] * second[both]) / power, 0.05, 0.98))
    return float(-step_s / np.log(keep))


def _starts(rows: Bool) -> int:
    return int(np.sum(rows & ~np.concatenate([[False], rows[:-1]])))


def _swaps(pairs: Sequence[Pair]) -> tuple[int, float, float]:
    """Count, seconds inside, and seconds looked at, of arms or legs that changed sides.

    A limb pair is swapped where the mirrored assignment of all its points is nearer to the truth by
    half, and the two sides are far enough apart in the picture to tell.
    """
    count, inside_s, total_s = 0, 0.0, 0.0
    for pair in pairs:
        step_s = float(np.median(np.diff(pair.time_s)))
        total_s += pair.time_s.size * step_s
        for limb in (ARMS[1:], LEGS[1:]):
            left = [BODY17.index(f"left_{kind}") for kind in limb]
            right = [BODY17.index(f"right_{kind}") for kind in limb]
            straight = _distance(pair, left, left) + _distance(pair, right, right)
            crossed = _distance(pair, left, right) + _distance(pair, right, left)
            swapped = np.asarray((crossed < 0.5 * straight) & (straight > 0.4))
            count += _starts(swapped)
            inside_s += float(swapped.sum()) * step_s
    return count, inside_s, total_s


def _distance(pair: Pair, measured: list[int], true: list[int]) -> Float:
    apart = np.linalg.norm(pair.measured[:, measured] - pair.true[:, true], axis=-1)
    return np.asarray(apart.mean(axis=1), dtype=np.float64)


def observe_clip(motion: str, *, view_deg: float, repetitions: int) -> Pair:
    """Draw a clip, run the chain on it, put both side by side.

    Raises:
        RuntimeError: nobody was found in the drawing.
    """
    from analysis.config import AnalysisConfig
    from analysis.pipeline import observe, plan_chunks, prepare
    from analysis.pose.extract import join
    from analysis.pose.track import associate
    from analysis.synthetic.__main__ import motion_named
    from analysis.synthetic.camera import Camera
    from analysis.synthetic.render import render_clip

    camera = Camera(view_deg=view_deg)
    config = AnalysisConfig(sport=None)
    with tempfile.TemporaryDirectory() as folder:
        video = Path(folder) / "clip.mp4"
        made = motion_named(motion, reps=repetitions)
        truth = render_clip(made, camera=camera, out=video, fps_hz=30.0)
        ready = prepare(video, workdir=Path(folder), config=config, progress=_quiet)
        seen = [
            observe(ready.video, chunk=chunk, config=config, progress=_quiet)
            for chunk in plan_chunks(ready.footage, config=config)
        ]
    tracks = associate(join(seen), footage=ready.footage, config=config.pose)
    if not tracks:
        raise RuntimeError(f"{motion} from {view_deg} deg: expected one athlete, found none")
    track = max(tracks, key=lambda one: int(np.isfinite(one.score).any(axis=1).sum()))
    rows = np.abs(truth.time_s[None, :] - track.time_s[:, None]).argmin(axis=1)
    body_m = to_body17(truth.xyz_m[rows], skeleton="blazepose33")
    trunk_m = _trunk_m(body_m)
    unit_px = camera.focal_px / camera.distance_m * trunk_m
    return Pair(
        name=f"{motion} {view_deg:.0f} deg",
        time_s=track.time_s,
        measured=to_body17(track.xy_px, skeleton=track.skeleton) / unit_px,
        true=to_body17(truth.xy_px[rows], skeleton="blazepose33") / unit_px,
        score=to_body17(track.score, skeleton=track.skeleton),
        far=far_points(body_m[..., 2], trunk=trunk_m),
    )


def _trunk_m(body_m: Float) -> float:
    hips, shoulders = (
        (body_m[:, BODY17.index(f"left_{j}")] + body_m[:, BODY17.index(f"right_{j}")]) / 2
        for j in ("hip", "shoulder")
    )
    return float(np.median(np.linalg.norm(shoulders - hips, axis=-1)))


def _quiet(stage: str, share: float) -> None:
    """Progress is not told here."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Options of the subcommand."""
    parser.add_argument("--out", type=Path, required=True, help="JSON file to write")
    parser.add_argument("--repetitions", type=int, default=2, help="of each drawn movement")


def run(given: argparse.Namespace) -> int:
    """Draw, observe, fit, write."""
    pairs = [observe_clip(m, view_deg=v, repetitions=given.repetitions) for m, v in CLIPS]
    model = fit(pairs)
    told: dict[str, Any] = {
        "provenance": {
            "made_by": "python -m analysis.training fit-noise",
            "clips": [f"{pair.name}, {pair.time_s.size} frames" for pair in pairs],
            "backend": "blazepose",
            "not_fitted": ["spread", "burst_s"],
        },
        **asdict(model),
    }
    given.out.write_text(json.dumps(told, indent=1) + "\n", encoding="utf-8")
    for name, point in model.points.items():
        sys.stdout.write(f"{name}: {asdict(point)}\n")
    sys.stdout.write(f"swaps {model.swap_per_s} per s of {model.swap_s} s\n")
    return 0
