"""Numbers as people write them: digits with either decimal mark, English words, Chinese numerals."""

from __future__ import annotations

import re
from decimal import Decimal

_UNITS = [
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
_SMALL = {word: value for value, word in enumerate(_UNITS)}
_TENS = {
    w: (i + 2) * 10
    for i, w in enumerate(["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"])
}
_SCALES = {"hundred": 100, "thousand": 1000}
_WORD = "|".join((*_TENS, *sorted(_SMALL, key=len, reverse=True), *_SCALES))

_ZH_DIGITS = {
    "零": 0,
    "〇": 0,
    "一": 1,
    "二": 2,
    "两": 2,
    "三": 3,
    "四": 4,
    "五": 5,
    "六": 6,
    "七": 7,
    "八": 8,
    "九": 9,
}
_ZH_SCALES = {"十": 10, "百": 100, "千": 1000, "万": 10000}

DIGITS = r"\d{1,3}(?:[,\u00a0 ]\d{3})+(?:\.\d{1,2})?|\d+(?:[.,]\d{1,2})?"
ENGLISH = rf"\b(?:{_WORD})(?:[ -](?:and )?(?:{_WORD}))*\b"
CHINESE = r"[零〇一二两三四五六七八九十百千万]+"
NUMBER = rf"(?:{DIGITS}|{ENGLISH}|{CHINESE})"

_DIGITS = re.compile(rf"^(?:{DIGITS})$")


def read_number(text: str) -> Decimal | None:
    """The value of "19,99", "1,200", "twenty-five", "a hundred and ten" or "两百五十"; None where it is no number."""
    text = text.strip().casefold()
    if _DIGITS.match(text):
        return _digits(text)
    if text and all(c in _ZH_DIGITS or c in _ZH_SCALES for c in text):
        return Decimal(_chinese(text))
    words = [w for w in re.split(r"[\s-]+", text) if w not in ("and", "a", "")]
    if words and all(w in _SMALL or w in _TENS or w in _SCALES for w in words):
        return Decimal(_english(words))
    return None


def _digits(text: str) -> Decimal:
    if re.fullmatch(r"\d{1,3}(?:[,\u00a0 ]\d{3})+(?:\.\d{1,2})?", text):
        return Decimal(re.sub(r"[,\u00a0 ]", "", text))
    return Decimal(text.replace(",", "."))


def _english(words: list[str]) -> int:
    total, part = 0, 0
    for word in words:
        if word == "hundred":
            part = max(part, 1) * 100
        elif word == "thousand":
            total, part = total + max(part, 1) * 1000, 0
        else:
            part += _SMALL.get(word, _TENS.get(word, 0))
    return total + part


def _chinese(text: str) -> int:
    if not any(c in _ZH_SCALES for c in text):
        return int("".join(str(_ZH_DIGITS[c]) for c in text))
    total, part, digit = 0, 0, 0
    scale = 1
    for c in text:
        if c in _ZH_DIGITS:
            digit = _ZH_DIGITS[c]
        elif c == "万":
            total, part, digit, scale = (total + part + digit) * 10_000, 0, 0, 10_000
        else:
            scale = _ZH_SCALES[c]
            part, digit = part + max(digit, 1) * scale, 0
    # "两百五" leaves out the last scale and means 250.
    loose_end = digit * scale // 10 if text[-1] in _ZH_DIGITS and text[-2:-1] and text[-2] in _ZH_SCALES else digit
    return total + part + (loose_end if scale >= 100 else digit)
