"""A message, in words of either language and after what came before, becomes the need that it is."""

from __future__ import annotations

from decimal import Decimal

import pytest
from agent_parts import GOODS, HEAD, PHOTO, Goods, a_reading

from agent.conversation import Seen
from agent.guard import Incoming
from agent.memory import Memory, Wish
from agent.need import Need
from agent.understand.attributes import find_attribute
from agent.understand.language import reply_language
from agent.understand.numbers import read_number
from agent.understand.prices import find_price
from agent.understand.rules import settled
from agent.understand.understanding import Understanding
from agent.understand.vocabulary import Vocabulary
from agent.understand.wishes import find_wishes
from retrieval.filters import Condition, Filters, alternatives, parse_filters

MUGS = ("MUG-1", "MUG-9", "MUG-3")
AFTER_MUGS = Memory(
    language="en",
    wish=Wish.of("blue mug", parse_filters(("type=mug", "colour=blue", "price<20"))),
    shown=MUGS,
    topic="product_search",
)
NOTHING_BEFORE = Memory()
AFTER_IDENTITY_ASKED = Memory(language="en", asked="identity", topic="order_status")


@pytest.fixture
def understanding() -> Understanding:
    made = Understanding(HEAD, {}, Goods().product)
    made.learn(GOODS)
    return made


async def understood(
    understanding: Understanding, text: str, memory: Memory = NOTHING_BEFORE, photo: bool = False, page: str = ""
) -> Need:
    seen = (Seen(PHOTO, a_reading()),) if photo else ()
    context = {"product_id": page} if page else {}
    language = reply_language(text, memory.language)
    return await understanding.need(Incoming(text, (), context), memory, seen, language)


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


async def test_a_follow_up_in_another_colour_keeps_the_rest(understanding: Understanding):
    need = await understood(understanding, "do you have it in green?", AFTER_MUGS)

    assert need.intent == "refine"
    assert set(need.filters.conditions) == set(parse_filters(("type=mug", "price<20", "colour=green")).conditions)
    assert need.query == "Fjord mug"


async def test_a_follow_up_in_chinese_does_the_same(understanding: Understanding):
    need = await understood(understanding, "有绿色的吗", AFTER_MUGS)

    assert (need.intent, need.language) == ("refine", "zh")
    assert set(need.filters.conditions) == set(parse_filters(("type=mug", "price<20", "colour=green")).conditions)


@pytest.mark.parametrize(
    ("text", "price"),
    [("cheaper?", "14.90"), ("something cheaper than the second one", "16.50"), ("便宜一点的有吗", "14.90")],
)
async def test_cheaper_means_than_what_was_shown(understanding: Understanding, text: str, price: str):
    need = await understood(understanding, text, AFTER_MUGS)

    assert need.intent == "refine"
    assert Condition("price", "<", price) in need.filters.conditions


async def test_more_leaves_out_nothing_that_was_asked_before(understanding: Understanding):
    need = await understood(understanding, "show me more", AFTER_MUGS)

    assert (need.intent, need.more) == ("refine", True)
    assert need.filters == AFTER_MUGS.wish.filters


@pytest.mark.parametrize(
    ("text", "product", "attribute"),
    [
        ("and the second one, is it dishwasher safe?", "MUG-9", "dishwasher_safe"),
        ("is the last one dishwasher safe?", "MUG-3", "dishwasher_safe"),
        ("how much is the Harbour mug?", "MUG-9", "price"),
        ("what is it made of?", "MUG-1", "material"),
        ("how much does the white one hold?", "MUG-3", "capacity"),
        ("第二个能放洗碗机吗", "MUG-9", "dishwasher_safe"),
        ("第三款多少钱", "MUG-3", "price"),
    ],
)
async def test_a_question_points_at_one_of_the_shown_products(
    understanding: Understanding, text: str, product: str, attribute: str
):
    need = await understood(understanding, text, AFTER_MUGS)

    assert (need.intent, need.products, need.attribute) == ("product_question", (product,), attribute)


async def test_a_look_may_mean_what_was_shown_before_the_last_list(understanding: Understanding):
    memory = AFTER_MUGS.model_copy(update={"shown": ("VAS-1",), "earlier": MUGS})

    need = await understood(understanding, "is the white one dishwasher safe?", memory)

    assert need.products == ("MUG-3",)


async def test_a_look_that_nothing_shown_has_is_not_taken_for_another(understanding: Understanding):
    need = await understood(understanding, "is the orange one dishwasher safe?", AFTER_MUGS)

    assert (need.products, need.unknown_reference) == ((), True)


async def test_a_product_may_be_named_before_it_was_shown(understanding: Understanding):
    need = await understood(understanding, "what colours does the Fjord mug come in?")

    assert (need.intent, need.products, need.attribute) == ("product_question", ("MUG-1",), "colours")


async def test_it_means_the_product_that_was_asked_about_last(understanding: Understanding):
    memory = AFTER_MUGS.model_copy(update={"focus": "MUG-9"})

    need = await understood(understanding, "is it in stock?", memory)

    assert (need.products, need.attribute) == (("MUG-9",), "stock")


async def test_it_means_the_product_whose_page_is_open(understanding: Understanding):
    need = await understood(understanding, "is this dishwasher safe?", page="MUG-3")

    assert (need.intent, need.products) == ("product_question", ("MUG-3",))


async def test_pointing_at_a_place_that_holds_nothing_is_noticed(understanding: Understanding):
    need = await understood(understanding, "is the fifth one dishwasher safe?", AFTER_MUGS)

    assert (need.products, need.unknown_reference) == ((), True)


async def test_a_new_thing_is_a_new_search(understanding: Understanding):
    need = await understood(understanding, "I need a vase", AFTER_MUGS)

    assert need.intent == "product_search"
    assert need.filters == parse_filters(("type=vase",))


@pytest.mark.parametrize(
    ("text", "conditions"),
    [
        ("I need a present for my mum, around 40 euros", ["price>=32", "price<=48"]),
        ("something cozy for the sofa under 60", ["price<60"]),
        ("show me something green for the kitchen", ["colour=green"]),
        ("a birthday gift for dad under €25", ["price<25"]),
        ("do you have anything for a baby under 30", ["price<30"]),
        ("and a vase?", ["type=vase"]),
        ("推荐一个送妈妈的礼物，40欧左右", ["price>=32", "price<=48"]),
        ("想买个送朋友的礼物，50欧以内", ["price<=50"]),
        ("有没有蓝色的花瓶", ["colour=blue", "type=vase"]),
        ("有没有适合厨房的绿色的东西", ["colour=green"]),
        ("desk lamps under 80", ["price<80"]),
        ("沙发毯，60欧以内", ["price<=60"]),
    ],
)
async def test_a_subject_of_its_own_forgets_the_search_before(
    understanding: Understanding, text: str, conditions: list[str]
):
    need = await understood(understanding, text, AFTER_MUGS)

    assert (need.intent, need.filters) == ("product_search", parse_filters(conditions))
    assert "mug" not in need.query


@pytest.mark.parametrize(
    ("text", "conditions"),
    [
        ("in green?", ["type=mug", "price<20", "colour=green"]),
        ("and in white?", ["type=mug", "price<20", "colour=white"]),
        ("I need it in green", ["type=mug", "price<20", "colour=green"]),
        ("something in white", ["type=mug", "price<20", "colour=white"]),
        ("show me the green ones", ["type=mug", "price<20", "colour=green"]),
        ("only in stock", ["type=mug", "colour=blue", "price<20", "availability=in stock"]),
        ("do you have bigger ones?", ["type=mug", "colour=blue", "price<20"]),
        ("a bigger one", ["type=mug", "colour=blue", "price<20"]),
        ("others", ["type=mug", "colour=blue", "price<20"]),
        ("我想要白色的", ["type=mug", "price<20", "colour=white"]),
        ("有没有白色的", ["type=mug", "price<20", "colour=white"]),
        ("有大一点的吗", ["type=mug", "colour=blue", "price<20"]),
        ("还有别的吗", ["type=mug", "colour=blue", "price<20"]),
    ],
)
async def test_words_that_need_the_search_before_keep_it(
    understanding: Understanding, text: str, conditions: list[str]
):
    need = await understood(understanding, text, AFTER_MUGS)

    assert need.intent == "refine"
    assert set(need.filters.conditions) == set(parse_filters(conditions).conditions)


async def test_a_follow_up_stays_with_the_one_kind_that_was_shown(understanding: Understanding):
    memory = Memory(language="en", wish=Wish.of("for coffee", Filters()), shown=MUGS, topic="product_search")

    need = await understood(understanding, "in green?", memory)

    assert set(need.filters.conditions) == set(parse_filters(("type=mug", "colour=green")).conditions)


async def test_a_follow_up_on_goods_of_several_kinds_keeps_them_all(understanding: Understanding):
    memory = Memory(language="en", wish=Wish.of("a gift", Filters()), shown=("MUG-1", "VAS-1"), topic="product_search")

    need = await understood(understanding, "in green?", memory)

    assert need.filters == parse_filters(("colour=green",))


@pytest.mark.parametrize(
    ("text", "bounds"),
    [
        ("over 30?", ["price>30"]),
        ("under 12?", ["price<12"]),
        ("between 10 and 18 euros", ["price>=10", "price<=18"]),
        ("50欧左右的呢", ["price>=40", "price<=60"]),
    ],
)
async def test_a_new_price_takes_the_place_of_both_bounds_before(
    understanding: Understanding, text: str, bounds: list[str]
):
    wish = Wish.of("mug", parse_filters(("type=mug", "price>=15", "price<=25")))

    need = await understood(understanding, text, AFTER_MUGS.model_copy(update={"wish": wish}))

    assert need.intent == "refine"
    assert set(need.filters.conditions) == set(parse_filters(("type=mug", *bounds)).conditions)


async def test_a_photo_with_words_is_searched_by_both(understanding: Understanding):
    need = await understood(understanding, "like this but in green", photo=True)

    assert (need.intent, need.photo) == ("product_search", True)
    assert need.filters == parse_filters(("colour=green",))


@pytest.mark.parametrize(
    ("text", "orders", "email"),
    [
        ("my order number is w 10428", ("#W10428",), ""),
        ("#W1O428 and Anna@Example.com", ("#W10428",), "Anna@Example.com"),
        ("it's anna @ example . com", (), "anna@example.com"),
        ("订单号是W10428，邮箱anna@example.com", ("#W10428",), "anna@example.com"),
        ("10428", ("#W10428",), ""),
    ],
)
async def test_an_order_number_and_an_address_are_read_with_typing_errors(
    understanding: Understanding, text: str, orders: tuple[str, ...], email: str
):
    need = await understood(understanding, text, AFTER_IDENTITY_ASKED)

    assert (need.intent, need.order_ids, need.email) == ("identity", orders, email)


@pytest.mark.parametrize(
    ("text", "intent"),
    [
        ("hello!", "greet"), ("您好", "greet"), ("thanks a lot", "thanks"), ("谢谢你", "thanks"), ("bye", "goodbye"),
        ("I want to talk to a human", "handoff"), ("转人工", "handoff"), ("where is my order?", "order_status"),
        ("我的订单到哪了", "order_status"), ("cancel my order please", "order_change"), ("我要退货", "order_change"),
        ("what can you do?", "capabilities"), ("are you a robot?", "chitchat"), ("you idiot", "abuse"),
        ("how long does delivery take?", "faq"), ("运费多少钱", "faq"), ("hi, how do I send something back?", "faq"),
        ("what is the capital of France", "off_topic"), ("帮我写一首诗", "off_topic"),
        ("do you sell candles?", "product_search"), ("有没有蜡烛", "product_search"),
    ],
)  # fmt: skip
async def test_everyday_messages_are_understood(understanding: Understanding, text: str, intent: str):
    assert (await understood(understanding, text)).intent == intent


@pytest.mark.parametrize(
    ("text", "intent"),
    [
        ("what do you do with the photos I send", "faq"), ("What can you do for me?", "capabilities"),
        ("hey what do you do?", "capabilities"), ("你们怎么处理我的照片？", "faq"),
        ("what do you do for a living", None),
    ],
)  # fmt: skip
def test_only_who_asks_for_nothing_else_asks_what_can_be_done_here(text: str, intent: str | None):
    assert settled(text) == intent


@pytest.mark.parametrize("text", ["and when will it come?", "Hi, when is it going to be here", "货什么时候能到？"])
async def test_who_waits_for_what_nobody_named_waits_for_an_order(understanding: Understanding, text: str):
    assert (await understood(understanding, text)).intent == "order_status"


@pytest.mark.parametrize("text", ["do you have MUG-9?", "MUG9", "请问有 mug-9 吗", "I'm looking for mug 9 please"])
async def test_a_product_that_is_named_by_its_code_alone_is_shown(understanding: Understanding, text: str):
    need = await understood(understanding, text)

    assert (need.intent, need.filters) == ("product_search", parse_filters(("id=MUG-9",)))


async def test_what_follows_a_code_goes_on_from_the_product(understanding: Understanding):
    shown = Memory(shown=("MUG-9",), focus="MUG-9", wish=Wish.of("MUG-9", parse_filters(("id=MUG-9",))))

    need = await understood(understanding, "in green?", shown)

    assert {c.field for c in need.filters.conditions} == {"colour", "type"}


@pytest.mark.parametrize(
    ("text", "before", "language"),
    [
        ("hello", "zh", "en"),
        ("你好", "en", "zh"),
        ("#W10428 anna@example.com", "zh", "zh"),
        ("👍", None, "en"),
        ("MUG-1041 有货吗", "en", "zh"),
        ("15欧以下的杯子", None, "zh"),
    ],
)
def test_the_reply_follows_the_language_of_the_newest_words(text: str, before, language: str):
    assert reply_language(text, before) == language


def test_an_attribute_may_be_a_column_of_the_shops_own_feed():
    assert find_attribute("what is its thread count?", {"thread_count"}) == "thread_count"


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
