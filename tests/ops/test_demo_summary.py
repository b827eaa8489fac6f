from __future__ import annotations

from typing import Any

import pytest
from rich.console import Console

from sportsbr.ops.demo_summary import summarise


def told(document: dict[str, Any], *, lang: str) -> str:
    console = Console(width=200)
    with console.capture() as kept:
        console.print(summarise(document, lang=lang))
    return kept.get()


@pytest.mark.parametrize(
    ("lang", "people", "cuts"),
    [("en", "followed: 2", "cut at 3"), ("zh-hans", "人数：2", "3 处剪辑")],
)
def test_people_and_notices_are_told_even_of_a_clip_without_techniques(
    lang: str, people: str, cuts: str
) -> None:
    document = {
        "people": [{}, {}],
        "segments": [],
        "feedback": [],
        "notices": [{"code": "cuts", "params": {"cuts": 3}}, {"code": "no_segments", "params": {}}],
    }
    text = told(document, lang=lang)
    assert people in text
    assert cuts in text
    assert len(text.splitlines()) == 3
