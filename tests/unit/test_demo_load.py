"""The demo shop's customers and orders are whole, priced right, and of today whenever they are loaded."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from retrieval.catalogue import Catalogue
from server.demo.load import CUSTOMERS, DEMO, ORDERS, SHIPPING, load_demo
from tools.adapters.sqlite import SqliteShop
from tools.changes import (
    CancelOrder,
    Change,
    ChangeSubscription,
    ExchangeItems,
    ModifyAccountEmail,
    ModifyItems,
    ModifyOrderAddress,
    ModifyOrderPayment,
    NewAddress,
    ReturnItems,
    SendInvoice,
)
from tools.policy.reading import packaged
from tools.records import ANONYMOUS, Assurance, CustomerScope, Order, Swap
from tools.registry import shop_tools
from tools.results import Err, Ok
from tools.spec import ToolContext

NOW = datetime(2026, 3, 10, 12, 0, tzinfo=UTC)
STATES = {"pending", "processed", "shipped", "delivered", "cancelled", "return requested", "returned"}
NET_COUNTRIES = {"CH", "LI", "NO", "GB"}

customers = {customer.id: customer for customer in CUSTOMERS.validate_json((DEMO / "customers.json").read_bytes())}
orders = ORDERS.validate_json((DEMO / "orders.json").read_bytes())
options = {option.id: option for option in SHIPPING.validate_json((DEMO / "shipping.json").read_bytes())}
products = {row["id"]: row for row in map(json.loads, (DEMO / "products.jsonl").read_text("utf-8").splitlines())}


@pytest.fixture
def catalogue(tmp_path: Path) -> Iterator[Catalogue]:
    catalogue = Catalogue(tmp_path / "shop.sqlite3")
    yield catalogue
    catalogue.close()


async def all_orders(shop: SqliteShop) -> list[Order]:
    scopes = (CustomerScope(assurance=Assurance.ACCOUNT, customer_id=customer) for customer in customers)
    return [order for scope in scopes for order in await shop.orders(scope)]


async def test_the_demo_is_there_after_loading(tmp_path: Path, catalogue: Catalogue) -> None:
    shop = SqliteShop(tmp_path / "shop.sqlite3")

    report = await load_demo(catalogue, shop, NOW)

    problems = [problem for problem in report.products.problems if problem.column != "image"]
    assert (problems, report.faq.problems) == ([], ())
    assert catalogue.counts() == {"product": 150, "faq": 218}
    assert len(await all_orders(shop)) == report.orders == len(orders)
    assert {order.status for order in await all_orders(shop)} == STATES
    assert len(await shop.shipping_options()) == len(options)


async def test_no_date_contradicts_another(tmp_path: Path, catalogue: Catalogue) -> None:
    shop = SqliteShop(tmp_path / "shop.sqlite3")

    await load_demo(catalogue, shop, NOW)

    for order in await all_orders(shop):
        assert order.placed_at <= NOW - timedelta(minutes=20), order.id
        parcel = order.shipment
        assert (parcel is None) == (order.status in {"pending", "processed", "cancelled"}), order.id
        if parcel is not None:
            assert order.placed_at.date() <= parcel.shipped_on <= NOW.date(), order.id
            assert parcel.expected_on is not None
            assert parcel.shipped_on < parcel.expected_on, order.id
            assert (parcel.delivered_on is None) == (order.status == "shipped"), order.id
        if parcel is not None and parcel.delivered_on is not None:
            assert parcel.shipped_on < parcel.delivered_on <= NOW.date(), order.id


async def test_loading_again_on_the_same_day_keeps_what_customers_changed(tmp_path: Path, catalogue: Catalogue) -> None:
    shop = SqliteShop(tmp_path / "shop.sqlite3")
    await load_demo(catalogue, shop, NOW)
    anna = CustomerScope(assurance=Assurance.ACCOUNT, customer_id="C-1001")
    pending = next(order for order in await shop.orders(anna) if order.status == "pending")
    cancelled = pending.model_copy(update={"status": "cancelled"})
    await shop.load(orders=[cancelled])

    report = await load_demo(catalogue, shop, NOW + timedelta(hours=5))

    assert (report.orders, report.products.added, report.faq.changed) == (0, (), ())
    assert await shop.order(pending.id, anna) == cancelled


async def test_loading_on_another_day_starts_afresh(tmp_path: Path, catalogue: Catalogue) -> None:
    shop = SqliteShop(tmp_path / "shop.sqlite3")
    await load_demo(catalogue, shop, NOW)
    before = await all_orders(shop)

    await load_demo(catalogue, shop, NOW + timedelta(days=40))

    after = {order.id: order for order in await all_orders(shop)}
    assert all(after[order.id].placed_at - order.placed_at == timedelta(days=40) for order in before)


@pytest.mark.parametrize("order", orders, ids=lambda order: order.id)
def test_an_order_costs_what_its_goods_and_its_way_cost(order: Any) -> None:
    country = customers[order.customer].address.country  # type: ignore[union-attr]
    net = country in NET_COUNTRIES
    for line in order.lines:
        product = products[line.product]
        sold = {variant["id"]: variant for variant in product.get("variants", [])}.get(line.variant, product)
        price = Decimal(str(sold["price"]))
        assert line.price == (round(price / Decimal("1.19"), 2) if net else price)
        assert (line.variant is None) == ("variants" not in product)

    goods = sum((line.price * line.quantity for line in order.lines), Decimal())
    option = options[order.shipping]
    free = option.free_from is not None and goods >= option.free_from
    assert country in option.countries
    assert order.shipping_cost == (0 if free else option.price)
    assert order.total == goods + order.shipping_cost
    assert (order.shipping == "furniture") == any(products[line.product]["type"] == "chair" for line in order.lines)


def test_ids_and_addresses_are_used_once() -> None:
    assert len({order.id for order in orders}) == len(orders) >= 60
    assert len({customer.email for customer in customers.values()}) == len(customers) == 25
    assert {order.customer for order in orders} == set(customers)
    assert min(Counter(order.status for order in orders).values()) >= 4


@pytest.mark.parametrize(
    ("email", "order_id", "status"),
    [
        ("anna.keller@example.com", "#W10428", "shipped"),
        ("wei.zhang@example.com", "#W10403", "delivered"),
        ("tom.baker@example.com", "#W10393", "return requested"),
    ],
)
async def test_the_customers_of_the_readme_can_prove_who_they_are(
    email: str, order_id: str, status: str, tmp_path: Path, catalogue: Catalogue
) -> None:
    shop = SqliteShop(tmp_path / "shop.sqlite3")
    await load_demo(catalogue, shop, NOW)

    scope = await shop.verify(email=email, order_id=order_id)

    assert scope is not None
    assert (await shop.order(order_id, scope)).status == status


async def test_one_parcel_is_overdue_so_that_the_demo_can_show_it(tmp_path: Path, catalogue: Catalogue) -> None:
    shop = SqliteShop(tmp_path / "shop.sqlite3")
    await load_demo(catalogue, shop, NOW)
    late = []
    for customer in customers:
        scope = CustomerScope(assurance=Assurance.ACCOUNT, customer_id=customer)
        context = ToolContext(shop, NoSearch(), catalogue, scope, "c1", "en", lambda: NOW)
        for order in await shop.orders(scope):
            result = await shop_tools().call("shipment_status", {"order_id": order.id}, context)
            assert isinstance(result, Ok)
            if result.data.get("overdue"):
                late.append(order.id)

    assert len(late) == 1


class NoSearch:
    """A searcher for tools that search nothing."""

    async def search(self, query: object) -> Any:
        raise AssertionError("nothing is searched here")


@pytest.mark.parametrize(
    ("change", "money"),
    [
        (CancelOrder(order_id="#W10451", reason="ordered by mistake"), "117.80"),
        (ModifyItems(order_id="#W10451", swaps=(Swap(item_id="THR-3110-1", new_item_id="THR-3110-2"),)), "25.00"),
        (
            ModifyOrderAddress(
                order_id="#W10451",
                address=NewAddress(line1="Mole 3", city="Hamburg", postcode="20457", country="DE"),
            ),
            "",
        ),
        (ReturnItems(order_id="#W10380", item_ids=("MUG-1041", "MUG-1041")), "29.80"),
        (ExchangeItems(order_id="#W10380", swaps=(Swap(item_id="PLT-1301-2", new_item_id="PLT-1301-1"),)), "6.00"),
        (SendInvoice(order_id="#W10380"), ""),
        (ModifyOrderPayment(order_id="#W10451", payment_method_id="PM-1001-2"), "117.80"),
        (ModifyAccountEmail(email="anna@example.org"), ""),
        (ChangeSubscription(subscription_id="S-501", action="skip_next"), ""),
    ],
    ids=lambda value: value if isinstance(value, str) else value.operation,
)
async def test_anna_can_try_every_change(change: Change, money: str, tmp_path: Path, catalogue: Catalogue) -> None:
    shop = SqliteShop(tmp_path / "shop.sqlite3", packaged("demo"), lambda: NOW)
    await load_demo(catalogue, shop, NOW)
    anna = CustomerScope(assurance=Assurance.ACCOUNT, customer_id="C-1001")

    quote = await shop.quote(change, anna)

    assert [str(move.amount) for move in quote.moves][:1] == ([money] if money else [])


@pytest.mark.parametrize(
    ("code", "value", "why_not"),
    [
        ("hello 10", None, None),
        ("HELLO10", "39.99", "order value too small"),
        ("SUMMER15", None, "expired"),
        ("FIRST50", None, "used up"),
    ],
)
async def test_a_code_says_whether_it_works(
    code: str, value: str | None, why_not: str | None, tmp_path: Path, catalogue: Catalogue
) -> None:
    shop = SqliteShop(tmp_path / "shop.sqlite3")
    await load_demo(catalogue, shop, NOW)
    context = ToolContext(shop, NoSearch(), catalogue, ANONYMOUS, "c1", "en", lambda: NOW)

    result = await shop_tools().call("check_promo_code", {"code": code, "order_value": value}, context)
    unknown = await shop_tools().call("check_promo_code", {"code": "MADEUP99"}, context)

    assert isinstance(result, Ok)
    assert (result.data["works"], result.data["why_not"]) == (why_not is None, why_not)
    assert isinstance(unknown, Err)
    assert unknown.code == "not_found"


async def test_a_return_under_way_tells_what_comes_back(tmp_path: Path, catalogue: Catalogue) -> None:
    shop = SqliteShop(tmp_path / "shop.sqlite3")
    await load_demo(catalogue, shop, NOW)
    tom = CustomerScope(assurance=Assurance.ACCOUNT, customer_id="C-1003")
    context = ToolContext(shop, NoSearch(), catalogue, tom, "c1", "en", lambda: NOW)

    result = await shop_tools().call("refund_status", {"order_id": "#W10393"}, context)

    assert isinstance(result, Ok)
    assert result.data["refunded"] == []
    assert result.data["to_come"]["amount"] == f"{sum(line.price * line.quantity for line in result.value.lines):.2f}"  # type: ignore[index,call-overload,attr-defined]
