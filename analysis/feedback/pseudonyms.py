"""People's names out of what leaves for a language model, and back into what it wrote. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

STAND_IN: Final = "Person-{letter}"
SHORTEST: Final = 2  # characters of a part of a name that is replaced too


@dataclass(frozen=True, slots=True)
class Pseudonyms:
    """Names and what stands for them; the first name is the athlete's."""

    pairs: tuple[tuple[str, str], ...]  # (name or a part of one, stand-in), longest first
    full: tuple[tuple[str, str], ...]  # (stand-in, whole name)

    def hide(self, text: str) -> str:
        """A text without the names, in whatever case and spacing they are written."""
        for name, stand_in in self.pairs:
            text = _pattern(name).sub(stand_in, text)
        return re.sub(r"(Person-[A-Z]\d*)(?:\s*\1)+(?!\w)", r"\1", text)

    def hide_in(self, value: Any) -> Any:
        """The same for every text in plain JSON values."""
        if isinstance(value, str):
            return self.hide(value)
        if isinstance(value, dict):
            return {key: self.hide_in(item) for key, item in value.items()}
        if isinstance(value, (list, tuple)):
            return [self.hide_in(item) for item in value]
        return value

    def restore(self, text: str) -> str:
        """The whole names put back."""
        for stand_in, name in self.full:
            text = re.sub(rf"{re.escape(stand_in)}(?!\w)", name.replace("\\", r"\\"), text)
        return text


def pseudonyms(names: Sequence[str]) -> Pseudonyms:
    """A stand-in for each person: names as they are kept, "Lin Mei 林梅" with its parts too."""
    pairs: dict[str, str] = {}
    full: list[tuple[str, str]] = []
    for number, name in enumerate(dict.fromkeys(n.strip() for n in names if n.strip())):
        letter = chr(ord("A") + number % 26) + (str(number // 26) if number >= 26 else "")
        stand_in = STAND_IN.format(letter=letter)
        full.append((stand_in, name))
        for part in (name, *re.split(r"[\s,·•()（）-]+", name)):
            if len(part) >= SHORTEST:
                pairs.setdefault(part, stand_in)
    ordered = sorted(pairs.items(), key=lambda pair: -len(pair[0]))
    return Pseudonyms(tuple(ordered), tuple(full))


def _pattern(name: str) -> re.Pattern[str]:
    spaced = r"\s+".join(re.escape(part) for part in name.split())
    whole = rf"(?<!\w){spaced}(?!\w)" if name.isascii() else spaced
    return re.compile(whole, re.IGNORECASE)
