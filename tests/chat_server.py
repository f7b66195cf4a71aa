"""A chat server with a stand-in for the agent, on a real socket: for tests, also as a process of its own."""

from __future__ import annotations

import asyncio
import sqlite3
import time
from collections import Counter
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import orjson
from fastapi import FastAPI
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from agent.blocks import Choice, ChoicesBlock, TextBlock
from agent.conversation import Conversation, Message
from agent.events import (
    EmailLeft,
    Explained,
    HandoffAsked,
    IdentityProven,
    MessageSaid,
    PhotoDescribed,
    StageStarted,
    TextDelta,
    ToolRan,
    TurnEnded,
    TurnEvent,
)
from agent.vision.reading import Attribute
from server.app import add_sockets
from server.clock import Clock, Ids, SystemClock, UlidIds
from server.console_files import console_router
from server.hub import ChatLimits, Hub
from server.log.log import EventLog
from server.log.writer import Writer
from server.photos_port import StoredPhoto
from server.rest import rest_router
from server.serving import listen, server_for
from server.sessions import Site
from tools.records import Assurance, CustomerScope

ORIGIN = "https://shop.example"
STAFF_TOKEN = "a-staff-token-for-tests"
IDENTITY_KEY = "the-shop-signs-with-this-key-of-32-bytes"


class ScriptedTurn:
    """Answers by the words of the last message, and keeps what it was given."""

    def __init__(self, *, pause: float = 0.0) -> None:
        self.given: list[tuple[Conversation, tuple[Message, ...]]] = []
        self.closed = 0
        self.go_on = asyncio.Event()
        self._pause = pause

    async def run(self, conversation: Conversation, messages: tuple[Message, ...]) -> AsyncGenerator[TurnEvent, None]:
        self.given.append((conversation, messages))
        words = messages[-1].text
        # The name of a message follows from what it answers, as it does for two runs of one script.
        message_id = f"said_{messages[-1].id}"
        try:
            yield StageStarted("searching", "Searching…")
            if "photo" in words:
                yield PhotoDescribed("up_1", "A blue mug.", (Attribute("colour", "blue", 0.9),), (), True)
            if "order" in words:
                yield ToolRan("call_1", "find_order", {"order_id": "A-1"}, "ok", 3.5)
                scope = CustomerScope(assurance=Assurance.ORDER, customer_id="c1", order_ids=frozenset({"A-1"}))
                yield IdentityProven(scope)
            if "explain" in words:
                yield Explained(message_id, ({"product": "p1", "score": 0.5},))
            if "fail" in words:
                raise RuntimeError("the secret reason")
            for part in ("You ", "said: "):
                yield TextDelta(message_id, part)
                await asyncio.sleep(self._pause)
            if "wait" in words:
                await self.go_on.wait()
            yield TextDelta(message_id, words)
            said = " + ".join(message.text for message in messages)
            blocks: tuple[Any, ...] = (TextBlock(text=f"You said: {said}"),)
            if "choose" in words:
                choices = (Choice(id="blue", label="Blue", value="The blue one, please."),)
                blocks = (*blocks, ChoicesBlock(choices=choices, text="Blue"))
            yield MessageSaid(message_id, blocks)
            there = "not there" not in words
            if "person" in words:
                yield HandoffAsked("asked", "The customer wants a person.", there)
            if "mail" in words:
                yield EmailLeft(words.split()[-1])
            outcome = "handoff" if "person" in words and there else "done"
            yield TurnEnded(outcome, {"first_token": 1.0}, {"turns": conversation.memory.get("turns", 0) + 1})
        finally:
            self.closed += 1


class StillClock:
    """A clock that stands until it is moved."""

    def __init__(self) -> None:
        self.moment = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)

    def now(self) -> datetime:
        return self.moment


class CountedIds:
    """evt_1, evt_2, …: the same names in every run."""

    def __init__(self) -> None:
        self._counts: Counter[str] = Counter()

    def new(self, kind: str) -> str:
        self._counts[kind] += 1
        return f"{kind}_{self._counts[kind]}"


@dataclass
class OwnedPhotos:
    """Photos by (id, owner)."""

    photos: dict[tuple[str, str], Path] = field(default_factory=dict)

    def find(self, upload_id: str, owner: str) -> StoredPhoto | None:
        path = self.photos.get((upload_id, owner))
        if path is None:
            return None
        return StoredPhoto(
            upload_id, path, 640, 480, f"/v1/photos/{upload_id}.jpg", f"/v1/photos/{upload_id}.small.jpg"
        )


def app_for(hub: Hub, photos: OwnedPhotos | None = None) -> FastAPI:
    app = FastAPI()
    app.include_router(rest_router(hub))
    app.include_router(console_router(hub, photos or OwnedPhotos(), None))
    add_sockets(app, hub)
    return app


class HastyWriter(Writer):
    """Acknowledges before the commit, which no test of crashes may let pass."""

    def _commit(self, connection: sqlite3.Connection, group: list[Any]) -> None:
        connection.execute("BEGIN IMMEDIATE")
        for job in group:
            self._run(connection, job)
        self._loop.call_soon_threadsafe(self._settle, group)
        time.sleep(0.02)
        connection.execute("COMMIT")


async def hasty_log(path: Path, clock: Clock, ids: Ids) -> EventLog:
    """The log with the writer that must not be."""
    log = await EventLog.open(path, clock=clock, ids=ids)
    await log._writer.close()
    log._writer = HastyWriter(path, clock=clock, ids=ids, committed=log.notifier.publish)
    return log


async def open_hub(folder: Path, turn: Any, photos: Any, limits: ChatLimits | None = None, **more: Any) -> Hub:
    clock = more.pop("clock", None) or SystemClock()
    ids = more.pop("ids", None) or UlidIds(clock)
    path = folder / "log.sqlite3"
    hasty = more.pop("hasty", False)
    log = await (hasty_log(path, clock, ids) if hasty else EventLog.open(path, clock=clock, ids=ids))
    hub = Hub(
        log=log,
        answers=turn,
        uploads=photos,
        site=more.pop("site", None) or Site("demo", identity_key=IDENTITY_KEY),
        signing_key=b"a signing key for tests",
        origins=more.pop("origins", frozenset({ORIGIN})),
        staff_token=STAFF_TOKEN,
        clock=clock,
        ids=ids,
        limits=limits or ChatLimits(messages_per_minute=6000, frames_per_10_seconds=10_000, sessions_per_minute=60_000),
        greeting="Hello!",
        **more,
    )
    await hub.start()
    return hub


@dataclass
class ChatServer:
    """A running server."""

    hub: Hub
    turn: ScriptedTurn
    photos: OwnedPhotos
    port: int

    @property
    def http(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def session(self, **body: Any) -> dict[str, Any]:
        async with httpx.AsyncClient(verify=False, trust_env=False) as client:  # no certificates to load
            answer = await client.post(f"{self.http}/v1/sessions", json={"site_key": "demo", **body})
        answer.raise_for_status()
        opened: dict[str, Any] = answer.json()
        return opened

    def client(self, session: dict[str, Any]) -> Client:
        return Client(self.port, session)


class Client:
    """A shopper's page: keeps every frame it gets."""

    def __init__(self, port: int, session: dict[str, Any]) -> None:
        self.port = port
        self.session = session
        self.frames: list[dict[str, Any]] = []
        self.socket: ClientConnection
        self._count = 0

    @property
    def events(self) -> list[dict[str, Any]]:
        """The stored events among the frames."""
        return [frame for frame in self.frames if "seq" in frame]

    async def open(self, *, after: int | None = None, cid: str | None = None, ticket: str | None = None) -> Client:
        self.socket = await open_socket(self.port)
        data: dict[str, Any] = {"ticket": ticket or self.session["ticket"]}
        if after is not None:
            data["resume"] = {"cid": cid or self.session["conversation_id"], "after": after}
        await self.send("hello", data)
        return self

    async def send(self, kind: str, data: dict[str, Any], key: str | None = None) -> str:
        self._count += 1
        key = key or f"k{self._count}"
        await self.socket.send(orjson.dumps({"type": kind, "id": key, "data": data}).decode())
        return key

    async def say(self, text: str, **more: Any) -> str:
        return await self.send("message.send", {"text": text, **more})

    async def next(self, kind: str, *, seconds: float = 5.0, **data: Any) -> dict[str, Any]:
        """The next frame of this type whose data holds all that is named."""
        async with asyncio.timeout(seconds):
            while True:
                frame = orjson.loads(await self.socket.recv())
                self.frames.append(frame)
                found = frame["data"]
                if frame["type"] == kind and all(found.get(name) == value for name, value in data.items()):
                    return frame

    async def until_seq(self, seq: int, *, seconds: float = 5.0) -> None:
        """Read until the event with this number has come."""
        async with asyncio.timeout(seconds):
            while not self.events or self.events[-1]["seq"] < seq:
                self.frames.append(orjson.loads(await self.socket.recv()))

    async def closed(self, *, seconds: float = 5.0) -> int:
        """The code that the server closes with; frames until then are kept."""
        with suppress(ConnectionClosed):
            async with asyncio.timeout(seconds):
                while True:
                    self.frames.append(orjson.loads(await self.socket.recv()))
        return self.socket.close_code or 0

    async def close(self) -> None:
        await self.socket.close()


async def open_socket(port: int, path: str = "/ws/chat", **more: Any) -> ClientConnection:
    more = {"origin": ORIGIN, "subprotocols": ["vitrine.v1"], "compression": None, "proxy": None, **more}
    return await connect(f"ws://127.0.0.1:{port}{path}", **more)


@asynccontextmanager
async def running(folder: Path, limits: ChatLimits | None = None, **more: Any) -> AsyncIterator[ChatServer]:
    turn = more.pop("turn", None) or ScriptedTurn()
    photos = OwnedPhotos()
    listening = listen("127.0.0.1", 0)
    port: int = listening.getsockname()[1]
    origins = frozenset({ORIGIN, f"http://127.0.0.1:{port}"})  # another site's page, and our own
    hub = await open_hub(folder, turn, photos, limits, origins=origins, **more)
    server = server_for(app_for(hub, photos), drain=lambda: hub.drain(5))
    serving = asyncio.create_task(server.serve(sockets=[listening]))
    try:
        yield ChatServer(hub, turn, photos, port)
    finally:
        await hub.drain(0)
        server.should_exit = True
        await serving
        await hub.close()


def serve(folder: Path, port: int, pause: float, hasty: bool) -> None:
    """Serve until killed: what a process of its own runs."""
    asyncio.run(_serve(folder, port, pause, hasty))


async def _serve(folder: Path, port: int, pause: float, hasty: bool) -> None:
    hub = await open_hub(folder, ScriptedTurn(pause=pause), OwnedPhotos(), hasty=hasty)
    server = server_for(app_for(hub), drain=lambda: hub.drain(5))
    await server.serve(sockets=[listen("127.0.0.1", port)])
    await hub.close()
