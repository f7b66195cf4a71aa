"""A shopper's client in Python: what benchmarks and conversation tests speak through, over a real socket."""

from __future__ import annotations

import asyncio
import time
import uuid
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import orjson
import websockets

Frame = dict[str, Any]

SILENCE_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Arrived:
    """A frame with the seconds since the message that it belongs to was sent."""

    seconds: float
    frame: Frame


@dataclass(frozen=True, slots=True)
class Answer:
    """All frames of one turn, in order of arrival. `upload_seconds` is what sending its photo took before."""

    frames: tuple[Arrived, ...]
    upload_seconds: float = 0.0

    def first(self, *types: str) -> float | None:
        """Seconds until the first frame of one of these types, or None."""
        return next((arrived.seconds for arrived in self.frames if arrived.frame["type"] in types), None)

    @property
    def first_words(self) -> float | None:
        """Seconds until the bot's first words."""
        for arrived in self.frames:
            data = arrived.frame["data"]
            if arrived.frame["type"] == "stream.delta":
                return arrived.seconds
            if arrived.frame["type"] == "message.created" and data["author"]["kind"] == "bot":
                return arrived.seconds
        return None

    def data(self, type_: str) -> list[dict[str, Any]]:
        """What the frames of a type say."""
        return [arrived.frame["data"] for arrived in self.frames if arrived.frame["type"] == type_]

    @property
    def blocks(self) -> list[dict[str, Any]]:
        """Blocks of the bot's messages."""
        said = [data for data in self.data("message.created") if data["author"]["kind"] == "bot"]
        return [block for data in said for block in data["blocks"]]

    @property
    def text(self) -> str:
        """The bot's words."""
        return "\n".join(block["text"] for block in self.blocks)

    def until_block(self, type_: str) -> float | None:
        """Seconds until a bot's message that has a block of this type."""
        for arrived in self.frames:
            blocks = arrived.frame["data"].get("blocks", ()) if arrived.frame["type"] == "message.created" else ()
            if any(block["type"] == type_ for block in blocks):
                return arrived.seconds
        return None


@dataclass
class ChatClient:
    """One shopper. `frames` keeps everything that arrived, oldest first, and `stored` the text of stored events.

    `identity` is the shop's signed word for who they are, and `new_key` names what they send.
    """

    base_url: str
    token: str
    conversation_id: str
    socket: websockets.ClientConnection
    http: httpx.AsyncClient
    site_key: str = "demo"
    identity: str = ""
    new_key: Callable[[], str] = lambda: str(uuid.uuid4())
    frames: list[Frame] = field(default_factory=list)
    stored: list[str] = field(default_factory=list)

    async def ask(self, text: str = "", photo: Path | None = None) -> Answer:
        """Send a message and wait for the end of its turn. The clock starts when the message is sent.

        Raises TimeoutError after a minute without a frame, as when a person has taken over and no turn comes.
        """
        began = time.perf_counter()
        uploads = [await self.upload(photo)] if photo else []
        data: dict[str, Any] = {"text": text} if text else {}
        if uploads:
            data["photos"] = uploads
        started = time.perf_counter()
        key = await self.send("message.send", data)
        arrived: list[Arrived] = []
        while True:
            frame = await self.receive()
            arrived.append(Arrived(time.perf_counter() - started, frame))
            if frame["type"] == "error" and frame.get("re") == key:
                raise RuntimeError(f"the message was refused: {frame['data']}")
            if frame["type"] == "turn.ended":
                return Answer(tuple(arrived), upload_seconds=started - began)

    async def upload(self, photo: Path) -> str:
        """Send a photo; its upload id."""
        content = await asyncio.to_thread(photo.read_bytes)
        answer = await self.http.post(
            "/v1/uploads",
            files={"file": (photo.name, content)},
            headers={"Authorization": f"Bearer {self.token}"},
        )
        answer.raise_for_status()
        return str(answer.json()["upload_id"])

    async def send(self, type_: str, data: dict[str, Any], key: str = "") -> str:
        """Send a frame; its id, which is a new one where none is given."""
        key = key or self.new_key()
        await self.socket.send(orjson.dumps({"type": type_, "id": key, "data": data}).decode())
        return key

    async def receive(self, seconds: float = SILENCE_SECONDS) -> Frame:
        """The next frame; TimeoutError where none comes within that time."""
        async with asyncio.timeout(seconds):
            text = await self.socket.recv(decode=True)
        frame: Frame = orjson.loads(text)
        self.frames.append(frame)
        if "seq" in frame:
            self.stored.append(text)
        return frame

    async def stall(self, seconds: float) -> None:
        """Read nothing from the line for that long, as a phone in a tunnel."""
        self.socket.transport.pause_reading()
        await asyncio.sleep(seconds)
        self.socket.transport.resume_reading()

    async def lose_and_return(self) -> None:
        """Lose the connection without a word, and come back for the events since the last one that arrived."""
        self.socket.transport.abort()
        await self.socket.wait_closed()
        known = {"visitor_token": self.token} | ({"identity": self.identity} if self.identity else {})
        opened = await _session(self.http, {"site_key": self.site_key, **known})
        self.socket = await connected(self.base_url, "/ws/chat")
        after = max((frame["seq"] for frame in self.frames if "seq" in frame), default=0)
        resume = {"cid": self.conversation_id, "after": after}
        await self.send("hello", {"ticket": opened["ticket"], "client": _CLIENT, "resume": resume})
        while (await self.receive())["type"] != "welcome":
            pass


_CLIENT = {"name": "python", "v": "1"}


async def _session(http: httpx.AsyncClient, wanted: dict[str, str]) -> dict[str, Any]:
    opened: dict[str, Any] = (await http.post("/v1/sessions", json=wanted)).raise_for_status().json()
    return opened


async def connected(base_url: str, path: str) -> websockets.ClientConnection:
    """A socket of the wire at a path of the server, as a page of its own origin opens it."""
    return await websockets.connect(
        base_url.replace("http", "ws", 1) + path,
        subprotocols=[websockets.Subprotocol("vitrine.v1")],
        origin=websockets.Origin(base_url),
    )


@asynccontextmanager
async def open_chat(
    base_url: str,
    *,
    site_key: str = "demo",
    visitor_token: str | None = None,
    identity: str = "",
    new_key: Callable[[], str] | None = None,
) -> AsyncIterator[ChatClient]:
    """A shopper's chat with the server at an address such as http://localhost:8321.

    With the token of an earlier chat it is the same shopper, and the conversation goes on. `identity` is what the shop
    has signed; `new_key` names what is sent, at random unless given.
    """
    async with httpx.AsyncClient(base_url=base_url, timeout=60) as http:
        wanted = {"site_key": site_key, "visitor_token": visitor_token, "identity": identity}
        opened = await _session(http, {name: value for name, value in wanted.items() if value})
        socket = await connected(base_url, "/ws/chat")
        client = ChatClient(
            base_url, opened["visitor_token"], opened["conversation_id"], socket, http, site_key, identity
        )
        client.new_key = new_key or client.new_key
        try:
            await client.send("hello", {"ticket": opened["ticket"], "client": _CLIENT})
            while (await client.receive())["type"] != "welcome":
                pass
            yield client
        finally:
            await client.socket.close()
