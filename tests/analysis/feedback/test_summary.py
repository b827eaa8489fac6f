from __future__ import annotations

from analysis.feedback.phrase import GroundedPhraser
from analysis.feedback.summary import summarise
from tests.analysis.feedback.samples import CATALOGUE, shallow_squats


def summary(lang):
    segments, findings = shallow_squats()
    told = GroundedPhraser(CATALOGUE).phrase(findings, segments=segments, lang=lang)
    return summarise(segments, findings=findings, feedback=told, catalogue=CATALOGUE, lang=lang)


def test_counts_then_main_points():
    assert summary("en") == [
        "Found: 5 squats.",
        "5 of 5 measurements could be judged.",
        (
            "· Squat: The squat is too shallow in 2 of 5 squats. "
            "Sit down between your heels until the thighs are level with the floor."
        ),
    ]
    assert summary("zh-hans")[0] == "识别到：5 次深蹲。"


def test_nothing_recognised_is_said():
    told = summarise([], findings=[], feedback=[], catalogue=CATALOGUE, lang="en")
    assert told == ["No known technique was recognised."]
