"""Words as they are compared with the shop's records: small letters, the singular, numbers apart from their units."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from functools import cache

from agent.understand.vocabulary import words

STOP = "."
PAUSE = ","
"""Stand where a sentence ends, and where it pauses."""

_TOKEN = re.compile(r"\d+(?:\.\d+)?|[a-z]+|[\u3400-\u9fff]|[;；。！？\n,，、]|[.!?](?=\s|$)", re.IGNORECASE)
_STOPS = {**dict.fromkeys(";；。！？\n.!?", STOP), **dict.fromkeys(",，、", PAUSE)}
_INCHES = re.compile(r"(?<=\d)\s?(?:\"|”|''|英寸|寸)")
_ALIASES = {
    "wifi": "wi-fi", "colour": "color", "colours": "color", "gray": "grey", "inches": "inch", "liter": "l",
    "liters": "l", "litre": "l", "litres": "l", "lbs": "lb", "pounds": "lb", "pound": "lb", "feet": "ft", "foot": "ft",
    "tee": "t-shirt", "tshirt": "t-shirt",
}  # fmt: skip
_ALIAS = re.compile(rf"(?<![a-z])(?:{'|'.join(_ALIASES)})(?![a-z])", re.IGNORECASE)
_UNITS_ZH = {
    "小时": "hour", "毫升": "ml", "升": "l", "英寸": "inch", "英尺": "ft", "磅": "lb", "件套": "piece",
    "大号": "large", "中号": "medium", "小号": "small", "无线": "wireless", "有线": "wired", "防水": "waterproof",
    "手动": "manual", "自动": "automatic",
}  # fmt: skip
_COUNTED = {
    word: str(number)
    for number, word in enumerate(
        ["one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"], 1
    )
}


def tokens_of(text: str) -> tuple[str, ...]:
    """The tokens in order, with `STOP` and `PAUSE` between them."""
    plain = unicodedata.normalize("NFKC", text)
    plain = _INCHES.sub(" inch", plain)
    if not plain.isascii():
        plain = _chinese()[0].sub(lambda found: f" {_chinese()[1][found[0]]} ", plain)
    plain = _ALIAS.sub(lambda found: _ALIASES[found[0].casefold()], plain)
    return tuple(_token(found[0]) for found in _TOKEN.finditer(plain))


@cache
def _chinese() -> tuple[re.Pattern[str], dict[str, str]]:
    """Chinese words for colours, materials, kinds of goods and units, with the English ones that records have."""
    known = words()
    groups = [*known["colours"].values(), known["materials"], known["types"]]
    english = {zh: en for group in groups for en, spoken in group.items() for zh in spoken if len(zh) > 1} | _UNITS_ZH
    return re.compile("|".join(sorted(map(re.escape, english), key=len, reverse=True))), english


def places(wanted: Sequence[str], said: Sequence[str]) -> list[int]:
    """Where a run of tokens begins in others."""
    length = len(wanted)
    return [at for at in range(len(said) - length + 1) if length and tuple(said[at : at + length]) == tuple(wanted)]


def _token(found: str) -> str:
    if found in _STOPS:
        return _STOPS[found]
    word = found.casefold()
    word = _COUNTED.get(word, word)
    return word[:-1] if len(word) > 3 and word.endswith("s") else word
