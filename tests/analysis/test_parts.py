from __future__ import annotations

import itertools

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from analysis.parts import MARGIN_S, PART_S, plan_parts


@given(first=st.integers(0, 50), frames=st.integers(1, 4000), step_s=st.floats(0.02, 2.0))
def test_parts_own_every_frame_once_and_see_around_their_borders(first, frames, step_s):
    time_s = np.arange(first + frames + 5) * step_s
    parts = plan_parts(np.array([first, first + frames - 1]), time_s=time_s)
    owned = [range(p.first + p.skip, p.first + p.skip + p.frames) for p in parts]
    assert list(itertools.chain(*owned)) == list(range(first, first + frames))
    assert (parts[0].start_s, parts[-1].stop_s) == (-np.inf, np.inf)
    for before, after in itertools.pairwise(parts):
        assert before.stop_s == after.start_s == time_s[after.first + after.skip]
        assert time_s[after.first] <= after.start_s - MARGIN_S + step_s
        assert time_s[before.last - 1] >= before.stop_s + MARGIN_S - 2 * step_s or (
            before.last == first + frames
        )
    assert all(time_s[p.frames - 1] - time_s[0] <= 1.5 * PART_S + step_s for p in parts)
