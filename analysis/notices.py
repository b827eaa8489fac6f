"""What a reader should know before trusting a report, in words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from analysis.schema import Notice

WORDING: Final[dict[str, dict[str, str]]] = {
    "no_segments": {
        "en": "No repetition of a known technique was recognised, so nothing was judged. "
        "The angles and the skeleton are still there to look at.",
        "zh-hans": "没有识别出已知的技术动作，因此未作评价；角度曲线和骨架仍可查看。",
    },
    "several_people": {
        "en": "{people} people were followed. Each is reported on under a number of their own.",
        "zh-hans": "画面中跟踪到 {people} 人，报告按编号分别给出。",
    },
    "low_frame_rate": {
        "en": "The clip has about {fps:.0f} frames per second. Fast strokes need at least "
        "{wanted:.0f}; speeds and event times are coarse.",
        "zh-hans": "视频约每秒 {fps:.0f} 帧，快速动作至少需要 {wanted:.0f} 帧；"
        "速度和关键时刻的精度有限。",
    },
    "variable_frame_rate": {
        "en": "The frame rate varies; every time in this report is the frame's real time.",
        "zh-hans": "视频帧率不固定；报告中的时间均为每帧的真实时间。",
    },
    "rarely_seen": {
        "en": "Athlete {track_id} was seen in only {seen:.0%} of the frames.",
        "zh-hans": "{track_id} 号运动员只在 {seen:.0%} 的画面中被清楚看到。",
    },
    "sentences_dropped": {
        "en": "{dropped} sentences were left out because the measurements did not support them.",
        "zh-hans": "有 {dropped} 句话与测量结果不符，已被删去。",
    },
}


def tell(notice: Notice, *, lang: str) -> str:
    """A notice's sentence in `lang`.

    Raises:
        KeyError: no such notice.
    """
    texts = WORDING[notice.code]
    return texts[lang if lang in texts else "en"].format_map(notice.params)
