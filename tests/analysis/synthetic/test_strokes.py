from __future__ import annotations

import numpy as np
import pytest

from analysis.skeletons import BLAZEPOSE33
from analysis.synthetic.body import joints
from analysis.synthetic.strokes import forehand, serve

WRIST = BLAZEPOSE33.index("right_wrist")


@pytest.mark.parametrize("motion", [forehand(count=2), serve(count=2)], ids=["forehand", "serve"])
def test_contact_is_when_the_racket_hand_is_fastest(motion):
    time_s = np.arange(0.0, motion.duration_s, 1e-3)
    wrist = joints(motion.posture(time_s), body=motion.body)[:, WRIST]
    speed = np.linalg.norm(np.gradient(wrist, time_s, axis=0), axis=1)
    contacts = [e.time_s for e in motion.events if e.name == "contact"]
    assert len(contacts) == 2
    for repetition, contact_s in zip(motion.repetitions, contacts, strict=True):
        inside = (time_s >= repetition.start_s) & (time_s <= repetition.end_s)
        fastest_s = time_s[inside][np.argmax(speed[inside])]
        assert contact_s == pytest.approx(fastest_s, abs=3e-3)


@pytest.mark.parametrize("motion", [forehand(), serve()], ids=["forehand", "serve"])
def test_the_front_foot_stays_and_the_back_toes_too(motion):
    points = joints(motion.posture(np.arange(0.0, motion.duration_s, 0.02)), body=motion.body)
    for toe in ("left_foot_index", "right_foot_index", "left_heel"):
        assert np.ptp(points[:, BLAZEPOSE33.index(toe)], axis=0).max() < 1e-12


def test_a_serve_meets_the_ball_above_the_head():
    motion = serve(count=1)
    contact_s = motion.events[0].time_s
    points = joints(motion.posture(np.array([contact_s])), body=motion.body)[0]
    assert points[WRIST, 2] > points[BLAZEPOSE33.index("nose"), 2] + 0.1
