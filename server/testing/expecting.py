"""Compares what happened with what a script expects; and what must hold in every conversation."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from agent.understand.language import reply_language
from server.chat_client import Frame
from server.testing.customers.persona import Goal
from server.testing.customers.reacting import SimulatedCustomer
from server.testing.format import Call, Case, Expected
from server.testing.simulated import Simulated
from server.testing.talking import Happened
from tools.registry import shop_tools
from tools.spec import Effect

WRITES = frozenset(tool.name for tool in shop_tools() if tool.effect is Effect.WRITE)


@dataclass(frozen=True, slots=True)
class Difference:
    """What was expected and what was there."""

    expected: str
    got: str

    def __str__(self) -> str:
        return f"expected {self.expected}, got {self.got}"


def differences(wanted: Expected, happened: Happened) -> list[Difference]:
    """All that is otherwise than a script's `bot` says."""
    return [
        *_words(wanted, happened.text),
        *_blocks(wanted, happened),
        *_times(wanted, happened),
        *([Difference(f"mode {wanted.mode}", happened.mode)] if wanted.mode not in (None, happened.mode) else []),
        *(_behind(wanted, happened.staff) if _looks_behind(wanted) else []),
    ]


def always(case: Case, visitor: Sequence[Frame], staff: Sequence[Frame] | None) -> list[Difference]:
    """What holds in every conversation: no turn that fails, no event lost or doubled, no message stored twice, no
    change without a yes to its card; and of this case, what the visitor never sees."""
    return [
        *_well(visitor),
        *_in_order(visitor),
        *_once(visitor),
        *_unasked(staff or ()),
        *_seen(case.visitor_never_sees, visitor),
    ]


def wish_differences(wanted: Simulated, customer: SimulatedCustomer) -> Iterator[Difference]:
    """What became of the customer's wishes otherwise than it should, and changes that they never wished for."""
    ends: Mapping[str, list[Goal]] = {"made": list(customer.reached), "refused": list(customer.given_up)}
    for wish in wanted.goals:
        goal = wish.goal()
        if goal in ends[wish.outcome]:
            ends[wish.outcome].remove(goal)
            continue
        became = next((outcome for outcome, goals in ends.items() if goal in goals), "neither made nor refused")
        yield Difference(f"{wish.name}({_arguments(wish.arguments)}) to be {wish.outcome}", became)
    for change in customer.unwanted:
        yield Difference("no change that nobody wanted", f"{change.operation}({_arguments(change.arguments)})")


def _looks_behind(wanted: Expected) -> bool:
    return bool(wanted.tools or wanted.no_tools or wanted.card or wanted.intent or wanted.asked or wanted.grounded)


def _words(wanted: Expected, text: str) -> Iterator[Difference]:
    lower, got = text.lower(), repr(text)
    yield from (Difference(f"the words {word!r}", got) for word in wanted.contains if word.lower() not in lower)
    yield from (Difference(f"no word of {word!r}", got) for word in wanted.not_contains if word.lower() in lower)
    if wanted.matches is not None and not re.search(wanted.matches, text):
        yield Difference(f"what matches {wanted.matches}", got)
    if wanted.language is not None and (not text or reply_language(text, None) != wanted.language):
        yield Difference(f"a reply in {wanted.language}", got)


def _blocks(wanted: Expected, happened: Happened) -> Iterator[Difference]:
    blocks = happened.blocks
    faq = [block["id"] for block in blocks if block["type"] == "faq"]
    orders = [block["id"] for block in blocks if block["type"] == "order"]
    shown = [product["id"] for block in blocks if block["type"] == "products" for product in block["products"]]
    yield from (Difference(f"FAQ entry {id_}", _listed(faq)) for id_ in wanted.faq if id_ not in faq)
    yield from (Difference(f"order {id_}", _listed(orders)) for id_ in wanted.orders if id_ not in orders)
    for product in wanted.products:
        if product.id not in shown:
            yield Difference(f"product {product.id}", _listed(shown))
        elif product.rank is not None and shown.index(product.id) + 1 != product.rank:
            yield Difference(f"product {product.id} in place {product.rank}", _listed(shown))
    yield from (Difference(f"no product {id_}", _listed(shown)) for id_ in wanted.not_products if id_ in shown)
    cards = [block["title"] for block in blocks if block["type"] == "confirm"]
    for refused, what, found in (
        (wanted.no_faq, "FAQ entry", faq),
        (wanted.no_products, "product", shown),
        (wanted.no_orders, "order", orders),
        (wanted.no_card, "card", cards),
    ):
        if refused and found:
            yield Difference(f"no {what}", _listed(found))


def _times(wanted: Expected, happened: Happened) -> Iterator[Difference]:
    for type_, seconds in wanted.within.items():
        took = _bots(type_, happened)
        if took is None:
            yield Difference(f"{type_} within {seconds:g} s", "none")
        elif took > seconds:
            yield Difference(f"{type_} within {seconds:g} s", f"{took:.2f} s")


def _bots(type_: str, happened: Happened) -> float | None:
    """Seconds until the first such event; a message counts where it is not the customer's own."""
    for arrived in happened.answer.frames:
        author = arrived.frame["data"].get("author", {}).get("kind")
        if arrived.frame["type"] == type_ and author != "visitor":
            return arrived.seconds
    return None


def _behind(wanted: Expected, staff: Sequence[Frame] | None) -> Iterator[Difference]:
    """What only staff see: tool calls, and the operation of a card."""
    if staff is None:
        yield Difference("to see what staff see", "no console's token; give it with --console-token")
        return
    ran = [frame["data"] for frame in staff if frame["type"] == "tool.ran"]
    told = _listed(f"{call['name']}({_arguments(call['arguments'])}) {call['outcome']}" for call in ran)
    left = iter(ran)
    for call in wanted.tools:
        if not any(_is(call, one) for one in left):
            yield Difference(f"tool call {call.name}({_arguments(call.arguments)}) {call.outcome}", told)
            break
    yield from (Difference(f"no call of {name}", told) for name in wanted.no_tools if any(_named(ran, name)))
    asked = [frame["data"]["card"]["operation"] for frame in staff if frame["type"] == "confirmation.asked"]
    if wanted.card is not None and wanted.card not in asked:
        yield Difference(f"a card for {wanted.card}", _listed(asked))
    yield from _understood(wanted, staff)


def _understood(wanted: Expected, staff: Sequence[Frame]) -> Iterator[Difference]:
    """What the turn leaves for the next one: what was wanted, and what is asked."""
    left = [frame["data"].get("memory") or {} for frame in staff if frame["type"] == "turn.ended"]
    memory = left[-1] if left else {}
    if wanted.intent not in (None, memory.get("topic")):
        yield Difference(f"intent {wanted.intent}", memory.get("topic") or "none")
    questions = [question for name in ("slot", "asked") if (question := str(memory.get(name, "")).partition(":")[0])]
    if wanted.asked is not None and wanted.asked not in questions:
        yield Difference(f"a question for {wanted.asked}", _listed(questions))


def _named(ran: Iterable[Frame], name: str) -> Iterator[bool]:
    return (call["name"] == name for call in ran)


def _is(wanted: Call, ran: Frame) -> bool:
    arguments = ran["arguments"]
    fits = all(name in arguments and str(arguments[name]) == str(value) for name, value in wanted.arguments.items())
    return bool(ran["name"] == wanted.name and ran["outcome"] == wanted.outcome and fits)


def _well(visitor: Sequence[Frame]) -> Iterator[Difference]:
    for frame in visitor:
        if frame["type"] == "turn.ended" and frame["data"]["reason"] in ("error", "timeout"):
            yield Difference("every turn to end well", frame["data"]["reason"])


def _in_order(visitor: Sequence[Frame]) -> Iterator[Difference]:
    numbers = [frame["seq"] for frame in visitor if "seq" in frame]
    for before, after in pairwise(numbers):
        if after != before + 1:
            yield Difference(f"event {before + 1} after event {before}", f"event {after}")


def _once(visitor: Sequence[Frame]) -> Iterator[Difference]:
    keys = [
        frame["re"]
        for frame in visitor
        if frame["type"] == "message.created" and frame["data"]["author"]["kind"] == "visitor" and "re" in frame
    ]
    if len(keys) != len(set(keys)):
        yield Difference("each message once", f"{len(keys)} for {len(set(keys))} that were sent")


def _unasked(staff: Sequence[Frame]) -> Iterator[Difference]:
    """Changes that were made before the customer's yes to their card."""
    given: set[str] = set()
    for frame in staff:
        data = frame["data"]
        if frame["type"] == "confirmation.given":
            given.add(data["card_id"])
        made = frame["type"] == "tool.ran" and data["name"] in WRITES and data["outcome"] == "ok"
        if made and data["call_id"] not in given:
            yield Difference(f"a yes to a card before {data['name']}", "none")


def _seen(never: Sequence[str], visitor: Sequence[Frame]) -> Iterator[Difference]:
    for words in never:
        for frame in visitor:
            if any(words.lower() in text.lower() for text in texts_in(frame["data"])):
                yield Difference(f"nothing the visitor sees to have {words!r}", f"it in {frame['type']}")
                break


def texts_in(value: object) -> Iterator[str]:
    """Every text in a frame's data."""
    match value:
        case str():
            yield value
        case dict():
            for inner in value.values():
                yield from texts_in(inner)
        case list():
            for inner in value:
                yield from texts_in(inner)


def _arguments(arguments: Mapping[str, object]) -> str:
    return ", ".join(f"{name}={value}" for name, value in arguments.items())


def _listed(values: Iterable[str]) -> str:
    return ", ".join(values) or "none"
