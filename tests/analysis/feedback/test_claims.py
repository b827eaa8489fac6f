from __future__ import annotations

import pytest

from analysis.feedback.claims import mask, sentences, unsupported
from analysis.feedback.facts import gather
from tests.analysis.feedback.samples import CATALOGUE, shallow_squats


def points():
    segments, findings = shallow_squats()
    return gather(findings[:2], segments=segments, catalogue=CATALOGUE)


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("It was 0.5 s. Too short!", ["It was 0.5 s.", "Too short!"]),
        ("下蹲太浅。还差 18°！", ["下蹲太浅。", "还差 18°！"]),
        ("", []),
        ("One\nTwo", ["One", "Two"]),
    ],
)
def test_sentences(text, parts):
    assert sentences(text) == parts


def test_the_catalogues_own_words_are_taken_out():
    masked = mask("The squat is too shallow.", points=points(), catalogue=CATALOGUE, lang="en")
    assert masked.kinds == {"fault"}
    assert "shallow" not in masked.rest


@pytest.mark.parametrize(
    ("sentence", "named"),
    [
        ("The knee was 10°.", "number 10deg (mean)"),
        ("The knee was 72.", "count '72'"),
        ("The left knee was 72°.", "side ['left']"),
        ("The hip was 72°.", "body ['hip']"),
        ("Seen in 4 of 5 squats.", "count"),
        ("It was too much.", "above (too much)"),
        ("Try Pogo jumps at 72°.", "prescribes"),
        ("Pogo jumps came to 72°.", "'Pogo jumps' is not"),
    ],
)
def test_the_reason_names_what_is_wrong(sentence, named):
    reason = unsupported(sentence, points=points(), catalogue=CATALOGUE, lang="en")
    assert reason is not None
    assert named in reason
