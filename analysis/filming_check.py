"""The filming check: a look at a few pictures before the costly stages, and what it warns of."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from analysis import backends
from analysis.features import filming
from analysis.knowledge.catalogue import load_catalogue
from analysis.media import looks as pictures
from analysis.media import slow_motion
from analysis.media.frames import frame_times, read_frames
from analysis.schema import Footage, Notice

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from analysis.config import AnalysisConfig
    from analysis.protocols import PoseEstimator


@dataclass(frozen=True, slots=True)
class Prepared:
    """The normalised copy and its clock, and what must be said of the footage."""

    footage: Footage
    video: Path
    notices: tuple[Notice, ...] = ()


def known_notices(prepared: Prepared, *, config: AnalysisConfig) -> tuple[Notice, ...]:
    """What must be said of the footage, less the question that `capture_fps` has answered."""
    answered = {"slow_motion_suspected"} if config.media.capture_fps is not None else set()
    still = (Notice("single_picture"),) if prepared.footage.time_s.size == 1 else ()
    return (*(n for n in prepared.notices if n.code not in answered), *still)


def check_filming(prepared: Prepared, *, config: AnalysisConfig) -> tuple[Notice, ...]:
    """Warnings from a few pictures, each with the moment that shows it (`at_s`)."""
    return judge_filming(look(prepared, config=config), footage=prepared.footage, config=config)


def look(prepared: Prepared, *, config: AnalysisConfig) -> tuple[filming.Look, ...]:
    """Look for people, light, sharpness and camera movement in a few pictures of the copy."""
    estimator: PoseEstimator = backends.load("pose", name=config.pose.backend, config=config.pose)
    asked = config.filming
    pairs = pictures.sample_pairs(prepared.video, samples=asked.samples, pair_s=asked.pair_s)
    return tuple(_look(pair, estimator=estimator, footage=prepared.footage) for pair in pairs)


def _look(pair: pictures.Pair, *, estimator: PoseEstimator, footage: Footage) -> filming.Look:
    # Each picture on its own: a stretch that begins anew.
    seen = estimator.observe([(pair.index, pair.first)])
    person = filming.most_prominent(seen, width_px=footage.width_px, height_px=footage.height_px)
    box = person.box_px
    shift = float("nan")
    if pair.apart_s > 0:
        moved = pictures.background_shift(pair.first, pair.later, boxes_px=seen.box_px)
        shift = moved / pair.apart_s
    return filming.Look(
        at_s=float(footage.time_s[pair.index]),
        people=person.people,
        person_px=float("nan") if box is None else float(box[3] - box[1]),
        cut_share=person.cut_share,
        cut_edge=person.cut_edge,
        yaw_deg=person.yaw_deg,
        **asdict(pictures.quality(pair.first, box_px=box)),
        shift_per_s=shift,
    )


def judge_filming(
    looks: Sequence[filming.Look], *, footage: Footage, config: AnalysisConfig
) -> tuple[Notice, ...]:
    """Warnings from looks that were taken before; cheap, and depends on sport and thresholds."""
    found_alone = [t for t in load_catalogue().candidates(config.sport) if t.detector is not None]
    return filming.judge(
        looks,
        fps=real_fps(on_real_clock(footage, config=config)),
        techniques=found_alone,
        config=config.filming,
    )


def save_picture(video: Path, *, at_s: float, target: Path) -> None:
    """A small JPEG of the frame shown at a time."""
    time_s, _, _ = frame_times(video)
    index = int(np.argmin(np.abs(time_s - at_s)))
    for _, picture in read_frames(video, start=index, stop=index + 1):
        pictures.write_jpeg(picture, target)


def on_real_clock(footage: Footage, *, config: AnalysisConfig) -> Footage:
    """Footage that knows how much slower than real it plays."""
    scale = slow_motion.time_scale(footage.time_s, capture_fps=config.media.capture_fps)
    return replace(footage, time_scale=scale)


def real_fps(footage: Footage) -> float:
    """Frames per real second; NaN for a still."""
    if footage.time_s.size < 2:
        return float("nan")
    return 1 / (float(np.median(np.diff(footage.time_s))) * footage.time_scale)
