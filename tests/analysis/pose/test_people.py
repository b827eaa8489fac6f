from __future__ import annotations

import numpy as np

from analysis.pose.people import handed_over, without_parts
from analysis.schema import Observations

STEP_S = 1 / 30


def readings(
    *boxes: tuple[range, tuple[float, float, float, float]],
) -> tuple[Observations, list[np.ndarray], np.ndarray]:
    """Observations of readings that each keep one box over some frames, their rows, the clock."""
    frame = np.concatenate([np.array(frames) for frames, _ in boxes])
    box = np.concatenate([np.tile(one, (len(frames), 1)) for frames, one in boxes])
    ends = np.cumsum([len(frames) for frames, _ in boxes])
    rows = np.split(np.arange(frame.size), ends[:-1])
    observations = Observations(
        skeleton="coco17",
        frame=frame,
        box_px=box,
        xy_px=np.zeros((frame.size, 17, 2)),
        xyz_m=np.zeros((frame.size, 17, 3)),
        score=np.full((frame.size, 17), 0.9),
    )
    return observations, rows, np.arange(frame.max() + 1) * STEP_S


BODY = (100.0, 100.0, 200.0, 400.0)


def test_a_body_that_is_read_anew_while_the_old_reading_ends_goes_on() -> None:
    seen, chains, time_s = readings(
        (range(60), BODY), (range(57, 120), (110.0, 90.0, 190.0, 400.0))
    )
    (whole,) = handed_over(seen, chains, time_s=time_s)
    assert seen.frame[whole].tolist() == list(range(120))


def test_somebody_beside_or_much_smaller_does_not_take_over() -> None:
    beside, part = (500.0, 100.0, 600.0, 400.0), (150.0, 300.0, 190.0, 390.0)
    for other in (beside, part):
        seen, chains, time_s = readings((range(60), BODY), (range(57, 120), other))
        assert len(handed_over(seen, chains, time_s=time_s)) == 2


def test_who_was_there_long_before_does_not_take_over() -> None:
    seen, chains, time_s = readings((range(60), BODY), (range(20, 120), BODY))
    assert len(handed_over(seen, chains, time_s=time_s)) == 2


def test_what_only_ever_lay_within_a_body_is_a_part_of_it() -> None:
    leg = (120.0, 250.0, 180.0, 390.0)
    seen, chains, _ = readings((range(60), BODY), (range(10, 25), leg))
    assert [rows.size for rows in without_parts(seen, chains)] == [60]


def test_who_also_stood_alone_or_for_long_is_no_part() -> None:
    for frames in (range(50, 70), range(10, 55)):
        seen, chains, _ = readings((range(60), BODY), (frames, (120.0, 110.0, 190.0, 390.0)))
        assert len(without_parts(seen, chains)) == 2
