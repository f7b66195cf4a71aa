"""What a customer wants to pay: "under 20 euros", "between 10 and 30", "20欧以内", "about fifty"."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from agent.understand.numbers import NUMBER, read_number
from agent.understand.vocabulary import words
from retrieval.filters import Condition, Operator

ABOUT = Decimal("0.2")  # "about 50" means 40 to 60

_CURRENCIES = {name: code for code, names in words()["currencies"].items() for name in names}
_SIGNS = "|".join(re.escape(n) for n in sorted(_CURRENCIES, key=len, reverse=True))
_NOT_MONEY = (
    r"(?!\s*(?:cm|mm|ml|cl|kg|g|l|m|w|°|%|days?|weeks?|months?|pieces?|pcs|items?|people|persons?|"
    r"天|个|件|只|厘米|毫升|周|日|月|号)(?![a-z]))"
)


def _money(index: int) -> str:
    unit = rf"\s*(?P<unit{index}>(?:{_SIGNS})(?![a-z]))"
    return rf"(?P<sign{index}>[€$£¥￥])?\s*(?P<n{index}>(?>{NUMBER}))(?:{unit})?{_NOT_MONEY}"


_UNDER = (
    r"under|below|less than|cheaper than|lower than|up to|at most|no more than|not more than|max(?:imum)?(?: of)?|"
    r"within|beneath|<=?"
)
_OVER = r"over|above|more than|at least|from|starting at|min(?:imum)?(?: of)?|pricier than|>=?"
_NEEDS_CURRENCY = re.compile(r"\W*(?:from|within|near|starting|<|>)", re.IGNORECASE)  # "from 3 to 5 days" is no price
_ABOUT = r"about|around|roughly|approximately|ca\.?|circa|near"
_PATTERNS: tuple[tuple[str, re.Pattern[str]], ...] = tuple(
    (meaning, re.compile(pattern, re.IGNORECASE))
    for meaning, pattern in (
        ("between", rf"(?:between|from)?\s*{_money(1)}\s*(?:and|to|-|–|~|到|至)\s*{_money(2)}(?:\s*之间)?"),
        ("under", rf"(?:不超过|低于|少于|小于|最多|不到|不高于|便宜过)\s*{_money(1)}"),
        ("over", rf"(?:超过|高于|大于|至少|不低于|不少于)\s*{_money(1)}"),
        ("about", rf"(?:大概|大约|差不多)\s*{_money(1)}"),
        ("under", rf"{_money(1)}\s*(?:or less|or under|or below|max(?:imum)?\b|tops|以内|以下|之内|之下|内|封顶)"),
        ("over", rf"{_money(1)}\s*(?:or more|or above|and up|\+|以上|之上|起)"),
        ("about", rf"{_money(1)}\s*(?:左右|上下|or so)"),
        ("under", rf"(?:\b|(?<=\s)|^)(?:{_UNDER})\s*{_money(1)}"),
        ("over", rf"(?:\b|(?<=\s)|^)(?:{_OVER})\s*{_money(1)}"),
        ("about", rf"(?:\b|(?<=\s)|^)(?:{_ABOUT})\s*{_money(1)}"),
        ("under", rf"(?:budget(?: is| of)?|预算(?:是|为|在)?|have|spend)\s*{_money(1)}"),
    )
)
_STRICT = re.compile(
    r"\W*(?:under|below|less than|cheaper than|lower than|over|above|more than|"
    r"低于|少于|小于|不到|超过|高于|大于|[<>](?!=))",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Price:
    """Conditions on the price, the currency they were named in (or ""), and where in the text they stand."""

    conditions: tuple[Condition, ...]
    currency: str
    span: tuple[int, int]


def find_price(text: str) -> Price | None:
    """The first wish for a price; a number counts as money by its currency or by a word that compares."""
    for meaning, pattern in _PATTERNS:
        for match in pattern.finditer(text):
            price = _read(meaning, match)
            if price is not None:
                return price
    return None


def _read(meaning: str, match: re.Match[str]) -> Price | None:  # noqa: PLR0911 - one return a meaning
    groups = match.groupdict()
    low = read_number(groups["n1"])
    if low is None:
        return None
    currency = _currency(v for k, v in groups.items() if v and k.startswith(("sign", "unit")))
    if meaning == "between":
        high = read_number(groups["n2"])
        if high is None or high <= low or not (currency or re.search(r"between|from|之间", match[0], re.I)):
            return None
        return Price((_is(">=", low), _is("<=", high)), currency, match.span())
    if meaning == "about":
        if not currency:
            return None
        return Price((_is(">=", low * (1 - ABOUT)), _is("<=", low * (1 + ABOUT))), currency, match.span())
    if not currency and _NEEDS_CURRENCY.match(match[0]):
        return None
    strict = bool(_STRICT.match(match[0]))
    operators: tuple[Operator, Operator] = ("<", ">") if strict else ("<=", ">=")
    return Price((_is(operators[0] if meaning == "under" else operators[1], low),), currency, match.span())


def _currency(found: Iterable[str]) -> str:
    return next((_CURRENCIES[sign.casefold()] for sign in found if sign.casefold() in _CURRENCIES), "")


def _is(operator: Operator, amount: Decimal) -> Condition:
    return Condition("price", operator, f"{amount.normalize():f}")
