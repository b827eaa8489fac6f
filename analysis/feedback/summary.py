"""The report in a few lines, for a terminal or a message."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Final

from analysis.schema import Verdict

if TYPE_CHECKING:
    from collections.abc import Sequence

    from analysis.knowledge.catalogue import Catalogue
    from analysis.schema import Feedback, Finding, Segment

MAIN_POINTS: Final = 5
WORDS: Final = {
    "en": {
        "nothing": "No known technique was recognised.",
        "judged": "{judged} of {all} measurements could be judged.",
        "stop": ": ",
    },
    "zh-hans": {
        "nothing": "没有识别出已知的技术动作。",
        "judged": "共 {all} 项测量，其中 {judged} 项可以判断。",
        "stop": "：",
    },
}


def summarise(
    segments: Sequence[Segment],
    *,
    findings: Sequence[Finding],
    feedback: Sequence[Feedback],
    catalogue: Catalogue,
    lang: str,
) -> list[str]:
    """Repetitions of each technique, how much could be judged, then the main points."""
    words = WORDS[lang]
    if not segments:
        return [words["nothing"]]
    counts = Counter(segment.technique for segment in segments)
    lines = []
    for key, count in counts.items():
        technique = catalogue.technique(key)
        one, many = technique.count[lang]
        lines.append(f"{technique.name[lang]}{words['stop']}{count} {one if count == 1 else many}")
    if findings:
        judged = sum(f.verdict is not Verdict.CANNOT_TELL for f in findings)
        lines.append(words["judged"].format(judged=judged, all=len(findings)))
    points = [item for item in feedback if item.lang == lang][:MAIN_POINTS]
    lines.extend(f"· {item.headline} {item.cue}".rstrip() for item in points)
    return lines
