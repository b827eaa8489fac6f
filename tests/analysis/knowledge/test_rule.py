from __future__ import annotations

import pytest

from analysis.knowledge.rule import Rule

LOW = Rule("is", "m.a", "below")
HIGH = Rule("is", "m.b", "above")
BOTH = Rule("all", parts=(LOW, HIGH))
EITHER = Rule("any", parts=(LOW, HIGH))


@pytest.mark.parametrize(
    ("rule", "a", "b", "holds"),
    [
        (LOW, "below", "within", True),
        (LOW, "above", "within", False),
        (LOW, "cannot_tell", "within", None),
        (BOTH, "below", "above", True),
        (BOTH, "below", "within", False),
        (BOTH, "below", "cannot_tell", None),
        (BOTH, "within", "cannot_tell", False),  # whatever b is, a alone decides
        (EITHER, "below", "cannot_tell", True),
        (EITHER, "within", "cannot_tell", None),
        (EITHER, "within", "within", False),
        (Rule("not", parts=(LOW,)), "within", "within", True),
        (Rule("not", parts=(LOW,)), "cannot_tell", "within", None),
    ],
)
def test_three_valued_logic(rule, a, b, holds):
    assert rule.holds({"m.a": a, "m.b": b}) is holds


def test_what_was_not_measured_is_unknown():
    assert LOW.holds({}) is None


def test_leaves_come_in_the_order_written():
    assert list(Rule("all", parts=(EITHER, LOW)).leaves()) == [LOW, HIGH, LOW]
