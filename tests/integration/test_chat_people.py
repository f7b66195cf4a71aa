"""People take a conversation, answer in it, and hand it back; the bot is silent meanwhile and hears what they did."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from chat_server import STAFF_TOKEN, ChatServer, Client, open_socket, running


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[ChatServer]:
    async with running(tmp_path) as server:
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
