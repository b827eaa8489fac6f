"""A place in a data file that can say where it is when something is wrong there."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from analysis.knowledge.records import CHINESE, LANGUAGES

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    from analysis.knowledge.records import Text


class CatalogueError(ValueError):
    """A knowledge file cannot be used: the message names file, line, key and what is expected."""


@dataclass(frozen=True, slots=True)
class Node:
    """A value of a file with the path of keys that led to it; `lines` counts from 1."""

    file: str
    path: tuple[str, ...]
    value: Any
    lines: Mapping[tuple[str, ...], int] = field(default_factory=dict, repr=False)

    @property
    def line(self) -> int:
        """Where in the file: of the value, or of the nearest one around it."""
        path = self.path
        while path and path not in self.lines:
            path = path[:-1]
        return self.lines.get(path, 1)

    def fail(self, expected: str) -> CatalogueError:
        """The error to raise about this place."""
        found = f", found {self.value!r}" if not isinstance(self.value, dict) else ""
        place = f"{self.file}:{self.line}: {'.'.join(self.path)}"
        return CatalogueError(f"{place}: expected {expected}{found}")

    def child(self, key: str, default: Any = None) -> Node:
        """The value under a key; a missing one is an error unless there is a default."""
        table = self._table()
        if key not in table and default is None:
            raise self.fail(f"the key {key!r}")
        return Node(self.file, (*self.path, key), table.get(key, default), self.lines)

    def only(self, *keys: str) -> None:
        """Refuse keys that nobody reads: they are misspelt."""
        unknown = sorted(set(self._table()) - set(keys))
        if unknown:
            raise self.fail(f"only the keys {sorted(keys)}, not {unknown}")

    def items(self) -> Iterator[tuple[str, Node]]:
        """Children of a table with their keys."""
        for key in self._table():
            yield str(key), self.child(key)

    def elements(self) -> Iterator[Node]:
        """Elements of a list."""
        if not isinstance(self.value, list):
            raise self.fail("a list")
        for index, value in enumerate(self.value):
            yield Node(self.file, (*self.path, str(index)), value, self.lines)

    def words(self) -> str:
        """A string."""
        if not isinstance(self.value, str):
            raise self.fail("a string")
        return self.value

    def one_of(self, allowed: Collection[str]) -> str:
        """A string out of a fixed few."""
        if not isinstance(self.value, str) or self.value not in allowed:
            raise self.fail(f"one of {sorted(allowed)}")
        return self.value

    def some_of(self, allowed: Collection[str]) -> tuple[str, ...]:
        """A list of strings out of a fixed few."""
        return tuple(element.one_of(allowed) for element in self.elements())

    def number(self) -> float:
        """A finite number."""
        if isinstance(self.value, bool) or not isinstance(self.value, int | float):
            raise self.fail("a number")
        if not math.isfinite(self.value):
            raise self.fail("a finite number")
        return float(self.value)

    def whole(self) -> int:
        """An integer."""
        if isinstance(self.value, bool) or not isinstance(self.value, int):
            raise self.fail("a whole number")
        return self.value

    def text(self) -> Text:
        """Words in every language, none of them empty."""
        self.only(*LANGUAGES)
        texts = {lang: self.child(lang).words().strip() for lang in LANGUAGES}
        if not all(texts.values()):
            raise self.fail(f"words in each of {LANGUAGES}")
        if not any("\u4e00" <= letter <= "\u9fff" for letter in texts[CHINESE]):
            raise self.child(CHINESE).fail("words in Chinese")
        return texts

    def texts(self) -> tuple[Text, ...]:
        """A list of words in every language."""
        return tuple(element.text() for element in self.elements())

    def _table(self) -> dict[str, Any]:
        if not isinstance(self.value, dict):
            raise self.fail("a table")
        return self.value
