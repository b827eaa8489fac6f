from __future__ import annotations

import string

import pytest

from analysis import errors, notices
from analysis.schema import Notice


def every_error() -> list[type[errors.AnalysisError]]:
    return [errors.AnalysisError, *errors.AnalysisError.__subclasses__()]


@pytest.mark.parametrize("kind", every_error())
def test_every_error_is_worded_in_both_languages(kind: type[errors.AnalysisError]) -> None:
    texts = errors.WORDING[kind.code]
    assert set(texts) == set(errors.LANGUAGES)
    fields = [{n for _, n, _, _ in string.Formatter().parse(t) if n} for t in texts.values()]
    assert fields[0] == fields[1]


def test_no_wording_is_left_over() -> None:
    assert set(errors.WORDING) == {kind.code for kind in every_error()}


def test_an_error_tells_what_was_found() -> None:
    error = errors.FrameTooLargeError(
        width_px=20000, height_px=10000, megapixels=200.0, limit_megapixels=36.0
    )
    assert "20000 × 10000 (200 MP)" in str(error)
    assert "上限为 36 MP" in errors.explain(error.code, lang="zh-hans", params=error.params)


def test_a_missing_parameter_does_not_hide_the_error() -> None:
    assert "(duration_s?)" in errors.explain("video_too_long", lang="en", params={})


def test_an_unknown_code_is_told_as_itself() -> None:
    assert errors.explain("no_such_code", lang="en", params={}) == "no_such_code"


def test_every_notice_is_worded_in_both_languages() -> None:
    for texts in notices.WORDING.values():
        assert set(texts) == set(errors.LANGUAGES)
    told = notices.tell(Notice("rarely_seen", {"track_id": 2, "seen": 0.5}), lang="en")
    assert told == "Athlete 2 was seen in only 50% of the frames."
