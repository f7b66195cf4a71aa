"""A client's view of one conversation: first what was, then what is, without a gap or a repeat between them."""

from __future__ import annotations

from server.connection import Connection
from server.feeds import Feeds, Joined
from server.log.log import EventLog
from server.log.records import Event
from server.wire.events import Audience, Payload

MAX_HELD = 1000

Held = Event | tuple[Payload, Audience | None]


class Window:
    """Watches a conversation for a connection, and holds what is live until what came before has been sent."""

    def __init__(self, conversation_id: str, connection: Connection, *, log: EventLog, feeds: Feeds) -> None:
        self._cid = conversation_id
        self._connection = connection
        self._log = log
        self._feeds = feeds
        self._joined = Joined(0, None)
        self._held: list[Held] | None = []

    async def join(self) -> Joined:
        """From here on nothing is missed."""
        self._joined = await self._feeds.join(self._cid, self)
        return self._joined

    async def replay(self, after: int) -> None:
        """Send what is stored after `after`, in the client's numbers, as fast as it reads."""
        audience = self._connection.audience
        while page := await self._log.read.events_after(self._cid, after, audience, upto=self._joined.seq):
            for event in page:
                await self._connection.room()
                self._connection.event(event)
            after = page[-1].seq if audience == "staff" else page[-1].visitor_seq or 0

    def show_speech(self) -> None:
        """Send the text so far of an answer that is being given."""
        if self._joined.speech is not None:
            self._connection.live(self._cid, self._joined.speech, None)

    def release(self) -> None:
        """Send what came meanwhile; from here on everything is live."""
        held, self._held = self._held or [], None
        for each in held:
            match each:
                case Event():
                    self._connection.event(each)
                case (payload, to):
                    self._connection.live(self._cid, payload, to)

    def leave(self) -> None:
        self._feeds.leave(self._cid, self)

    def event(self, event: Event) -> None:
        if self._held is None:
            self._connection.event(event)
        else:
            self._hold(event)

    def live(self, conversation_id: str, payload: Payload, to: Audience | None) -> None:
        if self._held is None:
            self._connection.live(conversation_id, payload, to)
        else:
            self._hold((payload, to))

    def lost(self) -> None:
        self._connection.lost()

    def _hold(self, held: Held) -> None:
        assert self._held is not None
        self._held.append(held)
        if len(self._held) > MAX_HELD:
            self.leave()
            self._connection.lost()
