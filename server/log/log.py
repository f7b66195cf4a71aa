"""The event log, opened: one writer, some readers, and who hears of new events."""

from __future__ import annotations

import asyncio
import fcntl
import os
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Self, TypeVar

from server.clock import Clock, Ids
from server.log import changes
from server.log.errors import LogLocked
from server.log.migrations import migrate
from server.log.notifier import InProcessNotifier, Notifier
from server.log.reader import Reader
from server.log.writer import Transaction, Writer

T = TypeVar("T")


class EventLog:
    """Write changes, read events, hear of them. Make one with `await EventLog.open(path, …)`."""

    def __init__(self, *, lock: int, writer: Writer, reader: Reader, notifier: Notifier) -> None:
        self._lock = lock
        self._writer = writer
        self.read = reader
        self.notifier = notifier

    @classmethod
    async def open(cls, path: Path, *, clock: Clock, ids: Ids, notifier: Notifier | None = None) -> Self:
        """Open or create the log. Raises LogLocked when another process has it."""
        notifier = notifier or InProcessNotifier()
        lock = await asyncio.to_thread(_lock, path)
        await asyncio.to_thread(migrate, path)
        writer = Writer(path, clock=clock, ids=ids, committed=notifier.publish)
        return cls(lock=lock, writer=writer, reader=Reader(path), notifier=notifier)

    async def write(self, change: Callable[[Transaction], T]) -> T:
        """Run a change on the writer's thread; see `Writer.write`."""
        return await self._writer.write(change)

    async def forget(self, change: Callable[[Transaction], T]) -> T:
        """Run a change that removes something so that no byte of it stays in the log."""
        return await self._writer.write(change, leave_no_trace=True)

    async def erase(self, conversation_id: str) -> tuple[str, ...]:
        """Remove a conversation so that no byte of it stays in the log; returns its uploads, for whoever keeps those.

        Raises NotFound when there is none.
        """
        return await self.forget(lambda tx: changes.erase(tx, conversation_id))

    async def close(self) -> None:
        await self._writer.close()
        await self.read.close()
        os.close(self._lock)


@asynccontextmanager
async def reading(path: Path) -> AsyncIterator[Reader]:
    """Read a log, also while a server has it open; where none has, it is brought up to date first."""

    def prepare() -> None:
        try:
            lock = _lock(path)
        except LogLocked:  # the server that has it brought it up to date
            return
        try:
            migrate(path)
        finally:
            os.close(lock)

    await asyncio.to_thread(prepare)
    reader = Reader(path)
    try:
        yield reader
    finally:
        await reader.close()


def _lock(path: Path) -> int:
    path.parent.mkdir(parents=True, exist_ok=True)
    handle = os.open(path.with_suffix(path.suffix + ".lock"), os.O_CREAT | os.O_RDWR, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(handle)
        raise LogLocked(
            where=str(path),
            expected="one server process on a data folder; give each its own with VITRINE_DATA_DIR",
            got="another process has it open",
        ) from None
    return handle
