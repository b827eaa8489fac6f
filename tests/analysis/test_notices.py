from __future__ import annotations

import re
import string
from collections import defaultdict

import pytest

from analysis.notices import ADVICE, WORDING, advise, tell, tell_code
from analysis.schema import Notice


def params_of(text: str) -> dict[str, object]:
    """A value for every name in a sentence: numbers where a number format asks for one."""
    values: dict[str, object] = defaultdict(int)
    for _, name, spec, _ in string.Formatter().parse(text):
        if name:
            values[name] = 0.5 if spec else 2
    return values | {k: v for k, v in (("edge", "bottom"), ("view", "front")) if k in values}


@pytest.mark.parametrize("code", sorted(WORDING))
def test_every_notice_is_told_in_both_languages(code: str) -> None:
    params = params_of(WORDING[code]["en"])
    assert params.keys() == params_of(WORDING[code]["zh-hans"]).keys()
    english = tell(Notice(code, params), lang="en")
    chinese = tell(Notice(code, params), lang="zh-hans")
    assert "{" not in english + chinese
    assert not re.search(r"[一-鿿]", english)
    assert re.search(r"[一-鿿]", chinese)


@pytest.mark.parametrize("code", sorted(ADVICE))
def test_advice_belongs_to_a_notice_and_is_in_both_languages(code: str) -> None:
    assert code in WORDING
    assert advise(code, lang="en") != advise(code, lang="zh-hans")


def test_every_fault_of_filming_comes_with_something_to_do() -> None:
    assert {code for code in WORDING if code.startswith("filming_")} <= set(ADVICE)


def test_edges_and_views_are_named() -> None:
    notice = Notice("filming_view", {"view": "oblique", "shown": 1, "total": 4})
    assert "an oblique angle" in tell(notice, lang="en")
    assert "斜侧" in tell(notice, lang="zh-hans")


def test_what_another_version_wrote_is_told_by_its_code() -> None:
    assert tell_code("of_the_future", params={}, lang="en") == "of_the_future"
    assert tell_code("filming_view", params={}, lang="en") == "filming_view"
    assert advise("of_the_future", lang="en") == ""
