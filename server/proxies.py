"""Behind a reverse proxy: whose word on a shopper's address is believed, and what one such address may hold open."""

from __future__ import annotations

import ipaddress
from collections import Counter

from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from server.limits import address_key

Network = ipaddress.IPv4Network | ipaddress.IPv6Network


def parse_networks(names: tuple[str, ...]) -> tuple[Network, ...]:
    """Addresses and CIDR ranges as networks; ValueError naming the one that is neither."""
    networks = []
    for name in names:
        try:
            networks.append(ipaddress.ip_network(name))
        except ValueError as error:
            raise ValueError(f"expected an address or a range such as 10.0.0.0/8, got {name!r}: {error}") from None
    return tuple(networks)


def is_proxy(address: str, proxies: tuple[Network, ...]) -> bool:
    """Whether a connection comes from a trusted proxy."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return False
    return any(parsed in network for network in proxies)


class AddressLimit:
    """Bounds the requests and sockets that are open at a time for one address that a proxy speaks for.

    Connections are counted where they are made (`server.serving`), but all of a proxy's come from the proxy. By the
    time this is called uvicorn has put the shopper's address into the scope.
    """

    def __init__(self, app: ASGIApp, *, at_most: int, proxies: tuple[Network, ...]) -> None:
        self._app = app
        self._at_most = at_most
        self._proxies = proxies
        self._open: Counter[str] = Counter()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on what is within the limit; refuse the rest with 429, a socket before it is accepted."""
        client = scope.get("client")
        if scope["type"] not in ("http", "websocket") or not client or is_proxy(client[0], self._proxies):
            return await self._app(scope, receive, send)
        key = address_key(client[0])
        if self._open[key] >= self._at_most:
            return await _refuse(scope, receive, send)
        self._open[key] += 1
        try:
            await self._app(scope, receive, send)
        finally:
            self._open[key] -= 1
            if not self._open[key]:
                del self._open[key]


async def _refuse(scope: Scope, receive: Receive, send: Send) -> None:
    body = {"code": "rate_limited", "message": "too many connections from this address"}
    await JSONResponse(body, status_code=429, headers={"Retry-After": "5"})(scope, receive, send)
