"""The console's list of conversations: an order of its own, so that no change is missed between two looks."""

from __future__ import annotations

import asyncio

from server.connection import Connection
from server.log.log import EventLog
from server.log.records import ConversationRecord, Visitor
from server.wire.server import InboxConversation, InboxUpdated, User

PAUSE_SECONDS = 0.25  # many changes of a conversation within it are told as one
PAGE = 100
FIRST_LOOK = 200  # conversations that a console without a cursor gets


class Inbox:
    """Tells one console what has changed in the list, in the order of the changes and as fast as it reads."""

    def __init__(self, log: EventLog, connection: Connection, *, after: int) -> None:
        self._log = log
        self._connection = connection
        self._seq = after
        self._changed = asyncio.Event()

    async def follow(self) -> None:
        """Tell what changed since the cursor, or the latest conversations without one, then what changes."""
        stop_listening = self._log.notifier.listen(lambda _cid, _seq: self._changed.set())
        try:
            if not self._seq:
                await self._look()
            while True:
                self._changed.clear()
                await self._tell()
                await self._changed.wait()
                await asyncio.sleep(PAUSE_SECONDS)
        finally:
            stop_listening()

    async def _look(self) -> None:
        """Begin at the latest conversations; who waits for a person is told however long nothing has changed there."""
        self._seq = await self._log.read.inbox_start(FIRST_LOOK)
        await self._list(await self._log.read.inbox_due(self._seq, limit=FIRST_LOOK))

    async def _tell(self) -> None:
        while page := await self._log.read.inbox_after(self._seq, limit=PAGE):
            await self._list(page)
            self._seq = page[-1][0].inbox_seq

    async def _list(self, page: list[tuple[ConversationRecord, Visitor]]) -> None:
        for conversation, visitor in page:
            await self._connection.room()
            self._connection.live(conversation.id, shown(conversation, visitor), "staff")


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
            reply_email=conversation.reply_email,
            due_since=conversation.due_since,
            heard=conversation.heard,
        ),
    )
