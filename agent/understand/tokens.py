"""Words as they are compared with the shop's records: small letters, the singular, numbers apart from their units."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from functools import cache, lru_cache

from agent.understand.numbers import ENGLISH, read_number
from agent.understand.thesaurus import chinese_words
from agent.understand.vocabulary import words

STOP = "."
PAUSE = ","
"""Stand where a sentence ends, and where it pauses."""

_TOKEN = re.compile(r"\d+(?:\.\d+)?|[a-z]+|[\u3400-\u9fff]|[;；。！？\n,，、:：()（）]|[.!?](?=\s|$)", re.IGNORECASE)
_STOPS = {**dict.fromkeys(";；。！？\n.!?", STOP), **dict.fromkeys(",，:：()（）", PAUSE), "、": "和"}
_INCHES = re.compile(r"(?<=\d)\s?(?:\"|”|''|英寸|寸)")
_SHORTENED = re.compile(r"n['’]t\b", re.IGNORECASE)
_ENDING = re.compile(r"(?<=[a-z])['’](?:s|m|d|re|ve|ll)\b", re.IGNORECASE)
_GIGABYTES = re.compile(r"(?<=\d)\s?(?:gigs?|gigabytes?|g)(?![a-z])", re.IGNORECASE)
_HOURS = re.compile(r"(?<=\d)\s?h(?![a-z])", re.IGNORECASE)
_TIMES = re.compile(r"(?<=\d)\s?times\b", re.IGNORECASE)
_THOUSANDS = re.compile(r"(?<=\d),(?=\d{3}(?!\d))")
_TEN_THOUSANDS = re.compile(r"(\d+)\s?万")
_MEGAPIXELS = re.compile(r"(\d+)00\s?万(?:像素)?(?!毫)")
_NUMBER_WORDS = re.compile(ENGLISH, re.IGNORECASE)
_NUMBER_ZH = re.compile(r"[一二两三四五六七八九十百千万]+(?=个?小时|毫升|升|英?寸|英尺|磅|件套|片|杯|瓦|倍|码)")
_ARROW = re.compile(r"\s*(?:[-=]+>|→|⇒)\s*")
_ALIASES = {
    "wifi": "wi-fi", "colour": "color", "colours": "color", "gray": "grey", "inches": "inch", "liter": "l",
    "liters": "l", "litre": "l", "litres": "l", "lbs": "lb", "pounds": "lb", "pound": "lb", "feet": "ft", "foot": "ft",
    "tee": "t-shirt", "tees": "t-shirts", "tshirt": "t-shirt", "tshirts": "t-shirts",
    "hrs": "hours", "hr": "hours", "megapixel": "mp", "megapixels": "mp",
    "millimetre": "mm", "millimetres": "mm", "millimeter": "mm", "millimeters": "mm", "millilitres": "ml",
    "milliliters": "ml", "watt": "w", "watts": "w", "terabyte": "tb", "terabytes": "tb",
    "pcs": "pieces", "pc": "pieces",
}  # fmt: skip
_ALIAS = re.compile(rf"(?<![a-z])(?:{'|'.join(_ALIASES)})(?![a-z])", re.IGNORECASE)
_IRREGULAR = {
    "glasses": "glasses", "shelves": "shelf", "bookshelves": "bookshelf", "knives": "knife", "scarves": "scarf",
    "halves": "half", "mice": "mouse", "women": "women", "men": "men",
}  # fmt: skip


def tokens_of(text: str) -> tuple[str, ...]:
    """The tokens in order, with `STOP` and `PAUSE` between them."""
    plain = unicodedata.normalize("NFKC", text)
    plain = _ENDING.sub("", _SHORTENED.sub(" not", _ARROW.sub(" to ", plain)))
    plain = _THOUSANDS.sub("", plain)
    plain = _HOURS.sub(" hour", _GIGABYTES.sub(" gb", _INCHES.sub(" inch", plain)))
    if not plain.isascii():
        plain = _NUMBER_ZH.sub(_as_digits, _MEGAPIXELS.sub(r"\1 mp ", plain))
        plain = _TEN_THOUSANDS.sub(r"\g<1>0000", plain)
        plain = _chinese()[0].sub(lambda found: f" {_chinese()[1][found[0]]} ", plain)
    plain = _TIMES.sub(" x", _NUMBER_WORDS.sub(_as_digits, plain))
    plain = _ALIAS.sub(lambda found: _ALIASES[found[0].casefold()], plain)
    return tuple(_token(found[0]) for found in _TOKEN.finditer(plain))


@lru_cache(maxsize=8192)
def record_tokens(text: str) -> tuple[str, ...]:
    """The tokens of a title or an option, which come again with every message; what customers write is not kept."""
    return tokens_of(text)


def places(wanted: Sequence[str], said: Sequence[str]) -> list[int]:
    """Where a run of tokens begins in others."""
    if not wanted:
        return []
    first, length, run = wanted[0], len(wanted), list(wanted)
    return [at for at, word in enumerate(said) if word == first and list(said[at : at + length]) == run]


def _as_digits(found: re.Match[str]) -> str:
    number = read_number(found[0])
    return found[0] if number is None else f"{number:f}"


@cache
def _chinese() -> tuple[re.Pattern[str], dict[str, str]]:
    """Chinese words for goods and for what tells them apart, with the English ones that records have."""
    known = words()
    groups = [*known["colours"].values(), known["materials"], known["types"]]
    english = {zh: en for group in groups for en, spoken in group.items() for zh in spoken if len(zh) > 1}
    english |= chinese_words()
    return re.compile("|".join(sorted(map(re.escape, english), key=len, reverse=True))), english


def _token(found: str) -> str:
    if found in _STOPS:
        return _STOPS[found]
    word = found.casefold()
    if word in _IRREGULAR:
        return _IRREGULAR[word]
    if len(word) > 4 and word.endswith("ies"):
        return f"{word[:-3]}y"
    if len(word) > 4 and word.endswith(("shes", "ches", "xes", "sses", "zes")):
        return word[:-2]
    return word[:-1] if len(word) > 3 and word.endswith("s") and not word.endswith("ss") else word
