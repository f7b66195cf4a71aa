"""A shopper's words go in, and an answer comes out, over a real socket."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from chat_server import ChatServer, running


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[ChatServer]:
    async with running(tmp_path) as server:
        yield server


async def test_a_message_is_acknowledged_streamed_and_answered(server: ChatServer) -> None:
    session = await server.session()
    client = await server.client(session).open()

    key = await client.say("hello")
    await client.next("turn.ended")

    assert [frame["type"] for frame in client.frames] == [
        "welcome",
        "ack",
        "message.created",
        "turn.started",
        "status",
        "stream.start",
        "stream.delta",
        "stream.delta",
        "stream.delta",
        "message.created",
        "stream.end",
        "turn.ended",
    ]
    assert [event["seq"] for event in client.events] == [1, 2, 3, 4]
    assert client.frames[1]["data"] == {"re": key, "seq": 1}
    assert client.events[0]["re"] == key
    assert client.events[2]["data"]["blocks"] == [{"type": "text", "text": "You said: hello"}]
