"""The staff's socket: the list, the live conversations, and what only staff may see."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from chat_server import STAFF_TOKEN, ChatServer, Client, open_socket, running

from agent.blocks import TextBlock
from server.log import changes, people
from server.log.writer import Transaction
from server.sessions import SessionRequest


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[ChatServer]:
    async with running(tmp_path) as server:
        yield server


async def console_of(server: ChatServer, token: str = STAFF_TOKEN, **resume: Any) -> Client:
    """A console's socket after its hello."""
    console = Client(server.port, {})
    console.socket = await open_socket(server.port, "/ws/console")
    await console.send("hello", {"token": token, "resume": resume})
    return console


async def shopper_of(server: ChatServer) -> Client:
    client = await server.client(await server.session()).open()
    await client.next("welcome")
    return client


@pytest.mark.parametrize("token", ["wrong", "a-staff-token-for-test", "é"])
async def test_without_the_token_the_console_is_closed(server: ChatServer, token: str) -> None:
    console = await console_of(server, token)

    assert await console.closed() == 4401
    assert [frame["type"] for frame in console.frames] == ["error"]


async def test_the_list_has_what_was_and_hears_what_comes(server: ChatServer) -> None:
    before = await shopper_of(server)
    await before.say("hello")
    await before.next("turn.ended")

    console = await console_of(server)
    listed = (await console.next("inbox.updated"))["data"]["conversation"]
    after = await shopper_of(server)
    await after.say("where is my order?")
    cid = after.session["conversation_id"]
    while listed["id"] != cid or listed["last_author"] != "bot":
        listed = (await console.next("inbox.updated"))["data"]["conversation"]

    assert listed["last_text"] == "You said: where is my order?"
    assert listed["control"] == "bot"
    numbers = [frame["data"]["inbox_seq"] for frame in console.frames if frame["type"] == "inbox.updated"]
    assert numbers == sorted(set(numbers))


async def test_who_comes_back_to_the_list_is_told_only_what_changed(server: ChatServer) -> None:
    first, second = await shopper_of(server), await shopper_of(server)
    for client in (first, second):
        await client.say("hello")
        await client.next("turn.ended")
    console = await console_of(server)
    await console.next("inbox.updated")
    seen = (await console.next("inbox.updated"))["data"]["inbox_seq"]
    await console.close()
    await first.say("again")
    await first.next("turn.ended")

    console = await console_of(server, inbox_after=seen)
    updated = await console.next("inbox.updated")

    assert updated["data"]["conversation"]["id"] == first.session["conversation_id"]


async def test_an_open_conversation_is_shown_live_with_what_only_staff_see(server: ChatServer) -> None:
    client = await shopper_of(server)
    cid = client.session["conversation_id"]
    await client.say("hello")
    await client.next("turn.ended")
    console = await console_of(server)

    key = await console.send("conv.subscribe", {"cid": cid, "after": 0})
    resumed = await console.next("resumed")
    await client.send("typing", {"on": True, "preview": "where is"})
    typing = await console.next("typing")
    await client.say("where is my order?")
    await console.next("turn.ended")

    assert (resumed["re"], resumed["data"]) == (key, {"last_seq": 4})
    assert typing["data"]["preview"] == "where is"
    events = [frame for frame in console.events if frame["cid"] == cid]
    assert [event["type"] for event in events] == [
        "message.created",
        "turn.started",
        "message.created",
        "turn.ended",
        "message.created",
        "turn.started",
        "tool.ran",
        "identity.proven",
        "message.created",
        "turn.ended",
    ]
    assert [event["seq"] for event in events] == list(range(1, 11))
    assert events[-1]["data"]["memory"] == {"turns": 2}
    assert "".join(f["data"]["text"] for f in console.frames if f["type"] == "stream.delta").endswith("my order?")


async def test_a_customer_who_stops_typing_is_seen_to_stop(server: ChatServer) -> None:
    client = await shopper_of(server)
    console = await console_of(server)
    await console.send("conv.subscribe", {"cid": client.session["conversation_id"]})
    await console.next("resumed")

    await client.send("typing", {"on": True})
    await console.next("typing", on=True)
    await client.close()

    await console.next("typing", on=False)


async def test_staff_see_what_was_read_and_the_customer_does_not(server: ChatServer) -> None:
    client = await shopper_of(server)
    await client.say("hello")
    await client.next("turn.ended")
    console = await console_of(server)
    await console.send("conv.subscribe", {"cid": client.session["conversation_id"], "after": 4})

    await client.send("read", {"seq": 3})
    await client.send("read", {"seq": 2})
    await client.send("read", {"seq": 99})
    first = await console.next("read")
    last = await console.next("read")
    await client.say("more")
    await client.next("turn.ended")

    assert [first["data"]["read_seq"], last["data"]["read_seq"]] == [3, 4]
    assert [event["seq"] for event in client.events] == list(range(1, 9))


async def test_a_hand_over_tells_staff_why(server: ChatServer) -> None:
    client = await shopper_of(server)
    await client.say("I want a person")
    await client.next("turn.ended")
    console = await console_of(server)

    await console.send("conv.subscribe", {"cid": client.session["conversation_id"]})
    changed = await console.next("control.changed")

    assert changed["data"]["summary"] == "The customer wants a person."
    assert changed["data"]["by"] == "bot"


async def test_open_conversations_come_back_from_their_cursors(server: ChatServer) -> None:
    client = await shopper_of(server)
    cid = client.session["conversation_id"]
    await client.say("hello")
    await client.next("turn.ended")

    console = await console_of(server, cursors={cid: 2})
    await console.next("resumed")

    assert [event["seq"] for event in console.events] == [3, 4]


async def test_closing_a_conversation_on_the_screen_ends_its_events(server: ChatServer) -> None:
    client = await shopper_of(server)
    cid = client.session["conversation_id"]
    console = await console_of(server)
    await console.send("conv.subscribe", {"cid": cid})
    await console.next("resumed")

    await console.send("conv.unsubscribe", {"cid": cid})
    await console.next("ack")
    await client.say("hello")
    await client.next("turn.ended")
    await console.send("ping", {"t": 1})
    await console.next("pong")

    assert console.events == []


@pytest.mark.parametrize(
    ("kind", "data", "code"),
    [
        ("conv.subscribe", {"cid": "conv_absent"}, "not_found"),
        ("history.get", {"before_seq": 5}, "not_found"),
        ("turn.stop", {"turn_id": "t"}, "unknown_type"),
        ("hello", {"token": STAFF_TOKEN}, "bad_request"),
    ],
)
async def test_a_bad_frame_is_answered_and_the_console_stays(
    server: ChatServer, kind: str, data: dict[str, Any], code: str
) -> None:
    console = await console_of(server)

    await console.send(kind, data)

    assert (await console.next("error"))["data"]["code"] == code
    await console.send("ping", {"t": 1})
    await console.next("pong")


async def test_staff_read_history_in_their_own_numbers(server: ChatServer) -> None:
    client = await shopper_of(server)
    await client.say("where is my order?")
    await client.next("turn.ended")
    console = await console_of(server)

    await console.send("history.get", {"cid": client.session["conversation_id"], "before_seq": 5, "limit": 3})
    history = await console.next("history")

    assert [event["type"] for event in history["data"]["events"]] == ["turn.started", "tool.ran", "identity.proven"]


async def test_many_changes_reach_the_list_as_few(server: ChatServer) -> None:
    console = await console_of(server)
    await console.next("welcome")
    clients = [await shopper_of(server) for _ in range(3)]

    for client in clients:
        for _ in range(5):
            await client.say("hello")
            await client.next("turn.ended")
    async with asyncio.timeout(5):
        latest: dict[str, int] = {}
        while sorted(latest.values()) != [20, 20, 20]:
            shown = (await console.next("inbox.updated"))["data"]["conversation"]
            latest[shown["id"]] = shown["last_seq"]

    updates = [frame for frame in console.frames if frame["type"] == "inbox.updated"]
    assert len(updates) < 30


async def test_of_hundreds_the_list_has_the_latest_and_who_waits_and_misses_no_change(server: ChatServer) -> None:
    sessions = [await server.hub.sessions.open(SessionRequest(site_key="demo")) for _ in range(250)]
    cids = [opened.session.conversation_id for opened in sessions]
    for cid in cids:
        await say(server, cid, "hello", answered=cid != cids[7])
    first = await console_of(server)
    newest = [(await first.next("inbox.updated"))["data"]["conversation"]["id"] for _ in range(201)]
    seen = first.frames[-1]["data"]["inbox_seq"]
    await first.close()
    for cid in cids:
        await say(server, cid, "again")

    second = await console_of(server, inbox_after=seen)
    changed = [(await second.next("inbox.updated"))["data"]["conversation"]["id"] for _ in range(250)]

    assert newest == [cids[7], *cids[50:]]
    assert changed == cids


async def say(server: ChatServer, cid: str, text: str, *, answered: bool = True) -> None:
    """A message to a person, so that nothing else changes in the list, and their answer."""

    def change(tx: Transaction) -> None:
        if changes.conversation(tx, cid).control == "bot":
            people.take_over(tx, cid, name="Mira")
        changes.receive(tx, cid, client_id=text, blocks=(TextBlock(text=text),))
        if answered:
            people.say_as_person(tx, cid, "Yes.")

    await server.hub.log.write(change)
