from __future__ import annotations

from dataclasses import replace

from analysis.config import AnalysisConfig, AthleteConfig, MediaConfig, PoseConfig
from workers import keys

CONFIG = AnalysisConfig()
SHA256 = "a" * 64


def chunk(config=CONFIG, *, sha256=SHA256, model="1", start=0, stop=10) -> str:
    return keys.chunk_key(sha256, config=config, models={"m": model}, start=start, stop=stop)


def test_what_the_pictures_do_not_depend_on_keeps_the_chunks():
    for other in (
        replace(CONFIG, sport="tennis"),
        replace(CONFIG, athlete=AthleteConfig(height_m=1.8)),
        replace(CONFIG, pose=PoseConfig(threads=3)),
        replace(CONFIG, pose=PoseConfig(batch_crops=64)),
        replace(CONFIG, media=MediaConfig(chunk_s=5.0)),
    ):
        assert chunk(other) == chunk()


def test_what_they_depend_on_makes_new_ones():
    keys_made = [
        chunk(),
        chunk(sha256="b" * 64),
        chunk(model="2"),
        chunk(stop=11),
        chunk(start=1),
        chunk(replace(CONFIG, pose=PoseConfig(max_people=1))),
        chunk(replace(CONFIG, pose=PoseConfig(backend="rtmpose"))),
        chunk(replace(CONFIG, pose=PoseConfig(detector="yolox_s"))),
        chunk(replace(CONFIG, pose=PoseConfig(model="rtmpose-t"))),
        chunk(replace(CONFIG, media=MediaConfig(max_height_px=720))),
    ]
    assert len(set(keys_made)) == len(keys_made)


def test_two_tries_of_a_report_never_share_a_file():
    first, second = (keys.report_key("run", fence=fence, kind="report") for fence in (1, 2))
    assert first != second
    assert keys.report_key("run", fence=1, kind="overlay") != first
