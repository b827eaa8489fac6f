from __future__ import annotations

import json

import pytest

from analysis.feedback.facts import gather
from analysis.feedback.phrase import GroundedPhraser
from analysis.feedback.prompt import MOST_CHARS, ask_about, read_answer
from tests.analysis.feedback.samples import CATALOGUE, shallow_squats


def test_findings_go_as_json_with_the_context():
    segments, findings = shallow_squats()
    (item,) = GroundedPhraser(CATALOGUE).phrase(findings, segments=segments, lang="en")[:1]
    points = gather(findings[:2], segments=segments, catalogue=CATALOGUE)
    asked = ask_about(item, points=points, catalogue=CATALOGUE, context={"level": "club"})
    data = json.loads(asked[1]["content"])
    assert data["athlete"] == {"level": "club"}
    (finding,) = data["findings"]
    assert (finding["mean"], finding["at_least"], finding["at_most"]) == (72.0, 90.0, None)
    assert (finding["in_repetitions"], finding["of_repetitions"]) == (2, 5)


@pytest.mark.parametrize(
    "text",
    ["", "no", "{", "[]", '{"headline": 1, "why": "x"}', '{"headline": "x"}', "}{",
     '{"headline": "", "why": " "}'],
)  # fmt: skip
def test_what_is_not_in_the_form_asked_for_is_no_answer(text):
    assert read_answer(text, keys=("headline", "why")) is None


def test_an_answer_is_read_out_of_talk_around_it_and_cut_to_size():
    text = 'Here: {"headline": "A\\nb", "why": "' + "x" * 5000 + '"} thanks'
    read = read_answer(text, keys=("headline", "why"))
    assert read is not None
    assert read["headline"] == "A b"
    assert len(read["why"]) == MOST_CHARS
