from __future__ import annotations

import re
import string
from pathlib import Path

import pytest

from analysis import errors, notices
from analysis.schema import Notice


def every_error() -> list[type[errors.AnalysisError]]:
    return [errors.AnalysisError, *errors.AnalysisError.__subclasses__()]


@pytest.mark.parametrize("kind", every_error())
def test_every_error_is_worded_in_both_languages(kind: type[errors.AnalysisError]) -> None:
    texts = errors.WORDING[kind.code]
    assert set(texts) == set(errors.LANGUAGES)
    fields = [{n for _, n, _, _ in string.Formatter().parse(t) if n} for t in texts.values()]
    assert fields[0] == fields[1]


def test_no_wording_is_left_over() -> None:
    assert set(errors.WORDING) == {kind.code for kind in every_error()}


def test_an_error_tells_what_was_found() -> None:
    error = errors.FrameTooLargeError(
        width_px=20000, height_px=10000, megapixels=200.0, limit_megapixels=36.0
    )
    assert "20000 × 10000 (200 MP)" in str(error)
    assert "上限为 36 MP" in errors.explain(error.code, lang="zh-hans", params=error.params)


@pytest.mark.parametrize(
    ("code", "params", "told"),
    [
        ("truncated_video", {"found": "no index (moov)"}, "缺少索引（moov）"),
        ("truncated_video", {"found": "30 / 60"}, "应有 60 帧，只有 30 帧"),
        ("truncated_video", {"found": "1.5 / 6.0 s"}, "应有 6.0 秒，只有 1.5 秒"),
        ("container_not_allowed", {"found": "HLS/M3U playlist"}, "HLS/M3U 播放列表"),
        ("not_a_video", {"found": "text"}, "检测到：文本"),
        ("no_video_stream", {"found": "aac"}, "只有aac"),
        ("decode_failed", {"reason": "the decoder stopped (-9)"}, "解码程序中途停止（-9）"),
        ("decode_failed", {"reason": "no new picture for 60 s"}, "60 秒内没有新的画面"),
    ],
)
def test_parameters_are_told_in_the_readers_language(code: str, params: dict, told: str) -> None:
    assert told in errors.explain(code, lang="zh-hans", params=params)
    [said] = params.values()
    assert said in errors.explain(code, lang="en", params=params)


# The parameters in words that the code raises, as written there; {…} stands for a number.
RAISED = re.compile(
    r"""(?:reason|found)=f?"([^"]+)"|"found": "([^"]+)"|, "([A-Za-z/ ]+)"\),$""", re.MULTILINE
)
FORMATS = {"PNG", "JPEG", "GIF", "PDF", "ZIP", "gzip", "MP3", "Ogg", "FLAC", "ELF", "EXE"}


def test_every_parameter_in_words_that_is_raised_has_a_translation() -> None:
    media = Path(errors.__file__).parent / "media"
    names = ("sniff", "probe", "probe_child", "normalise", "frames")
    sources = [(media / f"{name}.py").read_text(encoding="utf-8") for name in names]
    said = {next(filter(None, m.groups())) for s in sources for m in RAISED.finditer(s)}
    said = {re.sub(r"\{[^}]*\}", "7", text) for text in said} - FORMATS
    said = {text for text in said if re.search("[a-z]{3}", text)}
    assert len(said) > 12
    for text in said:
        told = errors.explain("decode_failed", lang="zh-hans", params={"reason": text})
        assert text not in told, text


def test_a_missing_parameter_does_not_hide_the_error() -> None:
    assert "(duration_s?)" in errors.explain("video_too_long", lang="en", params={})


def test_an_unknown_code_is_told_as_itself() -> None:
    assert errors.explain("no_such_code", lang="en", params={}) == "no_such_code"


def test_every_notice_is_worded_in_both_languages() -> None:
    for texts in notices.WORDING.values():
        assert set(texts) == set(errors.LANGUAGES)
    told = notices.tell(Notice("rarely_seen", {"track_id": 2, "seen": 0.5}), lang="en")
    assert told == "Athlete 2 was seen in only 50% of the frames."
