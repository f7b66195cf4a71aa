"""Answers that are stopped, given anew, broken or taken over by a person, as a shopper's page sees them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import orjson
import pytest
from chat_server import ChatServer, Client, running

from server.hub import ChatLimits


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[ChatServer]:
    async with running(tmp_path) as server:
        yield server


@pytest.fixture
async def client(server: ChatServer) -> AsyncIterator[Client]:
    client = await server.client(await server.session()).open()
    await client.next("welcome")
    yield client
    await client.close()


def texts(client: Client) -> list[str]:
    return [
        "".join(block["text"] for block in event["data"]["blocks"])
        for event in client.events
        if event["type"] == "message.created"
    ]


# Turns


async def test_stopping_keeps_what_was_said(client: Client) -> None:
    await client.say("please wait")
    started = await client.next("turn.started")
    await client.next("stream.delta", i=1)

    await client.send("turn.stop", {"turn_id": started["data"]["turn_id"]})
    ended = await client.next("turn.ended")

    assert ended["data"]["reason"] == "stopped"
    assert [frame["data"]["reason"] for frame in client.frames if frame["type"] == "stream.end"] == ["stopped"]
    assert texts(client) == ["please wait", "You said: "]
    assert client.events[2]["data"]["interrupted"] is True


async def test_stopping_twice_is_the_same_as_once(client: Client) -> None:
    await client.say("hello")
    ended = await client.next("turn.ended")

    await client.send("turn.stop", {"turn_id": ended["data"]["turn_id"]})

    await client.next("ack")
    assert (await client.next("stream.end"))["data"]["reason"] == "stopped"
    await client.say("go on")
    await client.next("turn.ended", reason="done")


async def test_a_new_message_stops_the_answer_and_both_are_answered(server: ChatServer, client: Client) -> None:
    await client.say("please wait")
    await client.next("stream.delta", i=1)

    await client.say("and this")
    await client.next("turn.ended", reason="stopped")
    await client.next("turn.ended", reason="done")

    assert texts(client) == ["please wait", "and this", "You said: ", "You said: please wait + and this"]
    conversation, messages = server.turn.given[1]
    assert [message.text for message in messages] == ["please wait", "and this"]
    assert [said.text for said in conversation.history] == ["You said: "]
    assert server.turn.closed == 2


async def test_an_answer_can_be_given_anew(server: ChatServer, client: Client) -> None:
    await client.say("first")
    await client.next("turn.ended")
    await client.say("second")
    await client.next("turn.ended")
    said = [event["data"]["message_id"] for event in client.events if event["type"] == "message.created"][-1]

    await client.send("turn.regenerate", {"message_id": said})
    deleted = await client.next("message.deleted")
    await client.next("turn.ended")

    assert deleted["data"] == {"message_id": said, "reason": "regenerated"}
    conversation, messages = server.turn.given[2]
    assert [message.text for message in messages] == ["second"]
    assert [each.text for each in conversation.history] == ["first", "You said: first"]
    assert conversation.memory == {"turns": 1}


async def test_only_the_last_answer_can_be_given_anew(client: Client) -> None:
    await client.say("first")
    await client.next("turn.ended")
    first = [event["data"]["message_id"] for event in client.events if event["type"] == "message.created"][-1]
    await client.say("second")
    await client.next("turn.ended")

    await client.send("turn.regenerate", {"message_id": first})

    assert (await client.next("error"))["data"]["code"] == "conflict"


async def test_a_turn_that_breaks_apologises_and_tells_nothing(client: Client) -> None:
    await client.say("fail")
    ended = await client.next("turn.ended")

    assert ended["data"]["reason"] == "error"
    assert texts(client)[1].startswith("Sorry, something went wrong")
    assert "secret" not in orjson.dumps(client.frames).decode()


async def test_a_turn_that_takes_too_long_is_ended(tmp_path: Path) -> None:
    async with running(tmp_path, ChatLimits(turn_seconds=0.2)) as server:
        client = await server.client(await server.session()).open()

        await client.say("please wait")
        ended = await client.next("turn.ended")

        assert ended["data"]["reason"] == "timeout"
        assert texts(client)[1:] == [
            "You said: ",
            "Sorry, this took too long and I had to stop. Please ask again, or ask for a person.",
        ]
        assert server.turn.closed == 1


async def test_memory_goes_from_turn_to_turn_and_never_to_the_visitor(server: ChatServer, client: Client) -> None:
    for text in ("one", "two", "three"):
        await client.say(text)
        await client.next("turn.ended")

    assert [conversation.memory for conversation, _ in server.turn.given] == [{}, {"turns": 1}, {"turns": 2}]
    assert "memory" not in orjson.dumps(client.frames).decode()


async def test_a_visitor_sees_no_tools_and_no_proofs(server: ChatServer, client: Client) -> None:
    await client.say("where is my order?")
    await client.next("turn.ended")
    await client.say("thanks")
    await client.next("turn.ended")

    seen = orjson.dumps(client.frames).decode()
    assert "tool.ran" not in seen
    assert "find_order" not in seen
    assert "identity.proven" not in seen
    assert [event["seq"] for event in client.events] == list(range(1, 9))
    conversation, _ = server.turn.given[1]
    assert conversation.scope.order_ids == {"A-1"}


# A person


async def test_after_asking_for_a_person_the_bot_is_silent_until_the_customer_returns(
    server: ChatServer, client: Client
) -> None:
    await client.send("handoff.request", {"reason": "tired of bots"})
    queued = await client.next("control.changed")
    await client.say("anybody?")
    await client.next("ack", seq=2)
    await client.send("handoff.cancel", {})
    back = await client.next("control.changed")
    await client.next("turn.ended")

    assert queued["data"]["control"] == "queued"
    assert queued["data"]["queue_position"] == 1
    assert "reason" not in queued["data"]
    assert [back["data"]["control"], back["data"]["control_epoch"]] == ["bot", 2]
    assert [event["type"] for event in client.events] == [
        "control.changed",
        "message.created",
        "control.changed",
        "turn.started",
        "message.created",
        "turn.ended",
    ]
    assert len(server.turn.given) == 1


async def test_the_bot_hands_over_and_is_silent(server: ChatServer, client: Client) -> None:
    await client.say("I want a person")
    ended = await client.next("turn.ended")
    await client.say("hello?")
    await client.next("ack", seq=6)

    assert ended["data"]["reason"] == "handoff"
    assert [event["type"] for event in client.events] == [
        "message.created",
        "turn.started",
        "message.created",
        "control.changed",
        "turn.ended",
    ]
    assert "summary" not in client.events[3]["data"]
    assert server.hub.turns.at_work == 0
    assert len(server.turn.given) == 1


async def test_asking_for_a_person_in_the_middle_of_an_answer_keeps_what_was_said(client: Client) -> None:
    await client.say("please wait")
    await client.next("stream.delta", i=1)

    await client.send("handoff.request", {})
    await client.next("control.changed")

    assert [event["type"] for event in client.events[1:]] == [
        "turn.started",
        "message.created",
        "turn.ended",
        "control.changed",
    ]
    assert client.events[3]["data"]["reason"] == "handoff"
