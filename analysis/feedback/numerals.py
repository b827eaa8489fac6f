"""Numbers that are written out, as digits, so that one reading serves for both. Pure."""

from __future__ import annotations

import re
from typing import Final

UNITS: Final = {
    word: value
    for value, word in enumerate(
        [
            "zero",
            "one",
            "two",
            "three",
            "four",
            "five",
            "six",
            "seven",
            "eight",
            "nine",
            "ten",
            "eleven",
            "twelve",
            "thirteen",
            "fourteen",
            "fifteen",
            "sixteen",
            "seventeen",
            "eighteen",
            "nineteen",
        ]
    )
}
TENS: Final = {
    word: 10 * value
    for value, word in enumerate(
        ["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"], start=2
    )
}
ORDINALS: Final = {
    word: value
    for value, word in enumerate(
        [
            "first",
            "second",
            "third",
            "fourth",
            "fifth",
            "sixth",
            "seventh",
            "eighth",
            "ninth",
            "tenth",
        ],
        start=1,
    )
}
NUMBER_WORD: Final = "|".join([*UNITS, *TENS, "hundred"])
SPELLED: Final = re.compile(
    rf"(?<![\w-])(?:an? (?=hundred))?(?:{NUMBER_WORD})(?:(?:[\s-]+(?:and\s+)?|-)(?:{NUMBER_WORD}))*"
    rf"(?:\s+point(?:\s+(?:{'|'.join(UNITS)}))+)?(?!\w)",
    re.IGNORECASE,
)
# "one" is mostly no number: "one knee", "the first one". It is where it counts something.
COUNTS_ONE: Final = re.compile(
    r"\s*(?:of|out of|times?|◆|degrees?|seconds?|metres?|meters?)\b|\s*◆"
)
PAIR: Final = re.compile(
    r"\b(?:the )?two (?=(?:sides|legs|knees|arms|elbows|hands)\b)", re.IGNORECASE
)
ORDINAL: Final = re.compile(
    rf"(?<!\w)(?:{'|'.join(ORDINALS)}|\d+(?:st|nd|rd|th))(?!\w|-| of all)", re.IGNORECASE
)

HAN_DIGITS: Final = {
    **{char: value for value, char in enumerate("零一二三四五六七八九")},
    "〇": 0,
    "两": 2,
}
HAN_TIMES: Final = {"十": 10, "百": 100, "千": 1000}
HAN: Final = "零〇一二两三四五六七八九十百千"
HAN_COUNTED: Final = r"(?=\s*(?:次|◆|个|度|°|秒|米|倍|厘米|回|遍|组|次|中|[里当]))"
HAN_NUMBER: Final = re.compile(
    rf"[{HAN}]+点[零〇一二三四五六七八九]+|[{HAN}]{{2,}}|[{HAN}]{HAN_COUNTED}"
)
HAN_IDIOMS: Final = re.compile(
    r"的一次|[一两][些点直样致般侧边腿膝者共起定方旦]|唯一|统一|十分|万一|[左右]两|不一(?![次个])|千万"
)


def digits(text: str, *, lang: str) -> str:
    """A text with its number words as digits; ordinals become "#n"."""
    return _english(text) if lang == "en" else _chinese(text)


def _english(text: str) -> str:
    text = re.sub(r"\bboth(?=\s*◆)", "all 2", text, flags=re.IGNORECASE)
    text = PAIR.sub("both ", text)
    text = re.sub(r"\btwice\b", "2 times", text, flags=re.IGNORECASE)
    text = ORDINAL.sub(lambda m: f"#{_ordinal(m[0])}", text)

    def spelled(match: re.Match[str]) -> str:
        words = match[0].lower()
        picked = re.search(
            r"\b(?:every|each|any|no|which) $", match.string[: match.start()], re.IGNORECASE
        )
        if words == "one" and (picked or not COUNTS_ONE.match(match.string, match.end())):
            return match[0]
        return _value(words)

    return SPELLED.sub(spelled, text)


def _ordinal(word: str) -> int:
    known = ORDINALS.get(word.lower())
    return known if known is not None else int(re.sub(r"\D", "", word))


def _value(words: str) -> str:
    whole, _, fraction = words.partition(" point")
    total = 0
    for word in re.split(r"[\s-]+", whole):
        if word == "hundred":
            total = max(1, total) * 100
        else:
            total += UNITS.get(word, 0) + TENS.get(word, 0)
    told = "".join(str(UNITS[word]) for word in fraction.split())
    return f"{total}.{told}" if told else str(total)


def _chinese(text: str) -> str:
    kept: list[str] = []

    def aside(match: re.Match[str]) -> str:
        kept.append(match[0])
        return "\ue000"

    text = re.sub(r"百分之", "％", text)
    text = HAN_IDIOMS.sub(aside, text)
    text = HAN_NUMBER.sub(lambda m: _han_value(m[0]), text)
    text = re.sub(r"％\s*(\d+(?:\.\d+)?)", r"\1%", text)
    text = re.sub(r"第\s*(\d+)(?=\s*(?:次|◆|个|回|遍))", r"#\1", text)
    for words in kept:
        text = text.replace("\ue000", words, 1)
    return text


def _han_value(words: str) -> str:
    whole, _, fraction = words.partition("点")
    total, digit = 0, 0
    if not any(char in HAN_TIMES for char in whole):
        told = "".join(str(HAN_DIGITS[char]) for char in whole)
    else:
        for char in whole:
            if char in HAN_TIMES:
                total += max(1, digit) * HAN_TIMES[char]
                digit = 0
            else:
                digit = HAN_DIGITS[char]
        told = str(total + digit)
    parts = "".join(str(HAN_DIGITS[char]) for char in fraction)
    return f"{told}.{parts}" if parts else told
