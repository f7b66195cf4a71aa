"""A connection to a client that reads slowly, or not at all."""

from __future__ import annotations

import asyncio
from typing import Any

from starlette.websockets import WebSocketState

from server.connection import Connection
from server.log.records import Event
from server.wire.close import Close
from server.wire.events import Payload
from server.wire.server import Pong, Status, StreamDelta


class StuckSocket:
    """A socket whose peer reads nothing until `reads` is set."""

    def __init__(self) -> None:
        self.reads = asyncio.Event()
        self.sent: list[str] = []
        self.closed: tuple[int, str] | None = None
        self.application_state = WebSocketState.CONNECTED

    async def send_text(self, text: str) -> None:
        await self.reads.wait()
        self.sent.append(text)

    async def close(self, code: int, reason: str) -> None:
        self.closed = (code, reason)


def word(payload: Payload, _cid: str | None, _re: str | None) -> str:
    return f"{payload.TYPE} {payload.model_dump_json(exclude_none=True)}"


def event(number: int, *, for_staff: bool = False, size: int = 10) -> Event:
    data = f'{{"text":"{"x" * size}"}}'
    return Event("conv", number, None if for_staff else number, f"evt_{number}", "note", None, "now", data, None)


def connect(socket: Any) -> tuple[Connection, asyncio.Task[None]]:
    """A connection that writes, and whose client says nothing."""
    connection = Connection(socket, audience="visitor", encode=word)
    connection.start()
    return connection, asyncio.create_task(connection.run(asyncio.Event().wait()))  # type: ignore[arg-type]


async def test_a_client_that_does_not_keep_up_with_stored_events_is_sent_away_to_resume() -> None:
    socket = StuckSocket()
    connection, running = connect(socket)

    for number in range(1, 300):
        connection.event(event(number))
    await asyncio.wait_for(running, 2)

    assert socket.closed == (Close.SLOW, "this client does not keep up")
    assert socket.sent == []


async def test_a_mebibyte_is_too_much_too() -> None:
    socket = StuckSocket()
    connection, running = connect(socket)

    for number in range(1, 30):
        connection.event(event(number, size=60_000))
    await asyncio.wait_for(running, 2)

    assert socket.closed is not None
    assert socket.closed[0] == Close.SLOW


async def test_what_is_only_said_never_sends_a_slow_client_away() -> None:
    socket = StuckSocket()
    connection, running = connect(socket)
    await asyncio.sleep(0)

    for number in range(2000):
        connection.live("conv", Status(turn_id="t", stage="searching", text="…"), None)
        connection.live("conv", StreamDelta(message_id="m", i=number, text="word "), None)
    connection.event(event(1))
    socket.reads.set()
    connection.finish(Close.NORMAL)
    await asyncio.wait_for(running, 2)

    deltas = [text for text in socket.sent if text.startswith("stream.delta")]
    assert "".join(deltas).count("word ") == 2000
    assert len(deltas) < 256
    assert socket.sent[-1].startswith('{"type":"note"')


async def test_what_was_queued_before_the_end_is_still_sent() -> None:
    socket = StuckSocket()
    socket.reads.set()
    connection, running = connect(socket)

    connection.event(event(1))
    connection.reply(Pong(t=1))
    connection.finish(Close.RESTART, "the server restarts")
    await asyncio.wait_for(running, 2)

    assert len(socket.sent) == 2
    assert socket.closed == (Close.RESTART, "the server restarts")


async def test_a_visitor_is_not_sent_what_is_for_staff() -> None:
    socket = StuckSocket()
    socket.reads.set()
    connection, running = connect(socket)

    connection.event(event(1, for_staff=True))
    connection.live("conv", Pong(t="secret"), "staff")
    connection.event(event(2))
    connection.finish(Close.NORMAL)
    await asyncio.wait_for(running, 2)

    assert len(socket.sent) == 1
    assert '"seq":2' in socket.sent[0]


async def test_a_client_that_acknowledges_and_then_stops_is_sent_away() -> None:
    socket = StuckSocket()
    socket.reads.set()
    connection, running = connect(socket)
    connection.acknowledge(1)

    for number in range(1, 600):
        connection.event(event(number))
        await asyncio.sleep(0)
    await asyncio.wait_for(running, 2)

    assert socket.closed == (Close.SLOW, "acknowledgements are missing")
