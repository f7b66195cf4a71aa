"""A server whose every conversation has a shop of its own, on tau-bench's records as they were loaded."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from agent.brief import Brief
from agent.card import Card
from agent.confirming import Settled
from agent.conversation import Conversation
from retrieval.catalogue import Catalogue
from retrieval.documents import Language
from retrieval.ingest.parsed import Parsed
from server.app import create_app
from server.serving import Limits, listen, server_for
from server.settings import Settings
from tools.adapters.tau import TauShop
from tools.adapters.tau_records import TauData, product_of
from tools.policy.reading import packaged
from tools.policy.tables import Policy
from tools.records import Assurance

if TYPE_CHECKING:
    from agent.loop import AgentLoop, Step


class FreshShops:
    """Acts and speaks in each conversation through a loop on that conversation's own shop; models are shared."""

    def __init__(self, data: TauData, policy: Policy) -> None:
        self._data, self._policy = data, policy
        self._loop_on: Callable[[TauShop], AgentLoop] | None = None
        self._shops: dict[str, TauShop] = {}
        self._loops: dict[str, AgentLoop] = {}

    def answering(self, loop_on: Callable[[TauShop], AgentLoop]) -> FreshShops:
        """Make loops in this way from here on."""
        self._loop_on = loop_on
        return self

    def take(self, conversation_id: str) -> TauShop:
        """The shop of a conversation that is over, which is then forgotten here."""
        self._loops.pop(conversation_id, None)
        return self._shops.pop(conversation_id)

    async def respond(self, brief: Brief) -> AsyncGenerator[Step, None]:
        async with aclosing(self._loop(brief.conversation.id).respond(brief)) as steps:
            async for step in steps:
                yield step

    async def carry_out(self, card: Card, conversation: Conversation, language: Language) -> Settled:
        return await self._loop(conversation.id).carry_out(card, conversation, language)

    def _loop(self, conversation_id: str) -> AgentLoop:
        if conversation_id not in self._loops:
            assert self._loop_on is not None
            shop = self._shops[conversation_id] = TauShop(self._data, self._policy, proven=Assurance.ACCOUNT)
            self._loops[conversation_id] = self._loop_on(shop)
        return self._loops[conversation_id]


@dataclass(frozen=True, slots=True)
class RetailServer:
    """A server that runs: its address, its console's token and the shops of its conversations."""

    url: str
    token: str
    shops: FreshShops


@asynccontextmanager
async def retail_server(settings: Settings, data: TauData) -> AsyncIterator[RetailServer]:
    """The whole server in this process, on a free port, once it takes connections; models load meanwhile."""
    catalogue = Catalogue(settings.shop_database)
    catalogue.import_products(Parsed("products", tuple(product_of(raw) for raw in data.products.values())))
    catalogue.close()
    shops = FreshShops(data, packaged("tau_retail"))
    listening = listen("127.0.0.1", 0)
    settings = settings.model_copy(update={"port": listening.getsockname()[1]})
    app = create_app(settings, pid=os.getpid(), answering=shops.answering)
    limits = Limits(connections=settings.max_connections, connections_per_address=settings.max_connections)
    server = server_for(app, drain=app.state.drain, limits=limits)
    serving = asyncio.create_task(server.serve(sockets=[listening]))
    try:
        while not server.started:
            if serving.done():
                raise RuntimeError("the server did not start")
            await asyncio.sleep(0.05)
        yield RetailServer(settings.local_url, settings.staff_token, shops)
    finally:
        server.should_exit = True
        await serving
