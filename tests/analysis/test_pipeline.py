from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.config import AnalysisConfig, LineConfig, MarkConfig
from analysis.pipeline import config_from_options, plan_chunks
from analysis.schema import Footage


@given(
    steps=st.lists(st.floats(0.005, 0.5), min_size=1, max_size=300),
    chunk_s=st.floats(0.5, 60),
)
def test_chunks_cover_every_frame_once(steps: list[float], chunk_s: float) -> None:
    times = np.concatenate(([0.0], np.cumsum(steps)))
    config = config_from_options({"media": {"chunk_s": chunk_s}})
    chunks = plan_chunks(Footage("a" * 64, 8, 8, times), config=config)
    assert [c.index for c in chunks] == list(range(len(chunks)))
    assert chunks[0].start == 0
    assert chunks[-1].stop == times.size
    assert all(a.stop == b.start for a, b in itertools.pairwise(chunks))


def test_chunks_are_as_long_as_asked() -> None:
    footage = Footage("a" * 64, 8, 8, np.arange(0, 600, 0.1))
    lengths = [c.stop - c.start for c in plan_chunks(footage, config=AnalysisConfig())]
    assert len(lengths) == 10
    assert max(lengths) - min(lengths) <= 1


def test_options_fill_the_configuration() -> None:
    config = config_from_options(
        {"sport": "", "langs": ["en"], "athlete": {"height_m": 1.7}, "pose": {"max_people": 2}}
    )
    assert config.sport is None
    assert config.langs == ("en",)
    assert config.athlete.height_m == 1.7
    assert config.pose.max_people == 2
    assert config_from_options({"merges": [[1, 3]]}).merges == ((1, 3),)
    assert config.media == AnalysisConfig().media
    line = {"a_px": [10, 20], "b_px": [210, 20], "length_m": 8.23}
    scale = config_from_options({"scale": {"line": line}}).scale.line
    assert scale == LineConfig(a_px=(10, 20), b_px=(210, 20), length_m=8.23)
    undone = config_from_options({"repair": {"undone": ["side_swap-1-legs-40"]}})
    assert undone.repair.undone == ("side_swap-1-legs-40",)
    mark = {"track_id": 1, "technique": "golf.putt", "start_s": 1.0, "end_s": 3.5}
    assert config_from_options({"marks": [mark]}).marks == (MarkConfig(**mark),)


def test_an_unknown_option_is_refused() -> None:
    with pytest.raises(TypeError, match="colour"):
        config_from_options({"colour": "red"})
