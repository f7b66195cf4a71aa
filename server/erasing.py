"""Erasing a conversation, or all that is known of a customer: events, views, photos; no byte of them stays."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from server.errors import NotFound, ServerError
from server.log.log import EventLog
from server.log.views import forget_visitor
from server.uploads import PhotoStore
from server.work import EraseRequest
from tools.ledger import forget_writes


@dataclass(frozen=True, slots=True)
class Eraser:
    """Erases from one log, one store of photos, and the `ledgers` that hold receipts of what was done in the shop.

    `silence` stops the turn that a conversation may be given.
    """

    log: EventLog
    photos: PhotoStore
    silence: Callable[[str], Awaitable[None]]
    ledgers: tuple[Path, ...] = ()

    async def __call__(self, asked: EraseRequest) -> dict[str, Any]:
        """Erase and count; raises NotFound where there is nothing of that name.

        A customer's conversations are those of the visitors that the shop signed in as them, and those in which they
        proved to be them by an order.
        """
        conversations: tuple[str, ...] = (asked.conversation,)
        visitors: tuple[str, ...] = ()
        if asked.customer:
            conversations, visitors = await self.log.read.belonging_to(asked.customer)
            if not (conversations or visitors):
                raise NotFound(where="customer", expected="a customer who has chatted here", got=asked.customer)
        photos = [await self._conversation(conversation_id) for conversation_id in conversations]
        photos += [await self._visitor(visitor_id) for visitor_id in visitors]
        return {"conversations": len(conversations), "photos": sum(photos)}

    async def _conversation(self, conversation_id: str) -> int:
        found = await self.log.read.conversation(conversation_id)
        if found is None:
            raise NotFound(where="conversation", expected="a conversation of this shop", got=conversation_id)
        await self.silence(conversation_id)
        sent = await self.log.erase(conversation_id)
        for ledger in self.ledgers:
            await asyncio.to_thread(forget_writes, ledger, conversation_id)
        for upload_id in sent:
            await asyncio.to_thread(self.photos.erase, upload_id)
        if await self.log.read.visitor(found.visitor_id) is None:  # it was their only one
            return len(sent) + await asyncio.to_thread(self.photos.erase_of, found.visitor_id)
        return len(sent)

    async def _visitor(self, visitor_id: str) -> int:
        """What is left of a visitor without conversations: who they are, what they viewed, photos never sent."""
        await self.log.forget(lambda tx: forget_visitor(tx, visitor_id))
        return await asyncio.to_thread(self.photos.erase_of, visitor_id)


def told(error: ServerError) -> str:
    """A failure for the person at the keyboard."""
    return f"expected {error.expected}" + (f", got {error.got!r}" if error.got else "")


async def nothing_runs(conversation_id: str) -> None:
    """The `silence` of a log that no server is answering from."""
