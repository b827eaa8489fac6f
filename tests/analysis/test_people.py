"""Cuts and people through the pipeline's own steps: a made clip, and two real ones."""

from __future__ import annotations

import itertools
import subprocess
from typing import TYPE_CHECKING

import numpy as np
import pytest

from analysis.config import AnalysisConfig, PoseConfig
from analysis.media.frames import read_some
from analysis.pipeline import Chunk, observe, prepare
from analysis.pose.look import looks
from analysis.pose.track import follow
from analysis.schema import Footage, Observations

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from analysis.protocols import Frame


class ShotPose:
    """A pose backend that remembers the stretches it was given."""

    skeleton = "coco17"
    models: Mapping[str, str] = {}
    stretches: list[list[int]]

    def __init__(self, config: PoseConfig) -> None:
        del config

    def observe(self, frames: Iterable[tuple[int, Frame]]) -> Observations:
        seen = [index for index, _ in frames]
        ShotPose.stretches.append(seen)
        rows = len(seen)
        return Observations(
            skeleton=self.skeleton,
            frame=np.array(seen, dtype=np.int64),
            box_px=np.tile([10.0, 10, 50, 90], (rows, 1)),
            xy_px=np.zeros((rows, 17, 2)),
            xyz_m=np.zeros((rows, 17, 3)),
            score=np.ones((rows, 17)),
        )


def quiet(stage: str, share: float) -> None:
    """Progress is not under test."""


@pytest.fixture
def two_shots(tmp_path: Path) -> Path:
    """A test card of one second, then a fractal of one second."""
    path = tmp_path / "cut.mp4"
    sources = ("testsrc=size=320x240:rate=20:duration=1", "mandelbrot=size=320x240:rate=20")
    inputs = [part for source in sources for part in ("-f", "lavfi", "-t", "1", "-i", source)]
    command = ["ffmpeg", "-v", "error", "-y", *inputs, "-filter_complex", "concat=n=2"]
    subprocess.run([*command, "-pix_fmt", "yuv420p", str(path)], check=True)
    return path


@pytest.mark.parametrize("borders", [(0, 40), (0, 20, 40), (0, 13, 29, 40)])
def test_each_shot_is_looked_at_without_memory_of_the_last(
    two_shots: Path, tmp_path: Path, borders: tuple[int, ...]
) -> None:
    config = AnalysisConfig(pose=PoseConfig(backend=f"{__name__}:ShotPose"))
    prepared = prepare(two_shots, workdir=tmp_path, config=config, progress=quiet)
    ShotPose.stretches = []
    seen = [
        observe(prepared.video, chunk=Chunk(i, a, b), config=config, progress=quiet)
        for i, (a, b) in enumerate(itertools.pairwise(borders))
    ]
    assert [index for stretch in ShotPose.stretches for index in stretch] == list(range(40))
    assert all(stretch[0] >= 20 or stretch[-1] < 20 for stretch in ShotPose.stretches)
    assert [int(i) for one in seen for i in one.cut] == [20]


@pytest.mark.footage
@pytest.mark.parametrize(
    ("name", "seconds", "people"),
    [("aerobics_three_10fps.avi", 3.0, 3), ("squat_portrait_mirror.mp4", 1.0, 1)],
)
def test_the_people_of_real_clips_are_counted_as_a_person_counts_them(
    footage_dir: Path, tmp_path: Path, name: str, seconds: float, people: int
) -> None:
    config = AnalysisConfig()
    prepared = prepare(footage_dir / name, workdir=tmp_path, config=config, progress=quiet)
    times = prepared.footage.time_s[prepared.footage.time_s < seconds]
    seen = observe(prepared.video, chunk=Chunk(0, 0, times.size), config=config, progress=quiet)
    found = follow(
        seen,
        footage=Footage(sha256="0" * 64, width_px=8, height_px=8, time_s=times),
        config=config.pose,
        look=lambda rows: looks(
            read_some(prepared.video, seen.frame[rows].tolist()), observations=seen, rows=rows
        ),
    )
    assert len(found.people) == people
    assert not seen.cut.size
