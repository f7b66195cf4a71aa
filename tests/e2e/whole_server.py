"""The real server, its log, its sockets, its uploads and its pages, in a process that can be killed; only the turn is a
stand-in that says what it heard."""

from __future__ import annotations

import asyncio
import multiprocessing
import socket
import time
import urllib.error
import urllib.request
from collections.abc import AsyncGenerator
from pathlib import Path

from fastapi import FastAPI

from agent.blocks import TextBlock
from agent.conversation import Conversation, Message
from agent.events import MessageSaid, PhotoDescribed, StageStarted, TextDelta, ToolRan, TurnEnded, TurnEvent
from agent.vision.reading import Attribute
from server.app import add_sockets
from server.clock import SystemClock, UlidIds
from server.hub import ChatLimits, Hub
from server.log.log import EventLog
from server.metrics import Metrics
from server.pages import pages_router
from server.rest import rest_router
from server.serving import listen, server_for
from server.sessions import Site
from server.uploads import PhotoStore, PhotoWorkshop, uploads_router

STAFF_TOKEN = "a-staff-token-for-tests"
SLOWLY_SECONDS = 1.0


class Echo:
    """Says what it heard; after the word "slowly" it takes its time between two sentences."""

    async def run(self, conversation: Conversation, messages: tuple[Message, ...]) -> AsyncGenerator[TurnEvent, None]:
        heard = " + ".join(message.text for message in messages)
        message_id = f"said_{messages[-1].id}_{len(conversation.history)}"
        yield StageStarted("searching", "Searching…")
        for photo in messages[-1].photos:
            yield PhotoDescribed(photo.id, "A grey-blue square.", (Attribute("colour", "blue", 0.9),), (), True)
        yield ToolRan("call_1", "find_products", {"query": heard}, "ok", 3.5)
        yield TextDelta(message_id, "Listen. ")
        if "slowly" in heard:
            await asyncio.sleep(SLOWLY_SECONDS)
        text = f"Listen. You said: {heard}"
        yield TextDelta(message_id, f"You said: {heard}")
        yield MessageSaid(message_id, (TextBlock(text=text),))
        yield TurnEnded("done", {"respond": 3.0, "total": 4.0, "first_token": 2.0}, {})


class WholeServer:
    """Runs on the state in a folder; `kill()` ends it as a crash does, `start()` starts it on the same state."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self._port: int = probe.getsockname()[1]
        self.url = f"http://127.0.0.1:{self._port}"
        self.start()

    def start(self) -> None:
        spawn = multiprocessing.get_context("spawn")
        self._process = spawn.Process(target=_serve, args=(self._folder, self._port))
        self._process.start()
        deadline = time.monotonic() + 60
        while True:
            try:
                urllib.request.urlopen(f"{self.url}/widget.js", timeout=1).close()
                return
            except (urllib.error.URLError, TimeoutError):
                if time.monotonic() > deadline:
                    raise TimeoutError("the server did not start within 60 seconds") from None
                time.sleep(0.05)

    def kill(self) -> None:
        self._process.kill()
        self._process.join()


def _serve(folder: Path, port: int) -> None:
    asyncio.run(_serving(folder, port))


async def _serving(folder: Path, port: int) -> None:
    clock = SystemClock()
    ids = UlidIds(clock)
    log = await EventLog.open(folder / "log.sqlite3", clock=clock, ids=ids)
    photos = PhotoStore(folder / "photos")
    workshop = PhotoWorkshop(40)
    hub = Hub(
        log=log,
        answers=Echo(),
        uploads=photos,
        site=Site("demo"),
        signing_key=b"the same key after a restart",
        origins=frozenset({f"http://127.0.0.1:{port}"}),
        staff_token=STAFF_TOKEN,
        clock=clock,
        ids=ids,
        limits=ChatLimits(),
    )
    await hub.start()
    app = FastAPI()
    app.include_router(pages_router(site_key="demo", shop_name="Sound & Sill", demo=True))
    app.include_router(rest_router(hub))
    app.include_router(
        uploads_router(
            photos,
            workshop,
            visitor_of=hub.sessions.visitor_of,
            max_bytes=10 * 2**20,
            per_minute=60,
            metrics=Metrics(),
        )
    )
    add_sockets(app, hub)
    await server_for(app, drain=lambda: hub.drain(5)).serve(sockets=[listen("127.0.0.1", port)])
    await hub.close()
    workshop.close()
