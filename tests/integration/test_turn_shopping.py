"""What somebody gets who looks around the shop: codes, versions, prices, materials, and what this chat cannot do."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal

import pytest
from agent_parts import SmallShop, said, words
from turn_parts import Parts, Talk, tools_run

from agent.blocks import ProductCard, ProductsBlock
from agent.events import TurnEvent
from tools.records import PromoCode

CODES = (
    PromoCode(code="SPRING10", percent=Decimal(10), from_value=Decimal(40), currency="EUR", ends_on=date(2026, 3, 20)),
    PromoCode(code="WINTER15", percent=Decimal(15), currency="EUR", ends_on=date(2026, 2, 1)),
    PromoCode(code="SENDFREE", free_shipping=True, currency="EUR", starts_on=date(2026, 4, 1)),
    PromoCode(code="FIRST50", percent=Decimal(50), currency="EUR", used_up=True),
)


def cards(events: Sequence[TurnEvent]) -> list[ProductCard]:
    return [card for block in said(events).blocks if isinstance(block, ProductsBlock) for card in block.products]


@pytest.fixture
def talk() -> Talk:
    return Talk(Parts(shop=SmallShop(codes=CODES)).turn())


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        ("Is SPRING10 valid?", "works until 20 March 2026. It gives 10 % off from an order value of €40.00"),
        ("SPRING10", "works until 20 March 2026"),
        ("does WINTER15 still work?", "it expired on 1 February 2026"),
        ("my voucher SENDFREE was rejected", "does not work yet: it starts on 1 April 2026"),
        ("FIRST50 还能用吗？", "代码 FIRST50 已经用完"),
        ("What does SPRING10 give me?", "The code SPRING10 works until 20 March 2026. It gives 10 % off"),
        ("What do I get with SENDFREE?", "does not work yet: it starts on 1 April 2026"),
        ("SPRING10有什么优惠", "凭此代码可减 10 %，订单满 €40.00 起"),
        ("优惠码 SPRING10 有效吗？", "凭此代码可减 10 %，订单满 €40.00 起"),
    ],
)
async def test_a_code_that_is_named_is_looked_up(talk: Talk, asked: str, told: str):
    events = await talk.say(asked)

    assert told in words(events)
    assert tools_run(events) == [("check_promo_code", "ok")]


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        ("is GUESSED99 still valid?", "I can't find the code GUESSED99 in the shop."),
        ("what does FREEBIE give me?", "I can't find the code FREEBIE in the shop."),
        ("优惠码 GUESSED99 有效吗？", "店里没有找到优惠码 GUESSED99。"),
    ],
)
async def test_a_code_that_the_shop_does_not_know_is_said_to_be_unknown_by_its_name(talk: Talk, asked: str, told: str):
    assert words(await talk.say(asked)).startswith(told)


@pytest.mark.parametrize("asked", ["Is MUG-77 dishwasher safe?", "Do you have mug-77?", "how much is XYZ-77"])
async def test_a_product_code_that_the_shop_does_not_know_is_said_to_be_unknown_by_its_name(talk: Talk, asked: str):
    events = await talk.say(asked)

    code = "XYZ-77" if "XYZ" in asked else "MUG-77"
    assert words(events).startswith(f"I can't find a product with the code {code} in the shop.")
    assert cards(events) == []


async def test_an_unknown_product_code_is_told_in_chinese(talk: Talk):
    assert words(await talk.say("MUG-77有货吗")).startswith("店里没有找到编号为 MUG-77 的商品。")


async def test_a_norm_or_an_order_is_no_unknown_product(talk: Talk):
    norm = await talk.say("how long does delivery of mugs take, are they ISO-90 certified?")
    order = await talk.say("where is my order MUG-77, anna@example.com #W10428")

    assert "can't find a product" not in words(norm)
    assert "can't find a product" not in words(order)


async def test_what_nobody_calls_a_code_is_another_word(talk: Talk):
    events = await talk.say("I ordered with KLARNA2, how long does delivery take, and does it work on Sundays?")

    assert said(events).citations == ("delivery.en",)


async def test_another_word_in_capitals_is_no_code(talk: Talk):
    asked = "What do I get back if I pay with PAYPAL?"

    assert "check_promo_code" not in dict(tools_run(await talk.say(asked)))


@pytest.mark.parametrize("asked", ["my order #W10428 with code SPRING10, where is it?", "write to anna10@example.com"])
async def test_an_order_or_an_address_is_no_code(talk: Talk, asked: str):
    assert "check_promo_code" not in dict(tools_run(await talk.say(asked)))


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        ("is the Fjord mug in sage in stock?", "Yes, **Fjord mug, sage** is in stock: 23 left."),
        ("is the white Fjord mug still available?", "Yes, **Fjord mug, chalk white** is in stock: 9 left."),
    ],
)
async def test_whether_something_is_there_is_told_of_the_colour_that_is_named(talk: Talk, asked: str, told: str):
    assert words(await talk.say(asked)) == told


async def test_it_may_be_asked_for_in_another_colour_than_was_shown(talk: Talk):
    await talk.say("MUG-1")

    assert "**Fjord mug, sage** is in stock" in words(await talk.say("is it in stock in green?"))


async def test_a_colour_that_something_does_not_come_in_is_not_said_to_be_there(talk: Talk):
    told = words(await talk.say("is the Fjord mug in yellow in stock?"))

    assert "Yes" not in told
    assert "nothing that is also in stock" in told


async def test_a_price_is_met_by_the_version_that_is_shown(talk: Talk):
    events = await talk.say("plates over 15 euros")
    (card,) = cards(events)

    assert (card.price, card.variants, card.badges) == (Decimal("18.90"), ("27 cm",), ("only 3 left",))
    assert "**Fjord plate, sage** at €18.90 (27 cm)" in words(events)


async def test_a_price_that_all_versions_meet_leaves_them_all(talk: Talk):
    (card,) = cards(await talk.say("plates under 20 euros"))

    assert (card.price, card.variants) == (Decimal("12.90"), ("21 cm", "27 cm"))


async def test_cheaper_is_cheaper_than_the_version_that_was_shown(talk: Talk):
    await talk.say("plates over 15 euros")
    (card,) = cards(await talk.say("something cheaper"))

    assert (card.price, card.variants) == (Decimal("12.90"), ("21 cm",))


@pytest.mark.parametrize(("asked", "told"), [("the second one", "Harbour mug, navy"), ("第二个", "海军蓝港湾马克杯")])
async def test_who_only_points_at_one_that_was_shown_last_is_told_of_it(talk: Talk, asked: str, told: str):
    await talk.say("show me vases")
    await talk.say("blue mugs")
    events = await talk.say(asked)

    assert words(events).startswith(f"**{told}**")
    assert [card.id for card in cards(events)] == ["MUG-9"]


@pytest.mark.parametrize(
    "asked", ["add it to my cart", "I'll take the first one", "put MUG-1 into my basket", "把它加入购物车"]
)
async def test_who_wants_to_buy_is_led_to_the_products_page(talk: Talk, asked: str):
    await talk.say("MUG-1")
    events = await talk.say(asked)

    assert "can't put things into your cart" in words(events) or "不能把商品放进购物车" in words(events)
    assert [card.id for card in cards(events)] == ["MUG-1"]


async def test_who_names_nothing_to_buy_is_asked_for_it(talk: Talk):
    events = await talk.say("add to cart")

    assert "Tell me which product you mean" in words(events)
    assert cards(events) == []


async def test_the_cheapest_is_of_what_was_asked_for(talk: Talk):
    events = await talk.say("show me the cheapest round vase")

    assert [card.id for card in cards(events)] == ["VAS-1"]


@pytest.mark.parametrize("asked", ["similar but cheaper", "something similar to it, but less expensive"])
async def test_what_is_similar_but_cheaper_is_cheaper(talk: Talk, asked: str):
    await talk.say("MUG-9")
    found = cards(await talk.say(asked))

    assert found
    assert all(card.price < Decimal("16.50") for card in found)
