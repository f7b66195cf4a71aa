"""The limits that uvicorn leaves open, over a real socket: these tests are the guard on upgrades of uvicorn."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import json
import os
import socket
import struct
import time
from collections.abc import AsyncIterator

import pytest
import websockets
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route, WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect

from server.serving import Limits, listen, server_for

LIMITS = Limits(
    frame_bytes=64 * 1024,
    request_seconds=0.5,
    stalled_reader_seconds=0.5,
    connections=12,
    connections_per_address=10,
)


async def _echo(socket: WebSocket) -> None:
    await socket.accept()
    with contextlib.suppress(WebSocketDisconnect):
        while True:
            text = await socket.receive_text()
            if text == "flood":
                for _ in range(400):
                    await socket.send_text("x" * 60_000)
            await socket.send_text(text)


class _Server:
    def __init__(self, limits: Limits) -> None:
        app = Starlette(routes=[Route("/", lambda _: PlainTextResponse("hello")), WebSocketRoute("/echo", _echo)])
        self.drained = asyncio.Event()
        self.drain_may_end = asyncio.Event()
        self.drain_may_end.set()
        self._listening = listen("127.0.0.1", 0)
        self.port: int = self._listening.getsockname()[1]
        self.uvicorn = server_for(app, drain=self._drain, limits=limits)
        self.task = asyncio.create_task(self.uvicorn._serve(sockets=[self._listening]))

    async def _drain(self) -> None:
        self.drained.set()
        await self.drain_may_end.wait()

    async def started(self) -> None:
        await asyncio.to_thread(self._wait_for_start)

    def _wait_for_start(self) -> None:
        deadline = time.monotonic() + 5
        while not self.uvicorn.started and time.monotonic() < deadline:
            time.sleep(0.01)

    async def stop(self) -> None:
        self.uvicorn.should_exit = True
        await asyncio.wait_for(self.task, 10)


@pytest.fixture
async def server() -> AsyncIterator[_Server]:
    running = _Server(LIMITS)
    await running.started()
    yield running
    await running.stop()


async def _raw(server: _Server, sent: bytes = b"") -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
    writer.write(sent)
    await writer.drain()
    return reader, writer


def _upgrade() -> bytes:
    key = base64.b64encode(os.urandom(16)).decode()
    return (
        f"GET /echo HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        f"Sec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n\r\n"
    ).encode()


async def _upgraded(server: _Server) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    reader, writer = await _raw(server, _upgrade())
    await reader.readuntil(b"\r\n\r\n")
    return reader, writer


def _frame(opcode: int, payload: bytes = b"", *, fin: bool = True) -> bytes:
    length = (
        bytes([0x80 | len(payload)]) if len(payload) < 126 else bytes([0x80 | 126]) + struct.pack("!H", len(payload))
    )
    return bytes([(0x80 if fin else 0) | opcode]) + length + b"\0\0\0\0" + payload


async def _is_cut(reader: asyncio.StreamReader, within: float) -> bool:
    """Whether the server ends the connection within so many seconds."""
    with contextlib.suppress(ConnectionError):
        async with asyncio.timeout(within):
            while await reader.read(65536):
                pass
    return True


async def test_a_reader_who_stops_reading_is_cut(server: _Server) -> None:
    loop = asyncio.get_running_loop()
    peer = socket.socket()
    peer.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    peer.setblocking(False)
    await loop.sock_connect(peer, ("127.0.0.1", server.port))
    await loop.sock_sendall(peer, _upgrade())
    assert b"101" in await loop.sock_recv(peer, 64)

    await loop.sock_sendall(peer, _frame(1, b"flood"))
    await asyncio.sleep(0.2)
    busy = bool(server.uvicorn.server_state.tasks)
    await asyncio.sleep(LIMITS.stalled_reader_seconds * 3)

    assert busy
    assert not server.uvicorn.server_state.tasks
    peer.close()


async def test_a_flood_of_pings_is_cut(server: _Server) -> None:
    reader, writer = await _upgraded(server)

    writer.write(_frame(9, b"x" * 100) * 200)

    assert await _is_cut(reader, within=2)


async def test_a_message_in_endless_fragments_is_cut(server: _Server) -> None:
    reader, writer = await _upgraded(server)

    writer.write(_frame(1, b"a", fin=False) + _frame(0, b"", fin=False) * 500)

    assert await _is_cut(reader, within=2)


async def test_a_connection_that_never_ends_its_headers_is_cut(server: _Server) -> None:
    reader, _ = await _raw(server, b"GET / HTTP/1.1\r\nHost: localhost\r\nX-Slow: ")

    assert await _is_cut(reader, within=2)


async def test_headers_larger_than_the_limit_are_refused(server: _Server) -> None:
    reader, writer = await _raw(server)

    with contextlib.suppress(ConnectionError):
        writer.write(b"GET / HTTP/1.1\r\nHost: localhost\r\nX-Big: " + b"a" * 40_000)
        await writer.drain()

    assert await _is_cut(reader, within=2)


async def test_a_frame_larger_than_the_limit_closes_with_1009(server: _Server) -> None:
    async with websockets.connect(f"ws://127.0.0.1:{server.port}/echo") as client:
        await client.send("x" * (LIMITS.frame_bytes + 1))

        with pytest.raises(websockets.ConnectionClosed):
            await client.recv()

        assert client.close_code == 1009


async def test_one_address_holds_only_so_many_connections_and_others_get_their_place_when_they_leave(
    server: _Server,
) -> None:
    held = [await websockets.connect(f"ws://127.0.0.1:{server.port}/echo") for _ in range(10)]

    with pytest.raises((websockets.InvalidMessage, OSError, EOFError)):
        await websockets.connect(f"ws://127.0.0.1:{server.port}/echo")
    await held[0].close()
    await asyncio.sleep(0.1)
    late = await websockets.connect(f"ws://127.0.0.1:{server.port}/echo")
    await late.send("here")

    assert await late.recv() == "here"
    for client in [*held[1:], late]:
        await client.close()


async def test_compression_is_never_negotiated(server: _Server) -> None:
    async with websockets.connect(f"ws://127.0.0.1:{server.port}/echo", compression="deflate") as client:
        assert client.response is not None
        assert "Sec-WebSocket-Extensions" not in client.response.headers


async def test_a_slow_but_honest_client_is_served_again_on_the_same_connection(server: _Server) -> None:
    request = b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"
    reader, writer = await _raw(server, request)
    first = await reader.readuntil(b"hello")
    await asyncio.sleep(LIMITS.request_seconds * 1.5)  # idle between requests is keep-alive's affair

    writer.write(request)

    assert first.startswith(b"HTTP/1.1 200")
    assert (await reader.readuntil(b"hello")).startswith(b"HTTP/1.1 200")
    writer.close()


async def test_a_signal_lets_running_work_finish_before_sockets_close(server: _Server) -> None:
    server.drain_may_end.clear()
    async with websockets.connect(f"ws://127.0.0.1:{server.port}/echo") as client:
        server.uvicorn.handle_exit(15, None)
        await asyncio.wait_for(server.drained.wait(), 2)

        await client.send(json.dumps({"still": "here"}))
        answered = await client.recv()
        server.drain_may_end.set()
        with pytest.raises(websockets.ConnectionClosed):
            await asyncio.wait_for(client.recv(), 5)

    assert answered == '{"still": "here"}'
    assert client.close_code == 1012
