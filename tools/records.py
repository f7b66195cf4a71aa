"""The shop's records as the agent sees them."""

from __future__ import annotations

import enum
from datetime import date, datetime
from decimal import Decimal
from typing import Literal

from pydantic import BaseModel, ConfigDict

OrderStatus = Literal["pending", "processed", "shipped", "delivered", "cancelled", "return requested", "returned"]


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


ANONYMOUS = CustomerScope()


class Address(Record):
    name: str
    line1: str
    line2: str = ""
    city: str
    postcode: str
    country: str


class Customer(Record):
    id: str
    name: str
    email: str
    language: Literal["en", "zh"] = "en"
    address: Address | None = None


class OrderLine(Record):
    product_id: str
    title: str
    quantity: int
    price: Decimal
    variant_id: str | None = None
    options: dict[str, str] = {}


class Shipment(Record):
    carrier: str
    tracking_number: str
    tracking_url: str = ""
    shipped_on: date
    expected_on: date | None = None
    delivered_on: date | None = None


class Order(Record):
    """An order; `total` includes shipping, in `currency`."""

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
