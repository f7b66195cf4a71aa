"""A server of ours that speaks chat completions on a real socket, streams tool calls, and misbehaves on demand."""

from __future__ import annotations

import asyncio
import json
import socket
import threading
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Literal

import uvicorn
from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse, PlainTextResponse, Response, StreamingResponse

Fault = Literal["", "refuse", "hang", "hang_midway", "garbage", "error", "cut", "bad_arguments", "empty"]


@dataclass
class Endpoint:
    """Answers from `script`, call after call: a text, or a tool's name with arguments. `asked` keeps the requests."""

    script: list[str | tuple[str, dict[str, Any]]] = field(default_factory=list)
    fault: Fault = ""
    asked: list[dict[str, Any]] = field(default_factory=list)
    url: str = ""

    def app(self) -> FastAPI:
        app = FastAPI()
        app.post("/v1/chat/completions", response_model=None)(self._complete)
        return app

    async def _complete(self, request: Request) -> Response:
        self.asked.append(await request.json())
        match self.fault:
            case "error":
                return PlainTextResponse("boom: /etc/secret", status_code=500)
            case "refuse":
                return PlainTextResponse('{"error": {"message": "bad key"}}', status_code=401)
            case "garbage":
                return PlainTextResponse("data: <html>{not json\n\n", media_type="text/event-stream")
            case "hang":
                await asyncio.sleep(30)
        if not self.asked[-1].get("stream"):
            return JSONResponse(_whole(self.script.pop(0) if self.script and self.fault != "empty" else ""))
        return StreamingResponse(self._stream(), media_type="text/event-stream")

    async def _stream(self) -> AsyncIterator[str]:
        act = self.script.pop(0) if self.script else ""
        yield _chunk({"role": "assistant", "content": ""})
        if isinstance(act, str):
            for word in act.split(" ") if self.fault != "empty" else []:
                yield _chunk({"content": f"{word} "})
                if self.fault == "hang_midway":
                    await asyncio.sleep(30)
                if self.fault == "cut":
                    return
        else:
            name, arguments = act
            text = json.dumps(arguments) if self.fault != "bad_arguments" else '{"order_id": '
            call = {"index": 0, "id": f"call_{len(self.asked)}", "type": "function"}
            yield _chunk({"tool_calls": [{**call, "function": {"name": name, "arguments": ""}}]})
            for start in range(0, len(text), 7):
                piece = {"index": 0, "function": {"arguments": text[start : start + 7]}}
                yield _chunk({"tool_calls": [piece]})
        yield _chunk({}, finish="stop" if isinstance(act, str) else "tool_calls")
        yield "data: [DONE]\n\n"


def _chunk(delta: dict[str, Any], finish: str | None = None) -> str:
    choice = {"index": 0, "delta": delta, "finish_reason": finish}
    body = {"id": "c1", "object": "chat.completion.chunk", "created": 1, "model": "ours", "choices": [choice]}
    return f"data: {json.dumps(body)}\n\n"


def _whole(text: object) -> dict[str, Any]:
    """An answer in one piece, for who does not want it streamed."""
    choice = {"index": 0, "message": {"role": "assistant", "content": text}, "finish_reason": "stop"}
    return {"id": "c1", "object": "chat.completion", "created": 1, "model": "ours", "choices": [choice]}


@contextmanager
def served(endpoint: Endpoint) -> Iterator[Endpoint]:
    """The endpoint on a free port, in a thread, until the block ends."""
    listening = socket.create_server(("127.0.0.1", 0))
    endpoint.url = f"http://127.0.0.1:{listening.getsockname()[1]}/v1"
    server = uvicorn.Server(uvicorn.Config(endpoint.app(), log_level="critical", timeout_graceful_shutdown=1))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    try:
        yield endpoint
    finally:
        server.should_exit = True
        thread.join(timeout=5)
        listening.close()
