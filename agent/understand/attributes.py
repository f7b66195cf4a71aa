"""Which attribute of a product a question asks for."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache

from agent.understand.vocabulary import words

# Asked about a product these words name a kind of answer; the longest phrase that stands in the text decides.
_HAN = re.compile(r"[\u3400-\u9fff]")


@cache
def _aliases() -> tuple[tuple[re.Pattern[str], str], ...]:
    phrases = [(phrase, name) for name, spoken in words()["attributes"].items() for phrase in spoken]
    phrases.sort(key=lambda pair: len(pair[0]), reverse=True)
    return tuple((_pattern(phrase), name) for phrase, name in phrases)


def find_attribute(text: str, fields: Iterable[str]) -> str:
    """The attribute's name, or "" where the text asks for none; `fields` are the columns of the shop's own feed."""
    for pattern, name in _aliases():
        if pattern.search(text):
            return name
    for field in sorted(fields, key=len, reverse=True):
        if len(field) > 3 and _pattern(field.replace("_", " ")).search(text):
            return field
    return ""


def _pattern(phrase: str) -> re.Pattern[str]:
    escaped = re.escape(phrase).replace(r"\ ", r"[\s-]+")
    return re.compile(escaped if _HAN.search(phrase) else rf"\b{escaped}\b", re.IGNORECASE)
