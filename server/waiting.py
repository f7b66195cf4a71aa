"""Offers an answer by e-mail to who has waited in line for long and nobody came."""

from __future__ import annotations

import asyncio
import logging
from datetime import timedelta

from server.clock import timestamp
from server.errors import Conflict, NotFound
from server.faults import log_fault
from server.hub import Hub
from server.log import people

logger = logging.getLogger(__name__)

LOOK_SECONDS = 10.0
AT_ONCE = 100


async def keep_offering(hub: Hub) -> None:
    """`offer_to_waiting` again and again."""
    while True:
        try:
            await offer_to_waiting(hub)
        except Exception as error:
            log_fault(logger, "nobody-came not told", error)
        await asyncio.sleep(LOOK_SECONDS)


async def offer_to_waiting(hub: Hub) -> int:
    """Tell those who wait for `wait_minutes` that nobody came yet, once each; how many there were."""
    moment = timestamp(hub.clock.now() - timedelta(minutes=hub.people.wait_minutes))
    told = 0
    for conversation_id in await hub.log.read.waiting_since(moment, limit=AT_ONCE):
        try:
            await _offer(hub, conversation_id, moment)
            told += 1
        except (Conflict, NotFound):  # somebody came, or it was erased, in between
            continue
    return told


async def _offer(hub: Hub, conversation_id: str, moment: str) -> None:
    await hub.log.write(lambda tx: people.offer_email_to_waiting(tx, conversation_id, since=moment))
