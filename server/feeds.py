"""Live conversations: what is stored and what is only said, in one order, to everybody who watches."""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

from server.faults import log_fault
from server.log.log import EventLog
from server.log.records import Event
from server.wire.events import Audience, Payload
from server.wire.server import StreamDelta, StreamEnd, StreamSnapshot, StreamStart

logger = logging.getLogger(__name__)

PAGE = 100


class Watcher(Protocol):
    """Somebody who watches a conversation. Nothing here may wait: a slow one is its own problem."""

    def event(self, event: Event) -> None:
        """A stored event, each once and in order."""
        ...

    def live(self, conversation_id: str, payload: Payload, to: Audience | None) -> None:
        """Something that is said once; `to` is who may see it, or everybody."""
        ...

    def lost(self) -> None:
        """The log could not be read: what follows would have a gap."""
        ...


@dataclass(slots=True)
class Speech:
    """The message that is being said, as far as it has come."""

    turn_id: str
    message_id: str
    parts: list[str] = field(default_factory=list)
    next: int = 0

    def snapshot(self) -> StreamSnapshot:
        return StreamSnapshot(
            turn_id=self.turn_id, message_id=self.message_id, text="".join(self.parts), next=self.next
        )


@dataclass(frozen=True, slots=True)
class Joined:
    """From where a watcher hears everything: after the log's `seq`, and after `speech`."""

    seq: int
    speech: StreamSnapshot | None


class Feed:
    """One conversation's feed. What is said waits until the events stored before it have been handed on."""

    def __init__(self, conversation_id: str, log: EventLog, drained: Callable[[], None]) -> None:
        self._id = conversation_id
        self._log = log
        self._on_drained = drained
        self._watchers: list[Watcher] = []
        self._joining = 0
        self._seq: int | None = None
        self._speech: Speech | None = None
        self._pending: deque[int | tuple[Payload, Audience | None]] = deque()
        self._draining: asyncio.Task[None] | None = None

    @property
    def idle(self) -> bool:
        return not (self._watchers or self._joining or self._pending or self._speech)

    async def join(self, watcher: Watcher) -> Joined:
        """From the returned moment on, the watcher hears everything."""
        self._joining += 1
        try:
            if self._seq is None:
                found = await self._log.read.conversation(self._id)
                self._seq = max(self._seq or 0, found.last_seq if found else 0)
        finally:
            self._joining -= 1
        self._watchers.append(watcher)
        return Joined(self._seq, self._speech.snapshot() if self._speech else None)

    def leave(self, watcher: Watcher) -> None:
        if watcher in self._watchers:
            self._watchers.remove(watcher)

    def wake(self, seq: int) -> None:
        """The log has events up to `seq`."""
        if not self._watchers and not self._pending and self._draining is None:
            self._seq = max(self._seq or 0, seq)
            return
        self._pending.append(seq)
        self._drain_soon()

    def tell(self, payload: Payload, to: Audience | None) -> None:
        if not self._pending and self._draining is None:
            self._hand_on(payload, to)
            return
        self._pending.append((payload, to))
        self._drain_soon()

    async def handed_on(self) -> None:
        """Wait until everything that is stored by now has been given to the watchers."""
        while (draining := self._draining) is not None:
            await asyncio.wait({draining})
            await asyncio.sleep(0)  # what follows a task that is done runs only now

    def _drain_soon(self) -> None:
        if self._draining is None:
            self._draining = asyncio.create_task(self._drain())
            self._draining.add_done_callback(self._drained)

    def _drained(self, task: asyncio.Task[None]) -> None:
        self._draining = None
        if not task.cancelled() and (error := task.exception()):
            log_fault(logger, "feed lost", error, conversation=self._id)
            self._pending.clear()
            self._seq = None
            for watcher in tuple(self._watchers):
                watcher.lost()
        if self._pending:
            self._drain_soon()
        else:
            self._on_drained()

    async def _drain(self) -> None:
        while self._pending:
            match self._pending.popleft():
                case int(seq):
                    await self._hand_on_events(seq)
                case (payload, to):
                    self._hand_on(payload, to)

    async def _hand_on_events(self, upto: int) -> None:
        while self._seq is not None and self._seq < upto:
            events = await self._log.read.events_after(self._id, self._seq, "staff", upto=upto, limit=PAGE)
            for event in events:
                for watcher in tuple(self._watchers):
                    watcher.event(event)
                self._seq = event.seq
            if not events:  # erased meanwhile
                self._seq = upto

    def _hand_on(self, payload: Payload, to: Audience | None) -> None:
        match payload:
            case StreamStart():
                self._speech = Speech(payload.turn_id, payload.message_id)
            case StreamDelta() if self._speech:
                self._speech.parts.append(payload.text)
                self._speech.next = payload.i + 1
            case StreamEnd():
                self._speech = None
        for watcher in tuple(self._watchers):
            watcher.live(self._id, payload, to)


class Feeds:
    """The feeds of the conversations that somebody watches or that are being answered."""

    def __init__(self, log: EventLog) -> None:
        self._log = log
        self._feeds: dict[str, Feed] = {}
        self._stop_listening = log.notifier.listen(self._wake)

    async def join(self, conversation_id: str, watcher: Watcher) -> Joined:
        return await self._feed(conversation_id).join(watcher)

    def leave(self, conversation_id: str, watcher: Watcher) -> None:
        if feed := self._feeds.get(conversation_id):
            feed.leave(watcher)
            self._tidy(conversation_id)

    def tell(self, conversation_id: str, payload: Payload, *, to: Audience | None = None) -> None:
        """Say something once to everybody who watches, after the events that are stored so far."""
        feed = self._feed(conversation_id)
        feed.tell(payload, to)
        self._tidy(conversation_id)

    async def handed_on(self) -> None:
        """Wait until everything that is stored by now has been given to those who watch."""
        await asyncio.gather(*(feed.handed_on() for feed in self._feeds.values()))

    def close(self) -> None:
        self._stop_listening()

    def __len__(self) -> int:
        return len(self._feeds)

    def _wake(self, conversation_id: str, seq: int) -> None:
        if feed := self._feeds.get(conversation_id):
            feed.wake(seq)

    def _feed(self, conversation_id: str) -> Feed:
        if conversation_id not in self._feeds:
            self._feeds[conversation_id] = Feed(conversation_id, self._log, lambda: self._tidy(conversation_id))
        return self._feeds[conversation_id]

    def _tidy(self, conversation_id: str) -> None:
        feed = self._feeds.get(conversation_id)
        if feed is not None and feed.idle:
            del self._feeds[conversation_id]
