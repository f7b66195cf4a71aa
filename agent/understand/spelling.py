"""Slips of the fingers in the words that a wish is recognised by."""

from __future__ import annotations

import re

_KEYS = (
    "cancel", "return", "exchange", "change", "modify", "replace", "refund", "switch", "address", "payment", "please",
    "order", "items", "update", "shipping", "delivery", "received", "different", "difference", "instead",
    "ahead", "confirm", "proceed",
)  # fmt: skip
_CONTRACTED = re.compile(r"\b(do|does|did|is|are|was|has|have|ca|wo|would|could)nt\b", re.IGNORECASE)
_LONG = 5
_WORD = re.compile(r"[a-z]{5,}", re.IGNORECASE)


def spelled(text: str) -> str:
    """The text with such words put right where letters are swapped, doubled or left out; what could be another word
    (a letter in place of another: "charge") stays."""
    return _WORD.sub(lambda found: _right(found[0]), _CONTRACTED.sub(r"\1n't", text))


def _right(word: str) -> str:
    small = word.casefold()
    if small in _KEYS:
        return word
    return next((key for key in _KEYS if slipped(small, key)), word)


def slipped(word: str, key: str, least: int = _LONG) -> bool:
    """Whether one pair of letters is swapped, or one letter inside is too many or missing; of long words only."""
    if min(len(word), len(key)) < least or word[0] != key[0] or word[-1] != key[-1]:
        return False
    if len(word) == len(key):
        swapped = (key[:at] + key[at + 1] + key[at] + key[at + 2 :] for at in range(1, len(key) - 1))
        return word in swapped
    short, long = sorted((word, key), key=len)
    return len(long) == len(short) + 1 and any(long[:at] + long[at + 1 :] == short for at in range(1, len(long) - 1))
