"""What a customer gets from the rules brain, one turn after another."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest
from agent_parts import (
    ANNA_ACCOUNT,
    PHOTO,
    Eyes,
    Reader,
    ended,
    said,
    shown,
    words,
)
from turn_parts import Parts, Talk, handoffs, tools_run

from agent.conversation import Conversation, Message
from agent.events import (
    Explained,
    IdentityProven,
    MessageSaid,
    StageStarted,
    TextDelta,
    TurnEnded,
)
from agent.guard import CHARACTERS_AT_MOST
from agent.memory import SHOWN_AT_MOST, Memory


@pytest.fixture
def parts() -> Parts:
    return Parts()


@pytest.fixture
def talk(parts: Parts) -> Talk:
    return Talk(parts.turn())


async def test_a_question_is_answered_in_the_shops_own_words_with_its_source(talk: Talk):
    events = await talk.say("How long does delivery take?")

    assert words(events) == "Standard delivery takes 2 to 4 working days."
    assert said(events).citations == ("delivery.en",)
    assert [block.type for block in said(events).blocks] == ["text", "faq"]


async def test_a_question_in_chinese_is_answered_in_chinese(talk: Talk):
    events = await talk.say("请问配送需要多久？")

    assert words(events) == "标准配送需要2到4个工作日。"
    assert said(events).citations == ("delivery.zh",)


async def test_what_is_said_is_streamed_sentence_by_sentence_and_ends_as_one_message(talk: Talk):
    events = await talk.say("How do I return something?")

    pieces = [event for event in events if isinstance(event, TextDelta)]
    assert [piece.text for piece in pieces] == ["You can send anything back within 30 days. ", "Returns are free."]
    assert {piece.message_id for piece in pieces} == {said(events).message_id}
    assert "".join(piece.text for piece in pieces) == words(events)


async def test_a_turn_tells_its_stages_and_how_long_each_step_took(talk: Talk):
    events = await talk.say("a blue mug", PHOTO)

    assert [e.stage for e in events if isinstance(e, StageStarted)] == ["seeing", "searching", "ranking", "composing"]
    assert set(ended(events).timings) == {"see", "understand", "search", "rank", "first_token", "respond", "total"}
    assert [isinstance(event, TurnEnded) for event in events] == [False] * (len(events) - 1) + [True]


async def test_products_are_found_under_the_customers_conditions(talk: Talk):
    events = await talk.say("a blue mug under 20 euros, in stock")

    assert shown(events) == ["MUG-1", "MUG-9"]
    assert words(events).startswith("I found 2 that fit under €20.")
    assert "**Fjord mug, mist blue** at €14.90" in words(events)


async def test_a_card_says_when_little_is_left(talk: Talk):
    events = await talk.say("a blue mug")

    cards = [card for block in said(events).blocks if block.type == "products" for card in block.products]
    assert (cards[0].id, cards[0].badges) == ("MUG-1", ("only 4 left",))


async def test_staff_are_told_why_each_product_is_shown(talk: Talk):
    events = await talk.say("a blue mug")

    explained = next(event for event in events if isinstance(event, Explained))
    assert [part["id"] for part in explained.parts] == shown(events)
    assert explained.parts[0]["why"] == "words"


async def test_a_condition_that_nothing_meets_is_named_and_the_nearest_is_offered(talk: Talk):
    events = await talk.say("a yellow mug under 10 euros")

    assert words(events).startswith("I have nothing that is also under €10. Without that, the nearest is **Camp mug")
    assert shown(events) == ["MUG-8"]


async def test_a_price_without_a_currency_is_said_back_as_what_was_asked(talk: Talk):
    await talk.say("plates")

    events = await talk.say("under 21?")  # the plate's page has a 21 as well, of centimetres

    assert words(events).startswith("I found one that fits under €21. It is **Fjord plate, sage** at €12.90.")


async def test_a_follow_up_changes_the_colour_and_keeps_the_rest(talk: Talk):
    await talk.say("a blue mug under 20 euros")
    events = await talk.say("do you have it in green?")

    assert shown(events) == ["MUG-2"]


async def test_a_colour_that_a_range_does_not_come_in_is_said_so(talk: Talk):
    events = await talk.say("do you have the Fjord mug in yellow?")

    assert words(events) == (
        "I don't have **Fjord mug** like that. Another that fits is **Camp mug, mustard** at €24.00. "
        "I'm sorry, **Camp mug, mustard** is out of stock at the moment."
    )


async def test_the_second_one_is_the_second_that_was_shown(talk: Talk):
    await talk.say("a blue mug")
    events = await talk.say("and the second one, is it dishwasher safe?")

    assert words(events) == "No, **Harbour mug, navy** is not dishwasher safe."
    assert shown(events) == ["MUG-9"]


async def test_after_a_question_about_one_product_the_others_can_still_be_pointed_at(talk: Talk):
    await talk.say("a blue mug")
    await talk.say("is the second one dishwasher safe?")
    events = await talk.say("and the first one?")
    events = await talk.say("is the first one dishwasher safe?")

    assert words(events) == "Yes, **Fjord mug, mist blue** is dishwasher safe."


async def test_follow_ups_work_in_chinese(talk: Talk):
    await talk.say("20欧以内的蓝色马克杯")
    events = await talk.say("第二个能放洗碗机吗")

    assert words(events) == "不行，**海军蓝港湾马克杯**没有标明可用洗碗机。"


@pytest.mark.parametrize(
    ("question", "reply"),
    [
        ("how much is the first one?", "**Fjord mug, mist blue** costs €14.90."),
        ("is it in stock?", "Yes, **Fjord mug, mist blue** is in stock: 4 left."),
        ("what is it made of?", "**Fjord mug, mist blue**, material: stoneware."),
        ("how much does it hold?", "**Fjord mug, mist blue**, capacity: 350 ml."),
        ("what other colours does it come in?", "**Fjord mug, mist blue** also comes in other colours."),
    ],
)
async def test_questions_about_a_product_are_answered_from_its_record(talk: Talk, question: str, reply: str):
    await talk.say("a blue mug")
    events = await talk.say(question)

    assert words(events).startswith(reply)


async def test_what_the_record_does_not_say_is_not_guessed(talk: Talk):
    await talk.say("a blue mug")
    events = await talk.say("how heavy is it?")

    assert "doesn't say that" in words(events)


async def test_sizes_are_told_with_their_prices(talk: Talk):
    await talk.say("a green plate")
    events = await talk.say("which sizes does it come in?")

    assert words(events) == "**Fjord plate, sage** comes in these versions: 21 cm (€12.90); 27 cm (€18.90)."


async def test_an_amount_in_another_currency_is_read_in_the_shops_own_and_said_so(talk: Talk):
    events = await talk.say("a blue mug under $20")

    assert "prices are in EUR" in words(events)


async def test_an_order_is_shown_only_after_address_and_number_fit(talk: Talk, parts: Parts):
    asked = await talk.say("where is my order?")
    number = await talk.say("it's w10428")
    events = await talk.say("anna@example.com")

    assert "e-mail address" in words(asked)
    assert "order #W10428 is yours" in words(number)
    assert tools_run(events) == [("verify_identity", "ok"), ("shipment_status", "ok")]
    assert words(events) == (
        "Your order #W10428 is on its way with DHL, since 8 March 2026. The tracking number is 00340434. "
        "It should arrive on 12 March 2026."
    )
    assert [block.id for block in said(events).blocks if block.type == "order"] == ["#W10428"]
    assert any(isinstance(event, IdentityProven) for event in events)
    assert parts.shop.tried == [("anna@example.com", "#W10428")]


async def test_an_order_that_was_not_sent_yet_is_told_with_the_day_it_was_placed(talk: Talk):
    events = await talk.say("where is my order #W10430? anna@example.com")

    assert words(events).startswith("Your order #W10430 of ")


async def test_an_order_number_is_said_back_in_the_form_that_the_shop_prints(talk: Talk):
    events = await talk.say("where is my order w-2O777?")

    assert "order #W20777 is yours" in words(events)


async def test_wrong_and_unknown_give_the_same_words(talk: Talk):
    wrong = await talk.say("order #W10428, mail ben@example.com")
    unknown = await talk.say("order #W55555, mail nobody@example.com")

    assert said(wrong).blocks == said(unknown).blocks
    assert "don't fit together" in words(wrong)


async def test_after_five_wrong_attempts_the_shop_is_not_asked_again_and_a_person_is(talk: Talk, parts: Parts):
    for number in range(5):
        await talk.say(f"order #W1000{number}, mail eve@example.com")
    events = await talk.say("order #W10428, mail anna@example.com")

    assert tools_run(events) == [("verify_identity", "too_many_attempts"), ("handoff", "ok")]
    assert len(parts.shop.tried) == 5
    assert ended(events).outcome == "handoff"


async def test_attempts_count_even_when_the_turns_memory_is_lost(parts: Parts):
    turn = parts.turn()
    message = (Message("m", "order #W10000, mail eve@example.com"),)

    for _ in range(7):
        events = [event async for event in turn.run(Conversation("conv_1"), message)]

    assert len(parts.shop.tried) == 5
    assert tools_run(events)[0] == ("verify_identity", "too_many_attempts")


async def test_a_proven_order_does_not_open_another(talk: Talk):
    await talk.say("order #W10428, mail anna@example.com")
    events = await talk.say("where is order #W20001?")

    assert tools_run(events) == []
    assert "which e-mail address" in words(events)


async def test_a_signed_in_customer_is_shown_a_list(parts: Parts):
    events = await Talk(parts.turn(), scope=ANNA_ACCOUNT).say("where is my order?")

    assert tools_run(events) == [("list_orders", "ok")]
    assert "#W10430" in words(events)
    assert "#W10428" in words(events)
    assert "#W20001" not in words(events)


async def test_asking_for_a_person_hands_over_with_a_summary(talk: Talk):
    await talk.say("a blue mug")
    events = await talk.say("I want to talk to a human")

    (asked,) = handoffs(events)
    assert ended(events).outcome == "handoff"
    assert "a blue mug" in asked.summary
    assert "Identity: not proven" in asked.summary


async def test_a_third_guess_is_never_made(talk: Talk):
    first = await talk.say("do you offer a subscription for refills?")
    second = await talk.say("what about insurance for glassware?")
    third = await talk.say("can I rent a showroom?")

    assert (handoffs(first), handoffs(second)) == ([], [])
    assert "I don't want to guess" in words(first)
    assert len(handoffs(third)) == 1


async def test_off_topic_is_declined_with_what_can_be_done(talk: Talk):
    events = await talk.say("who won the football game last night")

    assert words(events).startswith("I'm afraid I can't help with that here.")
    assert "I can find products" in words(events)


async def test_who_wants_to_change_an_order_is_asked_who_they_are(talk: Talk):
    events = await talk.say("please cancel my order")

    assert words(events).startswith("I can look that up. Please tell me the e-mail address")


@pytest.mark.parametrize(
    ("text", "reply"),
    [("", "I got an empty message."), ("x" * (CHARACTERS_AT_MOST + 1), "That message is longer than I can read.")],
)
async def test_what_the_guard_refuses_is_said_in_words(talk: Talk, text: str, reply: str):
    events = await talk.say(text)

    assert words(events).startswith(reply)
    assert [type(event) for event in events] == [MessageSaid, TurnEnded]


@pytest.mark.parametrize(
    "text", ["/etc/passwd", "file:///etc/passwd", "http://127.0.0.1:9/x.jpg", "data:image/png;base64,AAAA"]
)
async def test_a_path_or_an_address_is_only_words(talk: Talk, text: str):
    events = await talk.say(text)

    assert ended(events).outcome == "done"
    assert "root:" not in words(events)


async def test_a_turn_whose_search_fails_apologises_and_keeps_what_was_known(parts: Parts):
    talk = Talk(parts.turn())
    await talk.say("a blue mug")
    known = dict(talk.conversation.memory)
    parts.search.products = None  # type: ignore[assignment]  # the next search raises

    events = await talk.say("a red mug")

    assert "something went wrong" in words(events)
    assert (ended(events).outcome, ended(events).memory) == ("error", known)


async def test_memory_stays_small_and_is_json(talk: Talk):
    for _ in range(3):
        events = await talk.say("a mug " + "very blue " * 150)

    stored = json.dumps(ended(events).memory)
    assert len(stored) < 4096
    assert len(Memory.read(json.loads(stored)).shown) <= SHOWN_AT_MOST


async def test_a_memory_of_another_version_is_forgotten_not_trusted(parts: Parts):
    conversation = Conversation("conv_1", memory={"shown": "MUG-1", "wish": 7})

    events = [event async for event in parts.turn().run(conversation, (Message("m", "hello"),))]

    assert ended(events).outcome == "done"


async def test_a_stopped_turn_leaves_nothing_running():
    parts = Parts(eyes=Eyes(seconds=30), reader=Reader(seconds=30))
    turn = parts.turn().run(Conversation("conv_1"), (Message("m", "", (PHOTO,)),))
    await anext(turn)

    await turn.aclose()

    with pytest.raises(StopAsyncIteration):
        await anext(turn)


def test_importing_a_turn_loads_no_models():
    heavy = "('torch', 'transformers', 'sentence_transformers', 'chromadb', 'langchain', 'langchain_core')"
    code = f"import sys, agent.turn; print([m for m in {heavy} if m in sys.modules])"

    assert subprocess.check_output([sys.executable, "-c", code], text=True) == "[]\n"
