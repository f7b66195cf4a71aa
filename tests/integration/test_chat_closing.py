"""How a conversation ends: by the shopper, by staff, or by itself; and how satisfied the shopper was."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from chat_server import STAFF_TOKEN, ChatServer, Client, StillClock, open_socket, running

from server.closing import close_idle


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[ChatServer]:
    async with running(tmp_path, clock=StillClock()) as server:
        yield server


@pytest.fixture
async def client(server: ChatServer) -> AsyncIterator[Client]:
    client = await server.client(await server.session()).open()
    await client.next("welcome")
    yield client
    await client.close()


async def answered(client: Client, text: str = "hello") -> None:
    await client.say(text)
    await client.next("turn.ended")


async def console_of(server: ChatServer) -> Client:
    console = Client(server.port, {})
    console.socket = await open_socket(server.port, "/ws/console")
    await console.send("hello", {"token": STAFF_TOKEN, "resume": {}})
    await console.next("welcome")
    return console


async def ended(client: Client, key: str | None = None) -> str:
    """End the chat, and read until everything that comes of it has come; in what order the ack comes is open."""
    seq = client.events[-1]["seq"] if client.events else 0
    key = await client.send("conversation.close", {}, key=key)
    await client.until_seq(seq + (2 if seq else 1))
    return key


def data_of(client: Client, kind: str) -> dict[str, Any]:
    """The data of the only frame of this kind."""
    (frame,) = (frame for frame in client.frames if frame["type"] == kind)
    data: dict[str, Any] = frame["data"]
    return data


def kinds(client: Client) -> list[str]:
    return [event["type"] for event in client.events]


async def test_a_shopper_ends_the_chat_and_is_asked_how_it_was(client: Client) -> None:
    await answered(client)

    key = await ended(client)
    await client.send("csat.submit", {"score": 4, "comment": "quick"})
    submitted = await client.next("csat.submitted")

    closed = data_of(client, "conversation.closed")
    assert (closed["by"], closed["control_epoch"]) == ("visitor", 1)
    assert closed["text"].startswith("This chat has ended.")
    assert data_of(client, "csat.request")["text"] == "How satisfied are you with this chat?"
    assert [frame["data"]["seq"] for frame in client.frames if frame.get("re") == key and frame["type"] == "ack"] == [5]
    assert (submitted["data"], submitted["seq"]) == ({"score": 4, "comment": "quick"}, 7)


async def test_what_is_asked_is_in_the_shoppers_language(client: Client) -> None:
    await answered(client, "你好")

    await ended(client)

    assert data_of(client, "csat.request")["text"] == "您对这次对话满意吗？"


async def test_who_got_no_answer_is_not_asked(client: Client) -> None:
    await ended(client)
    await client.send("ping", {})
    await client.next("pong")

    assert kinds(client) == ["conversation.closed"]


async def test_ending_twice_is_the_same_as_once_and_a_second_wish_is_told(client: Client) -> None:
    await ended(client, "end")
    await client.send("conversation.close", {}, key="end")
    again = await client.next("ack", duplicate=True)
    await client.send("conversation.close", {})
    error = await client.next("error")

    assert again["data"]["seq"] == 1
    assert error["data"]["code"] == "conflict"
    assert kinds(client) == ["conversation.closed"]


@pytest.mark.parametrize(
    ("kind", "data"), [("message.send", {"text": "one more"}), ("handoff.request", {}), ("turn.regenerate", None)]
)
async def test_nothing_goes_on_in_a_chat_that_has_ended(client: Client, kind: str, data: dict[str, Any] | None) -> None:
    await answered(client)
    said = client.events[2]["data"]["message_id"]
    await ended(client)

    await client.send(kind, data if data is not None else {"message_id": said})

    assert (await client.next("error"))["data"]["code"] == "conflict"


async def test_satisfaction_is_given_once(client: Client) -> None:
    await answered(client)
    await ended(client)
    await client.send("csat.submit", {"score": 1}, key="rated")
    await client.next("csat.submitted")

    await client.send("csat.submit", {"score": 1}, key="rated")
    await client.next("ack", duplicate=True)
    await client.send("csat.submit", {"score": 5})

    assert (await client.next("error"))["data"]["code"] == "conflict"


async def test_the_answer_that_was_being_given_ends_with_the_chat(server: ChatServer, client: Client) -> None:
    await client.say("wait for me")
    await client.next("stream.delta")

    await client.send("conversation.close", {})
    await client.next("csat.request")

    assert kinds(client)[-4:] == ["message.created", "turn.ended", "conversation.closed", "csat.request"]
    assert server.hub.turns.at_work == 0


async def test_the_next_session_begins_a_new_chat_and_the_old_one_can_still_be_read(
    server: ChatServer, client: Client
) -> None:
    await answered(client)
    await ended(client)
    old = client.session["conversation_id"]

    later = await server.session(visitor_token=client.session["visitor_token"])
    again = await server.client(later).open(cid=old, after=0)
    welcome = await again.next("welcome")
    await again.next("csat.request")
    await again.close()

    assert later["conversation_id"] != old
    assert welcome["data"]["conversation"]["status"] == "closed"


async def test_staff_end_a_chat_unless_it_has_changed_hands(server: ChatServer, client: Client) -> None:
    await answered(client)
    console = await console_of(server)
    cid = client.session["conversation_id"]

    await console.send("conv.status", {"cid": cid, "status": "closed", "expect_epoch": 7})
    stale = await console.next("error")
    await console.send("conv.status", {"cid": cid, "status": "closed", "expect_epoch": 0})
    listed = await console.next("inbox.updated")
    while listed["data"]["conversation"]["status"] != "closed":
        listed = await console.next("inbox.updated")
    await console.close()

    assert stale["data"]["code"] == "conflict"
    assert (await client.next("conversation.closed"))["data"]["by"] == "agent"


async def test_a_chat_without_a_word_for_long_ends_by_itself(server: ChatServer, client: Client) -> None:
    await answered(client)
    silent, talking = await server.session(), await server.session()
    other = await server.client(talking).open()
    await other.next("welcome")
    clock: StillClock = server.hub.clock  # type: ignore[assignment]
    clock.moment += timedelta(hours=23)
    await answered(other, "still here")
    clock.moment += timedelta(hours=2)

    closed = await close_idle(server.hub, 24)
    await other.close()

    assert closed == 1
    assert (await client.next("conversation.closed"))["data"]["by"] == "system"
    for session in (silent, talking):
        found = await server.hub.log.read.conversation(session["conversation_id"])
        assert found is not None
        assert found.control == "bot"


async def test_a_chat_in_line_for_a_person_does_not_end_by_itself(server: ChatServer, client: Client) -> None:
    await client.send("handoff.request", {})
    await client.next("ack")
    server.hub.clock.moment += timedelta(days=9)  # type: ignore[attr-defined]

    assert await close_idle(server.hub, 24) == 0
