"""Who a simulated customer is: what they know, what they want changed, and how they talk."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from server.testing.customers.phrasings import Phrasings
from tools.records import ORIGINAL

Style = Literal["terse", "typos", "digressing", "changing", "hesitating", "bilingual", "chinese"]
"""How somebody talks. `terse`: one wish at a time and only what is asked; `typos`: slips in plain words, never in
names or numbers; `digressing`: a question about something else in between; `changing`: says something else first where
the goal has it, and corrects the card; `hesitating`: declines the first right card, then wants it after all;
`bilingual`: switches between English and Chinese; `chinese`: Chinese only."""

KINDS: Mapping[str, str] = {
    "order_id": "order",
    "item_ids": "items",
    "swaps": "variant",
    "payment_method_id": "method",
    "refund_to": "method",
    "email": "new_email",
}
"""What a wrong argument of a card is about, where it has another name than the argument."""


@dataclass(frozen=True, slots=True)
class Goal:
    """One change that the customer wants.

    `operation` and `arguments` are a tool's own: a card is confirmed only if it has these; arguments that are not named
    here may be anything. `says` are the customer's words for the parts (`order`, `items`, `swaps`, `reason`, `method`,
    `address`, …), which phrasings take as placeholders, and `variants` what they want in place of an item, by its
    title. `slips` are words of a first, wrong telling (for the style `changing`). `original` is the payment method that
    a card may call "original".
    """

    operation: str
    arguments: Mapping[str, Any] = field(default_factory=dict)
    says: Mapping[str, str] = field(default_factory=dict)
    variants: Mapping[str, str] = field(default_factory=dict)
    slips: Mapping[str, str] = field(default_factory=dict)
    original: str = ""
    labels: frozenset[str] = frozenset()

    @property
    def order_id(self) -> str:
        return str(self.arguments.get("order_id", ""))

    def differs(self, operation: str, arguments: Mapping[str, Any]) -> str:
        """What is wrong with a card: `operation`, or the kind of the first argument that is another; "" if nothing."""
        if operation != self.operation:
            return "operation"
        for name, wanted in self.arguments.items():
            if not _same(self._named(wanted), self._named(arguments.get(name))):
                return KINDS.get(name, name)
        return ""

    def _named(self, value: object) -> object:
        return self.original if value == ORIGINAL and self.original else value


@dataclass(frozen=True, slots=True)
class Persona:
    """A customer. `knows` are facts by name, each a placeholder for phrasings: `name`, `email`, `zip`, `order1`, …

    `opening` are their first words, where those are given; `seed` makes all that is left to chance the same again.
    """

    knows: Mapping[str, str]
    goals: tuple[Goal, ...]
    phrasings: Phrasings
    style: frozenset[Style] = frozenset()
    opening: str = ""
    seed: int = 0


def _same(wanted: object, got: object) -> bool:
    """Equal, whatever the order of a list; of an object only what is wanted counts, and no capitals."""
    match wanted, got:
        case dict(), dict():
            return all(_same(value, got.get(name)) for name, value in wanted.items())
        case (list() | tuple(), list() | tuple()):
            return sorted(map(_key, wanted)) == sorted(map(_key, got))
        case str(), str():
            return wanted.casefold() == got.casefold()
        case _:
            return wanted == got


def _key(value: object) -> str:
    return json.dumps(value, sort_keys=True)
