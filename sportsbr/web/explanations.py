"""Why the fused model named a segment so, in words and in numbers to draw."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from django.utils.functional import _StrPromise

    Row = Mapping[str, Any]

NAMED: Final = 2  # joints that a sentence names
HALF_PEAK: Final = 0.5  # of the strongest moment: what is as strong still belongs to it
LOOSE_GAP: Final = 0.2  # above, attributions do not add up well enough to be relied on
MOST_WORDS: Final = 8

PARTS: Final[dict[str, _StrPromise]] = {
    "nose": gettext_lazy("head"),
    "shoulder": gettext_lazy("shoulder"),
    "elbow": gettext_lazy("elbow"),
    "wrist": gettext_lazy("wrist"),
    "hip": gettext_lazy("hip"),
    "knee": gettext_lazy("knee"),
    "ankle": gettext_lazy("ankle"),
    "heel": gettext_lazy("heel"),
    "foot_index": gettext_lazy("toes"),
    "body": gettext_lazy("the movement of the whole body"),
}
SIGNALS: Final[dict[str, _StrPromise]] = {
    "left_knee": gettext_lazy("angle of the left knee"),
    "right_knee": gettext_lazy("angle of the right knee"),
    "hips": gettext_lazy("angles of the hips"),
    "trunk": gettext_lazy("lean of the trunk"),
    "left_arm": gettext_lazy("angles of the left arm"),
    "right_arm": gettext_lazy("angles of the right arm"),
    "travel": gettext_lazy("movement of the whole body"),
    "text": gettext_lazy("the text: sport, view, athlete, note"),
}


STATES: Final[dict[str, _StrPromise]] = {
    "normal": gettext_lazy("as usual"),
    "tired": gettext_lazy("tired"),
    "exhausted": gettext_lazy("exhausted"),
    "happy": gettext_lazy("happy"),
    "sad": gettext_lazy("sad"),
    "angry": gettext_lazy("angry"),
    "active": gettext_lazy("lively"),
}


def state_text(rows: Sequence[Row]) -> str:
    """The likeliest state; empty where none was read."""
    if not rows:
        return ""
    name = rows[0]["name"]
    values = {"state": str(STATES.get(name, name)), "percent": f"{rows[0]['probability']:.0%}"}
    return _("Looks %(state)s (%(percent)s)") % values


def told(row: Row | None) -> dict[str, Any] | None:
    """A segment's explanation in a report document as its page shows it; None without one."""
    if not row:
        return None
    return {
        "text": sentence(row),
        "is_loose": row["completeness_gap"] > LOOSE_GAP,
        "gap_text": f"{row['completeness_gap']:.0%}",
        "signals": _signals(row["signals"]),
        "words_see_pose": row["attention_direction"] == "text_to_pose",
        "attention": [
            {**word, "share_text": f"{word['share']:.1%}", "at_text": f"{word['at_s']:.1f}"}
            for word in _words(row["attention"])
        ],
        "drawn": {
            "joints": {joint["name"]: joint["share"] for joint in row["joints"]},
            "moments": [[moment["t_s"], moment["weight"]] for moment in row["moments"]],
            "bin_s": row["bin_s"],
        },
    }


def sentence(row: Row) -> str:
    """Which joints decided mostly, and when."""
    joints = [joint_name(j["name"]) for j in row["joints"] if j["share"] > 0][:NAMED]
    span = strongest_s(row["moments"], bin_s=row["bin_s"])
    if row["log_odds_gain"] <= 0 or not joints or span is None:
        return _("The movement speaks for this label no more than standing still would.")
    values = {"start": f"{span[0]:.1f}", "end": f"{span[1]:.1f}"}
    if len(joints) == 1:
        return _("Decided mostly by %(joint)s, between %(start)s and %(end)s s.") % {
            "joint": joints[0],
            **values,
        }
    return _("Decided mostly by %(first)s and %(second)s, between %(start)s and %(end)s s.") % {
        "first": joints[0],
        "second": joints[1],
        **values,
    }


def strongest_s(moments: Sequence[Row], *, bin_s: float) -> tuple[float, float] | None:
    """From when to when it was decided: the strongest moment and its neighbours of half of it."""
    if not moments:
        return None
    weights = [moment["weight"] for moment in moments]
    peak = max(weights)
    if peak <= 0:
        return None
    first = last = weights.index(peak)
    while first > 0 and weights[first - 1] >= HALF_PEAK * peak:
        first -= 1
    while last + 1 < len(weights) and weights[last + 1] >= HALF_PEAK * peak:
        last += 1
    return max(0.0, moments[first]["t_s"] - bin_s / 2), moments[last]["t_s"] + bin_s / 2


def joint_name(key: str) -> str:
    """A keypoint's name in the page's language; an unknown one is shown as itself."""
    side, _sep, part = key.partition("_")
    if side not in {"left", "right"}:
        return str(PARTS.get(key, key))
    name = str(PARTS.get(part, part))
    return (_("left %(part)s") if side == "left" else _("right %(part)s")) % {"part": name}


def _signals(rows: Sequence[Row]) -> list[dict[str, Any]]:
    """Largest first, with the length of each one's bar in percent of the largest."""
    widest = max((abs(row["shapley"]) for row in rows), default=0.0) or 1.0
    return [
        {
            "name": str(SIGNALS.get(row["name"], row["name"])),
            "shapley_text": _signed(row["shapley"]),
            "lime_text": _signed(row["lime"]),
            "is_for": row["shapley"] >= 0,
            "percent": f"{100 * abs(row['shapley']) / widest:.0f}",
        }
        for row in rows
    ]


def _signed(value: float) -> str:
    """Two decimals with a sign; what rounds to nothing has none."""
    text = f"{value:+.2f}".replace("-", "−")
    return "0.00" if text[1:] == "0.00" else text


def _words(rows: Sequence[Row]) -> list[Row]:
    """Those with the most attention; the "s" of "coach's" is no word."""
    words = [row for row in rows if len(row["word"]) > 1 or not row["word"].isascii()]
    return sorted(words, key=lambda row: -row["share"])[:MOST_WORDS]
