"""A shop in which everything can be changed: real SQLite with a catalogue, gift cards and orders in every state."""

from __future__ import annotations

import sqlite3
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

from retrieval.catalogue import Catalogue
from retrieval.documents import Product, Variant
from retrieval.ingest.parsed import Parsed
from tools.adapters.sqlite import SqliteShop
from tools.changes import Change
from tools.policy.reading import packaged
from tools.policy.tables import Policy
from tools.quotes import Receipt, WriteKey, digest_of
from tools.records import (
    Address,
    Assurance,
    Customer,
    CustomerScope,
    Order,
    OrderLine,
    OrderStatus,
    Payment,
    PaymentMethod,
    Shipment,
    Subscription,
)

NOW = datetime(2026, 3, 10, 12, 0, tzinfo=UTC)
TODAY = NOW.date()
HOME = Address(name="Anna Keller", line1="Lange Reihe 1", city="Hamburg", postcode="20099", country="DE")
CARD = PaymentMethod(id="PM-1", kind="card", label="Visa ending in 4242")
GIFT_CARD = PaymentMethod(id="PM-2", kind="gift_card", label="Gift card", balance=Decimal("10.00"))
PAYPAL = PaymentMethod(id="PM-3", kind="paypal", label="PayPal")
ANNA = Customer(
    id="C-1",
    name="Anna Keller",
    email="anna.keller@example.com",
    address=HOME,
    payment_methods=(CARD, GIFT_CARD, PAYPAL),
)
BEN = Customer(id="C-2", name="Ben Li", email="ben.li@example.com", address=HOME)
PLATE = Product(
    id="PLT-1",
    title="Fjord plate",
    description="A plate.",
    price=Decimal("12.90"),
    currency="EUR",
    availability="in stock",
    variants=(
        Variant("PLT-1-S", {"size": "21 cm"}, Decimal("12.90"), 5),
        Variant("PLT-1-L", {"size": "27 cm"}, Decimal("18.90"), 5),
        Variant("PLT-1-XL", {"size": "31 cm"}, Decimal("38.90"), 5),
        Variant("PLT-1-XS", {"size": "17 cm"}, Decimal("8.90"), 0),
    ),
)
MUG = Product(
    id="MUG-1", title="Fjord mug", description="A mug.", price=Decimal("14.90"), currency="EUR", availability="in stock"
)
COFFEE = Subscription(
    id="S-1",
    customer_id="C-1",
    product_id="MUG-1",
    title="Coffee of the month",
    status="active",
    every_days=30,
    price=Decimal("11.50"),
    currency="EUR",
    next_on=date(2026, 3, 20),
)
LINES = (
    OrderLine(
        product_id="PLT-1",
        title="Fjord plate",
        quantity=2,
        price=Decimal("12.90"),
        variant_id="PLT-1-S",
        options={"size": "21 cm"},
    ),
    OrderLine(product_id="MUG-1", title="Fjord mug", quantity=1, price=Decimal("14.90")),
)

SIGNED_IN = CustomerScope(assurance=Assurance.ACCOUNT, customer_id="C-1")
PENDING, DELIVERED, OLD, SHIPPED, FOREIGN = "#W10451", "#W10380", "#W10300", "#W10428", "#W20001"
BY_ORDER = CustomerScope(assurance=Assurance.ORDER, customer_id="C-1", order_ids=frozenset({PENDING, DELIVERED}))


def an_order(
    order_id: str, status: OrderStatus, *, owner: str = "C-1", delivered: int | None = None, shipped: int | None = None
) -> Order:
    """An order of 45.60 EUR paid by card; days are days ago."""
    sent = delivered if shipped is None else shipped
    shipment = None
    if sent is not None:
        shipment = Shipment(
            carrier="DHL",
            tracking_number="00340434",
            shipped_on=TODAY - timedelta(days=sent + 3),
            expected_on=TODAY - timedelta(days=sent),
            delivered_on=None if delivered is None else TODAY - timedelta(days=delivered),
        )
    return Order(
        id=order_id,
        customer_id=owner,
        placed_at=NOW - timedelta(days=(sent or 0) + 5),
        status=status,
        lines=LINES,
        shipping_cost=Decimal("4.90"),
        total=Decimal("45.60"),
        currency="EUR",
        payment_method=CARD.label,
        payments=(Payment(kind="payment", amount=Decimal("45.60"), method_id=CARD.id),),
        address=HOME,
        shipment=shipment,
    )


ORDERS = (
    an_order(PENDING, "pending"),
    an_order(DELIVERED, "delivered", delivered=10),
    an_order(OLD, "delivered", delivered=40),
    an_order(SHIPPED, "shipped", shipped=-2),
    an_order(FOREIGN, "pending", owner="C-2"),
)


async def open_shop(folder: Path, policy: Policy | None = None) -> SqliteShop:
    path = folder / "shop.sqlite3"
    catalogue = Catalogue(path)
    catalogue.import_products(Parsed("products", (PLATE, MUG)))
    catalogue.close()
    shop = SqliteShop(path, packaged("demo") if policy is None else policy, lambda: NOW)
    await shop.load(customers=(ANNA, BEN), orders=ORDERS, subscriptions=(COFFEE,))
    return shop


def a_key(change: Change, call_id: str = "call-1", conversation_id: str = "c1") -> WriteKey:
    return WriteKey(conversation_id, call_id, digest_of(change.operation, change))


async def done(shop: SqliteShop, change: Change, scope: CustomerScope = SIGNED_IN, call_id: str = "call-1") -> Receipt:
    """The change quoted, confirmed and made."""
    quote = await shop.quote(change, scope)
    return await shop.apply(change, scope, a_key(change, call_id), quote.version)


def outbox(folder: Path) -> list[tuple[object, ...]]:
    connection = sqlite3.connect(folder / "shop.sqlite3")
    try:
        return connection.execute("select kind, email, order_id from outbox").fetchall()
    finally:
        connection.close()
