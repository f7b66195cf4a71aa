"""Coming back: nothing is lost, nothing comes twice."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import jwt
import pytest
from chat_server import IDENTITY_KEY, ChatServer, Client, CountedIds, StillClock, running

from server.hub import ChatLimits

WORDS = ("hello", "choose a blue one", "thanks")
EVENTS = 12


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[ChatServer]:
    async with running(tmp_path) as server:
        yield server


async def come_back(server: ChatServer, client: Client, after: int) -> Client:
    """A new socket that resumes after the events that the old one had."""
    session = await server.session(visitor_token=client.session["visitor_token"])
    return await server.client(session).open(after=after)


async def twelve_events(folder: Path, cut: int | None) -> list[dict[str, Any]]:
    """A conversation of twelve events, with the socket cut after event `cut`, as its page has seen it."""
    async with running(folder, clock=StillClock(), ids=CountedIds()) as server:
        client = await server.client(await server.session()).open(after=0)
        seen: list[dict[str, Any]] = []
        for place, text in enumerate(WORDS):
            key = f"key-{place}"
            last = 4 * (place + 1)
            await client.send("message.send", {"text": text}, key=key)
            if cut is not None and last - 4 < cut <= last:
                await client.until_seq(cut)
                client.socket.transport.abort()
                seen, client = [*seen, *client.events], await come_back(server, client, after=cut)
                await client.next("resumed")
                await client.send("message.send", {"text": text}, key=key)  # the page cannot know that it was stored
            if cut != last:
                await client.until_seq(last)
        return [*seen, *client.events]


async def test_a_socket_cut_after_any_event_shows_the_same_conversation(tmp_path: Path) -> None:
    whole = await twelve_events(tmp_path / "whole", None)

    replays = {cut: await twelve_events(tmp_path / f"cut-{cut}", cut) for cut in range(1, EVENTS + 1)}

    assert [event["seq"] for event in whole] == list(range(1, EVENTS + 1))
    assert [cut for cut, replay in replays.items() if replay != whole] == []


async def test_every_cursor_replays_the_rest(server: ChatServer) -> None:
    client = await server.client(await server.session()).open()
    for text in WORDS:
        await client.say(text)
        await client.next("turn.ended")

    for after in range(EVENTS + 1):
        again = await come_back(server, client, after=after)
        resumed = await again.next("resumed")

        assert again.events == client.events[after:]
        assert resumed["data"] == {"last_seq": EVENTS}
        assert [frame["type"] for frame in again.frames if "seq" not in frame] == ["welcome", "resumed"]
        await again.close()


async def test_a_running_answer_goes_on_where_it_was(server: ChatServer) -> None:
    client = await server.client(await server.session()).open()
    await client.say("please wait")
    await client.next("stream.delta", i=1)
    client.socket.transport.abort()

    again = await come_back(server, client, after=2)
    snapshot = await again.next("stream.snapshot")
    await again.next("resumed")
    server.turn.go_on.set()
    await again.next("turn.ended")

    assert snapshot["data"]["text"] == "You said: "
    assert snapshot["data"]["next"] == 2
    deltas = [frame["data"] for frame in again.frames if frame["type"] == "stream.delta"]
    assert [(delta["i"], delta["text"]) for delta in deltas] == [(2, "please wait")]
    assert [event["seq"] for event in again.events] == [3, 4]


async def test_an_answer_goes_on_while_nobody_watches(server: ChatServer) -> None:
    client = await server.client(await server.session()).open()
    await client.say("please wait")
    await client.next("stream.delta", i=1)
    await client.close()

    server.turn.go_on.set()
    again = await come_back(server, client, after=0)
    await again.until_seq(4)

    assert [event["type"] for event in again.events] == [
        "message.created",
        "turn.started",
        "message.created",
        "turn.ended",
    ]


async def test_a_cursor_from_another_life_is_reset(server: ChatServer) -> None:
    client = await server.client(await server.session()).open()
    await client.say("hello")
    await client.next("turn.ended")

    again = await come_back(server, client, after=99)
    reset = await again.next("resume.reset")
    await again.next("resumed")

    assert reset["data"]["last_seq"] == 4
    assert reset["data"]["conversation"]["control"] == "bot"
    assert reset["data"]["history_url"] == f"/v1/conversations/{client.session['conversation_id']}/history"
    assert again.events == client.events


async def test_a_cursor_that_is_too_old_gets_the_latest_events_and_the_way_to_the_others(tmp_path: Path) -> None:
    limits = ChatLimits(replay_events=100, messages_per_minute=6000, frames_per_10_seconds=10_000)
    async with running(tmp_path, limits) as server:
        client = await server.client(await server.session()).open()
        for place in range(30):
            await client.say(f"message {place}")
            await client.next("turn.ended")

        again = await come_back(server, client, after=3)
        await again.next("resume.reset")
        await again.next("resumed")

        assert again.events == client.events[-50:]


async def test_hundreds_of_missed_events_come_in_order(server: ChatServer) -> None:
    client = await server.client(await server.session()).open()
    for place in range(60):
        await client.say(f"message {place}")
        await client.next("turn.ended")

    again = await come_back(server, client, after=0)
    await again.next("resumed", seconds=10)

    assert again.events == client.events
    assert len(again.events) == 240


async def test_a_signed_in_customer_goes_on_in_another_browser(server: ChatServer) -> None:
    claims = {"sub": "customer-7", "name": "Ada", "exp": server.hub.clock.now().timestamp() + 600}
    identity = jwt.encode(claims, IDENTITY_KEY, algorithm="HS256")
    client = await server.client(await server.session(identity=identity)).open()
    await client.say("hello")
    await client.next("turn.ended")

    other = await server.client(await server.session(identity=identity)).open(after=0)
    welcome = await other.next("welcome")
    await other.next("resumed")

    assert welcome["data"]["user"]["name"] == "Ada"
    assert welcome["data"]["user"]["signed_in"] is True
    assert other.events == client.events
    conversation, _ = server.turn.given[0]
    assert conversation.scope.customer_id == "customer-7"
