"""What a reader should know before trusting a report, in words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from analysis.schema import Notice

if TYPE_CHECKING:
    from collections.abc import Mapping

WORDING: Final[dict[str, dict[str, str]]] = {
    "filming_nobody": {
        "en": "Nobody was seen in any of {pictures} pictures spread over the video.",
        "zh-hans": "在全片抽取的 {pictures} 张画面中都没有看到人。",
    },
    "filming_cut_off": {
        "en": "The body is cut off at the {edge} edge of the picture "
        "(in {share:.0%} of the pictures looked at).",
        "zh-hans": "身体被画面{edge}边缘切掉（抽查画面中占 {share:.0%}）。",
    },
    "filming_small": {
        "en": "The athlete is small in the picture: about {height_px:.0f} pixels tall.",
        "zh-hans": "运动员在画面中太小：身高约 {height_px:.0f} 像素。",
    },
    "filming_crowded": {
        "en": "Many people are in view ({people} at once): they may be mixed up.",
        "zh-hans": "画面中人太多（同时 {people} 人），可能会混淆。",
    },
    "filming_view": {
        "en": "Filmed from {view}: only {shown} of {total} measurements can be made well.",
        "zh-hans": "从{view}拍摄：{total} 项测量中只有 {shown} 项能够准确进行。",
    },
    "filming_moves": {
        "en": "The camera moves: heights, the floor and speeds become inexact.",
        "zh-hans": "拍摄时镜头在移动：高度、地面位置和速度会不准确。",
    },
    "filming_dark": {
        "en": "The picture is too dark to see the joints well.",
        "zh-hans": "画面太暗，关节看不清楚。",
    },
    "filming_backlit": {
        "en": "The athlete is dark before a bright background: left and right are hard to tell.",
        "zh-hans": "运动员逆光，背景过亮，难以分清左右。",
    },
    "filming_blurred": {
        "en": "The picture is blurred or out of focus.",
        "zh-hans": "画面模糊或失焦。",
    },
    "filming_low_rate": {
        "en": "The clip has about {fps:.0f} frames per second: {hidden} of {total} measurements "
        "need up to {wanted:.0f}.",
        "zh-hans": "视频约每秒 {fps:.0f} 帧：{total} 项测量中有 {hidden} 项需要"
        "最多 {wanted:.0f} 帧。",
    },
    "single_picture": {
        "en": "This is a single picture: poses and angles of that moment are there, "
        "but nothing over time can be measured.",
        "zh-hans": "这是单张画面：有该时刻的姿态和角度，但无法测量随时间的变化。",
    },
    "pictures_skipped": {
        "en": "{count} damaged pictures were left out, between {first_s:.2f} s and {last_s:.2f} s.",
        "zh-hans": "有 {count} 帧画面损坏，已跳过（{first_s:.2f} 秒至 {last_s:.2f} 秒之间）。",
    },
    "pictures_late": {
        "en": "{count} pictures carried a time that had already passed and were left out, "
        "the first at {first_s:.2f} s.",
        "zh-hans": "有 {count} 帧的时间戳倒退，已略去，第一处在 {first_s:.2f} 秒。",
    },
    "clock_set_back": {
        "en": "The video's clock jumps back {count} times (first after {first_s:.2f} s); "
        "what follows was put behind what came before.",
        "zh-hans": "视频时间戳倒退了 {count} 次（第一次在 {first_s:.2f} 秒之后）；"
        "之后的画面已接在前面的后面。",
    },
    "damage_unknown": {
        "en": "Parts of the video are damaged; which pictures could not be found out.",
        "zh-hans": "视频有部分损坏，但无法确定是哪些画面。",
    },
    "hdr_not_mapped": {
        "en": "The video is HDR and this installation cannot convert it well: "
        "colours and brightness may look pale.",
        "zh-hans": "这是 HDR 视频，当前系统无法很好地转换，颜色和亮度可能偏淡。",
    },
    "slow_motion_suspected": {
        "en": "This looks like slow motion (it plays {fps:.0f} frames per second). Until it is "
        "known how many were filmed per second, speeds and durations are those of the "
        "slowed-down picture.",
        "zh-hans": "这段视频像是慢动作（播放为每秒 {fps:.0f} 帧）。在得知拍摄帧率之前，"
        "速度和时长均按慢放后的画面计算。",
    },
    "slow_motion": {
        "en": "Slow motion: filmed at about {fps:.0f} frames per second and played {factor:.1f} "
        "times slower. Speeds and durations are real; times in the player are those of the video.",
        "zh-hans": "慢动作：以每秒约 {fps:.0f} 帧拍摄，播放放慢 {factor:.1f} 倍。"
        "速度和时长为真实值；播放器中的时间为视频时间。",
    },
    "no_segments": {
        "en": "No repetition of a known technique was recognised, so nothing was judged. "
        "The angles and the skeleton are still there to look at.",
        "zh-hans": "没有识别出已知的技术动作，因此未作评价；角度曲线和骨架仍可查看。",
    },
    "several_people": {
        "en": "{people} people were followed. Each is reported on under a number of their own.",
        "zh-hans": "画面中跟踪到 {people} 人，报告按编号分别给出。",
    },
    "brief_people": {
        "en": "{people} more people were in view too briefly to be reported on.",
        "zh-hans": "另有 {people} 人在画面中停留时间太短，未列入报告。",
    },
    "cuts": {
        "en": "The video is cut at {cuts} places. Nobody is followed across a cut; a person was "
        "joined to an earlier one only where the clothes leave no doubt.",
        "zh-hans": "视频中有 {cuts} 处剪辑。跟踪不会跨越剪辑点；"
        "只有在衣着足以确认时，才会认作前面出现过的同一人。",
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
    "no_scale": {
        "en": "Neither the athlete's height nor a line of known length was given, so heights and "
        "speeds are told in body heights and not in metres.",
        "zh-hans": "没有提供运动员身高或已知长度的标线，因此高度和速度以身高为单位，不换算成米。",
    },
    "rarely_seen": {
        "en": "Athlete {track_id} was seen in only {seen:.0%} of the frames.",
        "zh-hans": "{track_id} 号运动员只在 {seen:.0%} 的画面中被清楚看到。",
    },
    "writer_failed": {
        "en": "The language model ({writer}) could not be used ({code}): "
        "the words are the report's own.",
        "zh-hans": "语言模型（{writer}）无法使用（{code}），文字由系统直接根据测量结果写成。",
    },
    "writer_taken_over": {
        "en": "For {items} points, too little of what the language model wrote was borne out by "
        "the measurements: the words there are the report's own.",
        "zh-hans": "有 {items} 处，语言模型写的内容大多与测量不符，已改用系统自己的文字。",
    },
    "sentences_dropped": {
        "en": "{dropped} sentences were left out because the measurements did not support them.",
        "zh-hans": "有 {dropped} 句话与测量结果不符，已被删去。",
    },
}


ADVICE: Final[dict[str, dict[str, str]]] = {
    "filming_nobody": {
        "en": "Check that this is the right video; film one athlete from head to toe.",
        "zh-hans": "请确认视频是否正确；拍摄时让运动员从头到脚入镜。",
    },
    "filming_cut_off": {
        "en": "Step back or turn the phone so that head, hands and feet stay in the picture.",
        "zh-hans": "请后退一些或调整手机方向，让头、手和脚始终在画面内。",
    },
    "filming_small": {
        "en": "Go closer or zoom in: the athlete should fill half of the picture's height or more.",
        "zh-hans": "请靠近或变焦：运动员应至少占画面高度的一半。",
    },
    "filming_crowded": {
        "en": "Choose a place or an angle with fewer people behind the athlete.",
        "zh-hans": "请换一个运动员身后人少的位置或角度。",
    },
    "filming_view": {
        "en": "Film this technique from the side, at hip height.",
        "zh-hans": "请从侧面、与髋同高的位置拍摄该技术动作。",
    },
    "filming_moves": {
        "en": "Put the phone on a stand or lean it against something; do not follow the athlete.",
        "zh-hans": "请把手机放在支架上或靠稳，不要跟拍。",
    },
    "filming_dark": {
        "en": "Turn on more light or film in daylight.",
        "zh-hans": "请增加照明或在日光下拍摄。",
    },
    "filming_backlit": {
        "en": "Film with the light behind you, not behind the athlete.",
        "zh-hans": "请顺光拍摄，让光源在拍摄者身后。",
    },
    "filming_blurred": {
        "en": "Wipe the lens, tap on the athlete to focus, and use more light.",
        "zh-hans": "请擦净镜头，点按运动员对焦，并增加照明。",
    },
    "filming_low_rate": {
        "en": "Set the camera to 60 frames per second or more.",
        "zh-hans": "请把相机设为每秒 60 帧或更高。",
    },
    "slow_motion_suspected": {
        "en": "Say how many frames per second it was filmed at, and analyse again.",
        "zh-hans": "请填写拍摄时的帧率，然后重新分析。",
    },
    "pictures_skipped": {
        "en": "Copy the file from the camera again if those moments matter.",
        "zh-hans": "如果这些时刻很重要，请重新从相机拷贝文件。",
    },
}
_NAMES: Final[dict[str, dict[str, dict[str, str]]]] = {  # parameter → value → language
    "edge": {
        "left": {"en": "left", "zh-hans": "左侧"},
        "right": {"en": "right", "zh-hans": "右侧"},
        "top": {"en": "upper", "zh-hans": "上方"},
        "bottom": {"en": "lower", "zh-hans": "下方"},
    },
    "view": {
        "side": {"en": "the side", "zh-hans": "侧面"},
        "front": {"en": "the front", "zh-hans": "正面"},
        "back": {"en": "behind", "zh-hans": "背面"},
        "oblique": {"en": "an oblique angle", "zh-hans": "斜侧"},
    },
}


def advise(code: str, *, lang: str) -> str:
    """What to do about it; "" where there is nothing to do."""
    texts = ADVICE.get(code)
    return "" if texts is None else texts[lang if lang in texts else "en"]


def tell_code(code: str, *, params: Mapping[str, Any], lang: str) -> str:
    """A stored notice's sentence; one of a newer or older version is told by its code."""
    if code not in WORDING:
        return code
    try:
        return tell(Notice(code, params), lang=lang)
    except (KeyError, ValueError):
        return code


def tell(notice: Notice, *, lang: str) -> str:
    """A notice's sentence in `lang`.

    Raises:
        KeyError: no such notice.
    """
    texts = WORDING[notice.code]
    lang = lang if lang in texts else "en"
    named = {
        key: _NAMES[key].get(str(value), {}).get(lang, value) if key in _NAMES else value
        for key, value in notice.params.items()
    }
    return texts[lang].format_map(named)
