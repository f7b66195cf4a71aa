"""A chat server with the real turn and a shop in a file, for tests that kill it in the middle of a change."""

from __future__ import annotations

import asyncio
from pathlib import Path

from acting_shop import NOW
from chat_server import OwnedPhotos, app_for, open_hub
from turn_parts import Parts

from server.serving import listen, server_for
from tools.adapters.sqlite import SqliteShop
from tools.changes import Change
from tools.policy.reading import packaged
from tools.quotes import Receipt, WriteKey
from tools.records import CustomerScope


class HoldingShop(SqliteShop):
    """Writes, and never says that it has written."""

    async def apply(self, change: Change, scope: CustomerScope, key: WriteKey, version: str) -> Receipt:
        await super().apply(change, scope, key, version)
        await asyncio.sleep(600)
        raise AssertionError("the process was to be killed by now")


def serve_cards(folder: Path, port: int, hold: bool) -> None:
    """Serve until killed: what a process of its own runs."""
    asyncio.run(_serve(folder, port, hold))


async def _serve(folder: Path, port: int, hold: bool) -> None:
    shop = (HoldingShop if hold else SqliteShop)(folder / "shop.sqlite3", packaged("demo"), lambda: NOW)
    hub = await open_hub(folder, Parts(shop=shop, now=NOW).turn(), OwnedPhotos())
    await server_for(app_for(hub), drain=lambda: hub.drain(5)).serve(sockets=[listen("127.0.0.1", port)])
