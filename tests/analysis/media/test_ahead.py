from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING

import pytest

from analysis.media.ahead import ahead

if TYPE_CHECKING:
    from collections.abc import Generator


def test_the_same_items_in_the_same_order_from_another_thread() -> None:
    makers = set()

    def items() -> Generator[int, None, None]:
        for i in range(50):
            makers.add(threading.get_ident())
            yield i

    assert list(ahead(items(), count=3)) == list(range(50))
    assert threading.get_ident() not in makers


def test_no_more_than_so_many_are_made_ahead() -> None:
    made: list[int] = []

    def items() -> Generator[int, None, None]:
        for i in range(100):
            made.append(i)
            yield i

    line = ahead(items(), count=3)
    assert next(line) == 0
    deadline = time.monotonic() + 5.0
    while len(made) < 4 and time.monotonic() < deadline:
        time.sleep(0.01)
    time.sleep(0.1)
    assert len(made) == 4  # one taken, three waiting
    line.close()


def test_a_failure_comes_after_the_items_before_it() -> None:
    def items() -> Generator[int, None, None]:
        yield 1
        raise ValueError("broken")

    line = ahead(items())
    assert next(line) == 1
    with pytest.raises(ValueError, match="broken"):
        next(line)


def test_closing_closes_what_makes_the_items_and_ends_its_thread() -> None:
    closed = threading.Event()

    def items() -> Generator[int, None, None]:
        try:
            yield from range(1000)
        finally:
            closed.set()

    before = threading.active_count()
    line = ahead(items(), count=2)
    assert next(line) == 0
    line.close()
    assert closed.is_set()
    assert threading.active_count() == before


def test_nothing_is_nothing() -> None:
    assert list(ahead(i for i in range(0))) == []
