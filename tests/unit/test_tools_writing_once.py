"""A quote changes nothing, a yes writes once, and a tool takes only arguments that fit."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest
from acting_shop import (
    DELIVERED,
    NOW,
    PENDING,
    SIGNED_IN,
    a_key,
    an_order,
    done,
    open_shop,
)
from small_shop import Finds, Shelf

from tools.adapters.sqlite import SqliteShop
from tools.changes import (
    CancelOrder,
    ModifyItems,
    ModifyOrderAddress,
    NewAddress,
    ReturnItems,
)
from tools.errors import KeyReused, QuoteChanged
from tools.ledger import forget_writes
from tools.quotes import Confirmed, Quote, digest_of
from tools.records import Swap
from tools.registry import shop_tools
from tools.results import Err, Ok
from tools.spec import ToolContext

TOOLS = shop_tools()
CANCEL = CancelOrder(order_id=PENDING, reason="no longer needed")
LARGER = Swap(item_id="PLT-1-S", new_item_id="PLT-1-L")
ELSEWHERE = NewAddress(line1="Mole 3", city="Hamburg", postcode="20457", country="Germany")


@pytest.fixture
async def shop(tmp_path: Path) -> SqliteShop:
    return await open_shop(tmp_path)


@pytest.fixture
async def context(shop: SqliteShop) -> ToolContext:
    return ToolContext(shop, Finds(), Shelf(), SIGNED_IN, "c1", "en", lambda: NOW)


async def test_a_quote_changes_nothing(shop: SqliteShop) -> None:
    before = await shop.orders(SIGNED_IN)

    await shop.quote(CANCEL, SIGNED_IN)

    assert await shop.orders(SIGNED_IN) == before


async def test_the_same_key_writes_once_and_gives_its_receipt_again(shop: SqliteShop) -> None:
    quote = await shop.quote(CANCEL, SIGNED_IN)

    first = await shop.apply(CANCEL, SIGNED_IN, a_key(CANCEL), quote.version)
    again = await shop.apply(CANCEL, SIGNED_IN, a_key(CANCEL), quote.version)

    assert again == first.model_copy(update={"repeated": True})
    assert len((await shop.order(PENDING, SIGNED_IN)).payments) == 2


async def test_two_at_once_with_one_key_write_once(shop: SqliteShop, tmp_path: Path) -> None:
    change = ModifyItems(order_id=PENDING, swaps=(LARGER,), payment_method_id="PM-2")
    quote = await shop.quote(change, SIGNED_IN)

    receipts = await asyncio.gather(*(shop.apply(change, SIGNED_IN, a_key(change), quote.version) for _ in range(8)))

    assert sorted(receipt.repeated for receipt in receipts) == [False] + [True] * 7
    assert (await shop.customer(SIGNED_IN)).payment_methods[1].balance == Decimal("4.00")


async def test_a_call_that_wrote_one_thing_cannot_write_another(shop: SqliteShop) -> None:
    await done(shop, CANCEL)

    with pytest.raises(KeyReused):
        await done(shop, ReturnItems(order_id=DELIVERED, item_ids=("MUG-1",)))


async def test_an_erased_conversation_leaves_no_receipt_and_no_byte_of_it(shop: SqliteShop, tmp_path: Path) -> None:
    change = ModifyOrderAddress(order_id=PENDING, address=ELSEWHERE.model_copy(update={"line2": "c/o Zzyzx"}))
    await done(shop, change)
    await shop.load(orders=[an_order(PENDING, "pending")])  # the shop itself keeps orders as long as it must
    before = kept_bytes(tmp_path)

    forget_writes(tmp_path / "shop.sqlite3", "c1")

    assert (b"Zzyzx" in before, b"Zzyzx" in kept_bytes(tmp_path)) == (True, False)


async def test_a_yes_to_what_has_changed_since_is_no_yes(shop: SqliteShop) -> None:
    quote = await shop.quote(CANCEL, SIGNED_IN)
    await done(shop, ModifyItems(order_id=PENDING, swaps=(LARGER,)), call_id="call-0")

    with pytest.raises(QuoteChanged):
        await shop.apply(CANCEL, SIGNED_IN, a_key(CANCEL), quote.version)

    assert (await shop.order(PENDING, SIGNED_IN)).status == "pending"


async def test_a_tool_writes_only_what_the_customer_said_yes_to(context: ToolContext) -> None:
    asked = {"order_id": PENDING, "reason": "no longer needed"}
    preview = await TOOLS.preview("cancel_order", asked, context)
    assert isinstance(preview, Ok)
    assert isinstance(preview.value, Quote)
    yes = Confirmed("call-1", digest_of("cancel_order", CANCEL), preview.value.version)

    unasked = await TOOLS.call("cancel_order", asked, context)
    other = await TOOLS.call("cancel_order", {**asked, "reason": "other"}, replace(context, confirmed=yes))
    confirmed = await TOOLS.call("cancel_order", asked, replace(context, confirmed=yes))

    assert [result.code for result in (unasked, other) if isinstance(result, Err)] == ["confirmation_required"] * 2
    assert isinstance(confirmed, Ok)
    assert "45.60" in {fact.value for fact in confirmed.facts}


@pytest.mark.parametrize("typed", ["W10451", "10451", "# W 10451", "w-1O45l", "Ｗ１０４５１"])
async def test_an_order_number_may_be_typed_in_many_ways(context: ToolContext, typed: str) -> None:
    result = await TOOLS.preview("cancel_order", {"order_id": typed, "reason": "other"}, context)

    assert isinstance(result, Ok)
    assert result.data["order_id"] == PENDING


@pytest.mark.parametrize(
    ("tool", "arguments", "named"),
    [
        ("cancel_order", {"order_id": "my order", "reason": "other"}, "order_id"),
        ("cancel_order", {"order_id": PENDING, "reason": "because"}, "reason"),
        ("return_items", {"order_id": DELIVERED, "item_ids": []}, "item_ids"),
        ("return_items", {"order_id": DELIVERED, "item_ids": ["MUG-1"] * 51}, "item_ids"),
        ("return_items", {"order_id": DELIVERED, "item_ids": ["MUG-1"], "photos": ["up"] * 6}, "photos"),
        ("modify_items", {"order_id": PENDING, "swaps": [{"item_id": "PLT-1-S"}]}, "swaps.0.new_item_id"),
        ("modify_account_email", {"email": "anna at home"}, "email"),
        ("modify_account_address", {"address": {"line1": "x", "city": "y", "postcode": "1"}}, "address.country"),
        ("cancel_order", {"order_id": PENDING, "reason": "other", "customer_id": "C-2"}, "customer_id"),
    ],
)
async def test_arguments_that_do_not_fit_are_named(
    context: ToolContext, tool: str, arguments: dict[str, object], named: str
) -> None:
    result = await TOOLS.preview(tool, arguments, context)

    assert isinstance(result, Err)
    assert result.code == "bad_arguments"
    assert result.params["arguments"][0] == named  # type: ignore[index]


async def test_a_read_has_nothing_to_preview(context: ToolContext) -> None:
    result = await TOOLS.preview("get_order", {"order_id": PENDING}, context)

    assert isinstance(result, Err)
    assert result.code == "bad_arguments"


async def test_the_options_of_an_item_come_with_the_difference_to_what_was_paid(context: ToolContext) -> None:
    result = await TOOLS.call("item_options", {"order_id": PENDING, "item_id": "PLT-1-S"}, context)

    assert isinstance(result, Ok)
    told = [(v["item_id"], v["price_difference"], v["available"]) for v in result.data["variants"]]  # type: ignore[index,call-overload,union-attr]
    assert told == [
        ("PLT-1-S", "0.00", True),
        ("PLT-1-L", "6.00", True),
        ("PLT-1-XL", "26.00", True),
        ("PLT-1-XS", "-4.00", False),
    ]


def kept_bytes(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in folder.glob("shop.sqlite3*"))
