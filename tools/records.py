"""The shop's records as the agent sees them."""

from __future__ import annotations

import enum
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Literal

from pydantic import BaseModel, ConfigDict, field_serializer

OrderStatus = Literal[
    "pending",
    "processed",
    "shipped",
    "delivered",
    "cancelled",
    "return requested",
    "returned",
    "exchange requested",
]
CancelReason = Literal["no longer needed", "ordered by mistake", "found cheaper", "delivery too slow", "other"]
ReturnReason = Literal[
    "no longer needed", "wrong size or colour", "not as described", "damaged", "wrong item", "arrived late", "other"
]
PaymentKind = Literal["card", "paypal", "gift_card", "wallet", "invoice", "direct_debit", "other"]

ORIGINAL = "original"
"""The id that stands for the payment method an order was paid with, whichever it is."""


class Record(BaseModel):
    """A frozen record; unknown fields are an error."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Assurance(enum.IntEnum):
    """How sure we are of who is asking."""

    ANONYMOUS = 0
    ORDER = 1  # knows an order's number and its e-mail address: may see that order
    ACCOUNT = 2  # the shop's own signed word: may see the whole account


class CustomerScope(Record):
    """What the person in this conversation may see; it comes from the session, never from a model's arguments."""

    assurance: Assurance = Assurance.ANONYMOUS
    customer_id: str | None = None
    order_ids: frozenset[str] = frozenset()

    @field_serializer("order_ids")
    def _sorted(self, order_ids: frozenset[str]) -> tuple[str, ...]:
        """In one order, so that the same events are the same bytes."""
        return tuple(sorted(order_ids))


ANONYMOUS = CustomerScope()


class Address(Record):
    name: str
    line1: str
    line2: str = ""
    city: str
    postcode: str
    country: str
    state: str = ""


class PaymentMethod(Record):
    """A way to pay that the shop has on file; only a gift card has a balance (in the shop's currency)."""

    id: str
    kind: PaymentKind
    label: str
    balance: Decimal | None = None


class Payment(Record):
    """Money that has moved for an order; `amount` is positive, in the order's currency."""

    kind: Literal["payment", "refund"]
    amount: Decimal
    method_id: str


class Variant(Record):
    """One way to buy a product, such as a size. A product without variants is its own only variant.

    `stock` is None where the shop does not count.
    """

    id: str
    product_id: str
    title: str
    options: dict[str, str] = {}
    price: Decimal
    available: bool
    stock: int | None = None


class Customer(Record):
    id: str
    name: str
    email: str
    language: Literal["en", "zh"] = "en"
    address: Address | None = None
    payment_methods: tuple[PaymentMethod, ...] = ()
    membership: str = ""


class OrderLine(Record):
    product_id: str
    title: str
    quantity: int
    price: Decimal
    variant_id: str | None = None
    options: dict[str, str] = {}

    @property
    def item_id(self) -> str:
        """What tools call this line's goods: the variant, or the product where it has none."""
        return self.variant_id or self.product_id


class Shipment(Record):
    carrier: str
    tracking_number: str
    tracking_url: str = ""
    shipped_on: date
    expected_on: date | None = None
    delivered_on: date | None = None


class Return(Record):
    """Goods on their way back: `item_ids` names an id once a piece; the refund goes to `refund_to` when they arrive."""

    item_ids: tuple[str, ...]
    amount: Decimal
    refund_to: str
    requested_on: date
    reason: ReturnReason | None = None
    received_on: date | None = None
    photos: tuple[str, ...] = ()


class Swap(Record):
    """One piece for another of the same product."""

    item_id: str
    new_item_id: str


class Exchange(Record):
    """Goods to be swapped after delivery; `price_difference` above zero is to be paid by `payment_method_id`."""

    swaps: tuple[Swap, ...]
    price_difference: Decimal
    payment_method_id: str
    requested_on: date
    photos: tuple[str, ...] = ()


class ProblemReport(Record):
    """What a customer says is wrong with a delivery; a person of the shop follows it up."""

    problem: Literal["not_arrived", "missing", "wrong_item", "damaged"]
    item_ids: tuple[str, ...]
    wish: Literal["replacement", "refund"]
    reported_on: date
    photos: tuple[str, ...] = ()


class Subscription(Record):
    """A product that comes again every `every_days` days, at `price`, next on `next_on`."""

    id: str
    customer_id: str
    product_id: str
    title: str
    status: Literal["active", "paused", "cancelled"]
    every_days: int
    price: Decimal
    currency: str
    next_on: date | None = None

    def skipped(self) -> Subscription:
        """Without its next delivery: the one after it is the next."""
        following = None if self.next_on is None else self.next_on + timedelta(days=self.every_days)
        return self.model_copy(update={"next_on": following})


class PromoCode(Record):
    """A code that customers type at the checkout: so many per cent off, or free shipping, from an order value on."""

    code: str
    percent: Decimal = Decimal()
    free_shipping: bool = False
    from_value: Decimal = Decimal()
    currency: str
    starts_on: date | None = None
    ends_on: date | None = None
    used_up: bool = False


class Order(Record):
    """An order; `total` includes shipping, in `currency`.

    `payment_method` is for people; `payments` is what has moved, the first being how the order was paid.
    """

    id: str
    customer_id: str
    placed_at: datetime
    status: OrderStatus
    lines: tuple[OrderLine, ...]
    shipping_cost: Decimal
    total: Decimal
    currency: str
    payment_method: str
    address: Address
    shipment: Shipment | None = None
    note: str = ""
    payments: tuple[Payment, ...] = ()
    items_modified: bool = False
    cancel_reason: CancelReason | None = None
    returning: Return | None = None
    exchanging: Exchange | None = None
    problems: tuple[ProblemReport, ...] = ()


class ShippingOption(Record):
    """A way to ship: price in `currency`, free from an order value on, days from dispatch to the door."""

    id: str
    name: str
    name_zh: str
    countries: tuple[str, ...]
    price: Decimal
    currency: str
    free_from: Decimal | None
    days_min: int
    days_max: int
