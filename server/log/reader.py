"""Reading the log, beside the writer: each reader thread has a connection that cannot write."""

from __future__ import annotations

import asyncio
import sqlite3
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from server.log import statements
from server.log.records import (
    ConversationRecord,
    Event,
    Row,
    TurnRecord,
    Visitor,
    conversation_from,
    event_from,
    turn_from,
    visitor_from,
)
from server.log.statements import Statement
from server.wire.events import Audience

T = TypeVar("T")

THREADS = 2
EVERYTHING = 2**62


@dataclass(frozen=True, slots=True)
class TurnContext:
    """What the log knows before a turn, oldest first: the messages to answer, the latest events, proofs of identity.

    `viewed` are the ids of the products that the visitor viewed, newest first.
    """

    asked: tuple[Event, ...]
    latest: tuple[Event, ...]
    proofs: tuple[Event, ...]
    visitor: Visitor
    viewed: tuple[str, ...]


class Reader:
    """Answers questions about conversations. Every answer is of one moment; none waits for the writer."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="log-reader")
        self._local = threading.local()
        self._connections: list[sqlite3.Connection] = []

    async def events_after(
        self, conversation_id: str, after: int, audience: Audience, *, upto: int = EVERYTHING, limit: int = 100
    ) -> list[Event]:
        """Events with a number above `after` in the audience's own numbers, up to the log's `upto`, oldest first."""
        statement = statements.EVENTS_AFTER if audience == "staff" else statements.VISITOR_EVENTS_AFTER
        rows = await self._rows(statement, cid=conversation_id, after=after, upto=upto, most=limit)
        return [event_from(row) for row in rows]

    async def events_before(
        self, conversation_id: str, before: int, audience: Audience, *, limit: int = 50
    ) -> list[Event]:
        """The `limit` events before `before` in the audience's own numbers, oldest first."""
        statement = statements.EVENTS_BEFORE if audience == "staff" else statements.VISITOR_EVENTS_BEFORE
        rows = await self._rows(statement, cid=conversation_id, before=before, most=limit)
        return [event_from(row) for row in reversed(rows)]

    async def visitor_seq_at(self, conversation_id: str, seq: int) -> int:
        """The visitor's number of the last event they may see up to the log's `seq`."""
        rows = await self._rows(statements.VISITOR_SEQ_AT, cid=conversation_id, upto=seq)
        return int(str(rows[0][0] or 0))

    async def conversation(self, conversation_id: str) -> ConversationRecord | None:
        rows = await self._rows(statements.CONVERSATION, cid=conversation_id)
        return conversation_from(rows[0]) if rows else None

    async def visitor(self, visitor_id: str) -> Visitor | None:
        rows = await self._rows(statements.VISITOR, visitor_id=visitor_id)
        return visitor_from(rows[0]) if rows else None

    async def views(self, visitor_id: str) -> tuple[str, ...]:
        """The ids of the products that a visitor viewed, newest first."""
        return tuple(str(row[0]) for row in await self._rows(statements.VIEWS, visitor_id=visitor_id))

    async def histories(self, most: int) -> list[list[str]]:
        """The latest views of all visitors, at most so many, as a list for each visitor, newest first."""
        histories: dict[str, list[str]] = {}
        for visitor_id, product_id in await self._rows(statements.LATEST_VIEWS, most=most):
            histories.setdefault(str(visitor_id), []).append(str(product_id))
        return list(histories.values())

    async def belonging_to(self, customer: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """The ids of a customer's conversations and of the visitors that they were signed in as.

        `customer` is the shop's id, or the e-mail address that the shop signed.
        """
        conversations = await self._rows(statements.CONVERSATIONS_OF_CUSTOMER, customer=customer)
        visitors = await self._rows(statements.VISITORS_OF_CUSTOMER, customer=customer)
        return tuple(str(row[0]) for row in conversations), tuple(str(row[0]) for row in visitors)

    async def message(self, conversation_id: str, message_id: str) -> Event | None:
        """The event that created a message."""
        rows = await self._rows(statements.MESSAGE, cid=conversation_id, message_id=message_id)
        return event_from(rows[0]) if rows else None

    async def before_turn(self, turn: TurnRecord, *, history: int) -> TurnContext:
        """Everything a turn has to know, as of one moment and in one go: other threads cost more than the reading."""
        return await self._in_thread(lambda connection: _turn_context(connection, turn, history))

    async def inbox_after(self, inbox_seq: int, *, limit: int) -> list[tuple[ConversationRecord, Visitor]]:
        """The conversations that changed last after `inbox_seq`, in the order of their changes."""
        return [_listed(row) for row in await self._rows(statements.INBOX_AFTER, after=inbox_seq, most=limit)]

    async def inbox_due(self, inbox_seq: int, *, limit: int) -> list[tuple[ConversationRecord, Visitor]]:
        """Those in which a person owes a word and nothing has changed after `inbox_seq`, the longest due first."""
        return [_listed(row) for row in await self._rows(statements.INBOX_DUE, upto=inbox_seq, most=limit)]

    async def inbox_start(self, conversations: int) -> int:
        """The cursor after which there are at most so many conversations."""
        rows = await self._rows(statements.INBOX_START, newer=conversations)
        return int(str(rows[0][0])) if rows else 0

    async def inbox_seq(self) -> int:
        rows = await self._rows(statements.LAST_NUMBER)
        return int(str(rows[0][0]))

    async def idle_since(self, moment: str, *, limit: int) -> list[str]:
        """Conversations with the bot in which nothing has happened since, the oldest first."""
        rows = await self._rows(statements.IDLE_CONVERSATIONS, moment=moment, most=limit)
        return [str(row[0]) for row in rows]

    async def waiting_since(self, moment: str, *, limit: int) -> list[str]:
        """Conversations that are in line since then and have not been told that nobody came, the longest first."""
        return [str(row[0]) for row in await self._rows(statements.WAITING_SINCE, moment=moment, most=limit)]

    async def conversations_to_answer(self) -> list[str]:
        """Conversations with a turn that waits, or that a crash cut off."""
        return [str(row[0]) for row in await self._rows(statements.OPEN_TURNS)]

    async def turn(self, turn_id: str) -> TurnRecord | None:
        rows = await self._rows(statements.TURN, turn_id=turn_id)
        return turn_from(rows[0]) if rows else None

    async def close(self) -> None:
        await asyncio.to_thread(self._threads.shutdown)
        for connection in self._connections:
            connection.close()

    async def _rows(self, statement: Statement, **values: Any) -> list[Row]:
        return await self._in_thread(
            lambda connection: connection.execute(statement.sql, statement.values(values)).fetchall()
        )

    async def _in_thread(self, query: Callable[[sqlite3.Connection], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._threads, lambda: query(self._connection()))

    def _connection(self) -> sqlite3.Connection:
        connection: sqlite3.Connection | None = getattr(self._local, "connection", None)
        if connection is None:
            connection = sqlite3.connect(
                f"file:{self._path}?mode=ro", uri=True, isolation_level=None, check_same_thread=False
            )
            connection.execute("PRAGMA busy_timeout=5000")
            self._local.connection = connection
            self._connections.append(connection)
        return connection


def _listed(row: Row) -> tuple[ConversationRecord, Visitor]:
    width = len(ConversationRecord.__dataclass_fields__)
    return conversation_from(row[:width]), visitor_from(row[width:])


def _turn_context(connection: sqlite3.Connection, turn: TurnRecord, history: int) -> TurnContext:
    def rows(statement: Statement, **values: Any) -> list[Row]:
        return connection.execute(statement.sql, statement.values({"cid": turn.conversation_id, **values})).fetchall()

    connection.execute("BEGIN")
    try:
        asked = rows(statements.VISITORS_MESSAGES, after=turn.after_seq, upto=turn.message_seq)
        latest = rows(statements.EVENTS_BEFORE, before=EVERYTHING, most=history)
        proofs = rows(statements.PROOFS)
        visitor = rows(statements.VISITOR_OF_CONVERSATION)
        viewed = rows(statements.VIEWS_OF_CONVERSATION)
    finally:
        connection.execute("ROLLBACK")
    return TurnContext(
        asked=tuple(event_from(row) for row in asked),
        latest=tuple(event_from(row) for row in reversed(latest)),
        proofs=tuple(event_from(row) for row in proofs),
        visitor=visitor_from(visitor[0]),
        viewed=tuple(str(row[0]) for row in viewed),
    )
