from __future__ import annotations

import pytest
from django.utils import translation

from analysis.explain.signals import SIGNALS as HELD
from analysis.explain.signals import TEXT
from analysis.features.body17 import BODY17
from sportsbr.web import explanations
from tests.sportsbr.web.stored_explained import EXPLANATION


def moments(*weights: float) -> list[dict[str, float]]:
    return [{"t_s": 1.05 + 0.1 * i, "weight": w} for i, w in enumerate(weights)]


def test_the_sentence_names_joints_and_moments_in_both_languages():
    with translation.override("en"):
        assert explanations.sentence(EXPLANATION) == (
            "Decided mostly by left knee and right hip, between 0.6 and 1.2 s."
        )
    with translation.override("zh-hans"):
        assert explanations.sentence(EXPLANATION) == (
            "主要由左侧膝部和右侧髋部决定，在第 0.6 到 1.2 秒之间。"
        )


@pytest.mark.parametrize(
    ("weights", "span"),
    [
        ((0.1, 0.4, 0.2, 0.1), (1.1, 1.3)),
        ((0.5, 0.1, 0.5), (1.0, 1.1)),
        ((-0.5, -0.5), None),
        ((), None),
    ],
)
def test_when_it_was_decided(weights, span):
    found = explanations.strongest_s(moments(*weights), bin_s=0.1)
    assert found == (None if span is None else pytest.approx(span))


def test_what_does_not_speak_for_the_label_is_not_dressed_up():
    with translation.override("en"):
        for changes in ({"log_odds_gain": -0.3}, {"joints": [{"name": "nose", "share": -1.0}]}):
            told = explanations.sentence({**EXPLANATION, **changes})
            assert "no more than standing still" in told


def test_parts_that_do_not_add_up_are_marked():
    assert not explanations.told(EXPLANATION)["is_loose"]
    loose = explanations.told({**EXPLANATION, "completeness_gap": 0.4})
    assert (loose["is_loose"], loose["gap_text"]) == (True, "40%")
    assert explanations.told(None) is None


def test_the_likeliest_state_is_told_and_none_where_none_was_read():
    states = [{"name": "tired", "probability": 0.7}, {"name": "normal", "probability": 0.3}]
    with translation.override("en"):
        assert explanations.state_text(states) == "Looks tired (70%)"
    with translation.override("zh-hans"):
        assert explanations.state_text(states) == "看起来疲劳（70%）"
    assert explanations.state_text([]) == ""


def test_numbers_keep_their_sign_and_nothing_has_none():
    assert [explanations._signed(v) for v in (1.234, -0.5, -0.001)] == ["+1.23", "−0.50", "0.00"]


def test_every_joint_and_signal_has_a_name_in_chinese():
    with translation.override("zh-hans"):
        names = [explanations.joint_name(key) for key in (*BODY17.keypoints, "body")]
        names += [str(explanations.SIGNALS[key]) for key in (*HELD, TEXT)]
    assert not any("a" <= letter <= "z" for name in names for letter in name)
