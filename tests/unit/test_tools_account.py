"""What is changed beside an order's items: the account, a report of damage, a subscription, an invoice."""

from __future__ import annotations

from pathlib import Path

import pytest
from acting_shop import ANNA, BY_ORDER, COFFEE, DELIVERED, HOME, PENDING, SIGNED_IN, done, open_shop, outbox

from tools.adapters.sqlite import SqliteShop
from tools.changes import (
    ChangeSubscription,
    ModifyAccountAddress,
    ModifyAccountEmail,
    NewAddress,
    ReportProblem,
    SendInvoice,
)
from tools.errors import Refused

ELSEWHERE = NewAddress(line1="Mole 3", city="Hamburg", postcode="20457", country="Germany")


@pytest.fixture
async def shop(tmp_path: Path) -> SqliteShop:
    return await open_shop(tmp_path)


async def test_the_account_moves_and_its_orders_stay(shop: SqliteShop) -> None:
    await done(shop, ModifyAccountAddress(address=ELSEWHERE))

    assert (await shop.customer(SIGNED_IN)).address == ELSEWHERE.of("Anna Keller")
    assert (await shop.order(PENDING, SIGNED_IN)).address == HOME


async def test_a_new_account_address_proves_the_order_from_then_on(shop: SqliteShop, tmp_path: Path) -> None:
    await done(shop, ModifyAccountEmail(email="anna@example.org"))

    assert await shop.verify(email="anna@example.org", order_id=PENDING)
    assert await shop.verify(email="anna.keller@example.com", order_id=PENDING) is None
    assert outbox(tmp_path) == [("email_changed", "anna.keller@example.com", None)]


async def test_another_customers_address_cannot_be_taken(shop: SqliteShop) -> None:
    with pytest.raises(Refused) as refused:
        await done(shop, ModifyAccountEmail(email="Ben.Li@example.com"))

    assert refused.value.rule == "email_taken"
    assert await shop.customer(SIGNED_IN) == ANNA


async def test_damage_is_reported_with_a_photo(shop: SqliteShop) -> None:
    change = ReportProblem(
        order_id=DELIVERED, item_ids=("MUG-1",), problem="damaged", wish="replacement", photos=("up-1",)
    )

    receipt = await done(shop, change)

    report = (await shop.order(DELIVERED, SIGNED_IN)).problems[0]
    assert (report.problem, report.photos, receipt.quote.moves) == ("damaged", ("up-1",), ())


async def test_damage_without_a_photo_asks_for_one(shop: SqliteShop) -> None:
    change = ReportProblem(order_id=DELIVERED, item_ids=("MUG-1",), problem="damaged", wish="refund")

    with pytest.raises(Refused) as refused:
        await shop.quote(change, SIGNED_IN)

    assert refused.value.rule == "report_problem.photo-please"


async def test_a_subscription_skips_its_next_delivery(shop: SqliteShop) -> None:
    receipt = await done(shop, ChangeSubscription(subscription_id="S-1", action="skip_next"))

    assert receipt.quote.subscription == COFFEE.skipped()
    assert await shop.subscriptions(SIGNED_IN) == (COFFEE.skipped(),)


async def test_an_invoice_goes_to_the_address_of_the_account(shop: SqliteShop, tmp_path: Path) -> None:
    await done(shop, SendInvoice(order_id=DELIVERED), BY_ORDER)

    assert outbox(tmp_path) == [("invoice", "anna.keller@example.com", DELIVERED)]
