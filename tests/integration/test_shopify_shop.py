"""The adapter for Shopify, against a server of ours that answers as Shopify's Admin API is documented to."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import AsyncIterator, Callable, Iterator
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx
import pytest
from local_api import running
from shopify_api import GONE, LARGE, PLATE, SMALL, TOKEN

from tools.adapters.shopify import ShopifyShop
from tools.changes import (
    CancelOrder,
    Change,
    ExchangeItems,
    ModifyItems,
    ModifyOrderAddress,
    ModifyOrderPayment,
    NewAddress,
    ReturnItems,
)
from tools.errors import KeyReused, NotFound, QuoteChanged, Refused, ShopUnavailable
from tools.policy.reading import packaged
from tools.quotes import Receipt, WriteKey, digest_of
from tools.records import Assurance, CustomerScope, Swap

NOW = datetime(2026, 3, 10, 12, 0, tzinfo=UTC)
SIGNED_IN = CustomerScope(assurance=Assurance.ACCOUNT, customer_id="7")
PENDING, SENT, FOREIGN, GUESTS = "#W1001", "#W1002", "#W1003", "#W1004"
CANCEL = CancelOrder(order_id=PENDING, reason="no longer needed")
LARGER = ModifyItems(order_id=PENDING, swaps=(Swap(item_id=SMALL, new_item_id=LARGE),))

Open = Callable[[], ShopifyShop]


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with running("shopify_api", tmp_path_factory.mktemp("shopify")) as url:
        yield url


@pytest.fixture
async def open_shop(address: str, tmp_path: Path) -> AsyncIterator[Open]:
    reset(address)
    opened: list[ShopifyShop] = []

    def again() -> ShopifyShop:
        ledger = tmp_path / "writes.sqlite3"
        opened.append(
            ShopifyShop(address, TOKEN, policy=packaged("demo"), ledger=ledger, clock=lambda: NOW, job_pause=0.01)
        )
        return opened[-1]

    yield again
    for shop in opened:
        await shop.close()


@pytest.fixture
def shop(open_shop: Open) -> ShopifyShop:
    return open_shop()


def reset(address: str, drop_after: int = 0) -> None:
    httpx.post(f"{address}/reset", params={"drop_after": drop_after})


def said(address: str) -> list[str]:
    """The mutations that came, in order."""
    names: list[str] = httpx.get(f"{address}/said").json()
    return names


def key_of(change: Any, call_id: str | None = None) -> WriteKey:
    return WriteKey("c1", call_id or uuid.uuid4().hex, digest_of(change.operation, change))


async def done(shop: ShopifyShop, change: Change) -> Receipt:
    quote = await shop.quote(change, SIGNED_IN)
    return await shop.apply(change, SIGNED_IN, key_of(change), quote.version)


async def test_an_order_is_found_by_its_whole_number(shop: ShopifyShop) -> None:
    order = await shop.order(PENDING, SIGNED_IN)

    assert (order.id, order.status, order.total, order.currency) == (PENDING, "pending", Decimal("30.70"), "EUR")
    assert [(line.item_id, line.quantity, line.price, line.options) for line in order.lines] == [
        (SMALL, 2, Decimal("12.90"), {"Size": "21 cm"})
    ]
    assert [(payment.kind, payment.amount) for payment in order.payments] == [("payment", Decimal("30.70"))]
    assert order.payment_method == "Shopify Payments"


async def test_a_parcel_tells_where_it_is(shop: ShopifyShop) -> None:
    order = await shop.order(SENT, SIGNED_IN)

    assert order.status == "delivered"
    assert order.shipment is not None
    assert (order.shipment.carrier, order.shipment.delivered_on) == ("DHL", datetime(2026, 3, 1).date())


async def test_a_customer_sees_their_own_orders(shop: ShopifyShop) -> None:
    assert {order.id for order in await shop.orders(SIGNED_IN)} == {PENDING, SENT, "#W10011"}
    assert (await shop.customer(SIGNED_IN)).name == "Anna Keller"
    with pytest.raises(NotFound):
        await shop.order(FOREIGN, SIGNED_IN)
    with pytest.raises(NotFound):
        await shop.customer(CustomerScope(assurance=Assurance.ACCOUNT, customer_id="99"))


@pytest.mark.parametrize("order_id", [PENDING, GUESTS])
async def test_number_and_address_prove_one_order_a_guests_too(shop: ShopifyShop, order_id: str) -> None:
    scope = await shop.verify(email="ANNA.keller@example.com", order_id=order_id)

    assert scope is not None
    assert [order.id for order in await shop.orders(scope)] == [order_id]
    assert (await shop.quote(CancelOrder(order_id=order_id, reason="other"), scope)).moves[0].amount == Decimal("30.70")
    assert await shop.verify(email="someone@example.com", order_id=order_id) is None
    with pytest.raises(NotFound):
        await shop.order(SENT, scope)


async def test_a_cancelled_order_is_cancelled_when_the_job_is_done(shop: ShopifyShop, address: str) -> None:
    receipt = await done(shop, CANCEL)

    assert receipt.order is not None
    assert receipt.order.status == "cancelled"
    assert [payment.kind for payment in receipt.order.payments] == ["payment", "refund"]
    assert said(address) == ["VitrineCancel"]


async def test_a_return_is_requested_for_the_pieces_of_the_parcel(shop: ShopifyShop) -> None:
    receipt = await done(shop, ReturnItems(order_id=SENT, item_ids=(SMALL,), reason="damaged"))

    assert receipt.quote.moves[0].amount == Decimal("12.90")
    assert receipt.order is not None
    assert receipt.order.status == "return requested"


async def test_an_exchange_names_what_comes_instead(shop: ShopifyShop) -> None:
    receipt = await done(shop, ExchangeItems(order_id=SENT, swaps=(Swap(item_id=SMALL, new_item_id=LARGE),)))

    assert receipt.quote.price_difference == Decimal("6.00")
    assert receipt.order is not None
    assert receipt.order.status == "exchange requested"


async def test_changed_items_are_one_edit(shop: ShopifyShop, address: str) -> None:
    receipt = await done(shop, LARGER)

    assert receipt.order is not None
    assert [(line.item_id, line.quantity) for line in receipt.order.lines] == [(SMALL, 1), (LARGE, 1)]
    assert receipt.order.items_modified
    assert said(address)[-1] == "VitrineEditCommit"


async def test_a_new_address_reaches_the_order(shop: ShopifyShop) -> None:
    moved = NewAddress(line1="Mole 3", city="Hamburg", postcode="20457", country="DE")

    receipt = await done(shop, ModifyOrderAddress(order_id=PENDING, address=moved))

    assert receipt.order is not None
    assert (receipt.order.address.name, receipt.order.address.line1) == ("Anna Keller", "Mole 3")


@pytest.mark.parametrize(
    ("change", "rule"),
    [
        (ModifyItems(order_id=PENDING, swaps=(Swap(item_id=SMALL, new_item_id=GONE),)), "variant_unavailable"),
        (CancelOrder(order_id=SENT, reason="other"), "cancel_order.sent"),
        (ModifyOrderPayment(order_id=PENDING, payment_method_id="paypal"), "modify_order_payment.not_offered"),
        (ReturnItems(order_id=SENT, item_ids=(SMALL, SMALL, SMALL)), "item_not_in_order"),
    ],
)
async def test_what_cannot_be_done_is_refused_before_shopify_is_asked(
    shop: ShopifyShop, address: str, change: Change, rule: str
) -> None:
    with pytest.raises(Refused) as refused:
        await shop.quote(change, SIGNED_IN)

    assert refused.value.rule == rule
    assert said(address) == []


async def test_the_same_yes_cancels_once(shop: ShopifyShop, address: str) -> None:
    quote, key = await shop.quote(CANCEL, SIGNED_IN), key_of(CANCEL)

    receipts = await asyncio.gather(*(shop.apply(CANCEL, SIGNED_IN, key, quote.version) for _ in range(4)))

    assert sorted(receipt.repeated for receipt in receipts) == [False, True, True, True]
    assert said(address) == ["VitrineCancel"]


@pytest.mark.parametrize(("change", "mutations"), [(CANCEL, 1), (LARGER, 4)], ids=["cancel", "modify"])
async def test_an_answer_that_is_lost_is_not_asked_for_twice(
    open_shop: Open, address: str, change: Change, mutations: int
) -> None:
    """Shopify has made the change and its answer is lost: who comes with the same key finds what came of it."""
    reset(address, drop_after=mutations)
    shop, key = open_shop(), key_of(change)
    quote = await shop.quote(change, SIGNED_IN)
    with pytest.raises(ShopUnavailable):
        await shop.apply(change, SIGNED_IN, key, quote.version)

    receipt = await open_shop().apply(change, SIGNED_IN, key, quote.version)

    assert receipt.repeated
    assert len(said(address)) == mutations


async def test_a_stale_yes_and_a_used_key_are_refused(shop: ShopifyShop) -> None:
    old, key = await shop.quote(CANCEL, SIGNED_IN), key_of(LARGER)
    await shop.apply(LARGER, SIGNED_IN, key, (await shop.quote(LARGER, SIGNED_IN)).version)
    again = ReturnItems(order_id=SENT, item_ids=(SMALL,))

    with pytest.raises(KeyReused):
        await shop.apply(CANCEL, SIGNED_IN, key_of(CANCEL, key.call_id), old.version)
    with pytest.raises(QuoteChanged):
        await shop.apply(again, SIGNED_IN, key_of(again), old.version)


async def test_codes_and_variants_come_from_shopify(shop: ShopifyShop) -> None:
    code = await shop.promo_code("HELLO10")

    assert code is not None
    assert (code.percent, code.from_value, code.used_up) == (Decimal("10.0"), Decimal("40.0"), True)
    assert await shop.promo_code("NOPE") is None
    assert [variant.available for variant in await shop.variants(PLATE)] == [True, True, False]


async def test_a_wrong_token_is_a_shop_that_does_not_answer(address: str, tmp_path: Path) -> None:
    shop = ShopifyShop(address, "wrong", policy=packaged("demo"), ledger=tmp_path / "w.sqlite3", clock=lambda: NOW)

    with pytest.raises(ShopUnavailable):
        await shop.orders(SIGNED_IN)

    await shop.close()
