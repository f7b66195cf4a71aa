"""The console's list of conversations: an order of its own, so that no change is missed between two looks."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from server.log.log import EventLog
from server.log.records import ConversationRecord, Visitor
from server.wire.server import InboxConversation, InboxUpdated, User

PAUSE_SECONDS = 0.25  # many changes within it are told as one
PAGE = 200

Told = Callable[[InboxUpdated], None]


class Inbox:
    """Tells those who look at the list what has changed, at most four times a second."""

    def __init__(self, log: EventLog) -> None:
        self._log = log
        self._listeners: list[Told] = []
        self._seq = 0
        self._changed = False
        self._telling: asyncio.Task[None] | None = None
        self._stop_listening = log.notifier.listen(self._wake)

    async def join(self, told: Told, *, after: int) -> int:
        """Tell what changed after `after`, then what changes; returns the number the list is at."""
        if not self._listeners:
            self._seq = await self._log.read.inbox_seq()
        self._listeners.append(told)
        upto = self._seq
        for update in await self._updates(after):
            told(update)
        return upto

    def leave(self, told: Told) -> None:
        if told in self._listeners:
            self._listeners.remove(told)

    def close(self) -> None:
        self._stop_listening()
        if self._telling is not None:
            self._telling.cancel()

    def _wake(self, _conversation_id: str, _seq: int) -> None:
        if not self._listeners:
            return
        self._changed = True
        if self._telling is None or self._telling.done():
            self._telling = asyncio.create_task(self._tell())

    async def _tell(self) -> None:
        while self._changed and self._listeners:
            self._changed = False
            for update in await self._updates(self._seq):
                self._seq = max(self._seq, update.inbox_seq)
                for told in tuple(self._listeners):
                    told(update)
            await asyncio.sleep(PAUSE_SECONDS)

    async def _updates(self, after: int) -> list[InboxUpdated]:
        return [shown(*found) for found in await self._log.read.inbox_after(after, limit=PAGE)]


def shown(conversation: ConversationRecord, visitor: Visitor) -> InboxUpdated:
    """A conversation as the list shows it."""
    return InboxUpdated(
        inbox_seq=conversation.inbox_seq,
        conversation=InboxConversation(
            id=conversation.id,
            visitor=User(id=visitor.id, name=visitor.name, signed_in=visitor.customer_id is not None),
            status="closed" if conversation.control == "closed" else "open",
            control=conversation.control,
            control_epoch=conversation.control_epoch,
            assignee=conversation.assignee,
            last_seq=conversation.last_seq,
            last_text=conversation.last_text,
            last_author=conversation.last_author,
            created_at=conversation.created_at,
            updated_at=conversation.updated_at,
        ),
    )
