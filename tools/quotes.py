"""What a change would do, and what it did: computed by tools, shown to customers, never worked out by a brain."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from functools import cached_property
from typing import Literal

from pydantic import Field

from tools.arguments import Arguments
from tools.records import Address, Order, OrderStatus, Record, Subscription
from tools.sentences import Sentence


class QuotedItem(Record):
    """A piece that goes or changes; `new_*` is what comes in its place."""

    item_id: str
    title: str
    options: dict[str, str] = Field(default={})
    price: Decimal
    new_item_id: str | None = None
    new_options: dict[str, str] = Field(default={})
    new_price: Decimal | None = None


class Money(Record):
    """Money that will move: to the customer (`refund`) or from them (`payment`); `amount` is positive.

    `days` is how many business days it takes, at least and at most; (0, 0) is at once.
    """

    kind: Literal["payment", "refund"]
    amount: Decimal
    method_id: str
    method: str
    days: tuple[int, int]


class Quote(Record):
    """Exactly what a change would do. Nothing has been changed yet.

    `price_difference` is the new prices less the old ones, and None where nothing is swapped. `moves` is the money that
    moves because of it (for a return or an exchange: once the goods are back); a return's refund is the price of the
    goods less `return_fee` and with `shipping_refund`, a cancellation's is all that was paid. `status` is the order's
    afterwards, and `subscription` the subscription as it will be. `notes` are the shop's sentences that a customer must
    have read before they say yes.
    """

    operation: str
    order_id: str | None = None
    currency: str = ""
    items: tuple[QuotedItem, ...] = ()
    price_difference: Decimal | None = None
    return_fee: Decimal = Decimal()
    shipping_refund: Decimal = Decimal()
    moves: tuple[Money, ...] = ()
    status: OrderStatus | None = None
    address: Address | None = None
    email: str = ""
    reason: str = ""
    photos: tuple[str, ...] = ()
    subscription: Subscription | None = None
    notes: tuple[Sentence, ...] = ()

    @cached_property
    def version(self) -> str:
        """Names these consequences: a yes to one version is no yes to another."""
        return _sha256(self.model_dump(mode="json"))


class Receipt(Record):
    """What a change did. `reference` is the number that the customer may quote.

    `repeated` is true where the same write had been made before and its receipt is given again.
    """

    operation: str
    reference: str
    at: datetime
    quote: Quote
    order: Order | None = None
    repeated: bool = False


@dataclass(frozen=True, slots=True)
class Confirmed:
    """The customer's yes: to the call `call_id` with exactly the arguments of `digest`, at the quote of `version`."""

    call_id: str
    digest: str
    version: str


@dataclass(frozen=True, slots=True)
class WriteKey:
    """Names one write for good: the same key changes the shop at most once, however often it is sent."""

    conversation_id: str
    call_id: str
    digest: str

    @property
    def token(self) -> str:
        """The call in one word, for a header or a note; whoever keeps it keeps the arguments beside it."""
        return _sha256([self.conversation_id, self.call_id])


def digest_of(operation: str, arguments: Arguments) -> str:
    """Names an operation with its exact arguments, in whichever order they were written."""
    return _sha256([operation, arguments.model_dump(mode="json")])


def _sha256(value: object) -> str:
    text = json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()
