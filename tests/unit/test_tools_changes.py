"""Changes in the shop: what a customer is told beforehand is what happens, once, and only after their yes."""

from __future__ import annotations

import sqlite3
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from acting_shop import (
    ANNA,
    BY_ORDER,
    CARD,
    DELIVERED,
    GIFT_CARD,
    HOME,
    NOW,
    OLD,
    PAYPAL,
    PENDING,
    SHIPPED,
    SIGNED_IN,
    done,
    open_shop,
)
from small_shop import Finds, Shelf

from tools.adapters.sqlite import SqliteShop
from tools.changes import (
    CancelOrder,
    ChangeSubscription,
    ExchangeItems,
    ModifyAccountEmail,
    ModifyItems,
    ModifyOrderAddress,
    ModifyOrderPayment,
    NewAddress,
    ReportProblem,
    ReturnItems,
)
from tools.errors import Refused
from tools.policy.checking import check
from tools.policy.reading import packaged, parse_policy
from tools.quotes import Money, Quote, QuotedItem
from tools.records import Exchange, Payment, Return, ReturnReason, Swap
from tools.spec import ToolContext

CANCEL = CancelOrder(order_id=PENDING, reason="no longer needed")
LARGER = Swap(item_id="PLT-1-S", new_item_id="PLT-1-L")
LARGEST = Swap(item_id="PLT-1-S", new_item_id="PLT-1-XL")
LARGEST_FOR_LARGER = Swap(item_id="PLT-1-L", new_item_id="PLT-1-XL")
ELSEWHERE = NewAddress(line1="Mole 3", city="Hamburg", postcode="20457", country="Germany")


@pytest.fixture
async def shop(tmp_path: Path) -> SqliteShop:
    return await open_shop(tmp_path)


@pytest.fixture
async def context(shop: SqliteShop) -> ToolContext:
    return ToolContext(shop, Finds(), Shelf(), SIGNED_IN, "c1", "en", lambda: NOW)


GOLD_MAY = """
version: 1
name: gold
memberships: [gold]
tables:
  return_items:
    - {rule: gold, when: {membership: gold}, then: allow}
    - {rule: everyone-else, when: {membership: none}, then: refuse, say: {en: "Not {order}.", zh: "不行。"}}
"""


async def refusal(shop: SqliteShop, change: object) -> Refused:
    with pytest.raises(Refused) as refused:
        await shop.quote(change, SIGNED_IN)  # type: ignore[arg-type]
    return refused.value


async def test_a_cancelled_order_is_refunded_the_way_it_was_paid(shop: SqliteShop) -> None:
    receipt = await done(shop, CANCEL)

    order = await shop.order(PENDING, SIGNED_IN)
    refund = Money(kind="refund", amount=Decimal("45.60"), method_id="PM-1", method=CARD.label, days=(1, 5))
    plate = QuotedItem(item_id="PLT-1-S", title="Fjord plate", options={"size": "21 cm"}, price=Decimal("12.90"))
    mug = QuotedItem(item_id="MUG-1", title="Fjord mug", price=Decimal("14.90"))
    assert receipt.quote == Quote(
        operation="cancel_order",
        order_id=PENDING,
        currency="EUR",
        items=(plate, plate, mug),
        shipping_refund=Decimal("4.90"),
        moves=(refund,),
        status="cancelled",
        reason="no longer needed",
    )
    assert (order.status, order.cancel_reason) == ("cancelled", "no longer needed")
    assert order.payments[1:] == (Payment(kind="refund", amount=Decimal("45.60"), method_id="PM-1"),)
    assert receipt.order == order


async def test_returned_items_are_refunded_when_they_are_back(shop: SqliteShop) -> None:
    change = ReturnItems(order_id=DELIVERED, item_ids=("PLT-1-S", "MUG-1"), reason="damaged")

    receipt = await done(shop, change)

    order = await shop.order(DELIVERED, SIGNED_IN)
    assert receipt.quote.moves == (
        Money(kind="refund", amount=Decimal("27.80"), method_id="PM-1", method=CARD.label, days=(1, 5)),
    )
    assert receipt.quote.notes[0].en.startswith("You get a return label")
    assert order.status == "return requested"
    assert order.returning == Return(
        item_ids=change.item_ids, amount=Decimal("27.80"), refund_to="PM-1", requested_on=NOW.date(), reason="damaged"
    )
    assert await shop.customer(SIGNED_IN) == ANNA  # no money moves before the goods are back


@pytest.mark.parametrize(
    ("item_ids", "country", "reason", "refund"),
    [
        (("PLT-1-S", "PLT-1-S", "MUG-1"), "DE", None, "45.60"),  # all of it within 14 days: with the shipping
        (("PLT-1-S", "MUG-1"), "DE", None, "27.80"),
        (("PLT-1-S", "MUG-1"), "IT", "no longer needed", "21.90"),  # less what sending back costs from there
        (("PLT-1-S", "MUG-1"), "IT", "wrong item", "27.80"),
    ],
)
async def test_a_refund_counts_the_way_there_and_back(
    shop: SqliteShop, item_ids: tuple[str, ...], country: str, reason: ReturnReason | None, refund: str
) -> None:
    order = await shop.order(DELIVERED, SIGNED_IN)
    await shop.load(orders=[order.model_copy(update={"address": HOME.model_copy(update={"country": country})})])

    quote = await shop.quote(ReturnItems(order_id=DELIVERED, item_ids=item_ids, reason=reason), SIGNED_IN)

    assert quote.moves[0].amount == Decimal(refund)


@pytest.mark.parametrize(
    ("placed", "today", "allowed"),
    [
        (date(2025, 11, 1), date(2026, 1, 31), True),
        (date(2025, 12, 24), date(2026, 1, 31), True),
        (date(2025, 11, 1), date(2026, 2, 1), False),
        (date(2025, 10, 31), date(2026, 1, 31), False),
        (date(2025, 12, 25), date(2026, 1, 31), False),
    ],
)
async def test_what_was_bought_for_christmas_may_come_back_in_january(
    tmp_path: Path, placed: date, today: date, allowed: bool
) -> None:
    await open_shop(tmp_path)
    noon = datetime.combine(today, time(12), tzinfo=UTC)
    shop = SqliteShop(tmp_path / "shop.sqlite3", packaged("demo"), lambda: noon)
    order = await shop.order(DELIVERED, SIGNED_IN)
    assert order.shipment is not None
    came = order.shipment.model_copy(update={"delivered_on": placed + timedelta(days=3)})
    at = datetime.combine(placed, time(12), tzinfo=UTC)
    await shop.load(orders=[order.model_copy(update={"placed_at": at, "shipment": came})])
    change = ReturnItems(order_id=DELIVERED, item_ids=("MUG-1",))

    if allowed:
        await shop.quote(change, SIGNED_IN)
    else:
        assert (await refusal(shop, change)).rule == "return_items.too-late"


@pytest.mark.parametrize(("level", "allowed"), [("gold", True), ("", False), ("platinum of another shop", False)])
async def test_members_may_return_for_longer(tmp_path: Path, level: str, allowed: bool) -> None:
    policy, faults = parse_policy(GOLD_MAY, "gold.yaml")
    assert (faults, check(policy).faults) == ((), ())
    shop = await open_shop(tmp_path, policy)
    await shop.load(customers=[ANNA.model_copy(update={"membership": level})])
    change = ReturnItems(order_id=OLD, item_ids=("MUG-1",))

    if allowed:
        await shop.quote(change, SIGNED_IN)
    else:
        assert (await refusal(shop, change)).rule == "return_items.everyone-else"


async def test_an_exchange_tells_the_price_difference_beforehand(shop: SqliteShop) -> None:
    change = ExchangeItems(order_id=DELIVERED, swaps=(LARGER,), payment_method_id="PM-2")

    receipt = await done(shop, change)

    item = QuotedItem(
        item_id="PLT-1-S",
        title="Fjord plate",
        options={"size": "21 cm"},
        price=Decimal("12.90"),
        new_item_id="PLT-1-L",
        new_options={"size": "27 cm"},
        new_price=Decimal("18.90"),
    )
    order = await shop.order(DELIVERED, SIGNED_IN)
    assert receipt.quote.items == (item,)
    assert receipt.quote.price_difference == Decimal("6.00")
    assert receipt.quote.moves[0].kind == "payment"
    assert order.exchanging == Exchange(
        swaps=(LARGER,), price_difference=Decimal("6.00"), payment_method_id="PM-2", requested_on=NOW.date()
    )


async def test_an_exchange_keeps_the_name_of_what_the_order_was_paid_with(
    shop: SqliteShop,
) -> None:
    await done(shop, ExchangeItems(order_id=DELIVERED, swaps=(LARGER,)))

    order = await shop.order(DELIVERED, SIGNED_IN)
    assert order.exchanging is not None
    assert order.exchanging.payment_method_id == order.payments[0].method_id


async def test_one_piece_of_two_is_changed_and_paid_from_the_gift_card(shop: SqliteShop) -> None:
    await done(shop, ModifyItems(order_id=PENDING, swaps=(LARGER,), payment_method_id="PM-2"))

    order = await shop.order(PENDING, SIGNED_IN)
    customer = await shop.customer(SIGNED_IN)
    assert [(line.item_id, line.quantity, line.price) for line in order.lines] == [
        ("PLT-1-L", 1, Decimal("18.90")),
        ("PLT-1-S", 1, Decimal("12.90")),
        ("MUG-1", 1, Decimal("14.90")),
    ]
    assert (order.total, order.items_modified) == (Decimal("51.60"), True)
    assert customer.payment_methods[1].balance == Decimal("4.00")


async def test_pieces_that_trade_places_keep_their_prices(shop: SqliteShop) -> None:
    await done(shop, ModifyItems(order_id=PENDING, swaps=(LARGER,)))
    order = await shop.order(PENDING, SIGNED_IN)
    dearer = tuple(
        line.model_copy(update={"price": Decimal("17.00")}) if line.item_id == "PLT-1-L" else line
        for line in order.lines
    )
    total = order.total - Decimal("1.90")
    await shop.load(orders=[order.model_copy(update={"lines": dearer, "total": total, "items_modified": False})])

    await done(shop, ModifyItems(order_id=PENDING, swaps=(LARGER, LARGEST_FOR_LARGER)), call_id="call-2")

    order = await shop.order(PENDING, SIGNED_IN)
    assert {line.item_id: line.price for line in order.lines} == {
        "PLT-1-L": Decimal("18.90"),
        "PLT-1-XL": Decimal("38.90"),
        "MUG-1": Decimal("14.90"),
    }
    assert order.total == sum((line.price for line in order.lines), Decimal()) + order.shipping_cost


async def test_more_than_the_shop_has_cannot_be_had(tmp_path: Path) -> None:
    shop = await open_shop(tmp_path)
    connection = sqlite3.connect(tmp_path / "shop.sqlite3")
    connection.execute("""update products set variants = replace(variants, '"stock": 5', '"stock": 1')""")
    connection.commit()
    connection.close()

    assert (await refusal(shop, ModifyItems(order_id=PENDING, swaps=(LARGER, LARGER)))).rule == "variant_unavailable"
    await shop.quote(ModifyItems(order_id=PENDING, swaps=(LARGER,)), SIGNED_IN)


async def test_after_the_payment_was_changed_the_new_one_is_the_original(shop: SqliteShop) -> None:
    await done(shop, ModifyOrderPayment(order_id=PENDING, payment_method_id="PM-3"))

    quote = await shop.quote(ModifyItems(order_id=PENDING, swaps=(LARGER,)), SIGNED_IN)

    assert [move.method_id for move in quote.moves] == ["PM-3"]


async def test_both_pieces_changed_are_one_line_again(shop: SqliteShop) -> None:
    await done(shop, ModifyItems(order_id=PENDING, swaps=(LARGER, LARGER)))

    order = await shop.order(PENDING, SIGNED_IN)
    assert [(line.item_id, line.quantity) for line in order.lines] == [("PLT-1-L", 2), ("MUG-1", 1)]
    assert order.payments[-1] == Payment(kind="payment", amount=Decimal("12.00"), method_id="PM-1")


async def test_items_are_changed_once_an_order(shop: SqliteShop) -> None:
    await done(shop, ModifyItems(order_id=PENDING, swaps=(LARGER,)))

    refused = await refusal(shop, ModifyItems(order_id=PENDING, swaps=(LARGER,)))

    assert refused.rule == "modify_items.changed-already"
    assert refused.params["sentence"] == {
        "en": "The items of order #W10451 have been changed once already; they cannot be changed again.",
        "zh": "订单 #W10451 的商品已修改过一次，无法再次修改。",
    }


async def test_a_new_address_keeps_the_recipient(shop: SqliteShop) -> None:
    await done(shop, ModifyOrderAddress(order_id=PENDING, address=ELSEWHERE))

    address = (await shop.order(PENDING, SIGNED_IN)).address
    assert (address.name, address.line1, address.country) == ("Anna Keller", "Mole 3", "DE")
    assert (await shop.customer(SIGNED_IN)).address == HOME


async def test_a_changed_payment_refunds_the_first_one(shop: SqliteShop) -> None:
    await done(shop, ModifyOrderPayment(order_id=PENDING, payment_method_id="PM-3"))

    order = await shop.order(PENDING, SIGNED_IN)
    assert order.payment_method == PAYPAL.label
    assert [(payment.kind, payment.method_id) for payment in order.payments] == [
        ("payment", "PM-1"),
        ("payment", "PM-3"),
        ("refund", "PM-1"),
    ]


@pytest.mark.parametrize(
    ("change", "rule"),
    [
        (CancelOrder(order_id=SHIPPED, reason="other"), "cancel_order.sent"),
        (ReturnItems(order_id=OLD, item_ids=("MUG-1",)), "return_items.too-late"),
        (ReturnItems(order_id=DELIVERED, item_ids=("MUG-1",), refund_to="PM-3"), "return_items.refund-elsewhere"),
        (ReturnItems(order_id=DELIVERED, item_ids=("MUG-1", "MUG-1")), "item_not_in_order"),
        (ReturnItems(order_id=DELIVERED, item_ids=("MUG-9",)), "item_not_in_order"),
        (ExchangeItems(order_id=PENDING, swaps=(LARGER,)), "exchange_items.can-still-be-changed"),
        (ModifyItems(order_id=PENDING, swaps=(LARGEST,), payment_method_id="PM-2"), "gift_card_too_small"),
        (ModifyItems(order_id=PENDING, swaps=(LARGER,), payment_method_id="PM-9"), "no_such_payment_method"),
        (
            ModifyItems(order_id=PENDING, swaps=(Swap(item_id="PLT-1-S", new_item_id="PLT-1-XS"),)),
            "variant_unavailable",
        ),
        (ModifyItems(order_id=PENDING, swaps=(Swap(item_id="PLT-1-S", new_item_id="MUG-1"),)), "not_a_variant"),
        (ModifyOrderPayment(order_id=PENDING, payment_method_id="PM-1"), "same_payment_method"),
        (ModifyOrderPayment(order_id=PENDING, payment_method_id="PM-2"), "gift_card_too_small"),
        (ModifyAccountEmail(email="ANNA.keller@example.com"), "same_email"),
        (
            ModifyOrderAddress(
                order_id=PENDING, address=NewAddress(line1="Quai 1", city="Lyon", postcode="69001", country="FR")
            ),
            "modify_order_address.another-country",
        ),
        (
            ReportProblem(order_id=SHIPPED, item_ids=("MUG-1",), problem="not_arrived", wish="refund"),
            "report_problem.still-in-time",
        ),
        (ChangeSubscription(subscription_id="S-1", action="resume"), "change_subscription.runs-already"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
async def test_what_cannot_be_done_says_why_in_both_languages(shop: SqliteShop, change: object, rule: str) -> None:
    refused = await refusal(shop, change)

    assert refused.rule == rule
    assert "{" not in refused.sentence.en + refused.sentence.zh
    assert refused.sentence.en != refused.sentence.zh


async def test_who_knows_one_order_cannot_pay_with_the_accounts_gift_card(shop: SqliteShop) -> None:
    with pytest.raises(Refused, match="not on file"):
        await shop.quote(ModifyItems(order_id=PENDING, swaps=(LARGER,), payment_method_id=GIFT_CARD.id), BY_ORDER)

    assert await shop.payment_methods(BY_ORDER) == (CARD,)
