"""Ends conversations in which nothing has happened for long."""

from __future__ import annotations

import asyncio
import logging
from datetime import timedelta

from server.clock import timestamp
from server.errors import Conflict, NotFound
from server.faults import log_fault
from server.hub import Hub

logger = logging.getLogger(__name__)

LOOK_SECONDS = 60.0
AT_ONCE = 100


async def keep_closing(hub: Hub, hours: float) -> None:
    """`close_idle` again and again."""
    while True:
        try:
            await close_idle(hub, hours)
        except Exception as error:
            log_fault(logger, "idle conversations not closed", error)
        await asyncio.sleep(LOOK_SECONDS)


async def close_idle(hub: Hub, hours: float) -> int:
    """Close the conversations with the bot that are idle for so many hours; how many there were.

    Those with a person, or in line for one, are theirs to end.
    """
    moment = timestamp(hub.clock.now() - timedelta(hours=hours))
    closed = 0
    for conversation_id in await hub.log.read.idle_since(moment, limit=AT_ONCE):
        try:
            await hub.end(conversation_id, by="system", idle_since=moment)
            closed += 1
        except (Conflict, NotFound):  # the shopper came back, or it was erased, in between
            continue
    return closed
