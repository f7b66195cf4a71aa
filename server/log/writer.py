"""The one writer: a thread that commits in groups, so that full durability costs one sync for many callers."""

from __future__ import annotations

import asyncio
import queue
import sqlite3
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from server.clock import Clock, Ids, timestamp
from server.errors import NotFound
from server.log import statements
from server.log.errors import LogUnwritable, StaleEpoch
from server.log.records import Appended, Row
from server.log.statements import Statement
from server.wire.events import Durable

T = TypeVar("T")

GROUP = 256  # changes in one commit, at most

PRAGMAS = (
    "PRAGMA journal_mode=WAL",
    "PRAGMA synchronous=FULL",  # NORMAL loses acknowledged messages in a power cut
    "PRAGMA foreign_keys=ON",
    "PRAGMA secure_delete=ON",  # what is erased leaves no bytes
    "PRAGMA busy_timeout=5000",
)


def connect(path: Path) -> sqlite3.Connection:
    """A connection for writing, with what durability and erasure need."""
    connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    for pragma in PRAGMAS:
        connection.execute(pragma).fetchall()
    return connection


class Transaction:
    """What a change may do. It lives for one call on the writer's thread."""

    def __init__(self, connection: sqlite3.Connection, clock: Clock, ids: Ids) -> None:
        self._connection = connection
        self.ids = ids
        self.now = timestamp(clock.now())
        self.touched: dict[str, int] = {}

    def run(self, statement: Statement, **values: Any) -> list[Row]:
        return self._connection.execute(statement.sql, statement.values(values)).fetchall()

    def one(self, statement: Statement, **values: Any) -> Row | None:
        rows = self.run(statement, **values)
        return rows[0] if rows else None

    def next_inbox_seq(self) -> int:
        """The next number of the list of conversations, which orders their changes for the console."""
        row = self.one(statements.NEXT_NUMBER)
        return int(str(row[0])) if row else 0

    def duplicate(self, conversation_id: str, client_id: str | None) -> Appended | None:
        """Where the frame with this client id was stored before, if it was."""
        row = self.one(statements.EVENT_OF_CLIENT, cid=conversation_id, client=client_id) if client_id else None
        return Appended(seq=row[1], visitor_seq=row[2], duplicate=True) if row else None  # type: ignore[arg-type]

    def append(
        self, conversation_id: str, payload: Durable, *, client_id: str | None = None, epoch: int | None = None
    ) -> Appended:
        """Add an event under the next number, unless its client id was seen before.

        `epoch` fences the bot: raises StaleEpoch when the conversation has changed hands since. Raises NotFound
        without such a conversation.
        """
        if known := self.duplicate(conversation_id, client_id):
            return known
        shown = payload.AUDIENCE == "visitor"
        row = self.one(
            statements.ADVANCE,
            cid=conversation_id,
            shown=int(shown),
            inbox=self.next_inbox_seq(),
            now=self.now,
        )
        if row is None:
            raise NotFound(where="cid", expected="a conversation of this visitor")
        seq, visitor_seq, current = (int(str(value)) for value in row)
        if epoch is not None and epoch != current:
            raise StaleEpoch(where="control_epoch", expected=str(current), got=str(epoch))
        staff_data = payload.model_dump_json(include=set(payload.STAFF_ONLY), exclude_none=True)
        self.run(
            statements.ADD_EVENT,
            conversation_id=conversation_id,
            seq=seq,
            visitor_seq=visitor_seq if shown else None,
            id=self.ids.new("evt"),
            type=payload.TYPE,
            client_id=client_id,
            ts=self.now,
            data=payload.model_dump_json(exclude=set(payload.STAFF_ONLY), exclude_none=True),
            staff_data=None if staff_data == "{}" else staff_data,
        )
        self.touched[conversation_id] = seq
        return Appended(seq=seq, visitor_seq=visitor_seq if shown else None)


@dataclass(slots=True)
class _Job:
    change: Callable[[Transaction], Any]
    done: asyncio.Future[Any]
    leave_no_trace: bool
    outcome: Any = None
    failure: Exception | None = None
    touched: dict[str, int] | None = None


class Writer:
    """Runs changes one after another in a thread of its own, and tells of them only once they are on the disk."""

    def __init__(self, path: Path, *, clock: Clock, ids: Ids, committed: Callable[[str, int], None]) -> None:
        self._path = path
        self._clock = clock
        self._ids = ids
        self._committed = committed
        self._jobs: queue.SimpleQueue[_Job | None] = queue.SimpleQueue()
        self._loop = asyncio.get_running_loop()
        self._thread = threading.Thread(target=self._work, name="log-writer", daemon=True)
        self._thread.start()

    async def write(self, change: Callable[[Transaction], T], *, leave_no_trace: bool = False) -> T:
        """Run a change; when this returns, a power cut does not lose it.

        A change that raises is undone and leaves the others of its group alone. Raises LogUnwritable when the disk
        does not take it. `leave_no_trace` also empties the write-ahead log, where older versions of pages lie.
        """
        done: asyncio.Future[T] = self._loop.create_future()
        self._jobs.put(_Job(change, done, leave_no_trace))
        # A caller that is cancelled must not leave a future that the thread cannot settle.
        return await asyncio.shield(done)

    async def close(self) -> None:
        """Finish what waits, then end the thread."""
        self._jobs.put(None)
        await asyncio.to_thread(self._thread.join)

    def _work(self) -> None:
        connection = connect(self._path)
        try:
            while (first := self._jobs.get()) is not None:
                group, last = self._gather(first)
                self._commit(connection, group)
                self._loop.call_soon_threadsafe(self._settle, group)
                if last:
                    return
        finally:
            connection.close()

    def _gather(self, first: _Job) -> tuple[list[_Job], bool]:
        group = [first]
        while len(group) < GROUP:
            try:
                job = self._jobs.get_nowait()
            except queue.Empty:
                break
            if job is None:
                return group, True
            group.append(job)
        return group, False

    def _commit(self, connection: sqlite3.Connection, group: list[_Job]) -> None:
        try:
            connection.execute("BEGIN IMMEDIATE")
            for job in group:
                self._run(connection, job)
            connection.execute("COMMIT")
            if any(job.leave_no_trace for job in group):
                connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
        except sqlite3.Error as error:
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            for job in group:
                job.failure = LogUnwritable(where="log", expected="a disk that takes writes", got=type(error).__name__)

    def _run(self, connection: sqlite3.Connection, job: _Job) -> None:
        transaction = Transaction(connection, self._clock, self._ids)
        connection.execute("SAVEPOINT change")
        try:
            job.outcome = job.change(transaction)
            job.touched = transaction.touched
        except sqlite3.OperationalError:  # full or failing disk: the whole group is undone
            raise
        except Exception as error:
            connection.execute("ROLLBACK TO change")
            job.failure = error
        connection.execute("RELEASE change")

    def _settle(self, group: list[_Job]) -> None:
        for job in group:
            if job.failure is None:
                for conversation_id, seq in (job.touched or {}).items():
                    self._committed(conversation_id, seq)
            if job.done.done():
                continue
            if job.failure is None:
                job.done.set_result(job.outcome)
            else:
                job.done.set_exception(job.failure)
