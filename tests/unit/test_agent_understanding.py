"""A message, in words of either language and after what came before, becomes the need that it is."""

from __future__ import annotations

import pytest
from agent_parts import GOODS, HEAD, PHOTO, Goods, a_reading

from agent.conversation import Seen
from agent.guard import Incoming
from agent.memory import Memory, Wish
from agent.need import Need
from agent.understand.attributes import find_attribute
from agent.understand.language import reply_language
from agent.understand.rules import settled
from agent.understand.understanding import Understanding
from retrieval.filters import Condition, Filters, parse_filters

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
