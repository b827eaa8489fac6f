from __future__ import annotations

import string

import pytest

from analysis.training import errors
from analysis.training.errors import WORDING, DataError, explain


def test_every_refusal_is_worded_in_both_languages_with_the_same_facts():
    kinds = {DataError, *DataError.__subclasses__()}
    assert {kind.code for kind in kinds} == set(WORDING)
    for texts in WORDING.values():
        facts = [
            {name for _, name, _, _ in string.Formatter().parse(t) if name} for t in texts.values()
        ]
        assert set(texts) == {"en", "zh-hans"}
        assert facts[0] == facts[1]


def test_a_refusal_says_what_was_found_and_expected():
    error = errors.CorruptDataError(name="a.npz", found="3 rows", expected="4 rows")
    assert str(error) == "a.npz is corrupt: 3 rows. Expected 4 rows."
    assert "a.npz 已损坏" in explain(error.code, lang="zh-hans", params=error.params)


def test_a_missing_fact_is_a_mistake_of_ours():
    with pytest.raises(KeyError):
        errors.CorruptDataError(name="a.npz")
