from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from analysis.actions.candidates import candidates, least_cosines, movements
from analysis.knowledge.catalogue import load_catalogue


@dataclass(frozen=True)
class Trained:
    key: str
    text: str
    group: str


SQUAT = movements()["strength.squat"].text
TRAINED = (
    Trained("hdm05.squat", SQUAT, "hdm05"),
    Trained("uiprmd.deep_squat", "knees bend deep", "uiprmd"),
    Trained("hdm05.walk", "walking", "hdm05"),
    Trained("cmu.walk", "walking", "cmu"),
)


def test_a_technique_has_a_column_for_each_wording_and_others_are_unknown() -> None:
    squat = [t for t in load_catalogue().candidates("strength") if t.key == "strength.squat"]
    found = candidates(squat, trained=TRAINED)
    assert found.techniques == ("strength.squat",)
    assert found.texts == (SQUAT, "knees bend deep", "walking")
    assert found.technique == (0, 0, -1)
    assert found.groups == (frozenset({"hdm05", "uiprmd"}),)
    np.testing.assert_allclose(found.by_technique(np.array([[0.2, 0.3, 0.4]])), [[0.5]])
    np.testing.assert_allclose(found.nearest(np.array([0.1, -0.3, 0.9])), [0.1])


def test_a_technique_known_by_words_alone_must_convince_the_strictest() -> None:
    found = candidates(load_catalogue().candidates(None), trained=TRAINED)
    thresholds = {"hdm05": 0.3, "uiprmd": 0.5, "cmu": 0.7, "few": float("nan")}
    least = dict(zip(found.techniques, least_cosines(found, thresholds=thresholds), strict=True))
    assert least["strength.squat"] == 0.3
    assert least["tennis.serve"] == 0.7


def test_every_movement_is_a_technique() -> None:
    assert set(movements()) <= {t.key for t in load_catalogue().techniques}
