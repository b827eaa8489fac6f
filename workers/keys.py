"""What a stored file was made from, as one hash: the same input, settings and models, once."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    from analysis.config import AnalysisConfig

FORMAT = 2  # rises when the code makes other files from the same things


# Of the pose settings: a machine's matter, and what only decides who is who afterwards.
NOT_SEEN_BY = frozenset(
    {
        "threads",
        "batch_crops",
        "max_gap_s",
        "min_track_s",
        "min_track_share",
        "enough_s",
        "min_track_score",
        "max_tracks",
        "look_frames",
        "look_tracks",
        "same_look",
    }
)


def video_key(sha256: str, *, config: AnalysisConfig) -> str:
    """Of the upright copy."""
    media = asdict(config.media)
    # How it is cut into tasks and what clock it is measured on do not change the copy.
    for name in ("chunk_s", "capture_fps", "damage_timeout_s"):
        del media[name]
    return _hashed("video", sha256, media)


def chunk_key(
    sha256: str, *, config: AnalysisConfig, models: Mapping[str, str], start: int, stop: int
) -> str:
    """Of what was seen in frames [start, stop)."""
    pose = {k: v for k, v in asdict(config.pose).items() if k not in NOT_SEEN_BY}
    copy = video_key(sha256, config=config)
    shots = asdict(config.shots)
    return _hashed("observations", copy, pose, shots, dict(models), start, stop)


def looks_key(sha256: str, *, config: AnalysisConfig, models: Mapping[str, str]) -> str:
    """Of what the filming check saw in its sampled pictures."""
    pose = asdict(config.pose)
    del pose["threads"]
    sampled = [config.filming.samples, config.filming.pair_s]
    return _hashed("looks", video_key(sha256, config=config), pose, dict(models), sampled)


def picture_key(sha256: str, *, config: AnalysisConfig, at_s: float) -> str:
    """Of one frame of the upright copy as a JPEG."""
    return _hashed("picture", video_key(sha256, config=config), round(at_s, 6))


def report_key(run_id: str, *, fence: int, kind: str) -> str:
    """Of a file of one run's report; the fence keeps two tries of it from mixing their files."""
    return _hashed("report", run_id, fence, kind)


def _hashed(*parts: Any) -> str:
    text = json.dumps([FORMAT, *parts], sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()
