"""A conversation as server-sent events."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncGenerator

from server.connection import Item, Outbox
from server.frames import render
from server.hub import Hub
from server.log.records import Event
from server.wire.events import Audience, Payload
from server.wire.server import StreamDelta

KEEP_ALIVE_SECONDS = 15.0


class Listener:
    """Collects what an event stream is to send. Implements `Watcher`."""

    def __init__(self, hub: Hub, audience: Audience) -> None:
        self._hub = hub
        self._audience = audience
        self._outbox = Outbox()
        self._open = True

    def event(self, event: Event) -> None:
        if self._audience == "staff" or event.visitor_seq is not None:
            text = stored(event, self._audience)
            self._push(Item(text, len(text)))

    def live(self, conversation_id: str, payload: Payload, to: Audience | None) -> None:
        if to is None or to == self._audience:
            size = len(payload.text) + 100 if isinstance(payload, StreamDelta) else 200
            self._push(Item(payload, size, conversation_id))

    def lost(self) -> None:
        """End the stream; the client comes back with `Last-Event-ID`."""
        self._open = False
        self._outbox.push(Item("", 0))  # for whoever waits

    async def next(self) -> str | None:
        """The next text to send; None when this stream has to end and the client to come back."""
        try:
            async with asyncio.timeout(KEEP_ALIVE_SECONDS):
                item = await self._outbox.pop()
        except TimeoutError:
            return ": still here\n\n"
        if not self._open:
            return None
        match item.content:
            case Payload() as payload:
                return f"event: {payload.TYPE}\ndata: {self._hub.encode(payload, item.conversation_id, None)}\n\n"
            case text:
                return str(text)

    def _push(self, item: Item) -> None:
        self._open = self._open and self._outbox.push(item)


async def event_stream(hub: Hub, cid: str, audience: Audience, *, after: int) -> AsyncGenerator[str, None]:
    """Stored events after `after`, with their number as `id`, then everything live, until the client leaves."""
    listener = Listener(hub, audience)
    joined = await hub.feeds.join(cid, listener)
    hub.streams.add(listener.lost)
    try:
        replayed: deque[Event] = deque(await hub.log.read.events_after(cid, after, audience, upto=joined.seq))
        while replayed:
            event = replayed.popleft()
            yield stored(event, audience)
            if not replayed:
                seen = event.seq if audience == "staff" else event.visitor_seq or 0
                replayed.extend(await hub.log.read.events_after(cid, seen, audience, upto=joined.seq))
        if joined.speech is not None:
            yield f"event: {joined.speech.TYPE}\ndata: {hub.encode(joined.speech, cid, None)}\n\n"
        while (text := await listener.next()) is not None:
            yield text
    finally:
        hub.streams.discard(listener.lost)
        hub.feeds.leave(cid, listener)


def stored(event: Event, audience: Audience) -> str:
    """A stored event with its number, which the browser sends back as `Last-Event-ID`."""
    seq = event.seq if audience == "staff" else event.visitor_seq
    return f"id: {seq}\nevent: {event.type}\ndata: {render(event, audience)}\n\n"
