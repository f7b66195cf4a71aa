"""Which pieces of an order a customer means, and what each of them is wished to become."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from agent.understand.named_goods import lines_named, parts_of, spared_in
from agent.understand.numbers import read_number
from agent.understand.tokens import places, record_tokens, tokens_of
from tools.records import Order

Said = Sequence[tuple[str, str]]
"""What was asked ("" where nothing was) with what the customer said to it, oldest first."""

_ALL = re.compile(r"\b(?:everything|all(?! right\b)|both|whole|entire|each|every)\b|全部|所有|都|整单", re.IGNORECASE)
_EXCEPT = re.compile(
    r"\b(?:except|(?<!nothing )but (?:not )?(?=the\b|my\b)|apart from|other than)\b|除了", re.IGNORECASE
)
_SENTENCE = re.compile(r"[.!?;。！？；\n]")
_THE_ONE = re.compile(r"\bthe ((?:[\w-]+ ){1,3})ones?\b", re.IGNORECASE)
_OTHER = re.compile(r"\bthe other(?: one)?\b|另一?[个件款]", re.IGNORECASE)
_PLACES = {
    "first": 0, "1st": 0, "second": 1, "2nd": 1, "third": 2, "3rd": 2, "fourth": 3, "4th": 3, "fifth": 4, "5th": 4,
    "一": 0, "二": 1, "三": 2, "四": 3, "五": 4,
}  # fmt: skip
_PLACE = re.compile(
    r"\b(first|1st|second|2nd|third|3rd|fourth|4th|fifth|5th)\b|第([一二三四五])[个件款]", re.IGNORECASE
)
_PLACE_OF_THING = re.compile(
    rf"(?:{_PLACE.pattern})(?=\s*(?:$|(?:one|item|product|thing|article)\b)|(?<=[个件款]))", re.IGNORECASE
)
_LAST = re.compile(r"\bthe last(?: (two|three|four|[2-4]))?\b|最后([两二三四])?", re.IGNORECASE)
_COUNTED = re.compile(
    r"\b(one|two|three|four|five|six|[1-9])\b(?: of\b| \w+)|([一两二三四五六1-9])[个件只]", re.IGNORECASE
)
_NAMING = ("", "items", "correct", "more")
_NOTHING_MORE = re.compile(r"^\W*(?:no|nope|nah|none|nothing|that(?:'s| is) (?:all|it)|没|不|就)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Telling:
    """Words about an item: whether they name it, what question they answer ("" for none), and of which message."""

    words: tuple[str, ...]
    names_it: bool
    answers: str
    message: int


@dataclass
class Wished:
    """What is said about one line of an order that is to be swapped, oldest first. `count` is how many pieces of it,
    0 for all.
    """

    tellings: list[Telling] = field(default_factory=list)
    count: int = 0


def pieces(said: Said, order: Order) -> tuple[str, ...]:
    """The ids of the items that are meant, an id once a piece; later words count more than earlier ones."""
    chosen: tuple[str, ...] = ()
    for slot, text in said:
        if slot not in _NAMING:
            continue
        if _OTHER.search(text) and chosen and not lines_named(text, order):
            chosen = tuple(i for i in _everything(order) if i not in chosen)
        elif lines := _lines_in(text, order, answering=bool(slot)):
            found = tuple(
                order.lines[at].item_id for at in lines for _ in range(_count(text, order.lines[at].quantity))
            )
            new = len(set(found)) == len(found)
            chosen = found if slot else tuple(dict.fromkeys((*chosen, *found))) if new else found
        stay = {order.lines[at].item_id for at in spared_in(text, order)}
        chosen = tuple(i for i in chosen if i not in stay)
    if not chosen and len(order.lines) == 1:
        return _everything(order)
    return chosen


def wished(said: Said, order: Order, offered: Callable[[str], Sequence[str]]) -> dict[int, Wished]:
    """The lines that are to be swapped, by their places in the order, with the words about each.

    Words that name no item are about the one before them, the one that was asked for, or the only one. `offered` are
    the names of an item's variants: to press one says nothing of another item, whatever its words ("small, laptop").
    """
    found: dict[int, Wished] = {0: Wished()} if len(order.lines) == 1 else {}
    about: tuple[int, ...] = tuple(found)
    for message, (slot, text) in enumerate(said):
        kind, _, item = slot.partition(":")
        if kind not in (*_NAMING, "variant") or (kind == "more" and _NOTHING_MORE.search(text)):
            continue
        if kind == "variant":
            about = tuple(at for at, line in enumerate(order.lines) if line.item_id == item)[:1]
            if about and text in offered(item):
                found.setdefault(about[0], Wished()).tellings.append(Telling(tokens_of(text), False, kind, message))
                continue
        elif kind == "correct":
            about = tuple(found)
        elif kind == "items" and not lines_named(text, order, answering=True):
            about = _lines_in(text, order, answering=True)
        parts = parts_of(text, order, answering=kind == "items")
        stay = {line for part in parts for line in part.spared}
        found = {line: wish for line, wish in found.items() if line not in stay}
        for part in parts:
            if part.spared:
                continue
            about = tuple(line for line in part.lines or about if line not in stay)
            for line in about:
                wish = found.setdefault(line, Wished())
                wish.tellings.append(Telling(part.words, bool(part.lines), kind, message))
                wish.count = _counted(text) or wish.count
    return found or _described(said, order)


def _described(said: Said, order: Order) -> dict[int, Wished]:
    """The line that "the canister one" is, where no name is said: the only one with such an option."""
    for message, (slot, text) in enumerate(said):
        one = _THE_ONE.search(text) if slot in ("", "items") else None
        fitting = _told_by_options(tokens_of(one[1]), order) if one else ()
        if len(fitting) == 1:
            return {fitting[0]: Wished([Telling(tokens_of(text), False, slot, message)], _counted(text))}
    return {}


def _told_by_options(words: Sequence[str], order: Order) -> tuple[int, ...]:
    """The lines of which a value is said, or a word of one, that no other line has."""
    own = [frozenset(map(record_tokens, line.options.values())) for line in order.lines]
    told = list[int]()
    for at, values in enumerate(own):
        others = frozenset[tuple[str, ...]]().union(*(each for i, each in enumerate(own) if i != at))
        known = {word for value in others for word in value}
        whole = any(len(value) > 1 and places(value, words) for value in values - others)
        part = {word for value in values for word in value if len(word) > 2 and not word.isdigit()} - known
        if whole or part & set(words):
            told.append(at)
    return tuple(told)


def _everything(order: Order) -> tuple[str, ...]:
    return tuple(line.item_id for line in order.lines for _ in range(line.quantity))


def _lines_in(text: str, order: Order, *, answering: bool = False) -> tuple[int, ...]:
    """The lines that are named: by title, by what only they have, as all (but some), or by their place."""
    named, spared = lines_named(text, order, answering=answering), spared_in(text, order)
    if _EXCEPT.search(text) and _ALL.search(text):
        left = lines_named(_SENTENCE.split(_EXCEPT.split(text, maxsplit=1)[1])[0], order)
        return tuple(at for at in range(len(order.lines)) if at not in left)
    if not named:
        named = tuple(at for at in _told_by_options(tokens_of(text), order) if at not in spared)
    if not named and _ALL.search(text):
        return tuple(at for at in range(len(order.lines)) if at not in spared)
    if not named:
        return tuple(
            dict.fromkeys(at for at in _by_places(text, len(order.lines), answering=answering) if at < len(order.lines))
        )
    return named


def _by_places(text: str, count: int, *, answering: bool) -> list[int]:
    """Places by their number ("the first and the third") or from the end ("the last two").

    Where nobody asked for items, "first" is one only before a word for a thing.
    """
    numbered = _PLACE if answering else _PLACE_OF_THING
    found = [_PLACES[(place[1] or place[2]).casefold()] for place in numbered.finditer(text)]
    if not found and (last := _LAST.search(text)) and (answering or last[1] or last[2]):
        some = int(read_number(last[1] or last[2] or "one") or 1)
        found = list(range(max(0, count - some), count))
    return found


def _count(text: str, quantity: int) -> int:
    return min(_counted(text) or quantity, quantity)


def _counted(text: str) -> int:
    """How many of a line: "one of the mugs", "2 plates"; 0 where no number is said."""
    counted = _COUNTED.search(text)
    return int(read_number(counted[1] or counted[2]) or 0) if counted else 0
