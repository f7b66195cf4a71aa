"""Words as they are compared with the shop's records: small letters, the singular, numbers apart from their units."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

STOP = "."
"""Stands where a clause ends."""

_TOKEN = re.compile(r"\d+(?:\.\d+)?|[a-z]+|[\u3400-\u9fff]|[;；。！？\n]|[.!?](?=\s|$)", re.IGNORECASE)
_STOPS = frozenset(";；。！？\n.!?")
_ALIASES = {
    "wifi": "wi-fi", "colour": "color", "colours": "color", "gray": "grey", "inches": "inch", "liter": "l",
    "liters": "l", "litre": "l", "litres": "l", "lbs": "lb", "pounds": "lb", "pound": "lb", "feet": "ft", "foot": "ft",
    "gb": "gb", "tee": "t-shirt", "tshirt": "t-shirt",
}  # fmt: skip
_ALIAS = re.compile(rf"(?<![a-z])(?:{'|'.join(_ALIASES)})(?![a-z])", re.IGNORECASE)
_COUNTED = {
    word: str(number)
    for number, word in enumerate(
        ["one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"], 1
    )
}


def tokens_of(text: str) -> tuple[str, ...]:
    """The tokens in order; `STOP` between clauses."""
    plain = unicodedata.normalize("NFKC", text).replace("’", "'")
    plain = _ALIAS.sub(lambda found: _ALIASES[found[0].casefold()], plain)
    return tuple(_token(found[0]) for found in _TOKEN.finditer(plain))


def places(wanted: Sequence[str], said: Sequence[str]) -> list[int]:
    """Where a run of tokens begins in others."""
    length = len(wanted)
    return [at for at in range(len(said) - length + 1) if length and tuple(said[at : at + length]) == tuple(wanted)]


def _token(found: str) -> str:
    if found in _STOPS:
        return STOP
    word = found.casefold()
    word = _COUNTED.get(word, word)
    return word[:-1] if len(word) > 3 and word.endswith("s") else word
