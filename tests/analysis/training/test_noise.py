"""The fit gets back what was put in; what was fitted is the size of a backend's errors."""

from __future__ import annotations

import numpy as np
import pytest

from analysis.features.body17 import BODY17
from analysis.training.fit_noise import Pair, fit
from analysis.training.noise import KINDS, NoiseModel, PointNoise, disturb, far_points, fitted

KNOWN = PointNoise(
    offset_sd=0.05,
    jitter_sd=0.02,
    jitter_tau_s=0.1,
    burst_per_s=0.0,
    burst_sd=0.1,
    score_logit=2.0,
    score_logit_sd=0.5,
    gap_per_s=0.0,
    gap_s=0.3,
)


def model(point=KNOWN, **more):
    points = {f"{kind}/{side}": point for kind in KINDS for side in ("near", "far")}
    given = {"swap_per_s": 0.0, "swap_s": 0.2, "burst_s": 0.1, "spread": 0.0}
    return NoiseModel(points=points, **{**given, **more})


def worn(noise, *, frames=900, seed=0):
    true = np.zeros((frames, 17, 2))
    for left, right in BODY17.pairs:
        true[:, left, 0], true[:, right, 0] = 0.4, -0.4
    time_s = np.arange(frames) / 30
    far = np.zeros((frames, 17), dtype=bool)
    unit = np.ones(frames)
    seen, score = disturb(
        true, far=far, unit=unit, time_s=time_s, model=noise, rng=np.random.default_rng(seed)
    )
    return Pair(name="made", time_s=time_s, measured=seen, true=true, score=score, far=far)


def test_the_fit_finds_the_numbers_that_made_the_noise():
    found = fit([worn(model(), seed=s) for s in range(3)]).of("left_knee", side="near")
    assert found.jitter_sd == pytest.approx(0.02, rel=0.15)
    assert found.jitter_tau_s == pytest.approx(0.1, rel=0.3)
    assert found.offset_sd == pytest.approx(0.05, rel=0.6)
    assert found.score_logit == pytest.approx(2.0, abs=0.5)
    assert found.gap_per_s < 0.05


def test_the_fit_counts_gaps_and_swaps():
    gappy = PointNoise(**{n: getattr(KNOWN, n) for n in KNOWN.__slots__} | {"gap_per_s": 0.5})
    found = fit([worn(model(gappy, swap_per_s=0.3), seed=s) for s in range(3)])
    assert found.of("nose", side="near").gap_per_s == pytest.approx(0.43, rel=0.35)
    assert found.swap_per_s == pytest.approx(0.3, rel=0.5)


def test_no_noise_is_the_truth():
    zero = PointNoise(0, 0, 0.1, 0, 0, 9.0, 0, 0, 0.1)
    pair = worn(model(zero))
    np.testing.assert_array_equal(pair.measured, pair.true)
    assert pair.score.min() > 0.99


def test_errors_grow_with_the_person_in_the_picture_and_fade_with_time():
    true, time_s = np.zeros((300, 17, 2)), np.arange(300) / 30
    far = np.zeros((300, 17), dtype=bool)

    def seen(size):
        rng = np.random.default_rng(5)
        unit = np.full(300, size)
        return disturb(true, far=far, unit=unit, time_s=time_s, model=model(), rng=rng)[0]

    np.testing.assert_allclose(seen(200.0), 200.0 * seen(1.0))
    error = seen(1.0)[:, 3, 0] - seen(1.0)[:, 3, 0].mean()
    near, later = (np.mean(error[step:] * error[:-step]) for step in (1, 30))
    assert near > 0.5 * np.var(error) > 2 * abs(later)


def test_missing_points_stay_missing():
    pair_xy = np.zeros((20, 17, 2))
    pair_xy[:, 4] = np.nan
    seen, score = disturb(
        pair_xy,
        far=np.zeros((20, 17), dtype=bool),
        unit=np.ones(20),
        time_s=np.arange(20) / 30,
        model=model(),
        rng=np.random.default_rng(0),
    )
    assert np.isnan(seen[:, 4]).all()
    assert (score[:, 4] == 0).all()


def test_the_deeper_of_two_sides_is_far():
    depth = np.full((1, 17), 5.0)
    depth[0, BODY17.index("left_knee")] = 5.3
    far = far_points(depth, trunk=0.5)
    assert np.flatnonzero(far[0]).tolist() == [BODY17.index("left_knee")]


def test_what_ships_has_the_size_of_a_backends_errors():
    shipped = fitted()
    for kind in KINDS:
        for side in ("near", "far"):
            point = shipped.points[f"{kind}/{side}"]
            assert 0.003 < point.jitter_sd < 0.1
            assert 0.0 < point.offset_sd < 0.15
    assert (
        shipped.of("left_elbow", side="far").score_logit
        < shipped.of("left_elbow", side="near").score_logit
    )
    with pytest.raises(ValueError, match="at least one clip"):
        fit([])
