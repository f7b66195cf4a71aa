"""Codes that are typed at the checkout: whether a text speaks of one, and which it names."""

from __future__ import annotations

import re

_CALLED = re.compile(
    r"\b(?:codes?|coupons?|vouchers?|promos?|promo(?:tion(?:al)?)? \w+|discounts?)\b|"
    r"优惠[码券]|折扣[码券]?|代金券|促销码|兑换码",
    re.IGNORECASE,
)
_VALID = re.compile(r"\b(?:in)?valid\b|\bexpired?\b|\bredeem\w*\b|有效|失效|过期", re.IGNORECASE)
_WORKS = re.compile(
    r"\b(?:accept|reject|refus)ed\b|\bwork(?:s|ing)?\b|\bstill (?:good|active|on|running)\b|[能可]用|用不了",
    re.IGNORECASE,
)
_ONE = r"(?:the |my )?(?-i:[A-Z]{4,}[A-Z\d]*|[A-Za-z]{3,}\d[A-Za-z\d]*)"
_GIVES = re.compile(
    rf"\bwhat (?:do|does|will|would|can) {_ONE} (?:give|get|bring|save|do)s?\b|"
    rf"\bwhat (?:do|will|would|can) (?:i|we) (?:get|save) (?:with|for|from|by using|if (?:i|we) use) {_ONE}|"
    rf"\bhow much (?:off )?(?:do|does|will|would|can|is)\b.{{0,16}}\b(?:off|save) (?:with|for|from) {_ONE}|"
    rf"\bhow much off (?:is|does|do i get with) {_ONE}|"
    rf"{_ONE}\s?(?:能|可以|会)?(?:优惠|减|便宜|省)(?:多少|几|什么)|{_ONE}\s?有什么(?:优惠|折扣|好处)",
    re.IGNORECASE,
)
# Letters and figures in one word, or a word in capitals; never a part of an address, a number or an article's code.
_MIXED = re.compile(r"(?<![\w@#.-])(?=[A-Z]*\d)[A-Z]{3,}\d[A-Z\d]*(?![\w@-])", re.IGNORECASE | re.ASCII)
_CAPITALS = re.compile(r"(?<![\w@#.-])[A-Z]{4,}(?![\w@-])", re.ASCII)
_LOWER = re.compile(r"[a-z]{2}|[\u3400-\u9fff]")


def calls_it_a_code(text: str) -> bool:
    """Whether an unknown word in the text is surely meant as a code."""
    return bool(_CALLED.search(text) or _VALID.search(text) or _GIVES.search(text))


def has_trouble(text: str) -> bool:
    """Whether a code of theirs does not do what it should: then it helps to know which."""
    return bool(_CALLED.search(text) and (_VALID.search(text) or _WORKS.search(text)))


def code_in(text: str) -> str:
    """The code that a text names or asks about, or "": "is HELLO10 valid?", "my voucher WELCOME", "HELLO10"."""
    called = calls_it_a_code(text)
    mixed = _MIXED.search(text)
    if mixed and (called or _WORKS.search(text) or mixed[0] == text.strip(" .,!?。，！？")):
        return mixed[0]
    capitals = _CAPITALS.search(text) if called and _LOWER.search(text) else None
    return capitals[0] if capitals else ""
