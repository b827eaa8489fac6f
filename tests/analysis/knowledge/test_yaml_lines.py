from __future__ import annotations

import pytest

from analysis.knowledge.node import CatalogueError
from analysis.knowledge.yaml_lines import read_lines


def test_every_value_knows_its_line():
    root = read_lines(b"a: 1\nb:\n  - x\n  - {c: 2}\n", file="f.yaml")
    assert root.child("a").line == 1
    second = list(root.child("b").elements())[1]
    assert (second.line, second.child("c").line) == (4, 4)


def test_a_default_is_where_it_would_have_stood():
    root = read_lines(b"a:\n  b: 1\n", file="f.yaml")
    assert root.child("a").child("missing", "x").line == 2


@pytest.mark.parametrize(
    ("text", "line", "reason"),
    [
        ("a: 1\nb: 2\na: 3\n", 3, "once"),
        ("a: &x\n  b: *x\n", 1, "contain itself"),
        ("a: [1\nb: 2\n", 2, "YAML"),
        ("", 1, "nothing"),
    ],
)
def test_what_cannot_be_read_is_refused_with_its_line(text, line, reason):
    with pytest.raises(CatalogueError, match=reason) as refused:
        read_lines(text.encode(), file="f.yaml")
    assert str(refused.value).startswith(f"f.yaml:{line}:")


def test_bytes_that_are_no_text_are_refused():
    with pytest.raises(CatalogueError, match=r"f\.yaml:1"):
        read_lines(b"a: \xff\xfe", file="f.yaml")
