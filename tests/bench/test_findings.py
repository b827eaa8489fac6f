from __future__ import annotations

import numpy as np
import pytest

from analysis.synthetic.body import Body
from analysis.synthetic.faults import Planted, planted
from analysis.synthetic.truth import truth_of
from bench.findings import Outcome, _camera, _figures, noisy_track

CLEAN = next(k for k in planted() if not k.fault)
FAULTY = next(k for k in planted() if k.fault)


@pytest.mark.parametrize(
    ("kind", "repetitions", "told", "right"),
    [
        (CLEAN, 2, {}, True),
        (CLEAN, 2, {"a.b.c": 1}, False),
        (CLEAN, 0, {}, False),  # nothing found is no silence
        (FAULTY, 2, {FAULTY.fault: 1}, True),
        (FAULTY, 3, {FAULTY.fault: 1}, False),
        (FAULTY, 2, {"a.b.c": 2}, False),
    ],
)
def test_what_counts_as_right(kind: Planted, repetitions: int, told: dict, *, right: bool) -> None:
    assert Outcome(kind, repetitions, told).right is right


def test_the_figures_keep_clean_and_faulty_apart() -> None:
    outcomes = [
        Outcome(CLEAN, 2, {}),
        Outcome(FAULTY, 2, {}),
        Outcome(FAULTY, 2, {FAULTY.fault: 2}),
    ]
    figures = _figures(outcomes)
    assert (figures["clean_silent"], figures["fault_named"]) == (1.0, 0.5)


def test_keypoints_are_disturbed_and_not_lost() -> None:
    motion = FAULTY.make(Body())
    truth = truth_of(motion, camera=_camera(FAULTY, motion), time_s=np.arange(0, 2, 1 / 30))
    track = noisy_track(truth, rng=np.random.default_rng(0))
    error_px = np.linalg.norm(track.xy_px - truth.xy_px, axis=-1)
    assert np.isfinite(error_px).all()
    assert 1.0 < np.median(error_px) < 20.0
    assert track.xyz_m.shape == (60, 33, 3)
