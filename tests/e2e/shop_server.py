"""The demo shop's records behind the real server and the real turn, with its pages, in a thread of the tests' own.

Only search and photos are stand-ins, so nothing is loaded. The clock stands until a test moves it.
"""

from __future__ import annotations

import asyncio
import sqlite3
import threading
from collections.abc import Coroutine
from concurrent.futures import Future
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Self, TypeVar

from chat_server import IDENTITY_KEY, STAFF_TOKEN, OwnedPhotos, app_for, open_hub
from turn_parts import PROMPTS, Parts

from agent.blocks import TextBlock
from agent.summary import summary_of
from retrieval.catalogue import Catalogue
from server.demo.accounts import accounts_router
from server.demo.load import load_demo
from server.hub import Hub
from server.log import changes
from server.log.writer import Transaction
from server.pages import pages_router
from server.serving import listen, server_for
from server.sessions import SessionRequest
from server.testing.records import Records, records_of
from tools.adapters.sqlite import SqliteShop
from tools.people.people import ALWAYS, People
from tools.policy.reading import packaged

__all__ = ["STAFF_TOKEN", "ShopServer"]

T = TypeVar("T")


class ShopServer:
    """Runs from `with ShopServer(folder) as server:` on; `people` as a shop's file says of them."""

    def __init__(self, folder: Path, people: People = ALWAYS) -> None:
        self._folder = folder
        self._people = people
        self._loop = asyncio.new_event_loop()
        self._started: Future[None] = Future()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self.hub: Hub
        self.url = ""
        self.parts: Parts

    def __enter__(self) -> Self:
        self._thread.start()
        self._started.result(30)
        return self

    def __exit__(self, *_: object) -> None:
        self._server.should_exit = True
        self._thread.join(10)

    def now(self) -> datetime:
        """The clock of everything here."""
        return self.parts.now

    def move_clock(self, by: timedelta) -> None:
        self.parts.now += by

    def do(self, action: Coroutine[Any, Any, T]) -> T:
        """Run a coroutine on the server's loop and wait for it."""
        return asyncio.run_coroutine_threadsafe(action, self._loop).result(10)

    def records(self) -> Records:
        """Every customer, order and letter of the shop as it is stored now."""
        return records_of(self._folder / "shop.sqlite3")

    def order(self, order_id: str) -> Any:
        return self.records()["orders"][order_id]

    def writes(self) -> int:
        """How many changes the shop's ledger has."""
        with closing(sqlite3.connect(self._folder / "shop.sqlite3")) as connection:
            return int(connection.execute("select count(*) from writes").fetchone()[0])

    def chat(self, text: str, *acts: Any) -> str:
        """Somebody writes, and what else is to happen in their conversation happens: `acts` take `(tx, id)`; its id."""

        async def make() -> str:
            opened = await self.hub.sessions.open(SessionRequest(site_key="demo"))
            cid = opened.session.conversation_id

            def change(tx: Transaction) -> None:
                for act in acts:
                    act(tx, cid)
                changes.receive(tx, cid, client_id="first", blocks=(TextBlock(text=text),))

            await self.hub.log.write(change)
            return cid

        return self.do(make())

    def _run(self) -> None:
        try:
            self._loop.run_until_complete(self._serve())
        except Exception as error:
            if self._started.done():
                raise
            self._started.set_exception(error)

    async def _serve(self) -> None:
        path = self._folder / "shop.sqlite3"
        shop = SqliteShop(path, packaged("demo"), self.now)
        self.parts = Parts(shop=shop, people=self._people, now=datetime.now(UTC))
        catalogue = Catalogue(path)
        await load_demo(catalogue, shop, self.now())
        catalogue.close()
        listening = listen("127.0.0.1", 0)
        self.url = f"http://127.0.0.1:{listening.getsockname()[1]}"
        self.hub = await open_hub(
            self._folder,
            self.parts.turn(),
            OwnedPhotos(),
            origins=frozenset({self.url}),
            clock=self,
            people=self._people,
            summarise=lambda conversation: summary_of(conversation, PROMPTS),
        )
        app = app_for(self.hub)
        app.include_router(pages_router(site_key="demo", shop_name="Maren & Moss", demo=True))
        app.include_router(accounts_router(identity_key=lambda: IDENTITY_KEY, site_key="demo", clock=self))
        app.add_api_route("/health", lambda: {"status": "ok"})  # which `vitrine test --url` asks first
        self._server = server_for(app, drain=lambda: self.hub.drain(0))
        self._loop.call_soon(self._started.set_result, None)
        await self._server.serve(sockets=[listening])
        await self.hub.close()
