"""A report in the terminal: how many of which technique, what was found, what to do about it."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any, Final

from rich.console import Group
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from analysis.knowledge.catalogue import load_catalogue
from analysis.notices import tell_code

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rich.console import RenderableType

MOST_FEEDBACK: Final = 6
SAID: Final = {"no_segments", "several_people"}  # the summary's first lines say it already
WORDS: Final[dict[str, dict[str, str]]] = {
    "en": {
        "people": "people followed: {count}",
        "technique": "technique",
        "count": "repetitions",
        "outside": "outside the band",
        "within": "within",
        "open": "cannot tell",
        "none": "No repetition of a known technique was recognised.",
        "cue": "Cue",
        "drill": "Drill",
        "more": "… and {count} more in the report.",
    },
    "zh-hans": {
        "people": "跟踪人数：{count}",
        "technique": "技术动作",
        "count": "次数",
        "outside": "超出参考范围",
        "within": "在范围内",
        "open": "无法判断",
        "none": "没有识别出已知的技术动作。",
        "cue": "提示",
        "drill": "练习",
        "more": "报告中还有 {count} 条。",
    },
}


def summarise(document: Mapping[str, Any], *, lang: str) -> RenderableType:
    """What a coach wants to read first, from a report document, for a terminal."""
    words = WORDS[lang]
    people = Text(words["people"].format(count=len(document["people"])))
    notices = [
        Text(f"! {tell_code(row['code'], lang=lang, params=row['params'])}", style="dim")
        for row in document["notices"]
        if row["code"] not in SAID
    ]
    if not document["segments"]:
        return Group(people, Text(words["none"]), *notices)
    said = [item for item in document["feedback"] if item["lang"] == lang]
    parts: list[RenderableType] = [people, _counts(document, lang=lang)]
    parts += [_feedback(item, words=words) for item in said[:MOST_FEEDBACK]]
    if len(said) > MOST_FEEDBACK:
        parts.append(Text(words["more"].format(count=len(said) - MOST_FEEDBACK)))
    return Group(*parts, *notices)


def _counts(document: Mapping[str, Any], *, lang: str) -> Table:
    words, catalogue = WORDS[lang], load_catalogue()
    technique_of = {s["segment_id"]: s["technique"] for s in document["segments"]}
    verdicts = Counter((technique_of[f["segment_id"]], f["verdict"]) for f in document["findings"])
    table = Table(box=None, pad_edge=False)
    table.add_column(words["technique"])
    for name in ("count", "outside", "within", "open"):
        table.add_column(words[name], justify="right")
    for technique, count in Counter(technique_of.values()).most_common():
        outside = verdicts[technique, "below"] + verdicts[technique, "above"]
        within, unclear = verdicts[technique, "within"], verdicts[technique, "cannot_tell"]
        numbers = (count, outside, within, unclear)
        table.add_row(catalogue.text(technique, lang), *(str(number) for number in numbers))
    return table


def _feedback(item: Mapping[str, Any], *, words: Mapping[str, str]) -> RenderableType:
    start, end = item["clip_s"]
    lines = Text()
    lines.append(f"• {item['headline']}", style="bold")
    lines.append(f"  [{start:.1f}-{end:.1f} s]\n", style="dim")
    lines.append(item["why"])
    lines.append(f"\n{words['cue']}: {item['cue']}" if item["cue"] else "")
    lines.append(f"\n{words['drill']}: {item['drill']}" if item["drill"] else "")
    return Padding(lines, (1, 0, 0, 0))
