"""A process that changes something in a shop, for tests that kill it."""

from __future__ import annotations

import asyncio
import time
from multiprocessing.connection import Connection
from pathlib import Path

from acting_shop import GIFT_CARD, PENDING, SIGNED_IN, a_key

from tools.adapters.sqlite import SqliteShop
from tools.changes import ModifyItems
from tools.policy.reading import packaged
from tools.records import Swap

CHANGE = ModifyItems(
    order_id=PENDING, swaps=(Swap(item_id="PLT-1-S", new_item_id="PLT-1-L"),), payment_method_id=GIFT_CARD.id
)


def write_and_wait(path: Path, version: str, acknowledgement: Connection, hold: bool) -> None:
    """The process to be killed: it writes, and acknowledges at once or, held back, never."""
    shop = SqliteShop(path, packaged("demo"))
    acknowledgement.send("ready")
    acknowledgement.recv()
    asyncio.run(shop.apply(CHANGE, SIGNED_IN, a_key(CHANGE), version))
    if hold:
        time.sleep(60)
    acknowledgement.send("written")
