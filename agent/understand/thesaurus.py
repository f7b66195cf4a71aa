"""Everyday words for goods and for what tells them apart: other names, and Chinese ones.

General knowledge of what shops sell, not of one shop: `thesaurus.json` groups what people call the same thing. A word
may stand in several groups ("shoes"); then only the order beside it can say what is meant.
"""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

_FILE = Path(__file__).with_name("thesaurus.json")


@cache
def _loaded() -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads(_FILE.read_text(encoding="utf-8"))
    return loaded


def chinese_words() -> dict[str, str]:
    """Chinese words with English ones for the same."""
    words: dict[str, str] = _loaded()["zh"]
    return words


def same_goods() -> list[list[str]]:
    """Names of one kind of goods each."""
    groups: list[list[str]] = _loaded()["goods"]
    return groups


def same_values() -> list[list[str]]:
    """Ways to say one value of an option, or the name of one, each."""
    groups: list[list[str]] = _loaded()["values"]
    return groups
