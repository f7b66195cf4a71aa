"""A server that speaks `vitrine.v1` over real sockets and says what a test tells it to, so that the pages can be tested
without models. It keeps a log with `seq` per conversation and replays it, as the real one does."""

from __future__ import annotations

import asyncio
import io
import json
import secrets
import threading
import time
from collections.abc import AsyncIterator, Callable
from concurrent.futures import Future
from contextlib import suppress
from typing import Any, Self

import uvicorn
from fastapi import FastAPI, Request, UploadFile, WebSocket, WebSocketDisconnect
from fastapi.middleware.cors import CORSMiddleware
from fastapi.responses import HTMLResponse, JSONResponse, Response
from PIL import Image
from scripted_talk import Frame, Talk

from server.pages import pages_router

STAFF_TOKEN = "a-token-for-staff"
LIMITS = {"text": 10_000, "photos": 4, "upload_bytes": 10 * 2**20}

Script = Callable[[Talk, str, list[str]], AsyncIterator[None]]
"""Answers one message: `(talk, text, photo ids)`; says things through `talk` and yields wherever it may be stopped."""


async def echo(talk: Talk, text: str, photos: list[str]) -> AsyncIterator[None]:
    """Answers with what was said."""
    yield
    await talk.say({"type": "text", "text": f"You said: {text}"})


HOST_PAGE = """<!doctype html><html lang="en"><title>Host</title>
<meta name="viewport" content="width=device-width"><body><p>A shop.</p>
<script src="/widget.js" async></script><vitrine-chat site-key="demo" heading="Sound &amp; Sill"></vitrine-chat>"""


class ScriptedServer:
    """Runs in a thread of its own (`with ScriptedServer() as server:`); set `script` to choose what is said."""

    def __init__(self, script: Script = echo, *, demo: bool = True) -> None:
        self.script = script
        self.talks: dict[str, Talk] = {}
        self.uploads: dict[str, bytes] = {}
        self.ended: list[Talk] = []
        self.views: dict[str, list[str]] = {}
        self.similar = ["MUG-1041", "BWL-1200"]
        self.requests: list[str] = []
        self.greeting = "Hello! How can I help you today?"
        self.host_page = HOST_PAGE
        self.host_headers: dict[str, str] = {}
        self.closed_to_sessions = False
        self.session_seconds = 0.0
        self.swallow_next_ack = False
        self.refuse_next: Frame | None = None
        self.deaf = False
        self.replays = 10_000
        self._tickets: dict[str, str] = {}
        self._server = uvicorn.Server(
            uvicorn.Config(self._app(demo), host="127.0.0.1", port=0, log_level="error", lifespan="off")
        )
        self._thread = threading.Thread(target=self._server.run, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        deadline = time.monotonic() + 10
        while not self._server.started:
            if time.monotonic() > deadline:
                raise TimeoutError("the scripted server did not start within 10 seconds")
            time.sleep(0.01)
        return self

    def __exit__(self, *_: object) -> None:
        self.cut()
        self._server.should_exit = True
        self._thread.join(5)

    @property
    def url(self) -> str:
        port = self._server.servers[0].sockets[0].getsockname()[1]
        return f"http://127.0.0.1:{port}"

    @property
    def talk(self) -> Talk:
        """The only conversation."""
        (only,) = self.talks.values()
        return only

    def cut(self, code: int = 1012) -> None:
        """Close every socket."""

        async def close() -> None:
            for talk in self.talks.values():
                for socket in list(talk.sockets):
                    with suppress(RuntimeError):
                        await socket.close(code)

        self.do(close())

    def do(self, action: Any) -> Any:
        """Run a coroutine of `talk` on the server's loop and wait for it."""
        loop = self._server.servers[0].get_loop()
        done: Future[Any] = asyncio.run_coroutine_threadsafe(action, loop)
        return done.result(10)

    async def hear(self, text: str) -> None:
        """The shopper of the only conversation says something, and the script has answered."""
        await self._said(self.talk, {"id": secrets.token_hex(8), "data": {"text": text}})
        if self.talk.running:
            await self.talk.running

    def awaited(self, kind: str, count: int = 1) -> list[Frame]:
        """What was received of a kind, once there are so many: the page shows things before it sends them."""
        deadline = time.monotonic() + 5
        while len(self.received(kind)) < count and time.monotonic() < deadline:
            time.sleep(0.02)
        return self.received(kind)

    def received(self, kind: str) -> list[Frame]:
        return [frame for talk in self.talks.values() for frame in talk.received if frame["type"] == kind]

    def _app(self, demo: bool) -> FastAPI:
        app = FastAPI(openapi_url=None)
        app.add_middleware(CORSMiddleware, allow_origins=["*"], allow_methods=["*"], allow_headers=["*"])
        app.include_router(pages_router(site_key="demo", shop_name="Sound & Sill", demo=demo))

        @app.middleware("http")
        async def note(request: Request, call_next: Any) -> Any:
            self.requests.append(f"{request.method} {request.url.path}")
            return await call_next(request)

        @app.get("/host")
        async def host() -> Response:
            return HTMLResponse(self.host_page, headers=self.host_headers)

        @app.post("/v1/sessions")
        async def session(body: dict[str, Any]) -> Response:
            if self.closed_to_sessions:
                return JSONResponse({"code": "busy", "message": "busy"}, status_code=503)
            await asyncio.sleep(self.session_seconds)
            token = body.get("visitor_token") or secrets.token_hex(8)
            talk = self.talks.setdefault(token, Talk(f"conv_{token}"))
            if talk.closed:
                self.ended.append(talk)
                talk = self.talks[token] = Talk(f"conv_{token}_{len(self.ended)}")
            ticket = secrets.token_hex(8)
            self._tickets[ticket] = token
            return JSONResponse(
                {
                    "visitor_token": token,
                    "ticket": ticket,
                    "conversation_id": talk.cid,
                    "limits": LIMITS,
                    "features": {},
                    "greeting": self.greeting,
                }
            )

        @app.post("/v1/views", status_code=204)
        async def viewed(body: dict[str, Any], request: Request) -> Response:
            token = request.headers.get("authorization", "").removeprefix("Bearer ")
            if token not in self.talks:
                return JSONResponse({"code": "unauthorized", "message": "no"}, status_code=401)
            self.views.setdefault(token, []).insert(0, body["product_id"])
            return Response(status_code=204)

        @app.delete("/v1/views", status_code=204)
        async def forget(request: Request) -> Response:
            self.views.pop(request.headers.get("authorization", "").removeprefix("Bearer "), None)
            return Response(status_code=204)

        @app.get("/v1/recommendations")
        async def recommendations(request: Request) -> Response:
            viewed = self.views.get(request.headers.get("authorization", "").removeprefix("Bearer "), [])
            cards = [{"id": "VAS-2000", "why": f"Because you looked at {viewed[0]}"}] if viewed else []
            return JSONResponse({"products": cards})

        @app.get("/v1/products/{product_id}/similar")
        async def similar(product_id: str) -> Response:
            return JSONResponse({"products": [{"id": i, "why": ""} for i in self.similar]})

        @app.post("/v1/uploads")
        async def upload(file: UploadFile, request: Request) -> Response:
            if request.headers.get("authorization", "").removeprefix("Bearer ") not in self.talks:
                return JSONResponse({"code": "unauthorized", "message": "no"}, status_code=401)
            try:
                picture = Image.open(io.BytesIO(await file.read())).convert("RGB")
            except OSError:
                return JSONResponse({"code": "photo_rejected", "message": "no"}, status_code=422)
            name = f"up_{secrets.token_hex(16)}"
            kept = io.BytesIO()
            picture.save(kept, "JPEG")
            self.uploads[name] = kept.getvalue()
            return JSONResponse(_photo(name, picture.width, picture.height))

        @app.get("/v1/uploads/{name}")
        async def photo(name: str) -> Response:
            return Response(self.uploads[name], media_type="image/jpeg")

        @app.websocket("/ws/chat")
        async def chat(socket: WebSocket) -> None:
            await socket.accept(subprotocol="vitrine.v1")
            with suppress(WebSocketDisconnect, RuntimeError):
                await self._converse(socket)

        @app.websocket("/ws/console")
        async def console(socket: WebSocket) -> None:
            await socket.accept(subprotocol="vitrine.v1")
            with suppress(WebSocketDisconnect, RuntimeError):
                await self._watch(socket)

        return app

    async def _watch(self, socket: WebSocket) -> None:
        """The staff's side: the list, then the conversations that are asked for, live."""
        hello = await socket.receive_json()
        if hello["data"]["token"] != STAFF_TOKEN:
            return await socket.close(4401)
        await socket.send_json({"type": "welcome", "data": {"session_id": "s", "heartbeat_ms": 25_000}})
        for seq, talk in enumerate(self.talks.values(), start=1):
            await socket.send_json({"type": "inbox.updated", "data": {"inbox_seq": seq, "conversation": talk.listed()}})
        try:
            while True:
                frame = await socket.receive_json()
                if frame["type"] == "ping":
                    await socket.send_json({"type": "pong", "data": frame["data"]})
                if frame["type"] == "conv.status":
                    await self._close(socket, frame["data"]["cid"])
                if frame["type"] in ("conv.subscribe", "conv.unsubscribe"):
                    await self._choose(socket, frame)
        finally:
            for talk in self.talks.values():
                if socket in talk.sockets:
                    talk.sockets.remove(socket)

    async def _converse(self, socket: WebSocket) -> None:
        hello = await socket.receive_json()
        token = self._tickets.pop(hello["data"]["ticket"], "")
        if not token:
            return await socket.close(4401)
        resume = hello["data"]["resume"]
        talk = next((ended for ended in self.ended if ended.cid == resume["cid"]), self.talks[token])
        talk.received.append(hello)
        after = resume["after"]
        conversation = {
            "id": talk.cid,
            "status": "closed" if talk.closed else "open",
            "control": "closed" if talk.closed else "bot",
            "control_epoch": 0,
            "last_seq": len(talk.log),
        }
        welcome = {"session_id": "s", "heartbeat_ms": 25_000, "limits": LIMITS, "conversation": conversation}
        await socket.send_json({"type": "welcome", "data": welcome})
        if len(talk.log) - after > self.replays:
            reset = {"last_seq": len(talk.log), "history_url": "", "conversation": conversation}
            await socket.send_json({"type": "resume.reset", "data": reset})
            after = len(talk.log) - self.replays
        for event in talk.log[after:]:
            await socket.send_json(event)
        await socket.send_json({"type": "resumed", "data": {"last_seq": len(talk.log)}})
        talk.sockets.append(socket)
        try:
            while True:
                frame = json.loads(await socket.receive_text())
                if self.deaf:
                    continue
                talk.received.append(frame)
                await self._take(talk, socket, frame)
        finally:
            if socket in talk.sockets:
                talk.sockets.remove(socket)

    async def _take(self, talk: Talk, socket: WebSocket, frame: Frame) -> None:
        kind, data, key = frame["type"], frame["data"], frame["id"]
        if kind == "ping":
            return await socket.send_json({"type": "pong", "data": data})
        if kind in ("typing", "ack", "read"):
            return None
        if kind == "history.get":
            events = talk.log[: data["before_seq"] - 1][-data["limit"] :]
            more = len(events) > 0 and events[0]["seq"] > 1
            return await socket.send_json({"type": "history", "data": {"re": key, "events": events, "more": more}})
        if kind == "message.send" and self.refuse_next:
            refusal, self.refuse_next = self.refuse_next, None
            return await socket.send_json({"type": "error", "re": key, "data": {"re": key, "fatal": False, **refusal}})
        duplicate = key in talk.done
        if kind in ("message.send", "message.action") and not duplicate:
            await self._said(talk, frame)
        elif kind == "turn.stop" and talk.running:
            talk.running.cancel()
        elif kind == "turn.regenerate":
            self._answer(talk, "again", [])
        elif kind == "handoff.request":
            await talk.durable(
                "control.changed",
                {"control": "queued", "control_epoch": 1, "by": "visitor", "text": "You are in line for a person."},
            )
        elif kind == "conversation.close":
            await self.end(talk)
        elif kind == "csat.submit":
            await talk.durable("csat.submitted", {"score": data["score"]}, key)
        if self.swallow_next_ack:
            self.swallow_next_ack = False
            return await socket.close(1011)
        answer = {"re": key, "seq": talk.done.get(key), **({"duplicate": True} if duplicate else {})}
        await socket.send_json({"type": "ack", "re": key, "data": answer})
        return None

    async def _choose(self, socket: WebSocket, frame: Frame) -> None:
        for talk in self.talks.values():
            if socket in talk.sockets:
                talk.sockets.remove(socket)
            if talk.cid == frame["data"]["cid"] and frame["type"] == "conv.subscribe":
                for event in talk.log[frame["data"]["after"] :]:
                    await socket.send_json(event)
                talk.sockets.append(socket)

    async def _close(self, socket: WebSocket, cid: str) -> None:
        """Staff end a conversation, and their list shows that."""
        (talk,) = (talk for talk in self.talks.values() if talk.cid == cid)
        await self.end(talk, "agent")
        row = talk.listed() | {"status": "closed", "control": "closed"}
        await socket.send_json({"type": "inbox.updated", "data": {"inbox_seq": 99, "conversation": row}})

    async def end(self, talk: Talk, by: str = "visitor") -> None:
        """The conversation ends, and the shopper is asked how it was."""
        await talk.durable("conversation.closed", {"by": by, "control_epoch": 1, "text": "This chat has ended."})
        await talk.durable("csat.request", {"text": "How satisfied are you?"})

    async def _said(self, talk: Talk, frame: Frame) -> None:
        data = frame["data"]
        photos = list(data.get("photos", []))
        text = data.get("text", data.get("value", ""))
        blocks = [_photo(name, 40, 30) | {"type": "photo", "text": "A photo"} for name in photos]
        if text:
            blocks.append({"type": "text", "text": text})
        talk.turn_id = ""
        talk.done[frame["id"]] = await talk.message({"kind": "visitor"}, blocks, re=frame["id"])
        self._answer(talk, text, photos)

    def _answer(self, talk: Talk, text: str, photos: list[str]) -> None:
        talk.running = asyncio.get_running_loop().create_task(self._turn(talk, text, photos))

    async def _turn(self, talk: Talk, text: str, photos: list[str]) -> None:
        talk.turn_id = turn_id = f"turn_{secrets.token_hex(4)}"
        await talk.durable("turn.started", {"turn_id": turn_id})
        reason = "done"
        try:
            async for _ in self.script(talk, text, photos):
                pass
        except asyncio.CancelledError:
            reason = "stopped"
        await talk.once("stream.end", {"turn_id": turn_id, "reason": reason})
        await talk.durable("turn.ended", {"turn_id": turn_id, "reason": reason, "timings": {}})


def _photo(name: str, width: int, height: int) -> Frame:
    url = f"/v1/uploads/{name}"
    return {"upload_id": name, "url": url, "thumbnail_url": url, "width": width, "height": height}
