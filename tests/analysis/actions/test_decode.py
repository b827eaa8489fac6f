from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.actions.decode import Repetition, dips, non_overlapping, rises, runs, stretches
from tests.analysis.knowledge.moves import clock, uneven_clock


def candidate(start_s, end_s, score, technique="a"):
    return Repetition(technique, start_s, (start_s + end_s) / 2, end_s, 1.0, score)


def test_runs_are_cut_at_long_gaps_only():
    times = clock(4, fps=10)
    values = np.ones(times.size)
    values[5:7] = np.nan
    values[20:30] = np.nan
    lengths = [part.size for part, _ in runs(times, values)]
    assert lengths == [18, 10]


@given(
    count=st.integers(0, 6),
    depth=st.floats(0.2, 2.0),
    seed=st.integers(0, 100),
    offset=st.floats(-10, 10),
)
def test_dips_of_known_count_and_size(count, depth, seed, offset):
    times = uneven_clock(14, seed=seed)
    curve = np.full(times.size, offset)
    for i in range(count):
        share = np.clip((times - 2.0 * i - 0.5) / 1.2, 0, 1)
        curve -= depth * (1 - np.cos(2 * np.pi * share)) / 2
    found = dips(times, curve, prominence=0.5 * depth)
    assert len(found) == count
    for i, dip in enumerate(found):
        assert dip.peak_s == pytest.approx(2.0 * i + 1.1, abs=0.06)
        assert dip.size == pytest.approx(depth, rel=0.02)
        assert dip.start_s < dip.peak_s < dip.end_s


def test_ripples_below_the_prominence_are_nothing():
    times = clock(5)
    assert dips(times, 0.1 * np.sin(8 * times), prominence=0.25) == []


def test_a_curve_that_does_not_come_back_is_no_dip():
    times = clock(5)
    assert dips(times, -1 / (1 + np.exp(-8 * (times - 2.5))), prominence=0.3) == []


def test_borders_are_interpolated_between_samples():
    times = np.array([0.0, 1.0, 2.0, 3.0, 4.0])
    (dip,) = dips(times, np.array([0.0, 0.0, -1.0, 0.0, 0.0]), prominence=0.5, fraction=0.25)
    assert dip.start_s == pytest.approx(1.25)
    assert dip.end_s == pytest.approx(2.75)


def test_rises_are_dips_upside_down():
    times = clock(5)
    curve = np.exp(-(((times - 2) / 0.3) ** 2))
    assert rises(times, curve, prominence=0.5) == dips(times, -curve, prominence=0.5)


def test_too_few_samples_hold_nothing():
    assert dips(np.array([0.0, 0.1]), np.array([1.0, 0.0]), prominence=0.1) == []


def test_better_score_wins_an_overlap():
    chosen = non_overlapping(
        [candidate(0, 2, 0.5, "a"), candidate(1, 3, 0.9, "b"), candidate(3, 4, 0.4, "c")]
    )
    assert [c.technique for c in chosen] == ["b", "c"]


@given(
    st.lists(
        st.tuples(st.floats(0, 50), st.floats(0.1, 5), st.floats(0, 1)), max_size=25, unique=True
    )
)
def test_the_chosen_never_overlap_and_every_loser_overlaps_a_better_one(drawn):
    candidates = [candidate(start, start + length, score) for start, length, score in drawn]
    chosen = non_overlapping(candidates)
    for one, two in pairwise(chosen):
        assert one.end_s <= two.start_s
    for loser in set(candidates) - set(chosen):
        assert any(
            c.score >= loser.score and c.start_s < loser.end_s and loser.start_s < c.end_s
            for c in chosen
        )


def test_stretches_bridge_short_doubt_and_drop_what_is_brief():
    time_s = np.arange(100) / 10.0
    prob = np.zeros(100)
    prob[10:20] = prob[23:30] = 0.9  # 0.3 s of doubt between
    prob[50:52] = 0.9  # 0.1 s
    prob[70:90] = 0.9
    found = stretches(time_s, prob, least=0.5, merge_gap_s=0.45, min_duration_s=0.4)
    assert found == [(10, 30), (70, 90)]
    assert stretches(time_s, 0 * prob, least=0.5, merge_gap_s=0.4, min_duration_s=0.4) == []
