"""Fills a shop with the demo: products and answers through the importers, customers and orders with dates of today.

Another folder in the demo's layout does as well; of it, only a file of products is needed.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Literal

from pydantic import TypeAdapter

from retrieval.catalogue import Catalogue, ImportReport
from retrieval.ingest.faq import read_faq
from retrieval.ingest.parsed import Parsed
from retrieval.ingest.products import read_products
from tools.adapters.sqlite import SqliteShop
from tools.errors import BadArguments
from tools.records import (
    Assurance,
    Customer,
    CustomerScope,
    Order,
    OrderLine,
    OrderStatus,
    Payment,
    PromoCode,
    Record,
    Return,
    Shipment,
    ShippingOption,
    Subscription,
)

DEMO = Path(__file__).parent
CURRENCY = "EUR"
# An order of today was placed at least this long ago, whenever the demo is started.
JUST_NOW = timedelta(minutes=20)


class Placed(Record):
    days_ago: int
    at: time


class DemoLine(Record):
    product: str
    quantity: int
    price: Decimal
    variant: str | None = None


class DemoShipment(Record):
    """Days ago; a day to come is negative."""

    carrier: str
    tracking: str
    shipped: int
    expected: int
    delivered: int | None = None


class DemoOrder(Record):
    """An order whose dates are told in days before the loading day, so that the demo never grows old."""

    id: str
    customer: str
    placed: Placed
    status: OrderStatus
    lines: tuple[DemoLine, ...]
    shipping: str
    shipping_cost: Decimal
    total: Decimal
    payment: str
    shipment: DemoShipment | None = None
    note: str = ""


class DemoSubscription(Record):
    """A subscription that comes next in so many days."""

    id: str
    customer: str
    product: str
    status: Literal["active", "paused", "cancelled"]
    every_days: int
    next_in_days: int | None = None


class DemoPromoCode(Record):
    """A code that began and ends so many days ago; a day to come is negative."""

    code: str
    percent: Decimal = Decimal()
    free_shipping: bool = False
    from_value: Decimal = Decimal()
    started: int
    ended: int
    used_up: bool = False


CUSTOMERS = TypeAdapter(tuple[Customer, ...])
ORDERS = TypeAdapter(tuple[DemoOrder, ...])
SHIPPING = TypeAdapter(tuple[ShippingOption, ...])
SUBSCRIPTIONS = TypeAdapter(tuple[DemoSubscription, ...])
PROMO_CODES = TypeAdapter(tuple[DemoPromoCode, ...])
# A customer of the demo asks for a return so many days after delivery, and the goods are back so many days later.
ASKED_AFTER, BACK_AFTER = timedelta(days=1), timedelta(days=4)


@dataclass(frozen=True, slots=True)
class DemoReport:
    """What loading did; `orders` is 0 where they are of this day already."""

    products: ImportReport
    faq: ImportReport
    orders: int


async def load_demo(catalogue: Catalogue, shop: SqliteShop, now: datetime, folder: Path = DEMO) -> DemoReport:
    """Make the shop the demo shop, with orders dated from `now` (with a time zone).

    Loading again on the same day changes nothing, so what customers have changed since then stays; on another day the
    demo starts afresh. The index is not touched: sync it afterwards.
    """
    products, faq = await asyncio.to_thread(_import, catalogue, folder)
    customers = CUSTOMERS.validate_json(_rows(folder / "customers.json"))
    owners = {customer.id: customer for customer in customers}
    demo_orders = ORDERS.validate_json(_rows(folder / "orders.json"))
    orders = tuple(_order(row, owners, catalogue, now.astimezone(UTC)) for row in demo_orders)
    if await _loaded_today(shop, orders):
        return DemoReport(products, faq, orders=0)
    shipping = SHIPPING.validate_json(_rows(folder / "shipping.json"))
    today = now.astimezone(UTC).date()
    subscriptions = SUBSCRIPTIONS.validate_json(_rows(folder / "subscriptions.json"))
    codes = PROMO_CODES.validate_json(_rows(folder / "promo_codes.json"))
    await shop.load(
        customers=customers,
        orders=orders,
        shipping_options=shipping,
        subscriptions=tuple(_subscription(row, catalogue, today) for row in subscriptions),
        promo_codes=tuple(_promo_code(row, today) for row in codes),
    )
    return DemoReport(products, faq, orders=len(orders))


def table_in(folder: Path, name: str) -> Path | None:
    """The file of products or of answers in a shop's folder, whichever of the importers' formats it has."""
    return next(iter(sorted(folder.glob(f"{name}.*"))), None)


def _import(catalogue: Catalogue, folder: Path) -> tuple[ImportReport, ImportReport]:
    products, faq = table_in(folder, "products"), table_in(folder, "faq")
    if products is None:
        raise BadArguments(f"{folder}: expected a file of products such as products.csv or products.jsonl")
    return (
        catalogue.import_products(read_products(products)),
        catalogue.import_faq(read_faq(faq) if faq else Parsed("faq", ())),
    )


def _rows(path: Path) -> bytes:
    """A file's rows; none where there is no such file."""
    return path.read_bytes() if path.exists() else b"[]"


async def _loaded_today(shop: SqliteShop, orders: tuple[Order, ...]) -> bool:
    """Whether the oldest order is there with the date that it would get now; no action changes when it was placed."""
    if not orders:
        return False
    oldest = min(orders, key=lambda order: order.placed_at)
    held = await shop.orders(CustomerScope(assurance=Assurance.ACCOUNT, customer_id=oldest.customer_id))
    return (oldest.id, oldest.placed_at) in {(order.id, order.placed_at) for order in held}


def _order(row: DemoOrder, owners: dict[str, Customer], catalogue: Catalogue, now: datetime) -> Order:
    owner = owners.get(row.customer)
    if owner is None or owner.address is None:
        raise BadArguments(f"orders.json: {row.id} is of {row.customer}, who is not in customers.json with an address")
    placed = datetime.combine(now.date() - timedelta(days=row.placed.days_ago), row.placed.at, tzinfo=UTC)
    if row.placed.days_ago == 0:
        placed = now - JUST_NOW
    method = next((method.id for method in owner.payment_methods if method.label == row.payment), None)
    if method is None:
        raise BadArguments(f"orders.json: {row.id} is paid by {row.payment}, which {owner.id} does not have")
    shipment = _shipment(row.shipment, now.date())
    return Order(
        id=row.id,
        customer_id=owner.id,
        placed_at=placed,
        status=row.status,
        lines=tuple(_line(row.id, line, catalogue) for line in row.lines),
        shipping_cost=row.shipping_cost,
        total=row.total,
        currency=CURRENCY,
        payment_method=row.payment,
        address=owner.address,
        shipment=shipment,
        note=row.note,
        payments=_payments(row, method),
        cancel_reason="no longer needed" if row.status == "cancelled" else None,
        returning=_returning(row, method, shipment, now.date()),
    )


def _goods(row: DemoOrder) -> Decimal:
    return sum((line.price * line.quantity for line in row.lines), Decimal())


def _payments(row: DemoOrder, method: str) -> tuple[Payment, ...]:
    paid = Payment(kind="payment", amount=row.total, method_id=method)
    match row.status:
        case "cancelled":
            return paid, Payment(kind="refund", amount=row.total, method_id=method)
        case "returned":
            return paid, Payment(kind="refund", amount=_goods(row), method_id=method)
        case _:
            return (paid,)


def _returning(row: DemoOrder, method: str, shipment: Shipment | None, today: date) -> Return | None:
    """The return of a whole order, where its state tells of one."""
    if row.status not in ("return requested", "returned") or shipment is None or shipment.delivered_on is None:
        return None
    asked = min(shipment.delivered_on + ASKED_AFTER, today)
    return Return(
        item_ids=tuple(line.variant or line.product for line in row.lines for _ in range(line.quantity)),
        amount=_goods(row),
        refund_to=method,
        requested_on=asked,
        reason="no longer needed",
        received_on=min(asked + BACK_AFTER, today) if row.status == "returned" else None,
    )


def _subscription(row: DemoSubscription, catalogue: Catalogue, today: date) -> Subscription:
    product = catalogue.product(row.product)
    if product is None:
        raise BadArguments(f"subscriptions.json: {row.id} names the product {row.product}, which is not there")
    return Subscription(
        id=row.id,
        customer_id=row.customer,
        product_id=product.id,
        title=product.title,
        status=row.status,
        every_days=row.every_days,
        price=product.price,
        currency=product.currency,
        next_on=None if row.next_in_days is None else today + timedelta(days=row.next_in_days),
    )


def _promo_code(row: DemoPromoCode, today: date) -> PromoCode:
    return PromoCode(
        code=row.code,
        percent=row.percent,
        free_shipping=row.free_shipping,
        from_value=row.from_value,
        currency=CURRENCY,
        starts_on=today - timedelta(days=row.started),
        ends_on=today - timedelta(days=row.ended),
        used_up=row.used_up,
    )


def _line(order_id: str, line: DemoLine, catalogue: Catalogue) -> OrderLine:
    product = catalogue.product(line.product)
    if product is None:
        raise BadArguments(f"orders.json: {order_id} names the product {line.product}, which is not in products.jsonl")
    options = {variant.id: dict(variant.options) for variant in product.variants}
    if line.variant is not None and line.variant not in options:
        raise BadArguments(f"orders.json: {order_id} names {line.variant}, which {product.id} does not come in")
    return OrderLine(
        product_id=product.id,
        title=product.title,
        quantity=line.quantity,
        price=line.price,
        variant_id=line.variant,
        options=options[line.variant] if line.variant else {},
    )


def _shipment(row: DemoShipment | None, today: date) -> Shipment | None:
    if row is None:
        return None
    return Shipment(
        carrier=row.carrier,
        tracking_number=row.tracking,
        shipped_on=today - timedelta(days=row.shipped),
        expected_on=today - timedelta(days=row.expected),
        delivered_on=None if row.delivered is None else today - timedelta(days=row.delivered),
    )
