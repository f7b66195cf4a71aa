"""uvicorn with what it leaves open closed: readers that stop, floods, half-open connections, and a sudden end.

Both protocol classes touch uvicorn's internals, so uvicorn is pinned and `tests/integration/test_serving.py` is the
guard on upgrades. What each limit answers to was measured; see docs/decisions.md.
"""

from __future__ import annotations

import asyncio
import contextlib
import signal
import socket
import types
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, ClassVar

import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.frames import Frame

from server.proxies import AddressLimit, Network, is_proxy

TCP_USER_TIMEOUT_MS = 12_000


@dataclass(frozen=True, slots=True)
class Limits:
    """What one connection, one address and the whole server may ask for."""

    frame_bytes: int = 64 * 1024
    header_bytes: int = 16 * 1024
    request_seconds: float = 8.0  # from the connection, or a later request's first byte, to the end of its headers
    stalled_reader_seconds: float = 10.0
    control_frames_per_second: int = 20
    fragments_per_message: int = 64
    connections: int = 2000
    connections_per_address: int = 100
    proxies: tuple[Network, ...] = ()  # these speak for many addresses, which `AddressLimit` counts


class ChatSocket(WebSocketsSansIOProtocol):
    """A websocket that cuts a peer which does not read what it is sent, or floods control frames or fragments."""

    limits = Limits()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.on_lost: Callable[[], None] = lambda: None
        self._stalled: asyncio.TimerHandle | None = None
        self._second = 0
        self._control_frames = 0

    def pause_writing(self) -> None:
        super().pause_writing()
        # A peer that sends but never reads would make us answer its pings into memory.
        with contextlib.suppress(RuntimeError):
            self.transport.pause_reading()
        if self._stalled is None:
            self._stalled = self.loop.call_later(self.limits.stalled_reader_seconds, self.transport.abort)

    def resume_writing(self) -> None:
        super().resume_writing()
        self._forget_stall()
        if not self.read_paused:
            with contextlib.suppress(RuntimeError):
                self.transport.resume_reading()

    def connection_lost(self, exc: Exception | None) -> None:
        self._forget_stall()
        self.on_lost()
        super().connection_lost(exc)

    def handle_ping(self) -> None:
        self._count_control_frame()
        super().handle_ping()

    def handle_pong(self, event: Frame) -> None:
        self._count_control_frame()
        super().handle_pong(event)

    def handle_cont(self, event: Frame) -> None:
        if len(self.frames) >= self.limits.fragments_per_message:
            self.transport.abort()
            return
        super().handle_cont(event)

    def _count_control_frame(self) -> None:
        second = int(self.loop.time())
        if second != self._second:
            self._second, self._control_frames = second, 0
        self._control_frames += 1
        if self._control_frames > self.limits.control_frames_per_second:
            self.transport.abort()

    def _forget_stall(self) -> None:
        if self._stalled is not None:
            self._stalled.cancel()
            self._stalled = None


class ChatHttp(H11Protocol):
    """HTTP that gives a request's headers a deadline and bounds the connections that one address may hold."""

    limits = Limits()
    _open: ClassVar[Counter[str]] = Counter()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._deadline: asyncio.TimerHandle | None = None
        self._address = ""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        address = str((transport.get_extra_info("peername") or ("",))[0])
        many = self._open[address] >= self.limits.connections_per_address
        if self._open.total() >= self.limits.connections or (many and not is_proxy(address, self.limits.proxies)):
            transport.abort()
            return
        self._address = address
        self._open[address] += 1
        super().connection_made(transport)
        self._deadline = self.loop.call_later(self.limits.request_seconds, transport.abort)

    def connection_lost(self, exc: Exception | None) -> None:
        self._release()
        if self.transport is not None:
            super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        if self.transport is None:  # refused in connection_made
            return
        if self._deadline is None and (self.cycle is None or self.cycle.response_complete):
            self._deadline = self.loop.call_later(self.limits.request_seconds, self.transport.abort)
        super().data_received(data)
        if self.cycle is not None and not self.cycle.response_complete:
            self._met_deadline()

    def handle_websocket_upgrade(self, event: Any) -> None:
        self._met_deadline()
        super().handle_websocket_upgrade(event)
        upgraded = self.transport.get_protocol()
        if isinstance(upgraded, ChatSocket):  # the connection lives on there, and so does its place in the count
            upgraded.on_lost = self._release

    def on_response_complete(self) -> None:
        self._met_deadline()
        super().on_response_complete()

    def _met_deadline(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    def _release(self) -> None:
        self._met_deadline()
        if self._address:
            self._open[self._address] -= 1
            if self._open[self._address] <= 0:
                del self._open[self._address]
            self._address = ""


class DrainingServer(uvicorn.Server):
    """A server that lets running turns finish: on the first signal it calls `drain`, and only then closes sockets."""

    def __init__(self, config: uvicorn.Config, drain: Callable[[], Awaitable[None]]) -> None:
        super().__init__(config)
        self._drain = drain
        self._draining: asyncio.Task[None] | None = None

    def handle_exit(self, sig: int, frame: types.FrameType | None) -> None:
        if self._draining is None and self.started:
            loop = asyncio.get_running_loop()
            self._draining = loop.create_task(self._drain_then_exit())
        else:  # a second Ctrl-C means now
            self.should_exit = True
            self.force_exit = sig == signal.SIGINT and self._draining is not None

    async def _drain_then_exit(self) -> None:
        try:
            await self._drain()
        finally:
            self.should_exit = True


def listen(host: str, port: int) -> socket.socket:
    """A listening socket whose connections die when the peer takes no bytes for 12 seconds; OSError if it is taken."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listening = socket.socket(family, socket.SOCK_STREAM)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    if hasattr(socket, "TCP_USER_TIMEOUT"):  # Linux; accepted sockets inherit it
        listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, TCP_USER_TIMEOUT_MS)
    try:
        listening.bind((host, port))
    except OSError:
        listening.close()
        raise
    listening.listen(2048)
    listening.set_inheritable(True)
    return listening


def server_for(app: Any, *, drain: Callable[[], Awaitable[None]], limits: Limits | None = None) -> DrainingServer:
    """The server with every limit in place; call `serve(sockets=[listen(host, port)])`."""
    limits = limits or Limits()
    if limits.proxies:
        app = AddressLimit(app, at_most=limits.connections_per_address, proxies=limits.proxies)
    config = uvicorn.Config(
        app,
        # uvicorn makes the protocols itself, so what they need to know travels on the classes.
        http=type("LimitedHttp", (ChatHttp,), {"limits": limits, "_open": Counter()}),
        ws=type("LimitedSocket", (ChatSocket,), {"limits": limits}),
        ws_max_size=limits.frame_bytes,
        ws_per_message_deflate=False,
        ws_ping_interval=20,
        ws_ping_timeout=20,
        h11_max_incomplete_event_size=limits.header_bytes,
        timeout_graceful_shutdown=5,
        server_header=False,
        # Walks X-Forwarded-For from the right, past the proxies, to the first address that is none of them.
        proxy_headers=bool(limits.proxies),
        forwarded_allow_ips=[str(network) for network in limits.proxies],
        access_log=False,
        log_config=None,
        lifespan="on",
    )
    return DrainingServer(config, drain)
