"""A change waits on a card for the customer's yes, and is made as the card showed it, once, or not at all."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace
from datetime import timedelta

import pytest
from acting_shop import BY_ORDER, DELIVERED, FOREIGN, NOW, PENDING, SIGNED_IN, done
from agent_parts import said, words
from turn_parts import Parts, Talk, tools_run

from agent.blocks import ConfirmBlock
from agent.brains.scripted import ScriptedBrain, ScriptedCall
from agent.card import OPEN_MINUTES
from agent.confirming import WRITES_AT_MOST
from agent.conversation import Message
from agent.events import ConfirmationGiven, ConfirmationSettled, TextDelta, ToolRan, TurnEvent
from tools.adapters.sqlite import SqliteShop
from tools.changes import CancelOrder, Change, NewAddress
from tools.errors import ShopUnavailable
from tools.quotes import Receipt, WriteKey
from tools.records import CustomerScope

CANCEL = ScriptedCall("cancel_order", {"order_id": PENDING, "reason": "no longer needed"})
ASKED = f"Please cancel order {PENDING}, I no longer need it."


@dataclass
class Chat:
    """A talk over a shop in which everything can be changed."""

    shop: SqliteShop
    parts: Parts
    talk: Talk

    async def say(self, text: str) -> list[TurnEvent]:
        return await self.talk.say(text)

    async def status(self, order_id: str = PENDING) -> str:
        return (await self.shop.order(order_id, SIGNED_IN)).status


def a_chat(shop: SqliteShop, *script: str | ScriptedCall, scope: CustomerScope = SIGNED_IN) -> Chat:
    parts = Parts(brain=ScriptedBrain(script), shop=shop, now=NOW)
    return Chat(shop, parts, Talk(parts.turn(), scope=scope))


def cards(events: list[TurnEvent]) -> list[ConfirmBlock]:
    return [block for block in said(events).blocks if isinstance(block, ConfirmBlock)]


def outcomes(events: list[TurnEvent]) -> list[str]:
    return [event.outcome for event in events if isinstance(event, ConfirmationSettled)]


async def test_a_write_ends_the_turn_with_a_card_that_says_what_would_happen(shop: SqliteShop):
    chat = a_chat(shop, CANCEL, "I have cancelled it.")

    events = await chat.say(ASKED)

    (card,) = cards(events)
    assert card.title == f"Cancel order {PENDING}?"
    assert [(row.label, row.value) for row in card.rows] == [
        ("Item", "2 × Fjord plate (21 cm), €12.90"),
        ("Item", "Fjord mug, €14.90"),
        ("Reason", "no longer needed"),
        ("Shipping that you get back", "€4.90"),
        ("You get back", "€45.60, Visa ending in 4242, within 1 to 5 business days"),
    ]
    assert (card.confirm, card.decline) == ("Yes, confirm", "No, leave it")
    assert "€45.60" in card.text
    assert tools_run(events) == [("cancel_order", "awaiting_confirmation")]
    assert "cancelled" not in words(events)
    assert await chat.status() == "pending"


async def test_the_button_makes_the_change_and_says_what_was_done(shop: SqliteShop):
    chat = a_chat(shop, CANCEL, "Anything else?")
    await chat.say(ASKED)

    events = await chat.talk.press("yes")

    assert await chat.status() == "cancelled"
    assert words(events).startswith(f"Done: order {PENDING} is cancelled. You get back: €45.60, Visa ending in 4242")
    assert words(events).endswith("Anything else?")
    kinds = [type(e) for e in events if isinstance(e, ConfirmationGiven | ToolRan | ConfirmationSettled)]
    assert kinds == [ConfirmationGiven, ToolRan, ConfirmationSettled]
    assert outcomes(events) == ["done"]


@pytest.mark.parametrize(
    "yes",
    [
        "yes",
        "Yes, please.",
        "go ahead",
        "ok, do it",
        "好的",
        "确认",
        "可以，谢谢",
        "Yes, cancel it.",
        "yes plaese, go ahaed",
    ],
)
async def test_a_yes_in_words_makes_the_change(shop: SqliteShop, yes: str):
    chat = a_chat(shop, CANCEL, "Anything else?")
    await chat.say(ASKED)

    await chat.say(yes)

    assert await chat.status() == "cancelled"


@pytest.mark.parametrize(
    "other",
    ["等一下", "yes, but refund it to my gift card", "yes?", "Why only 45 euros?", "no", "No, the other one", "不用了",
     "Yes. Use my PayPal instead."],
)  # fmt: skip
async def test_what_is_no_yes_changes_nothing(shop: SqliteShop, other: str):
    chat = a_chat(shop, CANCEL, "Let me see.")
    await chat.say(ASKED)

    await chat.say(other)

    assert await chat.status() == "pending"


async def test_a_question_leaves_the_card_open_and_the_yes_after_the_reminder_counts(shop: SqliteShop):
    chat = a_chat(shop, CANCEL, "Delivery is quick.", "Anything else?")
    await chat.say(ASKED)

    events = await chat.say("How long does delivery take?")
    assert words(events).endswith("The card above still waits for your yes or no.")

    await chat.say("yes")
    assert await chat.status() == "cancelled"


async def test_a_yes_with_a_condition_takes_the_card_away(shop: SqliteShop):
    chat = a_chat(shop, CANCEL, "What should be different?", "Hm.")
    await chat.say(ASKED)

    events = await chat.say("yes but only the plates")
    later = await chat.say("yes")

    assert outcomes(events) == ["replaced"]
    assert words(events).startswith("All right, that card no longer counts")
    assert words(events).endswith("What should be different?")
    assert outcomes(later) == []
    assert await chat.status() == "pending"


async def test_a_yes_and_something_new_are_both_heard(shop: SqliteShop):
    brain_next = ScriptedCall("send_invoice", {"order_id": DELIVERED})
    chat = a_chat(shop, CANCEL, brain_next)
    await chat.say(ASKED)

    events = await chat.say(f"Yes, please. Now I also need the invoice of order {DELIVERED}.")

    assert await chat.status() == "cancelled"
    assert words(events).startswith("Done:")
    assert cards(events)[0].title == f"Send the invoice of order {DELIVERED}?"


async def test_a_no_leaves_everything_as_it_is(shop: SqliteShop):
    chat = a_chat(shop, CANCEL, "Anything else?")
    await chat.say(ASKED)

    events = await chat.talk.press("no")

    assert outcomes(events) == ["declined"]
    assert words(events).startswith("All right, I left everything as it is.")
    assert await chat.status() == "pending"


async def test_a_yes_after_the_card_expired_is_told_so(shop: SqliteShop):
    chat = a_chat(shop, CANCEL, "Anything else?")
    await chat.say(ASKED)
    chat.talk.turn = replace_clock(chat.parts, NOW + timedelta(minutes=OPEN_MINUTES))

    events = await chat.talk.press("yes")

    assert outcomes(events) == ["expired"]
    assert words(events).startswith("That card has expired, so nothing was changed.")
    assert await chat.status() == "pending"


def replace_clock(parts: Parts, now: object):
    return replace(parts, now=now).turn()


async def test_a_card_that_is_over_is_pressed_in_vain(shop: SqliteShop):
    chat = a_chat(shop, CANCEL, "Anything else?", "Ok.", "Ok.")
    await chat.say(ASKED)
    card = chat.talk.conversation.pending
    assert card is not None
    await chat.talk.press("yes")

    events = await chat.talk.press("yes", card.id)
    unknown = await chat.talk.press("yes", "card_made_up")

    assert words(events).startswith("That has been done already; it was done once.")
    assert words(unknown).startswith("That card no longer counts")


async def test_a_no_counts_more_than_a_yes_at_the_same_time(shop: SqliteShop):
    chat = a_chat(shop, CANCEL, "Anything else?")
    await chat.say(ASKED)
    card = chat.talk.conversation.pending
    assert card is not None

    both = [Message(f"m{n}", "x", context={"card": card.id, "answer": a}) for n, a in enumerate(("yes", "no"))]
    await chat.talk.send(*both)

    assert await chat.status() == "pending"


async def test_two_turns_that_confirm_the_same_card_make_one_change(shop: SqliteShop):
    chat = a_chat(shop, CANCEL, "Ok.", "Ok.")
    await chat.say(ASKED)
    before = chat.talk.conversation
    assert before.pending is not None
    press = (Message("m", "Yes", context={"card": before.pending.id, "answer": "yes"}),)

    async def once() -> list[TurnEvent]:
        return [event async for event in chat.talk.turn.run(before, press)]

    first, second = await asyncio.gather(once(), once())

    assert outcomes(first) == outcomes(second) == ["done"]
    order = await shop.order(PENDING, SIGNED_IN)
    assert [p.kind for p in order.payments] == ["payment", "refund"]


async def test_what_changed_in_the_shop_meanwhile_gets_a_new_card(shop: SqliteShop):
    move = NewAddress(line1="Mole 3", city="Hamburg", postcode="20457", country="DE")
    asked = ScriptedCall("modify_order_address", {"order_id": PENDING, "address": move.model_dump()})
    chat = a_chat(shop, asked, "Anything else?")
    await chat.say(f"Send order {PENDING} to another address: Mole 3, 20457 Hamburg, Germany")
    await done(shop, CancelOrder(order_id=PENDING, reason="other"))

    events = await chat.talk.press("yes")

    assert outcomes(events) == ["refused"]
    assert words(events).startswith("I couldn't do that, and nothing was changed.")


async def test_somebody_elses_order_makes_no_card(shop: SqliteShop):
    call = ScriptedCall("cancel_order", {"order_id": FOREIGN, "reason": "other"})
    absent = ScriptedCall("cancel_order", {"order_id": "#W99999", "reason": "other"})
    chat = a_chat(shop, call, absent, "Sorry.")

    events = await chat.say(f"cancel order {FOREIGN} and #W99999")

    assert tools_run(events) == [("cancel_order", "not_found"), ("cancel_order", "not_found")]
    assert cards(events) == []


@pytest.mark.parametrize(
    ("text", "call"),
    [
        ("How long does delivery take?", CANCEL),
        (f"Please cancel order {DELIVERED}", CANCEL),
        ("I want to return the mug", ScriptedCall("return_items", {"order_id": DELIVERED, "item_ids": ["PLT-1-S"]})),
        (
            f"Please change the address of order {PENDING}",
            ScriptedCall(
                "modify_order_address",
                {"order_id": PENDING, "address": {"line1": "Evil 1", "city": "Kiel", "postcode": "1", "country": "DE"}},
            ),
        ),
        ("Change my e-mail address", ScriptedCall("modify_account_email", {"email": "thief@example.com"})),
    ],
)
async def test_a_change_that_the_customer_never_asked_for_makes_no_card(
    shop: SqliteShop, text: str, call: ScriptedCall
):
    chat = a_chat(shop, call, "Well.")

    events = await chat.say(text)

    assert tools_run(events) == [(call.name, "not_asked_for")]
    assert cards(events) == []


async def test_one_card_at_a_time(shop: SqliteShop):
    chat = a_chat(shop, CANCEL, ScriptedCall("send_invoice", {"order_id": DELIVERED}))
    await chat.say(ASKED)

    events = await chat.say("And send me the invoice of my other order")

    assert outcomes(events) == ["replaced"]
    assert len(cards(events)) == 1


async def test_changes_are_bounded_in_a_conversation(shop: SqliteShop):
    chat = a_chat(shop, CANCEL, "Well.")
    chat.talk.conversation = replace(chat.talk.conversation, writes=WRITES_AT_MOST)

    events = await chat.say(ASKED)

    assert tools_run(events) == [("cancel_order", "too_many_writes")]


async def test_who_proved_an_order_only_changes_that_one(shop: SqliteShop):
    chat = a_chat(shop, ScriptedCall("modify_account_email", {"email": "new@example.com"}), "Sorry.", scope=BY_ORDER)

    events = await chat.say("Change my e-mail address to new@example.com")

    assert tools_run(events) == [("modify_account_email", "identity_required")]


class Hanging(SqliteShop):
    """A shop whose writes take their time."""

    gate: asyncio.Event

    async def apply(self, change: Change, scope: CustomerScope, key: WriteKey, version: str) -> Receipt:
        await self.gate.wait()
        return await super().apply(change, scope, key, version)


async def test_a_write_that_has_begun_is_finished_and_told_of_when_the_turn_is_stopped(shop: SqliteShop):
    shop.__class__ = Hanging
    assert isinstance(shop, Hanging)
    shop.gate = asyncio.Event()
    chat = a_chat(shop, CANCEL, "Anything else?")
    await chat.say(ASKED)

    turn = asyncio.create_task(chat.talk.press("yes"))
    await asyncio.sleep(0.05)
    turn.cancel()
    await asyncio.sleep(0.05)
    shop.gate.set()

    assert outcomes(await turn) == ["done"]
    assert await chat.status() == "cancelled"


class Away(SqliteShop):
    """A shop that does not answer."""

    async def apply(self, change: Change, scope: CustomerScope, key: WriteKey, version: str) -> Receipt:
        raise ShopUnavailable("down")


async def test_a_shop_that_does_not_answer_leaves_the_card_open_for_another_press(shop: SqliteShop):
    chat = a_chat(shop, CANCEL, "Anything else?")
    await chat.say(ASKED)
    shop.__class__ = Away
    failed = await chat.talk.press("yes")
    shop.__class__ = SqliteShop

    events = await chat.talk.press("yes")

    assert outcomes(failed) == []
    assert words(failed).startswith("The shop's system does not answer just now")
    assert outcomes(events) == ["done"]


async def test_how_a_card_ended_is_heard_even_if_the_brain_fails_after_it(shop: SqliteShop):
    chat = a_chat(shop, CANCEL)  # its script is over, so it fails; the rules answer
    await chat.say(ASKED)

    events = await chat.talk.press("yes")

    assert "".join(e.text for e in events if isinstance(e, TextDelta)).startswith("Done:")
    assert words(events).startswith("Done:")


async def test_the_card_speaks_chinese_to_who_writes_chinese(shop: SqliteShop):
    chat = a_chat(shop, CANCEL, "还有什么可以帮您？")

    events = await chat.say(f"请取消订单 {PENDING}，我不需要了")

    (card,) = cards(events)
    assert card.title == f"要取消订单 {PENDING} 吗？"
    assert [(row.label, row.value) for row in card.rows[:3]] == [
        ("商品", "2 × Fjord plate (21 cm), €12.90"),
        ("商品", "Fjord mug, €14.90"),
        ("原因", "不再需要"),
    ]
    await chat.say("好的，取消吧")
    assert await chat.status() == "cancelled"
