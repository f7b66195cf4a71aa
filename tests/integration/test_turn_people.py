"""When a conversation goes to a person, what they are told, and what happens where nobody is free."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from agent_parts import PHOTO, said, words
from turn_parts import Parts, Talk, handoffs, tools_run

from agent.blocks import EmailBlock
from agent.brains.scripted import ScriptedBrain, ScriptedCall
from agent.events import EmailLeft
from tools.people.hours import OpeningHours, Span
from tools.people.people import People, Topic

MONDAYS = OpeningHours(ZoneInfo("Europe/Berlin"), ((Span(9 * 60, 17 * 60),), (), (), (), (), (), ()))
ON_SUNDAY = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)


@pytest.fixture
def talk() -> Talk:
    return Talk(Parts().turn())


@pytest.fixture
def closed() -> Talk:
    """A chat while nobody is there."""
    return Talk(Parts(people=People(hours=MONDAYS, support_email="help@shop.example"), now=ON_SUNDAY).turn())


async def test_one_angry_message_is_answered_and_a_second_goes_to_a_person(talk: Talk):
    first = await talk.say("This is ridiculous. How much is shipping?")
    second = await talk.say("I'm really fed up with this")

    assert handoffs(first) == []
    (asked,) = handoffs(second)
    assert asked.reason == "The customer is angry."
    assert words(second).startswith("I'm sorry that this has been so frustrating; a person should go on from here.")


async def test_the_person_is_told_once_why_they_are_wanted(talk: Talk):
    await talk.say("This is ridiculous. How much is shipping?")
    events = await talk.say("I'm really fed up with this")

    (asked,) = handoffs(events)
    assert asked.reason == "The customer is angry."
    assert (
        "The customer wrote: This is ridiculous. How much is shipping? / I'm really fed up with this" in asked.summary
    )
    assert asked.reason not in asked.summary


@pytest.mark.parametrize(
    "text",
    [
        "我的订单少了一个盒子，我要找人工客服",
        "A box of my order is missing, I want to speak to a person",
        "I want to return the mug of order W10428, anna@example.com. Please let me talk to a human about it",
    ],
)
async def test_who_asks_for_a_person_gets_one_without_being_asked_for_their_order(talk: Talk, text: str):
    events = await talk.say(text)

    (asked,) = handoffs(events)
    assert asked.reason == "The customer asked for a person."
    assert f"The customer wrote: {text}" in asked.summary
    assert tools_run(events) == [("handoff", "ok")]


async def test_who_asks_for_a_person_gets_one_under_any_brain():
    brain = ScriptedBrain(["Let me help you with that myself."])

    events = await Talk(Parts(brain=brain).turn()).say("I want to speak to a human")

    assert len(handoffs(events)) == 1
    assert brain.told == []


async def test_who_calms_down_stays_with_the_bot(talk: Talk):
    events = [await talk.say(text) for text in ("this is ridiculous", "a blue mug", "what a joke", "a green mug")]

    assert [handoffs(each) for each in events] == [[], [], [], []]


async def test_a_topic_of_the_shops_people_goes_to_them_whatever_the_bot_knows():
    people = People(topics=(Topic("Safety", ("caught fire",)),))
    talk = Talk(Parts(people=people).turn())

    events = await talk.say("How much is shipping? My lamp caught fire")

    (asked,) = handoffs(events)
    assert asked.reason == "A topic that people answer: Safety"
    assert words(events).startswith("That is something that a person of the shop answers.")


async def test_a_topic_goes_to_people_under_any_brain():
    brain = ScriptedBrain(["Do not worry, that is normal."])
    talk = Talk(Parts(brain=brain, people=People(topics=(Topic("Safety", ("caught fire",)),))).turn())

    events = await talk.say("my lamp caught fire")

    assert len(handoffs(events)) == 1
    assert brain.told == []


async def test_no_brain_sends_the_shops_answer_to_an_address_that_is_not_the_customers():
    brain = ScriptedBrain([ScriptedCall("leave_email", {"email": "thief@example.com"}), "Done."])

    events = await Talk(Parts(brain=brain).turn()).say("Can somebody write to me?")

    assert tools_run(events) == [("leave_email", "not_asked_for")]
    assert not [event for event in events if isinstance(event, EmailLeft)]


async def test_a_brain_that_asks_for_a_person_cannot_leave_out_what_code_knows():
    brain = ScriptedBrain([ScriptedCall("handoff", {"reason": "wants one", "summary": "A nice customer."}), "Done."])

    events = await Talk(Parts(brain=brain).turn()).say("the spout of my teapot leaks")

    (asked,) = handoffs(events)
    assert "The customer wrote: the spout of my teapot leaks" in asked.summary
    assert asked.summary.endswith("The assistant adds: A nice customer.")


async def test_the_summary_says_what_was_seen_wanted_and_tried(talk: Talk):
    await talk.say("something like this?", PHOTO)
    await talk.say("where is my order? anna@example.com, W10428")
    events = await talk.say("let me talk to a human")

    (asked,) = handoffs(events)
    assert "The customer wrote: something like this? / where is my order?" in asked.summary
    assert "Photos showed: " in asked.summary
    assert "Tried: verify_identity (order_id #W10428): ok; shipment_status (order_id #W10428): ok" in asked.summary
    assert "Identity: proven by an order, customer C-1, orders #W10428." in asked.summary
    assert "anna@example.com" not in asked.summary.partition("Tried")[2]


async def test_after_hours_an_answer_by_email_is_offered_and_the_address_is_noted(closed: Talk):
    offered = await closed.say("Can I talk to a person?")
    taken = await closed.say("sure, it's Lea.Brunner@example.com")
    later = await closed.say("How much is shipping?")

    (asked,) = handoffs(offered)
    assert not asked.there
    assert words(offered).startswith(
        "Nobody from the shop is available right now; they are back tomorrow at 09:00 (Berlin time)."
    )
    assert "help@shop.example" in words(offered)
    assert EmailBlock(text="Your e-mail address") in said(offered).blocks
    assert [event for event in taken if isinstance(event, EmailLeft)] == [EmailLeft("Lea.Brunner@example.com")]
    assert words(taken).startswith("Thank you. A person will write to Lea.Brunner@example.com")
    assert handoffs(later) == []


async def test_who_wants_no_email_goes_on_with_the_bot(closed: Talk):
    await closed.say("Can I talk to a person?")
    declined = await closed.say("No thanks")
    answered = await closed.say("a blue mug")

    assert words(declined).startswith("All right.")
    assert tools_run(answered) == []
    assert "mug" in words(answered).casefold()


async def test_an_address_that_is_none_is_asked_for_again(closed: Talk):
    await closed.say("Can I talk to a person?")

    events = await closed.say("lea@@example")

    assert words(events).startswith("That does not look like an e-mail address.")
    assert tools_run(events) == []


async def test_in_chinese_after_hours(closed: Talk):
    offered = await closed.say("转人工")
    taken = await closed.say("我的邮箱是 wei@example.com")

    assert words(offered).startswith("现在没有空闲的人工客服，明天 09:00（Berlin 时间） 恢复服务。")
    assert words(taken).startswith("谢谢。客服会写信到 wei@example.com")


async def test_nobody_is_asked_twice_once_an_answer_by_email_is_due(closed: Talk):
    await closed.say("Can I talk to a person?")
    await closed.say("lea@example.com")

    again = await closed.say("I want to talk to a human now")

    assert words(again).startswith("A person of the shop has this already and answers by e-mail")
    assert not [block for block in said(again).blocks if isinstance(block, EmailBlock)]


async def test_what_a_person_did_closes_what_was_open(talk: Talk):
    await talk.say("please cancel my order")
    talk.conversation = replace(talk.conversation, handed_back=True, noted=("Cancelled #W10428 by hand.",))

    events = await talk.say("a blue mug")
    summary = handoffs(await talk.say("let me talk to a human"))[0].summary

    assert "e-mail address" not in words(events)
    assert "Earlier notes of colleagues: Cancelled #W10428 by hand." in summary
