"""Behind a reverse proxy, over real sockets: whose address counts, and who may say so."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

import httpx
import pytest
import websockets
from pydantic import ValidationError
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route, WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect

from server.proxies import parse_networks
from server.serving import Limits, listen, server_for
from server.settings import Settings


async def _who(request: Request) -> PlainTextResponse:
    return PlainTextResponse(request.client.host if request.client else "")


async def _hold(socket: WebSocket) -> None:
    await socket.accept()
    await socket.send_text(socket.client.host if socket.client else "")
    with contextlib.suppress(WebSocketDisconnect):
        await socket.receive_text()


@asynccontextmanager
async def serving(*proxies: str, per_address: int = 3) -> AsyncIterator[int]:
    """A server on a port of 127.0.0.1 that trusts these proxies."""
    app = Starlette(routes=[Route("/", _who), WebSocketRoute("/hold", _hold)])
    listening = listen("127.0.0.1", 0)
    limits = Limits(connections_per_address=per_address, proxies=parse_networks(proxies))
    server = server_for(app, drain=lambda: asyncio.sleep(0), limits=limits)
    task = asyncio.create_task(server._serve(sockets=[listening]))
    try:
        yield listening.getsockname()[1]
    finally:
        server.should_exit = True
        await asyncio.wait_for(task, 10)


async def seen_by(port: int, *forwarded: str) -> str:
    """The address that the application sees for a request with these X-Forwarded-For headers."""
    headers = [("X-Forwarded-For", value) for value in forwarded]
    async with httpx.AsyncClient(trust_env=False) as client:
        return (await client.get(f"http://127.0.0.1:{port}/", headers=headers)).text


def hold(port: int, address: str) -> websockets.connect:
    return websockets.connect(f"ws://127.0.0.1:{port}/hold", additional_headers={"X-Forwarded-For": address})


async def test_without_trusted_proxies_nobody_can_claim_another_address() -> None:
    async with serving() as port:
        assert await seen_by(port, "203.0.113.7") == "127.0.0.1"


async def test_a_peer_that_is_no_trusted_proxy_is_not_believed() -> None:
    async with serving("10.0.0.0/8") as port:
        assert await seen_by(port, "203.0.113.7") == "127.0.0.1"


@pytest.mark.parametrize(
    ("forwarded", "seen"),
    [
        (("203.0.113.7",), "203.0.113.7"),
        (("198.51.100.1, 203.0.113.7",), "203.0.113.7"),  # the first was written by the shopper, to look like another
        (("198.51.100.1", "203.0.113.7"), "203.0.113.7"),  # and so here, in a header of its own
        (("203.0.113.7, 10.1.2.3, 127.0.0.1",), "203.0.113.7"),  # past two proxies of the shop
        (("127.0.0.1, 203.0.113.7",), "203.0.113.7"),  # who calls themselves the proxy gains nothing
        (("2001:db8::1",), "2001:db8::1"),
        (("203.0.113.7:4711",), "203.0.113.7"),
        ((), "127.0.0.1"),
    ],
)
async def test_the_last_address_that_is_no_proxy_is_the_shoppers(forwarded: Sequence[str], seen: str) -> None:
    async with serving("127.0.0.1", "10.0.0.0/8") as port:
        assert await seen_by(port, *forwarded) == seen


async def test_each_shopper_behind_the_proxy_has_a_limit_of_their_own() -> None:
    async with serving("127.0.0.1") as port, contextlib.AsyncExitStack() as held:
        sockets = [await held.enter_async_context(hold(port, "203.0.113.7")) for _ in range(3)]

        with pytest.raises(websockets.InvalidStatus) as refused:
            await hold(port, "203.0.113.7")
        others = [await held.enter_async_context(hold(port, f"203.0.113.{n}")) for n in range(10, 20)]

        assert refused.value.response.status_code == 429
        assert [await other.recv() for other in others] == [f"203.0.113.{n}" for n in range(10, 20)]
        await sockets[0].close()
        await asyncio.sleep(0.1)
        assert await (await held.enter_async_context(hold(port, "203.0.113.7"))).recv() == "203.0.113.7"


async def test_an_ipv6_household_counts_as_one_address() -> None:
    async with serving("127.0.0.1", per_address=1) as port, hold(port, "2001:db8::1"):
        with pytest.raises(websockets.InvalidStatus):
            await hold(port, "2001:db8::2")


async def test_what_is_no_address_is_refused_by_name() -> None:
    for wrong in ("proxy.example", "10.0.0.1/8", "*"):
        with pytest.raises(ValidationError, match="expected an address or a range such as"):
            Settings(trusted_proxies=wrong)  # type: ignore[arg-type]

    assert Settings(trusted_proxies="10.0.0.0/8, ::1").trusted_proxies == ("10.0.0.0/8", "::1")  # type: ignore[arg-type]
