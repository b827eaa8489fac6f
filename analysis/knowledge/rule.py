"""Logic over the verdicts on a repetition's metrics: what makes a fault. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

CANNOT_TELL: Final = "cannot_tell"


@dataclass(frozen=True, slots=True)
class Rule:
    """`op` is "is" (a metric has a verdict), or "all", "any" or "not" of `parts`."""

    op: str
    metric: str = ""
    verdict: str = ""  # below, within or above
    parts: tuple[Rule, ...] = ()

    def holds(self, verdicts: Mapping[str, str]) -> bool | None:
        """Whether it is so, given the verdict on each metric; None where that cannot be told.

        Three-valued after Kleene (1938): unknown only where the unknown could change the answer.
        """
        if self.op == "is":
            verdict = verdicts.get(self.metric, CANNOT_TELL)
            return None if verdict == CANNOT_TELL else verdict == self.verdict
        told = [part.holds(verdicts) for part in self.parts]
        if self.op == "not":
            return None if told[0] is None else not told[0]
        decisive = self.op == "any"
        if decisive in told:
            return decisive
        return None if None in told else not decisive

    def leaves(self) -> Iterator[Rule]:
        """Every "is", in the order in which they are written."""
        if self.op == "is":
            yield self
        for part in self.parts:
            yield from part.leaves()
