"""Which order is meant where no number says so: by its place among those named, by its age, state or goods."""

from __future__ import annotations

import re
from collections.abc import Sequence

from agent.understand.named_goods import goods_named
from tools.order_numbers import found_in
from tools.records import Order

_PLACES = ("first", "second", "third", "fourth")
# "The puzzle in the first is too hard", "the second one goes back", but not "the second chair".
_PLACE = re.compile(
    rf"\bthe (?P<place>{'|'.join(_PLACES)}|other|former|latter)"
    r"(?: (?:order|purchase)\b| one\b(?= (?:goes|can|should|is|has|was|to)\b)|"
    r"(?<=(?:in|of|on) the \w{5})(?= (?:is|are|was|can|should|goes|go|has|i)\b|[,.;:!]|$)|"
    r"(?<=(?:in|of|on) the \w{6})(?= (?:is|are|was|can|should|goes|go|has|i)\b|[,.;:!]|$))",
    re.IGNORECASE,
)
_ZH_PLACE = re.compile(r"第([一二三四])(?:个|张|笔)?(?:订单|单)")
_NEWEST = re.compile(
    r"\b(?:latest|last|newest|most recent|recent) (?:order|purchase)\b|最近(?:的)?(?:一?[个张笔])?订单|最新",
    re.IGNORECASE,
)
_OLDEST = re.compile(r"\b(?:oldest|earliest) (?:order|purchase)\b|最早", re.IGNORECASE)
_STATES = (
    (
        ("pending", "processed"),
        r"\b(?:pending|open|unshipped|processing)\b|"
        r"\b(?:not|n't) (?:\w+ )?(?:yet )?(?:ship|sent|left|gone out|dispatch)|"
        r"\bbefore it (?:ships|leaves)|没发货|未发货|待处理",
    ),
    (("delivered",), r"\b(?:delivered|arrived|received|already (?:here|have)|came)\b|收到|送到了"),
)


def with_numbers(text: str) -> str:
    """The text with the numbers of the orders that it names put where it points at them by their place."""
    named = found_in(text)
    if len(named) < 2:
        return text
    text = _ZH_PLACE.sub(lambda found: _at(named, "一二三四".index(found[1]), found[0]), text)
    return _PLACE.sub(lambda found: _numbered(found, named, text), text)


def _numbered(found: re.Match[str], named: Sequence[str], text: str) -> str:
    place = found["place"].casefold()
    if place in _PLACES:
        return _at(named, _PLACES.index(place), found[0])
    if len(named) != 2:
        return found[0]
    if place == "other":
        before = found_in(text[: found.start()])
        return named[1] if before[-1:] == named[:1] else named[0]
    return named[("former", "latter").index(place)]


def _at(named: Sequence[str], place: int, otherwise: str) -> str:
    return named[place] if place < len(named) else otherwise


def fitting(orders: Sequence[Order], text: str) -> list[Order]:
    """Those of the orders that the words fit best: of the state, with the goods, of the age that they name."""
    left = list(orders)
    for states, words in _STATES:
        if re.search(words, text, re.IGNORECASE):
            left = [order for order in left if order.status in states] or left
    named = [len(goods_named(text, order)) for order in left]
    if any(named):
        left = [order for order, count in zip(left, named, strict=True) if count == max(named)]
    if left and _NEWEST.search(text):
        return [max(left, key=lambda order: order.placed_at)]
    if left and _OLDEST.search(text):
        return [min(left, key=lambda order: order.placed_at)]
    return left
