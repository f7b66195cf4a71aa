"""One socket: a bounded queue and one task that writes, so that a slow reader costs nobody else anything."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections import deque
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, replace
from typing import Any

from starlette.websockets import WebSocket, WebSocketDisconnect, WebSocketState

from server.faults import log_fault
from server.frames import render
from server.log.records import Event
from server.wire.close import Close
from server.wire.events import Audience, Payload
from server.wire.server import Status, StreamDelta, TypingShown

logger = logging.getLogger(__name__)

MAX_EVENTS = 256
MAX_BYTES = 1024 * 1024
UNACKNOWLEDGED = 512  # durable events that a client which acknowledges may have open
CLOSE_SECONDS = 10.0  # the transport cuts a peer that reads nothing for that long

Encode = Callable[[Payload, str | None, str | None], str]


@dataclass(frozen=True, slots=True)
class Ending:
    """The connection closes once everything before this has been sent."""

    code: Close
    reason: str


@dataclass(frozen=True, slots=True)
class Item:
    """A frame that waits: the text of a stored event, or a payload that is worded when it is sent."""

    content: str | Payload | Ending
    size: int
    conversation_id: str | None = None
    re: str | None = None


class Outbox:
    """What waits to be sent: at most 256 frames and 1 MiB.

    Above half of that, deltas of one message are merged and typing and status dropped. Stored events and answers are
    never dropped: when they do not fit, `push` says no, and the client resumes from the log on a new socket.
    """

    def __init__(self, *, max_events: int = MAX_EVENTS, max_bytes: int = MAX_BYTES) -> None:
        self._items: deque[Item] = deque()
        self._bytes = 0
        self._max_events = max_events
        self._max_bytes = max_bytes
        self._filled = asyncio.Event()
        self._roomy = asyncio.Event()
        self._roomy.set()

    def __len__(self) -> int:
        return len(self._items)

    async def room(self) -> None:
        """Wait until at most a quarter is full: for whoever has much to send and can wait."""
        await self._roomy.wait()

    def push(self, item: Item) -> bool:
        """Queue an item; False when it does not fit."""
        self._items.append(item)
        self._bytes += item.size
        if len(self._items) * 2 > self._max_events or self._bytes * 2 > self._max_bytes:
            self._compact()
        self._filled.set()
        self._see_room()
        return len(self._items) <= self._max_events and self._bytes <= self._max_bytes

    async def pop(self) -> Item:
        while not self._items:
            self._filled.clear()
            await self._filled.wait()
        item = self._items.popleft()
        self._bytes -= item.size
        self._see_room()
        return item

    def clear(self) -> None:
        self._items.clear()
        self._bytes = 0

    def _see_room(self) -> None:
        if len(self._items) * 4 <= self._max_events and self._bytes * 4 <= self._max_bytes:
            self._roomy.set()
        else:
            self._roomy.clear()

    def _compact(self) -> None:
        kept: deque[Item] = deque()
        for item in self._items:
            if isinstance(item.content, Status | TypingShown):
                continue
            last = kept[-1] if kept else None
            if last is not None and (merged := _merged(last, item)):
                kept[-1] = merged
            else:
                kept.append(item)
        self._items = kept
        self._bytes = sum(item.size for item in kept)


def _merged(first: Item, second: Item) -> Item | None:
    match first.content, second.content:
        case StreamDelta() as one, StreamDelta() as two if one.message_id == two.message_id:
            both = StreamDelta(
                message_id=one.message_id, i=one.i, text=one.text + two.text, n=(one.n or 1) + (two.n or 1)
            )
            return replace(first, content=both, size=first.size + len(two.text))
    return None


class Connection:
    """A client's socket, seen from the server: what it sees, and in which order."""

    def __init__(self, websocket: WebSocket, *, audience: Audience, encode: Encode) -> None:
        self._socket = websocket
        self.audience: Audience = audience
        self._encode = encode
        self._outbox = Outbox()
        self._writer: asyncio.Task[None] | None = None
        self._closing: tuple[Close, str] | None = None
        self._sent_seq = 0
        self._acked_seq: int | None = None
        self._ended = asyncio.Event()

    # What the server tells the client

    def event(self, event: Event) -> None:
        if self.audience == "visitor":
            if event.visitor_seq is None:
                return
            self._sent_seq = event.visitor_seq
        text = render(event, self.audience)
        self._push(Item(text, len(text)))
        if self._acked_seq is not None and self._sent_seq - self._acked_seq > UNACKNOWLEDGED:
            self.close(Close.SLOW, "acknowledgements are missing")

    def live(self, conversation_id: str, payload: Payload, to: Audience | None) -> None:
        if to is None or to == self.audience:
            size = len(payload.text) + 100 if isinstance(payload, StreamDelta) else 200
            self._push(Item(payload, size, conversation_id))

    def lost(self) -> None:
        self.close(Close.SERVER_ERROR, "please resume")

    def reply(self, payload: Payload, *, cid: str | None = None, re: str | None = None) -> None:
        """Answer a frame of this client."""
        text = self._encode(payload, cid, re)
        self._push(Item(text, len(text)))

    async def room(self) -> None:
        """Wait until this client has read most of what waits for it."""
        await self._outbox.room()

    def close(self, code: Close, reason: str = "") -> None:
        """End the connection; what waits is dropped, for the client resumes from the log."""
        if self._closing is None:
            self._closing = (code, reason)
            self._ended.set()

    def finish(self, code: Close, reason: str = "") -> None:
        """End the connection after what waits has been sent."""
        self._push(Item(Ending(code, reason), 0))

    def acknowledge(self, seq: int) -> None:
        """The client has everything up to `seq`."""
        self._acked_seq = max(self._acked_seq or 0, seq)

    # The life of a connection

    async def run(self, talk: Coroutine[Any, Any, None]) -> None:
        """Run what reads from the client until it is through or somebody closes the connection, then close it."""
        talking = asyncio.create_task(talk)
        ended = asyncio.create_task(self._ended.wait())
        try:
            await asyncio.wait({talking, ended}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            tasks = [task for task in (talking, ended, self._writer) if task is not None]
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            await self._close(None if talking.cancelled() else talking.exception())

    def start(self) -> None:
        """Begin to send what is queued."""
        self._writer = asyncio.create_task(self._write())

    async def ended(self) -> None:
        """Wait until somebody closes this connection."""
        await self._ended.wait()

    async def _close(self, failure: BaseException | None) -> None:
        self._outbox.clear()
        if failure is not None and not isinstance(failure, WebSocketDisconnect | RuntimeError):
            log_fault(logger, "connection failed", failure)
            self.close(Close.SERVER_ERROR)
        code, reason = self._closing or (Close.NORMAL, "")
        if self._socket.application_state is WebSocketState.CONNECTED:
            with contextlib.suppress(Exception):  # the peer is gone, or does not read: it is not waited for
                async with asyncio.timeout(CLOSE_SECONDS):
                    await self._socket.close(code, reason)

    async def _write(self) -> None:
        try:
            while True:
                item = await self._outbox.pop()
                match item.content:
                    case str(text):
                        await self._socket.send_text(text)
                    case Payload() as payload:
                        await self._socket.send_text(self._encode(payload, item.conversation_id, item.re))
                    case Ending(code, reason):
                        self.close(code, reason)
        except (WebSocketDisconnect, RuntimeError):  # the client left
            self.close(Close.GOING_AWAY)

    def _push(self, item: Item) -> None:
        if self._closing is None and not self._outbox.push(item):
            self.close(Close.SLOW, "this client does not keep up")
