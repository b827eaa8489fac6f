from __future__ import annotations

import numpy as np
import pytest

from analysis.knowledge.catalogue import load_catalogue
from analysis.skeletons import BLAZEPOSE33
from analysis.synthetic.body import ADULT, joints
from analysis.synthetic.faults import planted
from analysis.synthetic.truth import truth_of
from bench.findings import _camera

CATALOGUE = load_catalogue()
KINDS = planted()


def name(kind):
    return f"{kind.fault or kind.technique}@{kind.view_deg:.0f}"


@pytest.mark.parametrize("kind", KINDS, ids=name)
def test_the_finding_that_should_name_it_exists(kind):
    technique = CATALOGUE.technique(kind.technique)
    if kind.fault:
        assert CATALOGUE.fault(kind.fault) in technique.faults


def test_every_fault_has_a_clean_motion_from_the_same_side():
    clean = {(k.technique, k.view_deg) for k in KINDS if not k.fault}
    assert {(k.technique, k.view_deg) for k in KINDS} == clean


@pytest.mark.parametrize("kind", KINDS, ids=name)
def test_bones_keep_their_length(kind):
    motion = kind.make(ADULT)
    at = joints(motion.posture(np.linspace(0, motion.duration_s, 40)), body=ADULT)
    truth = truth_of(
        motion, camera=_camera(kind, motion), time_s=np.linspace(0, motion.duration_s, 40)
    )
    assert np.isfinite(at).all()
    assert np.isfinite(truth.xy_px).all()
    lengths = {"shank": ("knee", "ankle"), "thigh": ("hip", "knee"), "forearm": ("elbow", "wrist")}
    for bone, (one, other) in lengths.items():
        for side in ("left", "right"):
            i, j = BLAZEPOSE33.index(f"{side}_{one}"), BLAZEPOSE33.index(f"{side}_{other}")
            measured = np.linalg.norm(at[:, i] - at[:, j], axis=-1)
            np.testing.assert_allclose(measured, ADULT.length_m(bone), rtol=0.03)
