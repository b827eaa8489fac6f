"""What can be wrong with footage, typed, in plain words, in both languages.

Each error has a stable `code`, says what was found and what is expected, and is worded by
`explain` for people. The site and the API speak the same codes.
"""

from __future__ import annotations

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
}


def explain(code: str, *, lang: str, params: dict[str, Any]) -> str:
    """An error's sentence in `lang`; an unknown code is told as itself, never hidden."""
    texts = WORDING.get(code)
    if texts is None:
        return code
    return texts[lang if lang in texts else "en"].format_map(_Lenient(params))


class _Missing(str):
    """A name that was not given: shows itself whatever number format was asked for."""

    __slots__ = ()

    def __format__(self, spec: str) -> str:
        return str(self)


class _Lenient(dict[str, Any]):
    """Leaves a name that was not given readable instead of failing while reporting a failure."""

    def __missing__(self, key: str) -> str:
        return _Missing(f"({key}?)")
