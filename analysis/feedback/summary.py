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
        "found": "Found: {counts}.",
        "and": ", ",
        "point": "· {technique}: {headline} {cue}",
    },
    "zh-hans": {
        "nothing": "没有识别出已知的技术动作。",
        "judged": "共 {all} 项测量，其中 {judged} 项可以判断。",
        "found": "识别到：{counts}。",
        "and": "、",
        "point": "· {technique}：{headline}{cue}",
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
    lines = [_counts(segments, catalogue=catalogue, lang=lang)]
    if findings:
        judged = sum(f.verdict is not Verdict.CANNOT_TELL for f in findings)
        lines.append(words["judged"].format(judged=judged, all=len(findings)))
    metrics = {f.finding_id: f.metric for f in findings}
    for item in [f for f in feedback if f.lang == lang][:MAIN_POINTS]:
        technique = ".".join(metrics[item.finding_ids[0]].split(".")[:2])
        line = words["point"].format(
            technique=catalogue.text(technique, lang), headline=item.headline, cue=item.cue
        )
        lines.append(line.rstrip())
    return lines


def _counts(segments: Sequence[Segment], *, catalogue: Catalogue, lang: str) -> str:
    told = []
    for key, count in Counter(segment.technique for segment in segments).items():
        one, many = catalogue.technique(key).count[lang]
        told.append(f"{count} {one if count == 1 else many}")
    return WORDS[lang]["found"].format(counts=WORDS[lang]["and"].join(told))
