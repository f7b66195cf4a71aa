"""Numbers, prices and conditions, as people write them in either language."""

from __future__ import annotations

from decimal import Decimal

import pytest
from agent_parts import GOODS

from agent.understand.numbers import read_number
from agent.understand.prices import find_price
from agent.understand.vocabulary import Vocabulary
from agent.understand.wishes import find_wishes
from retrieval.filters import Filters, alternatives, parse_filters


@pytest.mark.parametrize(
    ("text", "value"),
    [("19,99", "19.99"), ("1,200", "1200"), ("twenty-five", "25"), ("a hundred and ten", "110"), ("二十", "20"),
     ("两百五十", "250"), ("两百五", "250"), ("十五", "15"), ("一百零五", "105"), ("一万二", "12000")],
)  # fmt: skip
def test_numbers_are_read_as_people_write_them(text: str, value: str):
    assert read_number(text) == Decimal(value)


@pytest.mark.parametrize("text", ["", "mug", "1.2.3", "twentyish"])
def test_what_is_no_number_is_not_read_as_one(text: str):
    assert read_number(text) is None


@pytest.mark.parametrize(
    ("text", "conditions", "currency"),
    [
        ("a mug under 20 euros", ["price<20"], "EUR"),
        ("a mug under €20", ["price<20"], "EUR"),
        ("not more than 19,99", ["price<=19.99"], ""),
        ("€15 or less", ["price<=15"], "EUR"),
        ("less than $20", ["price<20"], "USD"),
        ("over 100 pounds", ["price>100"], "GBP"),
        ("at least 30 euro", ["price>=30"], "EUR"),
        ("between 10 and 30", ["price>=10", "price<=30"], ""),
        ("10-30 euro", ["price>=10", "price<=30"], "EUR"),
        ("about fifty euros", ["price>=40", "price<=60"], "EUR"),
        ("20欧以内的杯子", ["price<=20"], "EUR"),
        ("低于二十欧元", ["price<20"], "EUR"),
        ("不超过三十块", ["price<=30"], "CNY"),
        ("二十到五十欧之间", ["price>=20", "price<=50"], "EUR"),
        ("五十欧左右", ["price>=40", "price<=60"], "EUR"),
        ("预算100元", ["price<=100"], "CNY"),
    ],
)
def test_a_price_is_read_with_its_currency(text: str, conditions: list[str], currency: str):
    price = find_price(text)

    assert price is not None
    assert (Filters(price.conditions), price.currency) == (parse_filters(conditions), currency)


@pytest.mark.parametrize(
    "text",
    ["delivery within 3 days", "from 3 to 5 days", "a 500 ml bottle", "over 20 pieces", "2 mugs", "两个杯子", "3天内"],
)
def test_other_numbers_are_no_price(text: str):
    assert find_price(text) is None


@pytest.mark.parametrize(
    ("text", "conditions"),
    [
        ("a blue mug under 20 euros, in stock", ["price<20", "colour=blue", "type=mug", "availability=in stock"]),
        ("navy mugs", ["shade=navy", "type=mug"]),
        ("a glass vase", ["material=glass", "type=vase"]),
        ("Havskog mug, not in white", ["brand=havskog", "type=mug", "colour!=white"]),
        ("a mug, white is out of the question", ["type=mug", "colour!=white"]),
        ("I can't stand white, show me mugs", ["colour!=white", "type=mug"]),
        ("not a white mug", ["colour!=white", "type=mug"]),
        ("why not a white mug?", ["colour=white", "type=mug"]),
        ("马克杯，白色的不要", ["type=mug", "colour!=white"]),
        ("turquoise vase", ["colour=blue", "type=vase"]),
        ("20欧以内的蓝色马克杯", ["price<=20", "colour=blue", "type=mug"]),
        ("有现货的鼠尾草绿盘子", ["shade=sage", "type=plate", "availability=in stock"]),
        ("月亮花瓶", ["type=vase"]),
    ],
)
def test_conditions_use_the_words_of_the_shops_own_catalogue(text: str, conditions: list[str]):
    assert find_wishes(text, Vocabulary(GOODS)).filters == parse_filters(conditions)


def test_a_colour_that_the_shop_does_not_have_is_named_with_the_nearest():
    wishes = find_wishes("a turquoise vase", Vocabulary(GOODS))

    assert [(m.surface, m.value, m.listed) for m in wishes.unlisted] == [("turquoise", "blue", False)]


def test_another_shops_catalogue_gives_other_words():
    vocabulary = Vocabulary(())

    assert find_wishes("a blue mug", vocabulary).filters == Filters()
    assert find_wishes("a blue mug", vocabulary).rest == "blue mug"


@pytest.mark.parametrize(
    ("text", "conditions"),
    [
        ("a white or yellow mug", ["colour=white|yellow", "type=mug"]),
        ("a blue, green or even white mug", ["colour=blue|green|white", "type=mug"]),
        ("绿色的或者白色的马克杯", ["colour=green|white", "type=mug"]),
        ("sage or blue mugs", ["colour=green|blue", "type=mug"]),
        ("a mug or a plate in green", ["type=mug|plate", "colour=green"]),
        ("not blue or white, a vase", ["colour!=blue|white", "type=vase"]),
        ("blue, green mug", ["colour=blue", "type=mug"]),
    ],
)
def test_either_of_two_values_will_do_where_they_say_so(text: str, conditions: list[str]):
    assert set(find_wishes(text, Vocabulary(GOODS)).filters.conditions) == set(parse_filters(conditions).conditions)


@pytest.mark.parametrize(
    ("text", "materials"),
    [
        ("a ceramic mug", {"stoneware", "earthenware"}), ("陶瓷杯子", {"stoneware", "earthenware"}),
        ("陶制花瓶", {"earthenware"}), ("a clay vase", {"earthenware"}), ("玻璃花瓶", {"glass"}),
        ("a wooden vase", {"wood"}), ("marble or anything", set()),
    ],
)  # fmt: skip
def test_a_material_is_all_that_the_shop_has_of_it_in_whatever_word(text: str, materials: set[str]):
    """ "wooden": the shop has nothing of wood, which must not be shown as if it had; alone it is only a word."""
    conditions = find_wishes(text, Vocabulary(GOODS)).filters.conditions

    named = {value for c in conditions if c.field == "material" for value in alternatives(c.value) if "|" not in value}
    assert named - {"ceramic"} == materials
