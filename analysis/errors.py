"""What can be wrong with footage, typed, in plain words, in both languages.

Each error has a stable `code`, says what was found and what is expected, and is worded by
`explain` for people. The site and the API speak the same codes.
"""

from __future__ import annotations

import re
from typing import Any, ClassVar, Final

LANGUAGES: Final = ("zh-hans", "en")


class AnalysisError(Exception):
    """Footage that cannot be analysed. Subclasses fix the code; `params` fill in the wording."""

    code: ClassVar[str] = "analysis_failed"

    def __init__(self, **params: Any) -> None:
        self.params = params
        super().__init__(explain(self.code, lang="en", params=params))


class NotAVideoError(AnalysisError):
    """The content is no video in a container we know."""

    code = "not_a_video"


class ContainerNotAllowedError(AnalysisError):
    """A playlist or another container that may name other files."""

    code = "container_not_allowed"


class TruncatedVideoError(AnalysisError):
    """The file ends before its pictures do."""

    code = "truncated_video"


class NoVideoStreamError(AnalysisError):
    """Only sound, or nothing."""

    code = "no_video_stream"


class EmptyFileError(AnalysisError):
    """0 bytes."""

    code = "empty_file"


class FrameTooLargeError(AnalysisError):
    """More pixels per picture than we decode."""

    code = "frame_too_large"


class VideoTooLongError(AnalysisError):
    """Longer than the limit."""

    code = "video_too_long"


class VideoTooShortError(AnalysisError):
    """Too few frames to measure any movement."""

    code = "video_too_short"


class NobodyFoundError(AnalysisError):
    """No person was seen for long enough."""

    code = "nobody_found"


class DecodeFailedError(AnalysisError):
    """The decoder gave up or its child process was stopped at a limit."""

    code = "decode_failed"


class BackendNotInstalledError(AnalysisError):
    """The packages that a backend runs on are not installed on this machine."""

    code = "backend_not_installed"


class ModelMissingError(AnalysisError):
    """A pretrained file is not in the models' folder."""

    code = "model_missing"


class ModelUnreachableError(AnalysisError):
    """A pretrained file could not be fetched; the machine may be offline."""

    code = "model_unreachable"


class ModelDamagedError(AnalysisError):
    """A pretrained file is not the one its publisher offers."""

    code = "model_damaged"


class ModelRefusedError(AnalysisError):
    """A pretrained file that cannot be loaded: unsafe, or of another network."""

    code = "model_refused"


WORDING: Final[dict[str, dict[str, str]]] = {
    "analysis_failed": {
        "en": "The analysis failed: {reason}.",
        "zh-hans": "分析失败：{reason}。",
    },
    "not_a_video": {
        "en": "This file is not a video we can read (found: {found}). Expected {expected}.",
        "zh-hans": "无法识别为视频文件（检测到：{found}）。支持的格式：{expected}。",
    },
    "container_not_allowed": {
        "en": "This file is a {found}, not footage: it points to other files, and those are "
        "never opened. Expected {expected}.",
        "zh-hans": "该文件是 {found}，不是视频画面；它指向其他文件，系统不会打开。"
        "支持的格式：{expected}。",
    },
    "truncated_video": {
        "en": "The video is cut off: {found}. Please upload the complete file.",
        "zh-hans": "视频不完整：{found}。请上传完整的文件。",
    },
    "no_video_stream": {
        "en": "The file holds no picture, only {found}. Expected one video stream.",
        "zh-hans": "文件中没有画面，只有{found}。需要包含一条视频流。",
    },
    "empty_file": {
        "en": "The file is empty (0 bytes). Expected a video.",
        "zh-hans": "文件是空的（0 字节）。请上传视频。",
    },
    "frame_too_large": {
        "en": "The picture is {width_px} × {height_px} ({megapixels:.0f} MP). "
        "Expected at most {limit_megapixels:.0f} MP.",
        "zh-hans": "画面尺寸为 {width_px} × {height_px}（{megapixels:.0f} MP），"
        "上限为 {limit_megapixels:.0f} MP。",
    },
    "video_too_long": {
        "en": "The video lasts {duration_s:.0f} s. Expected at most {limit_s:.0f} s.",
        "zh-hans": "视频时长 {duration_s:.0f} 秒，上限为 {limit_s:.0f} 秒。",
    },
    "video_too_short": {
        "en": "The video has only {frames} frames. Expected at least {limit_frames}.",
        "zh-hans": "视频只有 {frames} 帧，至少需要 {limit_frames} 帧。",
    },
    "nobody_found": {
        "en": "No person was seen well enough to measure (looked at {frames} frames). "
        "Film one athlete from head to toe, in good light.",
        "zh-hans": "没有清楚地看到人（共检查 {frames} 帧）。"
        "请在光线充足处拍摄，让运动员从头到脚入镜。",
    },
    "decode_failed": {
        "en": "The video could not be decoded: {reason}.",
        "zh-hans": "视频解码失败：{reason}。",
    },
    "backend_not_installed": {
        "en": "The backend {backend} is not installed on this machine ({reason}). "
        "Install it with: {command}",
        "zh-hans": "本机未安装后端 {backend}（{reason}）。安装命令：{command}",
    },
    "model_missing": {
        "en": "The model file {name} is missing in {folder}. Fetch it with: {command}",
        "zh-hans": "{folder} 中缺少模型文件 {name}。获取命令：{command}",
    },
    "model_unreachable": {
        "en": "The model file {name} could not be fetched from {source}: {reason}. If this machine "
        "is offline, name a mirror or a folder with --from.",
        "zh-hans": "无法从 {source} 获取模型文件 {name}：{reason}。"
        "如果本机不能联网，请用 --from 指定镜像地址或本地文件夹。",
    },
    "model_damaged": {
        "en": "The model file {name} is not its publisher's: expected {expected}, found {found}. "
        "Remove it and fetch it again.",
        "zh-hans": "模型文件 {name} 与发布者的文件不一致：应为 {expected}，实为 {found}。"
        "请删除后重新获取。",
    },
    "model_refused": {
        "en": "The model file {name} cannot be loaded: {reason}.",
        "zh-hans": "无法加载模型文件 {name}：{reason}。",
    },
}


# What a parameter says in words: raised in English, told in the reader's language. A pattern's
# groups are kept. Names of formats and codecs, and the decoder's own log lines, stay as they are.
_SAID: Final[dict[str, tuple[tuple[re.Pattern[str], str], ...]]] = {
    "zh-hans": tuple(
        (re.compile(pattern), told)
        for pattern, told in (
            (r"no index \(moov\)", "缺少索引（moov）"),
            (r"(\d+) / (\d+)", r"应有 \2 帧，只有 \1 帧"),
            (r"([\d.]+) / ([\d.]+) s", r"应有 \2 秒，只有 \1 秒"),
            (r"text", "文本"),
            (r"unknown data", "未知数据"),
            (r"(.+) playlist", r"\1 播放列表"),
            (r"(.+) manifest", r"\1 清单"),
            (r"(.+) session", r"\1 会话描述"),
            (r"(.+) reference", r"\1 引用文件"),
            (r"concat list", "拼接列表（concat）"),
            (r"-", "未知内容"),
            (r"no picture could be decoded", "没有任何画面可以解码"),
            (r"the normalised copy has no picture", "转换后的视频没有画面"),
            (r"the decoder gave no answer", "解码程序没有返回结果"),
            (r"the decoder stopped \((-?\d+)\)", r"解码程序中途停止（\1）"),
            (r"ffmpeg stopped \((-?\d+)\)", r"ffmpeg 中途停止（\1）"),
            (r"no answer within ([\d.]+) s", r"\1 秒内没有结果"),
            (r"No module named (.+)", r"缺少模块 \1"),
            (r"not found", "该处没有此文件"),
            (r"the connection broke off", "连接中断"),
            (r"it holds more than tensors .+", "文件中不只是张量和普通数值，可能会执行代码"),
            (r"not a checkpoint: (.+)", r"不是检查点文件：\1"),
            (r"expected a mapping .+", "应在 'state_dict' 下包含权重"),
            (r"expected one of (.+)", r"应为以下之一：\1"),
            (r"expected the weights of (.+); (\d+) differ: (.+)", r"应为 \1 的权重，\2 处不同：\3"),
            (
                r".+: expected a \.safetensors file; pickles .+",
                "应为 .safetensors 文件；从不打开 pickle 文件",
            ),
            (r".+ is no safetensors file: (.+)", r"不是 safetensors 文件：\1"),
            (r".+: expected format '(.+)', got (.+)", r"格式应为 \1，实为 \2"),
            (r".+ was trained with another version of the language model .+", "语言模型的版本不同"),
            (r".+ does not fit its own description: .+", "内容与文件自身的说明不符"),
            (r".+ was made for another network: .+", "文件属于另一种网络"),
            (r"made for model input (.+); this code gives (.+)", r"模型输入版本为 \1，本程序为 \2"),
            (r"no new picture for ([\d.]+) s", r"\1 秒内没有新的画面"),
        )
    ),
}


def explain(code: str, *, lang: str, params: dict[str, Any]) -> str:
    """An error's sentence in `lang`; an unknown code is told as itself, never hidden."""
    texts = WORDING.get(code)
    if texts is None:
        return code
    told = {name: _said(value, lang=lang) for name, value in params.items()}
    return texts[lang if lang in texts else "en"].format_map(_Lenient(told))


def _said(value: Any, *, lang: str) -> Any:
    """A parameter in the reader's words; numbers and what has no words of its own unchanged."""
    if not isinstance(value, str):
        return value
    for pattern, told in _SAID.get(lang, ()):
        match = pattern.fullmatch(value)
        if match is not None:
            return match.expand(told)
    return value


class _Missing(str):
    """A name that was not given: shows itself whatever number format was asked for."""

    __slots__ = ()

    def __format__(self, spec: str) -> str:
        return str(self)


class _Lenient(dict[str, Any]):
    """Leaves a name that was not given readable instead of failing while reporting a failure."""

    def __missing__(self, key: str) -> str:
        return _Missing(f"({key}?)")
