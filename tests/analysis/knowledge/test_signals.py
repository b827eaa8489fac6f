from __future__ import annotations

import numpy as np
import pytest

from analysis.config import AnalysisConfig
from analysis.features.signals import measure
from analysis.knowledge.signals import UNITS, acting_side, column, frame_rate_hz, sided
from analysis.schema import PoseTrack
from tests.analysis.knowledge.moves import Moves, clock, signal_names


def test_the_features_give_every_signal_that_knowledge_speaks_of():
    frames = 40
    rng = np.random.default_rng(0)
    track = PoseTrack(
        track_id=1,
        skeleton="blazepose33",
        time_s=np.arange(frames) / 30,
        box_px=np.tile([0.0, 0.0, 200.0, 400.0], (frames, 1)),
        xy_px=rng.uniform(50, 350, (frames, 33, 2)),
        xyz_m=rng.uniform(-1, 1, (frames, 33, 3)),
        score=np.ones((frames, 33)),
    )
    signals = measure(track, config=AnalysisConfig())
    assert set(signal_names()) <= set(signals.names)
    for template, unit in UNITS.items():
        assert signals.unit(sided(template, side="left")) == unit


def test_a_signal_that_is_missing_is_nan():
    signals = Moves(clock(1)).signals()
    assert np.isnan(column(signals, "tail_wag")).all()


@pytest.mark.parametrize("side", ["left", "right"])
def test_the_racket_is_in_the_faster_hand_unless_told(side):
    signals = Moves(clock(4)).stroke(2.0, side=side).signals()
    assert (
        acting_side(signals, acting="dominant_wrist", start_s=1, stop_s=3, handedness=None) == side
    )
    assert (
        acting_side(signals, acting="dominant_wrist", start_s=1, stop_s=3, handedness="left")
        == "left"
    )


def test_frame_rate_is_that_of_the_median_step():
    assert frame_rate_hz(np.array([0.0, 0.04, 0.08, 0.5])) == pytest.approx(25.0)
    assert frame_rate_hz(np.array([1.0])) == 0.0
