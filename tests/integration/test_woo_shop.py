"""The adapter for WooCommerce, against a server of ours that answers as its REST API is documented to."""

from __future__ import annotations

import uuid
from collections.abc import AsyncIterator, Callable, Iterator
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx
import pytest
from local_api import running
from woo_api import KEY, SECRET

from tools.adapters.woo import WooShop
from tools.changes import (
    CancelOrder,
    Change,
    ExchangeItems,
    ModifyAccountAddress,
    ModifyAccountEmail,
    ModifyOrderAddress,
    NewAddress,
    ReturnItems,
)
from tools.errors import BadArguments, NotFound, Refused, ShopUnavailable
from tools.policy.reading import packaged
from tools.quotes import Receipt, WriteKey, digest_of
from tools.records import Assurance, CustomerScope, Swap

NOW = datetime(2026, 3, 10, 12, 0, tzinfo=UTC)
SIGNED_IN = CustomerScope(assurance=Assurance.ACCOUNT, customer_id="7")
PAID, SENT, FOREIGN, GUESTS, UNPAID, ODD, UNDERWAY = (f"#W{number}" for number in range(1001, 1008))
CANCEL = CancelOrder(order_id=PAID, reason="no longer needed")
MOVED = NewAddress(line1="Mole 3", city="Hamburg", postcode="20457", country="DE")

Open = Callable[[], WooShop]


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with running("woo_api", tmp_path_factory.mktemp("woo")) as url:
        yield url


@pytest.fixture
async def open_shop(address: str, tmp_path: Path) -> AsyncIterator[Open]:
    reset(address)
    opened: list[WooShop] = []

    def again() -> WooShop:
        ledger = tmp_path / "writes.sqlite3"
        opened.append(WooShop(address, KEY, SECRET, policy=packaged("demo"), ledger=ledger, clock=lambda: NOW))
        return opened[-1]

    yield again
    for shop in opened:
        await shop.close()


@pytest.fixture
def shop(open_shop: Open) -> WooShop:
    return open_shop()


def reset(address: str, **wishes: Any) -> None:
    httpx.post(f"{address}/reset", params=wishes)


def said(address: str) -> list[str]:
    """The writes that came, in order."""
    names: list[str] = httpx.get(f"{address}/said").json()
    return names


def key_of(change: Any) -> WriteKey:
    return WriteKey("c1", uuid.uuid4().hex, digest_of(change.operation, change))


async def done(shop: WooShop, change: Change) -> Receipt:
    quote = await shop.quote(change, SIGNED_IN)
    return await shop.apply(change, SIGNED_IN, key_of(change), quote.version)


async def test_an_order_is_told_in_what_the_customer_pays(shop: WooShop) -> None:
    order = await shop.order("w1001", SIGNED_IN)

    assert (order.id, order.status, order.total, order.shipping_cost) == (
        PAID,
        "pending",
        Decimal("30.70"),
        Decimal("4.90"),
    )
    assert [(line.item_id, line.price, line.options) for line in order.lines] == [
        ("51", Decimal("12.90"), {"Size": "21 cm"})
    ]
    assert order.address.city == "Hamburg"  # no shipping address: the billing address


@pytest.mark.parametrize(
    ("order_id", "status"), [(SENT, "delivered"), (UNDERWAY, "shipped"), (UNPAID, "pending"), (ODD, "processed")]
)
async def test_states_are_those_that_policies_ask_about(shop: WooShop, order_id: str, status: str) -> None:
    assert (await shop.order(order_id, SIGNED_IN)).status == status


async def test_a_customer_sees_their_own_orders(shop: WooShop) -> None:
    assert {order.id for order in await shop.orders(SIGNED_IN)} == {PAID, SENT, UNPAID, ODD, UNDERWAY}
    for order_id in (FOREIGN, GUESTS, "#W9999"):
        with pytest.raises(NotFound):
            await shop.order(order_id, SIGNED_IN)
    with pytest.raises(NotFound):
        await shop.customer(CustomerScope(assurance=Assurance.ACCOUNT, customer_id="8"))


async def test_number_and_address_prove_one_order_a_guests_too(shop: WooShop) -> None:
    scope = await shop.verify(email="ANNA.keller@example.com", order_id=GUESTS)

    assert scope is not None
    assert [order.id for order in await shop.orders(scope)] == [GUESTS]
    assert (await shop.quote(CancelOrder(order_id=GUESTS, reason="other"), scope)).moves[0].amount == Decimal("30.70")
    assert await shop.verify(email="x@example.com", order_id=GUESTS) is None
    with pytest.raises(NotFound):
        await shop.order(PAID, scope)


async def test_a_cancelled_order_is_refunded_first(shop: WooShop, address: str) -> None:
    receipt = await done(shop, CANCEL)

    assert said(address) == ["refund", "update status"]
    assert receipt.order is not None
    assert receipt.order.status == "cancelled"
    assert [(payment.kind, payment.amount) for payment in receipt.order.payments] == [
        ("payment", Decimal("30.70")),
        ("refund", Decimal("30.70")),
    ]


async def test_what_was_not_paid_is_not_refunded(shop: WooShop, address: str) -> None:
    receipt = await done(shop, CancelOrder(order_id=UNPAID, reason="ordered by mistake"))

    assert receipt.quote.moves == ()
    assert said(address) == ["update status"]


@pytest.mark.parametrize("lost", [1, 2], ids=["refund", "status"])
async def test_an_answer_that_is_lost_pays_nothing_twice(open_shop: Open, address: str, lost: int) -> None:
    reset(address, drop_after=lost)
    shop, key = open_shop(), key_of(CANCEL)
    quote = await shop.quote(CANCEL, SIGNED_IN)
    with pytest.raises(ShopUnavailable):
        await shop.apply(CANCEL, SIGNED_IN, key, quote.version)

    receipt = await open_shop().apply(CANCEL, SIGNED_IN, key, quote.version)

    assert said(address) == ["refund", "update status"]
    assert receipt.order is not None
    assert receipt.order.status == "cancelled"


async def test_a_gateway_that_refuses_leaves_the_order_as_it_was(shop: WooShop, address: str) -> None:
    reset(address, gateway_refuses=True)
    key, quote = key_of(CANCEL), await shop.quote(CANCEL, SIGNED_IN)

    for _ in range(2):
        with pytest.raises(Refused) as refused:
            await shop.apply(CANCEL, SIGNED_IN, key, quote.version)
        assert refused.value.rule == "shop_refuses"

    assert (await shop.order(PAID, SIGNED_IN)).status == "pending"


async def test_a_return_is_kept_with_the_order_and_noted_for_the_shops_people(shop: WooShop, address: str) -> None:
    receipt = await done(shop, ReturnItems(order_id=SENT, item_ids=("51",), reason="damaged"))

    assert said(address) == ["note", "update meta_data"]
    assert receipt.order is not None
    assert receipt.order.status == "return requested"
    assert receipt.order.returning is not None
    assert (receipt.order.returning.amount, receipt.order.returning.reason) == (Decimal("12.90"), "damaged")


async def test_addresses_are_changed_where_they_belong(shop: WooShop) -> None:
    order = (await done(shop, ModifyOrderAddress(order_id=PAID, address=MOVED))).order
    await done(shop, ModifyAccountAddress(address=MOVED))
    await done(shop, ModifyAccountEmail(email="anna@example.org"))

    customer = await shop.customer(SIGNED_IN)
    assert order is not None
    assert order.address == customer.address == MOVED.of("Anna Keller")
    assert customer.email == "anna@example.org"


async def test_what_the_shop_does_not_accept_is_refused(shop: WooShop) -> None:
    with pytest.raises(Refused, match="did not accept"):
        await done(shop, ModifyAccountEmail(email="taken@example.com"))


async def test_what_woocommerce_cannot_do_is_not_offered(shop: WooShop) -> None:
    with pytest.raises(Refused) as refused:
        await shop.quote(ExchangeItems(order_id=SENT, swaps=(Swap(item_id="51", new_item_id="52"),)), SIGNED_IN)

    assert refused.value.rule == "exchange_items.not_offered"


async def test_coupons_and_variants_come_from_woocommerce(shop: WooShop) -> None:
    code = await shop.promo_code("HELLO10")

    assert code is not None
    assert (code.percent, code.from_value, code.used_up) == (Decimal("10.00"), Decimal("40.00"), False)
    assert await shop.promo_code("NOPE") is None
    assert [(variant.id, variant.available) for variant in await shop.variants("50")] == [("51", True), ("52", False)]
    assert await shop.variants("51") == ()


async def test_keys_go_over_https_alone(tmp_path: Path) -> None:
    with pytest.raises(BadArguments, match="must be https"):
        WooShop("http://shop.example", KEY, SECRET, policy=packaged("demo"), ledger=tmp_path / "w", clock=lambda: NOW)


async def test_wrong_keys_are_a_shop_that_does_not_answer(address: str, tmp_path: Path) -> None:
    shop = WooShop(address, KEY, "wrong", policy=packaged("demo"), ledger=tmp_path / "w.sqlite3", clock=lambda: NOW)

    with pytest.raises(ShopUnavailable, match="does not accept our key"):
        await shop.orders(SIGNED_IN)

    await shop.close()
