"""What is wrong inside footage that can be read all the same: spoilt, lost and late pictures."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from analysis.media.ask import ask
from analysis.media.sniff import DEMUXERS
from analysis.schema import Notice

if TYPE_CHECKING:
    from pathlib import Path

    from analysis.config import MediaConfig
    from analysis.media.filters import Span
    from analysis.media.probe import MediaInfo
    from analysis.schema import Float

_ANSWER_BYTES: Final = 4 << 20
MOST_SPANS: Final = 100  # more would be a film of damage, and too long a command line


@dataclass(frozen=True, slots=True)
class Damage:
    """Times in seconds from the first picture."""

    spoilt_s: tuple[float, ...] = ()  # decoded with errors
    lost_s: tuple[float, ...] = ()  # not decodable at all
    late_s: tuple[float, ...] = ()  # at a time that had passed
    jumps_s: tuple[float, ...] = ()  # the clock was set back here


def examine(path: Path, *, info: MediaInfo, config: MediaConfig) -> Damage | None:
    """Decode everything once, in a child process with limits; None if that gave no answer."""
    try:
        told = ask(
            "damage_child.py",
            str(path.resolve()),
            info.container,
            DEMUXERS[info.container],
            str(int(config.max_megapixels * 1e6)),
            str(info.stream_index),
            memory_bytes=config.probe_memory_bytes,
            timeout_s=config.damage_timeout_s,
            answer_bytes=_ANSWER_BYTES,
        )
    except (subprocess.TimeoutExpired, subprocess.CalledProcessError):
        return None
    return Damage(**{name: tuple(times) for name, times in told.items()})


def spans(times_s: tuple[float, ...], *, clock_s: Float) -> tuple[Span, ...]:
    """Stretches that hold the pictures at these times and no others of the clock (F,)."""
    step_s = float(np.median(np.diff(clock_s))) if clock_s.size > 1 else 0.02
    slack_s = 0.4 * step_s
    merged: list[Span] = []
    for time_s in sorted(times_s):
        if merged and time_s - merged[-1][1] <= step_s:
            merged[-1] = (merged[-1][0], time_s + slack_s)
        else:
            merged.append((time_s - slack_s, time_s + slack_s))
    return tuple(merged[:MOST_SPANS])


def notices(damage: Damage | None) -> tuple[Notice, ...]:
    """What a reader should know of it."""
    if damage is None:
        return (Notice("damage_unknown"),)
    told = []
    broken_s = sorted((*damage.spoilt_s, *damage.lost_s))
    if broken_s:
        told.append(
            Notice(
                "pictures_skipped",
                {"count": len(broken_s), "first_s": broken_s[0], "last_s": broken_s[-1]},
            )
        )
    if damage.late_s:
        told.append(
            Notice("pictures_late", {"count": len(damage.late_s), "first_s": damage.late_s[0]})
        )
    if damage.jumps_s:
        told.append(
            Notice("clock_set_back", {"count": len(damage.jumps_s), "first_s": damage.jumps_s[0]})
        )
    return tuple(told)
