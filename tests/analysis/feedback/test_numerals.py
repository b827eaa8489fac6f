from __future__ import annotations

import pytest

from analysis.feedback.numerals import digits


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("seventy-two degrees", "72 degrees"),
        ("one hundred and five degrees", "105 degrees"),
        ("zero point two five body heights", "0.25 body heights"),
        ("two of five ◆", "2 of 5 ◆"),
        ("the third of the five ◆", "the #3 of the 5 ◆"),
        ("one knee, each one of them", "one knee, each one of them"),
        ("both ◆", "all 2 ◆"),
    ],
)
def test_english(text, read):
    assert digits(text, lang="en") == read


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("七十二度", "72度"),
        ("一百零五度", "105度"),
        ("一百一十度", "110度"),
        ("零点二五倍身高", "0.25倍身高"),
        ("五◆中有两次", "5◆中有2次"),
        ("第三次", "#3次"),
        ("两侧一样", "两侧一样"),
        ("百分之四十", "40%"),
    ],
)
def test_chinese(text, read):
    assert digits(text, lang="zh-hans") == read
