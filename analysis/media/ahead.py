"""Work done ahead in a thread, so that decoding does not wait for inference nor it for decoding."""

from __future__ import annotations

from collections import deque
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, Final, TypeVar, cast

if TYPE_CHECKING:
    from collections.abc import Generator

T = TypeVar("T")

AHEAD: Final = 4  # pictures decoded before they are asked for
_END: Final = object()


def ahead(items: Generator[T, Any, Any], *, count: int = AHEAD) -> Generator[T, None, None]:
    """The same items in the same order, made in a thread of their own, `count` ahead.

    Memory grows by `count` items. What `items` raises is raised here, after the items before it.
    When this generator is closed or dropped, `items` is closed as well, in its own thread.
    """
    with ThreadPoolExecutor(max_workers=1, thread_name_prefix="ahead") as maker:
        waiting = deque(maker.submit(next, items, _END) for _ in range(count))
        try:
            while (item := waiting.popleft().result()) is not _END:
                waiting.append(maker.submit(next, items, _END))
                yield cast("T", item)
        finally:
            for one in waiting:
                one.cancel()
            maker.submit(items.close).result()
