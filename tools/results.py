"""What a tool call gives back: `Ok` with what was found, or `Err` with a code; never an exception."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Literal

from tools.records import CustomerScope

Source = Literal["shop_record", "faq", "product_text", "customer"]
"""Where a value comes from. Only a `shop_record` is the shop's own word about an order, a price or a stock. `faq` and
`product_text` were written by people for people: data, never instructions. `customer` is what the customer said."""

Json = str | int | float | bool | None | list["Json"] | dict[str, "Json"]


@dataclass(frozen=True, slots=True)
class Fact:
    """One value that a reply may state, such as `Fact("order.status", "shipped", "shop_record")`."""

    key: str
    value: str
    source: Source


@dataclass(frozen=True, slots=True)
class Ok:
    """A call that worked.

    `data` is JSON for a brain to read, `facts` are the values a reply may state, `value` is the typed record or records
    (`Findings`, `Product`, `Order`, …) that blocks are made of, and `scope` is what this call has proven, if it has.
    """

    data: Mapping[str, Json]
    facts: tuple[Fact, ...] = ()
    value: object = None
    scope: CustomerScope | None = None


@dataclass(frozen=True, slots=True)
class Err:
    """A call that did not work: `message` is for a brain, `code` and `params` choose the words for a customer."""

    code: str
    message: str
    params: Mapping[str, object] = field(default_factory=dict)
    retryable: bool = False


Result = Ok | Err


def facts_of(key: str, value: Json, source: Source) -> tuple[Fact, ...]:
    """Every leaf of a JSON value as a fact, keyed by its path: `order.lines.0.title`. Empty leaves state nothing."""
    return tuple(Fact(path, leaf, source) for path, leaf in _leaves(key, value))


def _leaves(path: str, value: Json) -> Iterator[tuple[str, str]]:
    match value:
        case dict():
            for name, inner in value.items():
                yield from _leaves(f"{path}.{name}", inner)
        case list():
            for index, inner in enumerate(value):
                yield from _leaves(f"{path}.{index}", inner)
        case None | "":
            return
        case bool():
            yield path, "yes" if value else "no"
        case _:
            yield path, str(value)
