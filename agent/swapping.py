"""Which pieces of an order become which variants: all of them are known before the one change that an order allows."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from agent.steps import Ask, Look, Step, Told
from agent.understand.degrees import Degree, degree_in
from agent.understand.pieces import Said, Telling, Wished, wished
from agent.understand.variants import Choice, choose, wanted_options, wants_same
from tools.records import Order, OrderLine, Variant
from tools.results import Err, Ok, Result

OFFERED_AT_MOST = 6
NO_VARIANT = {"en": "There is no other version of it that is available.", "zh": "没有其他可选的款式。"}

_THAT_IS_ALL = re.compile(
    r"\b(?:that(?:'s| is| will be) (?:all|it|everything)|nothing (?:else|more)|"
    r"no (?:other|more) (?:items?|changes?))\b|"
    r"就这些|没有别的|没有了|没别的|其他.{0,4}不变",
    re.IGNORECASE,
)
_YES_MORE = re.compile(r"\W*(?:yes|yeah|yep|sure|yes please|是的?|有|还有)\W*", re.IGNORECASE)

Swaps = list[dict[str, str]]


def swaps_of(  # noqa: PLR0911 - one return for each thing that may be missing
    said: Said, order: Order, options: Callable[[str], Result | None]
) -> Swaps | Step:
    """Item by item what it becomes, or the step that is missing. `options` are what the shop has for an item, or None
    where it was not asked yet.
    """
    lines = wished(said, order, lambda item_id: _names(options(item_id)))
    if not lines:
        return Ask("items", {"order": order}, named_lines(order))
    results = {at: options(order.lines[at].item_id) for at in sorted(lines)}
    for at, result in results.items():
        if result is None:
            return Look("item_options", {"order_id": order.id, "item_id": order.lines[at].item_id})
        if isinstance(result, Err):
            return Told(result)
    heard = {
        at: _heard(lines[at], order.lines[at], result.value) for at, result in results.items() if isinstance(result, Ok)
    }
    meant = _meant(heard)
    swaps: Swaps = []
    for at in meant:
        line, choice = order.lines[at], _chosen(heard[at], order.lines[at])
        if choice.variant is None:
            return _which(choice, line)
        count = min(lines[at].count or line.quantity, line.quantity)
        swaps += [{"item_id": line.item_id, "new_item_id": choice.variant.id}] * count
    others = [line for at, line in enumerate(order.lines) if at not in meant and line.options]
    if others and not _complete(said):
        return Ask("more", {"order": order.id, "items": [order.lines[at].title for at in meant]})
    if said and said[-1][0] == "more" and _YES_MORE.fullmatch(said[-1][1]):
        return Ask("items", {"order": order}, named_lines(order))
    return swaps


def variant_named(said: Said, order: Order, options: Callable[[str], Result | None]) -> bool | Look:
    """Whether they say of an item of the order what another version of it is like."""
    for at, wish in sorted(wished(said, order, lambda item_id: _names(options(item_id))).items()):
        line, result = order.lines[at], options(order.lines[at].item_id)
        if result is None:
            return Look("item_options", {"order_id": order.id, "item_id": line.item_id})
        if isinstance(result, Ok) and _heard(wish, line, result.value).telling_messages:
            return True
    return False


def named_lines(order: Order) -> tuple[tuple[str, str], ...]:
    """An order's first lines as what may be pressed."""
    named = [
        f"{line.title} ({', '.join(line.options.values())})" if line.options else line.title for line in order.lines
    ]
    return tuple((name, name) for name in named[:3])


@dataclass(frozen=True, slots=True)
class _Told:
    """Words about an item, with the options that they name, whether it is to be the same again, and a degree."""

    telling: Telling
    options: dict[str, str]
    same: bool
    degree: Degree | None


@dataclass(frozen=True, slots=True)
class _Heard:
    """A line's words with the options in them; `changes` are those that it does not have already."""

    told: tuple[_Told, ...]
    variants: tuple[Variant, ...]
    current: Mapping[str, str]

    def changes(self, options: Mapping[str, str]) -> dict[str, str]:
        return {option: value for option, value in options.items() if self.current.get(option) != value}

    @property
    def telling_messages(self) -> frozenset[int]:
        """The messages that say what the item is to become."""
        return frozenset(
            each.telling.message for each in self.told if each.same or each.degree or self.changes(each.options)
        )


def _variants(value: object) -> tuple[Variant, ...]:
    return tuple(v for v in value if isinstance(v, Variant)) if isinstance(value, tuple) else ()


def _named(variant: Variant) -> str:
    """A variant as it is offered."""
    return ", ".join(variant.options.values())


def _names(result: Result | None) -> tuple[str, ...]:
    return tuple(map(_named, _variants(result.value))) if isinstance(result, Ok) else ()


def _heard(wish: Wished, line: OrderLine, value: object) -> _Heard:
    variants = _variants(value)
    told = []
    for telling in wish.tellings:
        asked = telling.answers == "variant"
        degree, words = degree_in(telling.words, answering=asked)
        options = wanted_options(words, [v.options for v in variants], line.options)
        same = degree is None and wants_same(words, options, line.options, asked=asked)
        told.append(_Told(telling, options, same, degree))
    return _Heard(tuple(told), variants, line.options)


def _meant(heard: Mapping[int, _Heard]) -> list[int]:
    """The lines that are to be swapped. What a message only names beside a swap is left: "it came with a lamp"."""
    telling = frozenset[int]().union(*(each.telling_messages for each in heard.values()))
    return [
        at
        for at, each in heard.items()
        if each.telling_messages
        or not each.told
        or any(
            said.telling.answers in ("items", "variant") or said.telling.message not in telling for said in each.told
        )
    ]


def _chosen(heard: _Heard, line: OrderLine) -> Choice:
    """The variant by all that was said of the item; to name the item with other options is to start again."""
    wanted: dict[str, str] = {}
    degrees: list[Degree] = []
    same, message = False, -1
    for told in heard.told:
        telling, options, says_same = told.telling, told.options, told.same
        changed = heard.changes(options)
        if says_same and telling.message == message and heard.changes(wanted):  # "a red one; the size the same as now"
            continue
        if not (changed or says_same or told.degree or telling.answers in ("variant", "correct")):
            continue
        if says_same or (telling.names_it and telling.message != message):
            wanted, degrees = {}, []
        if told.degree:
            degrees = [*degrees, told.degree] if telling.answers == "variant" else [told.degree]
        wanted, same, message = {**wanted, **options}, says_same or (same and not changed), telling.message
    current = Variant(
        id=line.item_id,
        product_id=line.product_id,
        title=line.title,
        options=line.options,
        price=line.price,
        available=True,
    )
    return choose(wanted, heard.variants, current, same=same, degrees=degrees)


def _which(choice: Choice, line: OrderLine) -> Step:
    if not choice.near:
        return Told(Err("refused", "there is no other variant", {"sentence": NO_VARIANT}))
    offered = tuple((_named(variant), _named(variant)) for variant in choice.near[:OFFERED_AT_MOST])
    sold_out = _named(choice.sold_out) if choice.sold_out is not None else ""
    return Ask(f"variant:{line.item_id}"[:100], {"title": line.title, "sold_out": sold_out}, offered)


def _complete(said: Sequence[tuple[str, str]]) -> bool:
    """Whether they have said that there is nothing else to be changed in the order."""
    return any(slot == "more" or _THAT_IS_ALL.search(text) for slot, text in said)
