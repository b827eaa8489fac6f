from __future__ import annotations

import pytest

from analysis.feedback.wording import number
from tests.analysis.feedback.samples import CATALOGUE


@pytest.mark.parametrize(
    ("value", "unit", "lang", "told"),
    [
        (71.6, "deg", "en", "72°"),
        (-0.2, "deg", "en", "0°"),
        (0.305, "m", "en", "0.30 m"),
        (0.3, "bh", "zh-hans", "0.30 倍身高"),
        (1.0, "s", "zh-hans", "1.00 秒"),
    ],
)
def test_numbers_carry_their_unit(value, unit, lang, told):
    assert number(value, unit=unit, catalogue=CATALOGUE, lang=lang) == told
