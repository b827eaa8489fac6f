from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from analysis.config import PoseConfig
from analysis.pose.topdown import TopDown
from tests.analysis.pose.dots import FORMAT, Seer, Sided, Told, box_around, person, picture

CONFIG = PoseConfig(detect_every_frames=6, follow_frames=3, min_follow_score=0.3)


def walking(frames: int = 12):
    """Two people who pass along the picture, one faster than the other."""
    return [[person(70 + 4 * i, 80), person(330 - 2 * i, 150, height=80)] for i in range(frames)]


def seen(bodies, *, config=CONFIG, detector=None, network=None, pictures=None):
    pictures = pictures or [picture(people) for people in bodies]
    found = detector or Told([[box_around(b) for b in people] for people in bodies[::6]])
    topdown = TopDown(detector=found, network=network or Seer(), crop_format=FORMAT, config=config)
    return topdown.observe(enumerate(pictures, start=40))


def test_everybody_is_seen_where_they_are_in_every_frame() -> None:
    bodies = walking()
    observed = seen(bodies)
    assert observed.skeleton == "dots"
    assert observed.frame.tolist() == [40 + i for i in range(12) for _ in range(2)]
    truth = np.concatenate([np.stack(people) for people in bodies])
    # A bin of the crop is about 1.3 px of the picture here.
    assert np.abs(observed.xy_px - truth).max() < 2.0
    assert observed.score == pytest.approx(np.full((24, 5), 0.8), abs=1e-6)
    assert np.isnan(observed.xyz_m).all()
    assert (observed.box_px[:, :2] <= observed.xy_px.min(axis=1) + 1e-9).all()


@pytest.mark.parametrize("batch_crops", [1, 2, 5, 64])
def test_how_crops_are_batched_changes_nothing(batch_crops: int) -> None:
    network = Seer()
    observed = seen(walking(), config=replace(CONFIG, batch_crops=batch_crops), network=network)
    expected = seen(walking())
    assert np.array_equal(observed.xy_px, expected.xy_px)
    assert np.array_equal(observed.box_px, expected.box_px)
    assert max(network.batches) == min(batch_crops, 6)  # two people in three frames


def test_a_second_look_in_the_mirror_agrees_with_the_first() -> None:
    network = Sided()
    config = replace(CONFIG, mirrored_too=True)
    observed = seen(walking(), config=config, network=network)
    once = seen(walking(), network=Sided())
    assert network.batches[:2] == [6, 6]
    assert np.array_equal(observed.frame, once.frame)
    # A mirrored crop is half a pixel off, as in MMPose: a bin or two, one bin being 0.5 px of it.
    assert np.abs(observed.xy_px - once.xy_px).max() < 3.0


def test_detection_comes_every_so_many_frames() -> None:
    bodies = walking()
    detector = Told([[box_around(b) for b in people] for people in bodies[::6]])
    seen(bodies, detector=detector)
    assert detector.asked == 2


def test_who_moves_faster_than_expected_is_looked_at_again() -> None:
    """Standing, then away at once: the crop expected no movement."""
    bodies = [[person(100, 120)]] * 3 + [[person(100 + 20 * i, 120)] for i in range(1, 4)]
    network = Seer()
    config = replace(CONFIG, follow_frames=6)
    observed = seen(bodies, config=config, network=network)
    assert observed.frame.size == 6
    truth = np.concatenate([np.stack(people) for people in bodies])
    assert np.abs(observed.xy_px - truth).max() < 2.0
    assert network.batches == [6, 1, 1, 1]


def test_who_is_gone_is_left_and_looked_for_at_once() -> None:
    bodies = [[person(100, 120)]] * 4 + [[]] * 3 + [[person(250, 120)]] * 5
    boxes = [[box_around(bodies[0][0])], [], [box_around(bodies[-1][0])]]
    detector = Told(boxes)
    observed = seen(bodies, detector=detector)
    # Frames 0 to 3; lost in the block 3..5, so looked for at 6 (nobody) and at 9.
    assert (observed.frame - 40).tolist() == [0, 1, 2, 3, 9, 10, 11]
    assert detector.asked == 3


def test_no_more_people_than_asked_for() -> None:
    bodies = [[person(60, 120), person(200, 120), person(330, 120)]] * 2
    boxes = [box_around(b) for b in bodies[0]]
    observed = seen(bodies, detector=Told([boxes]))
    assert np.bincount(observed.frame)[40:].tolist() == [3, 3]
    few = seen(bodies, config=replace(CONFIG, max_people=2), detector=Told([boxes]))
    assert np.bincount(few.frame)[40:].tolist() == [2, 2]


def test_two_boxes_that_hold_one_body_are_one_person() -> None:
    bodies = [[person(200, 120)]] * 4
    left = np.array([90.0, 60.0, 215.0, 180.0])
    right = np.array([185.0, 60.0, 310.0, 180.0])
    observed = seen(bodies, detector=Told([[left, right]]))
    assert observed.frame.tolist() == [40, 41, 42, 43]


def test_nobody_in_an_empty_stretch() -> None:
    assert seen([[]] * 4, detector=Told([[]])).xy_px.shape == (0, 5, 2)
    assert seen([], detector=Told([[]]), pictures=[]).frame.size == 0


def test_a_detection_of_no_person_is_not_kept() -> None:
    observed = seen([[]] * 3, detector=Told([[np.array([10.0, 10.0, 90.0, 200.0])]]))
    assert observed.frame.size == 0
