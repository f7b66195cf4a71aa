"""Which pieces of an order become which variants: all of them are known before the one change that an order allows."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from agent.steps import Ask, Look, Step, Told
from agent.understand.pieces import Said, Wished, wished
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
    lines = wished(said, order)
    if not lines:
        return Ask("items", {"order": order}, named_lines(order))
    swaps: Swaps = []
    for at, wish in sorted(lines.items()):
        line, result = order.lines[at], options(order.lines[at].item_id)
        if result is None:
            return Look("item_options", {"order_id": order.id, "item_id": line.item_id})
        if isinstance(result, Err):
            return Told(result)
        choice = _chosen(wish, line, result)
        if choice.variant is None:
            return _which(choice, line)
        count = wish.count or line.quantity
        swaps += [{"item_id": line.item_id, "new_item_id": choice.variant.id}] * min(count, line.quantity)
    others = [line for at, line in enumerate(order.lines) if at not in lines and line.options]
    if others and not _complete(said):
        return Ask("more", {"order": order.id, "items": [order.lines[at].title for at in sorted(lines)]})
    if said and said[-1][0] == "more" and _YES_MORE.fullmatch(said[-1][1]):
        return Ask("items", {"order": order}, named_lines(order))
    return swaps


def named_lines(order: Order) -> tuple[tuple[str, str], ...]:
    """An order's first lines as what may be pressed."""
    named = [
        f"{line.title} ({', '.join(line.options.values())})" if line.options else line.title for line in order.lines
    ]
    return tuple((name, name) for name in named[:3])


def _chosen(wish: Wished, line: OrderLine, result: Ok) -> Choice:
    """The variant by all that was said of the item; to name the item again is to start again."""
    variants = [v for v in result.value if isinstance(v, Variant)] if isinstance(result.value, tuple) else []
    current = Variant(
        id=line.item_id,
        product_id=line.product_id,
        title=line.title,
        options=line.options,
        price=line.price,
        available=True,
    )
    wanted: dict[str, str] = {}
    same = False
    for names_it, words in wish.words:
        found = wanted_options(words, variants, line.options)
        same = wants_same(words)
        wanted = {} if same and not found else found if names_it and found else {**wanted, **found}
    changed = {option: value for option, value in wanted.items() if line.options.get(option) != value}
    return choose(changed, variants, current, same=same)


def _which(choice: Choice, line: OrderLine) -> Step:
    if not choice.near:
        return Told(Err("refused", "there is no other variant", {"sentence": NO_VARIANT}))
    offered = tuple((named := ", ".join(v.options.values()), named) for v in choice.near[:OFFERED_AT_MOST])
    sold_out = ", ".join(choice.sold_out.options.values()) if choice.sold_out is not None else ""
    return Ask(f"variant:{line.item_id}"[:100], {"title": line.title, "sold_out": sold_out}, offered)


def _complete(said: Sequence[tuple[str, str]]) -> bool:
    """Whether they have said that there is nothing else to be changed in the order."""
    return any(slot == "more" or _THAT_IS_ALL.search(text) for slot, text in said)
