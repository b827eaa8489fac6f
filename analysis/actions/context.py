"""What is known beside the movement, in the words that the model reads, in training as well."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

NOTHING: Final = "a person moves"
LONGEST_NOTE: Final = 200  # characters; a note is read for what it names, not for its length


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """Each "" where it is not known."""

    sport: str = ""  # English name: "Tennis"
    view: str = ""  # where the camera stands: "front", "side", "back"
    handedness: str = ""  # "left" or "right"
    level: str = ""  # "beginner", "club" or "elite"
    note: str = ""  # the coach's own words

    def words(self) -> str:
        """One line."""
        told = (
            self.sport and f"sport: {self.sport.lower()}",
            self.view and f"seen from the {self.view}",
            self.handedness and f"{self.handedness}-handed",
            self.level and f"{self.level} level",
            self.note and f"coach's note: {' '.join(self.note.split())[:LONGEST_NOTE]}",
        )
        return ", ".join(part for part in told if part) or NOTHING
