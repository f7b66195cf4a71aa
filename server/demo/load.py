"""Fills a shop with the demo: products and answers through the importers, customers and orders with dates of today."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path

from pydantic import TypeAdapter

from retrieval.catalogue import Catalogue, ImportReport
from retrieval.ingest.faq import read_faq
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
    Record,
    Shipment,
    ShippingOption,
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


CUSTOMERS = TypeAdapter(tuple[Customer, ...])
ORDERS = TypeAdapter(tuple[DemoOrder, ...])
SHIPPING = TypeAdapter(tuple[ShippingOption, ...])


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
    customers = CUSTOMERS.validate_json((folder / "customers.json").read_bytes())
    owners = {customer.id: customer for customer in customers}
    demo_orders = ORDERS.validate_json((folder / "orders.json").read_bytes())
    orders = tuple(_order(row, owners, catalogue, now.astimezone(UTC)) for row in demo_orders)
    if await _loaded_today(shop, orders):
        return DemoReport(products, faq, orders=0)
    shipping = SHIPPING.validate_json((folder / "shipping.json").read_bytes())
    await shop.load(customers=customers, orders=orders, shipping_options=shipping)
    return DemoReport(products, faq, orders=len(orders))


def _import(catalogue: Catalogue, folder: Path) -> tuple[ImportReport, ImportReport]:
    return (
        catalogue.import_products(read_products(folder / "products.jsonl")),
        catalogue.import_faq(read_faq(folder / "faq.jsonl")),
    )


async def _loaded_today(shop: SqliteShop, orders: tuple[Order, ...]) -> bool:
    """Whether the oldest order is there with the date that it would get now; no action changes when it was placed."""
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
        shipment=_shipment(row.shipment, now.date()),
        note=row.note,
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
