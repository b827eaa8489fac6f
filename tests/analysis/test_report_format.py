from __future__ import annotations

import copy
import json
import math
import sys
from pathlib import Path

import jsonschema
import pytest

from analysis.report_format import InvalidReportError, from_document, json_schema, to_document

sys.path.insert(0, str(Path(__file__).parent))
from reports import finding, report


def test_the_schema_is_itself_valid() -> None:
    jsonschema.Draft202012Validator.check_schema(json_schema())


def test_a_report_survives_the_journey() -> None:
    document = json.loads(json.dumps(to_document(report()), allow_nan=False))
    assert to_document(from_document(document)) == document


def test_an_explanation_comes_back_as_it_went() -> None:
    made = report()
    back = from_document(to_document(made)).segments[0]
    assert back.explanation == made.segments[0].explanation
    assert back.states == made.segments[0].states
    old = to_document(made)
    del old["segments"][0]["explanation"], old["segments"][0]["states"]  # of an older version
    assert from_document(old).segments[0].explanation is None


def test_open_borders_and_missing_values_are_null_and_come_back() -> None:
    unknown = finding(measured=math.nan, sd=math.nan, low=-math.inf)
    document = to_document(report(findings=(unknown,)))
    row = document["findings"][0]
    assert [row[k] for k in ("measured", "sd", "low", "high")] == [None] * 4
    back = from_document(document).findings[0]
    assert math.isnan(back.measured)
    assert (back.low, back.high) == (-math.inf, math.inf)


@pytest.mark.parametrize(
    ("place", "value"),
    [
        (("findings", 0, "verdict"), "splendid"),
        (("footage", "sha256"), "xyz"),
        (("segments", 0, "score"), 1.5),
        (("feedback", 0, "lang"), "fr"),
        (("sport",), 3),
    ],
)
def test_what_the_schema_forbids_is_refused_by_place(
    place: tuple[str | int, ...], value: object
) -> None:
    document = copy.deepcopy(to_document(report()))
    target = document
    for part in place[:-1]:
        target = target[part]
    target[place[-1]] = value
    with pytest.raises(InvalidReportError, match="/".join(str(p) for p in place)):
        from_document(document)


def test_an_unknown_field_is_refused() -> None:
    with pytest.raises(InvalidReportError, match="extra"):
        from_document({**to_document(report()), "extra": 1})
