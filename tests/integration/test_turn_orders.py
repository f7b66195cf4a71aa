"""Which order is meant, what was done already, and the way back from what was asked in between."""

from __future__ import annotations

from acting_shop import DELIVERED, OLD, PENDING
from agent_parts import PHOTO, said, words
from turn_parts import Talk, buttons, tools_run

from agent.blocks import ConfirmBlock
from agent.events import TurnEvent


def title(events: list[TurnEvent]) -> str:
    return next((block.title for block in said(events).blocks if isinstance(block, ConfirmBlock)), "")


async def test_who_asks_something_else_is_brought_back_to_the_open_question(talk: Talk):
    await talk.say(f"Please cancel order {PENDING}")
    digression = await talk.say("How long does delivery take?")

    assert words(digression).startswith("Standard delivery takes 2 to 4 working days.")
    assert words(digression).endswith(f"Why would you like to cancel order {PENDING}?")
    assert "No longer needed" in buttons(digression)


async def test_who_asks_something_before_proving_who_they_are_is_brought_back_too(stranger: Talk):
    await stranger.say(f"Please cancel order {PENDING}, I don't need it any more")
    digression = await stranger.say("How long does delivery take?")
    shown = await stranger.say("anna.keller@example.com")

    assert "which e-mail address" in words(digression)
    assert title(shown) == f"Cancel order {PENDING}?"


async def test_what_was_asked_in_between_does_not_count_as_an_answer_not_understood(talk: Talk):
    await talk.say(f"Please cancel order {PENDING}")
    for _ in range(4):
        events = await talk.say("How long does delivery take?")

    assert words(events).endswith(f"Why would you like to cancel order {PENDING}?")


async def test_an_order_with_a_wish_that_is_not_clear_is_asked_about(talk: Talk):
    asked = await talk.say(f"{PENDING} looks awful beside our new sofa, honestly")
    shown = await talk.say("cancel it, no longer needed")

    assert words(asked) == f"What would you like to do with order {PENDING}?"
    assert buttons(asked) == ["Cancel it", "Change items", "Change the address"]
    assert title(shown) == f"Cancel order {PENDING}?"


async def test_a_wish_that_is_not_clear_is_told_by_another_version_that_the_item_has(talk: Talk):
    shown = await talk.say(f"the plates of {PENDING}: the 27 cm ones look nicer, that is all")

    assert title(shown) == f"Change order {PENDING}?"


async def test_an_order_that_is_only_asked_after_is_told_of(talk: Talk):
    events = await talk.say(f"Where is my order {PENDING}? I wanted it for the weekend")

    assert tools_run(events)[-1] == ("shipment_status", "ok")


async def test_what_was_done_is_not_tried_again_when_it_is_all_said_once_more(talk: Talk):
    await talk.say(f"Please cancel order {PENDING}, no longer needed")
    await talk.say("yes")
    alone = await talk.say(f"cancel order {PENDING} please")
    events = await talk.say(f"So: cancel order {PENDING}, and return the mug from order {DELIVERED}")

    assert words(alone).startswith("That is done already.")
    assert title(events) == f"Return from order {DELIVERED}?"
    assert "can't" not in words(events)


async def test_an_order_is_known_by_its_age_or_its_state(talk: Talk):
    oldest = await talk.say("please send me the invoice of my oldest order")
    pending = await talk.say("I want to cancel my order that has not shipped yet, no longer needed")

    assert title(oldest) == f"Send the invoice of order {OLD}?"
    assert title(pending) == f"Cancel order {PENDING}?"


async def test_a_postcode_is_no_order_number(stranger: Talk):
    await stranger.say(f"Kindly call off my order {PENDING}, I don't need it any more")
    shown = await stranger.say("Anna Keller and pin code 20099, anna.keller@example.com")

    assert title(shown) == f"Cancel order {PENDING}?"


async def test_a_report_waits_for_the_photo_that_the_shop_asks_for(talk: Talk):
    await talk.say(f"The mug from order {DELIVERED} is broken")
    asked = await talk.say("I would like my money back")
    shown = await talk.say("here it is", PHOTO)

    assert "we need a photo" in words(asked)
    assert title(shown) == f"Report a problem with order {DELIVERED}?"
