"""People take a conversation, answer in it, and hand it back; the bot is silent meanwhile and hears what they did."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from chat_server import STAFF_TOKEN, ChatServer, Client, StillClock, open_socket, running

from agent.conversation import Conversation
from server.waiting import offer_to_waiting
from tools.people.hours import OpeningHours, Span
from tools.people.people import People


def summarise(conversation: Conversation) -> str:
    return "They wrote: " + " / ".join(said.text for said in conversation.history if said.author == "visitor")


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[ChatServer]:
    async with running(tmp_path, summarise=summarise) as server:
        yield server


async def console_of(server: ChatServer) -> Client:
    console = Client(server.port, {})
    console.socket = await open_socket(server.port, "/ws/console")
    await console.send("hello", {"token": STAFF_TOKEN})
    return console


async def a_chat(server: ChatServer) -> tuple[Client, Client, dict[str, Any]]:
    """A shopper who was answered once, a console, and the conversation as the console names it."""
    shopper = await server.client(await server.session()).open()
    await shopper.say("hello")
    await shopper.next("turn.ended")
    return shopper, await console_of(server), {"cid": shopper.session["conversation_id"]}


async def test_a_person_takes_over_and_the_bot_is_silent(server: ChatServer) -> None:
    shopper, console, named = await a_chat(server)

    await console.send("control.take", {**named, "name": "Mira", "expect_epoch": 0})
    taken = await shopper.next("control.changed")
    await shopper.say("are you there?")
    await console.send("message.send", {**named, "text": "Yes, I am."})
    answer = await shopper.next("message.created", state="sent", author={"kind": "agent", "name": "Mira"})
    await asyncio.sleep(0.2)

    assert (taken["data"]["control"], taken["data"]["agent"]) == ("human", "Mira")
    assert answer["data"]["blocks"] == [{"type": "text", "text": "Yes, I am."}]
    assert len(server.turn.given) == 1


async def test_hand_back_tells_the_bot_what_was_done_and_the_customer_nothing_of_it(server: ChatServer) -> None:
    shopper, console, named = await a_chat(server)
    await console.send("control.take", {**named, "name": "Mira"})
    await shopper.next("control.changed")

    await console.send("control.return", {**named, "note": "Sent a new mug.", "expect_epoch": 1})
    back = await shopper.next("control.changed", control="bot")
    await shopper.say("thanks")
    await shopper.next("turn.ended")

    assert "note" not in back["data"]
    assert server.turn.given[-1][0].noted == ("Sent a new mug.",)


async def test_a_private_note_is_stored_for_staff_and_told_to_nobody_else(server: ChatServer) -> None:
    shopper, console, named = await a_chat(server)
    await console.send("conv.subscribe", {**named, "after": 0})

    await console.send("note.add", {**named, "text": " A regular. "})
    noted = await console.next("note.created")
    await shopper.say("hello")
    await shopper.next("turn.ended")
    await console.send("note.add", {"cid": "conv_nowhere", "text": "x"})
    error = await console.next("error")

    assert noted["data"] == {"text": "A regular."}
    assert not [frame for frame in shopper.frames if "A regular" in str(frame)]
    assert "A regular" not in str(server.turn.given[-1])
    assert error["data"]["code"] == "not_found"


async def test_who_comes_second_is_told_that_somebody_was_quicker(server: ChatServer) -> None:
    shopper, console, named = await a_chat(server)
    await console.send("control.take", {**named, "name": "Mira", "expect_epoch": 0})
    await shopper.next("control.changed")

    await console.send("control.take", {**named, "name": "Jo", "expect_epoch": 0})

    assert (await console.next("error"))["data"]["code"] == "conflict"


async def test_nobody_speaks_as_a_person_while_the_bot_answers(server: ChatServer) -> None:
    _, console, named = await a_chat(server)

    await console.send("message.send", {**named, "text": "Hello from nowhere"})

    assert (await console.next("error"))["data"]["code"] == "conflict"


async def test_what_the_person_answered_is_not_answered_again_by_the_bot(server: ChatServer) -> None:
    shopper, console, named = await a_chat(server)
    await console.send("control.take", {**named, "name": "Mira"})
    await shopper.next("control.changed")
    await shopper.say("can you send it again?")
    await shopper.next("message.created", author={"kind": "visitor", "name": ""})
    await console.send("message.send", {**named, "text": "It is on its way."})
    await shopper.next("message.created", author={"kind": "agent", "name": "Mira"})

    await console.send("control.return", named)
    await shopper.next("control.changed", control="bot")
    await asyncio.sleep(0.3)

    assert len(server.turn.given) == 1


async def test_who_presses_for_a_person_is_in_line_with_a_summary_for_staff(server: ChatServer) -> None:
    shopper, console, named = await a_chat(server)
    await console.send("conv.subscribe", named)

    await shopper.send("handoff.request", {})
    queued = await shopper.next("control.changed")
    told = await console.next("control.changed")

    assert "summary" not in queued["data"]
    assert told["data"]["summary"] == "They wrote: hello"


async def listed(console: Client, **wanted: Any) -> dict[str, Any]:
    """The conversation as the list shows it, once it shows all that is wanted."""
    while True:
        row: dict[str, Any] = (await console.next("inbox.updated"))["data"]["conversation"]
        if all(row.get(name) == value for name, value in wanted.items()):
            return row


async def test_the_list_says_since_when_a_person_owes_a_word_and_how_much_was_written(server: ChatServer) -> None:
    shopper, console, named = await a_chat(server)
    answered = await listed(console, last_author="bot")
    await shopper.send("handoff.request", {})
    queued = await listed(console, control="queued")
    await shopper.say("hello?")
    asked = await listed(console, heard=2)
    await console.send("control.take", {**named, "name": "Mira"})
    taken = await listed(console, control="human")
    await console.send("message.send", {**named, "text": "Here I am."})
    spoken = await listed(console, last_author="agent")
    await shopper.say("At last.")
    again = await listed(console, heard=3)
    await console.send("control.return", named)
    back = await listed(console, control="bot")

    assert "due_since" not in answered
    assert queued["due_since"] == asked["due_since"] == taken["due_since"]
    assert "due_since" not in spoken
    assert again["due_since"] > queued["due_since"]
    assert "due_since" not in back


async def test_what_staff_send_twice_under_one_name_is_said_once(server: ChatServer) -> None:
    shopper, console, named = await a_chat(server)
    await console.send("control.take", named)
    await shopper.next("control.changed")

    for _ in range(2):
        await console.send("message.send", {**named, "text": "Hello."}, "same")
        await console.next("ack", re="same")
        await console.send("note.add", {**named, "text": "Twice."}, "note")
        await console.next("ack", re="note")

    shown = await server.hub.log.read.events_after(named["cid"], 0, "staff", upto=1000)
    assert sum("Hello." in event.data for event in shown) == 1
    assert sum("Twice." in event.data for event in shown) == 1


@pytest.fixture
async def after_hours(tmp_path: Path) -> AsyncIterator[ChatServer]:
    hours = OpeningHours(ZoneInfo("Europe/Berlin"), ((Span(540, 1020),), (), (), (), (), (), ()))
    async with running(tmp_path, clock=StillClock(), people=People(hours=hours), summarise=summarise) as server:
        yield server


async def test_after_hours_who_presses_for_a_person_may_leave_an_address(after_hours: ChatServer) -> None:
    shopper, console, named = await a_chat(after_hours)
    await console.send("conv.subscribe", named)
    await shopper.send("handoff.request", {})
    offer = await shopper.next("message.created", author={"kind": "system", "name": ""})

    await shopper.send("handoff.email", {"email": " Lea＠example.com "})
    taken = await shopper.next("handoff.email")
    listed = await console.next("inbox.updated")
    while listed["data"]["conversation"].get("reply_email") is None:
        listed = await console.next("inbox.updated")
    offered = next(frame for frame in console.frames if frame["type"] == "handoff.offered")

    assert [block["type"] for block in offer["data"]["blocks"]] == ["text", "email"]
    assert "they are back tomorrow at 09:00 (Berlin time)" in offer["data"]["blocks"][0]["text"]
    assert (taken["data"]["email"], taken["data"]["text"]) == (
        "Lea@example.com",
        "Thank you. A person will write to Lea@example.com.",
    )
    assert offered["data"]["summary"] == "They wrote: hello"
    assert listed["data"]["conversation"]["control"] == "bot"


async def test_staff_say_that_they_have_written(after_hours: ChatServer) -> None:
    shopper, console, named = await a_chat(after_hours)
    await shopper.send("handoff.email", {"email": "lea@example.com"})
    await shopper.next("handoff.email")
    await shopper.say("thanks")
    await shopper.next("turn.ended")

    first = await console.send("handoff.answered", named)
    await console.next("ack", re=first)
    await shopper.say("and now?")
    await shopper.next("turn.ended")
    await console.send("handoff.answered", named)

    assert (await console.next("error"))["data"]["code"] == "conflict"
    assert [given[0].reply_email for given in after_hours.turn.given] == ["", "lea@example.com", ""]


async def test_what_is_no_address_is_refused(after_hours: ChatServer) -> None:
    shopper, _, _ = await a_chat(after_hours)

    await shopper.send("handoff.email", {"email": "lea at example"})

    assert (await shopper.next("error"))["data"]["code"] == "bad_request"


async def test_who_waits_for_long_is_told_that_nobody_came_and_may_just_write_the_address(tmp_path: Path) -> None:
    clock = StillClock()
    async with running(tmp_path, clock=clock, people=People(wait_minutes=5)) as server:
        shopper, _, _ = await a_chat(server)
        await shopper.send("handoff.request", {})
        await shopper.next("control.changed", control="queued")
        clock.moment += timedelta(minutes=4)
        early = await offer_to_waiting(server.hub)
        clock.moment += timedelta(minutes=1)
        told = [await offer_to_waiting(server.hub), await offer_to_waiting(server.hub)]
        await shopper.next("message.created", author={"kind": "system", "name": ""})

        await shopper.say("ok: lea@example.com.")
        left = await shopper.next("handoff.email")
        back = await shopper.next("control.changed")

        assert (early, told) == (0, [1, 0])
        assert left["data"]["email"] == "lea@example.com"
        assert (back["data"]["control"], back["data"]["text"]) == ("bot", "")
        assert len(server.turn.given) == 1


async def test_who_was_taken_in_time_is_not_told_that_nobody_came(tmp_path: Path) -> None:
    clock = StillClock()
    async with running(tmp_path, clock=clock, people=People(wait_minutes=5)) as server:
        shopper, console, named = await a_chat(server)
        await shopper.send("handoff.request", {})
        await shopper.next("control.changed", control="queued")
        await console.send("control.take", {**named, "name": "Mira"})
        await shopper.next("control.changed", control="human")
        clock.moment += timedelta(minutes=9)

        assert await offer_to_waiting(server.hub) == 0


async def test_after_hours_the_bots_own_offer_keeps_it_in_the_chat(after_hours: ChatServer) -> None:
    shopper, console, named = await a_chat(after_hours)
    await console.send("conv.subscribe", named)

    await shopper.say("a person who is not there")
    await shopper.next("turn.ended")
    await shopper.say("mail lea@example.com")
    await shopper.next("handoff.email")
    await shopper.next("turn.ended")
    offered = await console.next("handoff.offered")

    assert (offered["data"]["by"], offered["data"]["summary"]) == ("bot", "The customer wants a person.")
    assert [given[0].offered for given in after_hours.turn.given] == [False, False, True]
    assert not [frame for frame in shopper.frames if frame["type"] == "control.changed"]


async def test_hand_back_is_told_to_the_next_turn_only(server: ChatServer) -> None:
    shopper, console, named = await a_chat(server)
    await console.send("control.take", {**named, "name": "Mira"})
    await shopper.next("control.changed")
    await console.send("control.return", {**named, "note": "Sent a new mug."})
    await shopper.next("control.changed", control="bot")

    for text in ("thanks", "bye"):
        await shopper.say(text)
        await shopper.next("turn.ended")

    assert [given[0].handed_back for given in server.turn.given] == [False, True, False]
