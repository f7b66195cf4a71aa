"""Everything that the sockets and the REST routes share."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from agent.conversation import Conversation
from server.clock import Clock, Ids
from server.connection import Connection
from server.feeds import Feeds
from server.frames import encode
from server.intake import Intake
from server.limits import TokenBuckets
from server.log import changes, people
from server.log.log import EventLog
from server.log.records import Appended
from server.photos_port import UploadLookup
from server.sessions import Session, Sessions, Site
from server.turns import Answers, TurnRunner
from server.wire.close import Close
from server.wire.events import Payload
from server.wire.server import Draining
from tools.people.people import ALWAYS, People

RECONNECT_MS = 3000
GOODBYE_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class ChatLimits:
    """What the chat allows; times in seconds unless their name says otherwise."""

    hello_seconds: float = 5.0
    heartbeat_ms: int = 25_000
    frames_per_10_seconds: int = 20
    messages_per_minute: int = 20
    sessions_per_minute: int = 600  # from one address, behind which a whole office may be
    max_text: int = 10_000
    max_photos: int = 4
    frame_bytes: int = 64 * 1024
    upload_bytes: int = 10 * 1024 * 1024
    replay_events: int = 1000
    turn_seconds: float = 60.0
    turns_at_once: int = 16

    def shown(self) -> dict[str, int]:
        """What clients are told."""
        return {
            "text": self.max_text,
            "photos": self.max_photos,
            "frame_bytes": self.frame_bytes,
            "upload_bytes": self.upload_bytes,
            "frames_per_10_seconds": self.frames_per_10_seconds,
            "messages_per_minute": self.messages_per_minute,
        }


class Hub:
    """Built once: `start` when the server starts, `drain` when it is told to end, `close` at last."""

    def __init__(
        self,
        *,
        log: EventLog,
        answers: Answers,
        uploads: UploadLookup,
        site: Site,
        signing_key: bytes,
        origins: frozenset[str],
        staff_token: str,
        clock: Clock,
        ids: Ids,
        limits: ChatLimits | None = None,
        greeting: str = "",
        people: People = ALWAYS,
        summarise: Callable[[Conversation], str] = lambda _conversation: "",
        acknowledged: Callable[[float], None] = lambda _seconds: None,
    ) -> None:
        self.limits = limits or ChatLimits()
        self.log = log
        self.clock = clock
        self.ids = ids
        self.origins = origins
        self.staff_token = staff_token
        self.greeting = greeting
        self.people = people
        self.acknowledged = acknowledged  # hears how long each acknowledgement took
        self.sessions = Sessions(log, site=site, signing_key=signing_key, clock=clock)
        self.feeds = Feeds(log)
        self.turns = TurnRunner(
            answers,
            log=log,
            feeds=self.feeds,
            uploads=uploads,
            clock=clock,
            ids=ids,
            seconds=self.limits.turn_seconds,
            at_once=self.limits.turns_at_once,
            summarise=summarise,
        )
        self.intake = Intake(
            log,
            turns=self.turns,
            uploads=uploads,
            messages_per_minute=self.limits.messages_per_minute,
            max_text=self.limits.max_text,
            max_photos=self.limits.max_photos,
        )
        self.session_buckets = TokenBuckets(
            rate=self.limits.sessions_per_minute / 60, burst=self.limits.sessions_per_minute
        )
        self.draining = False
        self.streams: set[Callable[[], None]] = set()  # what ends each open event stream
        self._connections: set[Connection] = set()
        self._places: dict[tuple[str, str], Connection] = {}

    async def start(self) -> None:
        await self.turns.start()

    async def drain(self, seconds: float) -> None:
        """Let running turns finish for that long, while clients are told to come back; then close their sockets."""
        self.draining = True
        for connection in tuple(self._connections):
            connection.reply(Draining(reconnect_in_ms=random.randrange(RECONNECT_MS)))
        await self.turns.drain(seconds)
        await self.feeds.handed_on()
        for end_stream in tuple(self.streams):
            end_stream()
        leaving = [asyncio.create_task(connection.ended()) for connection in self._connections]
        for connection in tuple(self._connections):
            connection.finish(Close.RESTART, "the server restarts")
        if leaving:
            await asyncio.wait(leaving, timeout=GOODBYE_SECONDS)

    async def close(self) -> None:
        await self.turns.close()
        self.feeds.close()
        await self.log.close()

    async def erase(self, conversation_id: str) -> tuple[str, ...]:
        """Stop answering a conversation and remove it; returns the ids of its photos, whose files are kept elsewhere.

        Raises NotFound when there is none.
        """
        await self.turns.silence(conversation_id)
        return await self.log.erase(conversation_id)

    async def ask_for_person(self, conversation_id: str, *, reason: str, client_id: str) -> Appended:
        """A customer presses for a person: into the line where one may come, else an answer by e-mail is offered."""
        summary = await self.turns.summary(conversation_id)
        now = self.clock.now()
        if self.people.there(now):
            return await self.turns.hand_over(
                conversation_id,
                lambda tx: people.queue_for_person(
                    tx, conversation_id, by="visitor", reason=reason, summary=summary, client_id=client_id
                ),
            )
        back = self.people.back(now)
        return await self.log.write(
            lambda tx: people.offer_email_at_request(
                tx, conversation_id, reason=reason, summary=summary, back=back, client_id=client_id
            )
        )

    async def end(
        self,
        conversation_id: str,
        *,
        by: Literal["visitor", "agent", "system"],
        client_id: str | None = None,
        expect_epoch: int | None = None,
        idle_since: str | None = None,
    ) -> Appended:
        """Stop answering a conversation and close it; see `changes.close`."""
        return await self.turns.hand_over(
            conversation_id,
            lambda tx: changes.close(
                tx,
                conversation_id,
                by=by,
                client_id=client_id,
                expect_epoch=expect_epoch,
                idle_since=idle_since,
            ),
        )

    @property
    def connected(self) -> int:
        """How many sockets are open."""
        return len(self._connections)

    def encode(self, payload: Payload, cid: str | None, re: str | None) -> str:
        """A frame that is not stored, as text."""
        return encode(payload, cid=cid, clock=self.clock, ids=self.ids, re=re)

    def enter(self, connection: Connection, session: Session | None = None) -> None:
        """Count a connection in; an older one of the same session has to go."""
        self._connections.add(connection)
        if session is not None:
            key = (session.visitor.id, session.id)
            if older := self._places.get(key):
                older.close(Close.REPLACED, "a newer connection of this session")
            self._places[key] = connection

    def leave(self, connection: Connection, session: Session | None = None) -> None:
        self._connections.discard(connection)
        if session is not None and self._places.get(key := (session.visitor.id, session.id)) is connection:
            del self._places[key]
