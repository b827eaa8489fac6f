from __future__ import annotations

import pytest

from analysis.feedback.pseudonyms import pseudonyms

NAMES = ("Lin Mei 林梅", "Bo")


@pytest.mark.parametrize(
    ("text", "hidden"),
    [
        ("lin mei is back", "Person-A is back"),
        ("Lin  Mei 林梅", "Person-A"),
        ("林梅的发球", "Person-A的发球"),
        ("Bo serves; both know", "Person-B serves; both know"),
        ("linear", "linear"),
    ],
)
def test_names_are_hidden_whole_and_in_parts(text, hidden):
    assert pseudonyms(NAMES).hide(text) == hidden


def test_hidden_in_every_text_of_a_value():
    value = {"a": ["Bo", {"b": "x Lin y"}], "n": 1.5}
    assert pseudonyms(NAMES).hide_in(value) == {"a": ["Person-B", {"b": "x Person-A y"}], "n": 1.5}


def test_the_whole_name_is_put_back():
    assert pseudonyms(NAMES).restore("Person-A, well. Person-AB") == "Lin Mei 林梅, well. Person-AB"


def test_no_names_change_nothing():
    assert pseudonyms(("", " ")).hide("Bo") == "Bo"
