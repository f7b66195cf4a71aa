"""Calls to a shop's own web API: bounded in time and size, and every failure one of ours."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import httpx

from tools.errors import ShopUnavailable

SECONDS = 10.0
BYTES_AT_MOST = 5_000_000
TRIES = 2
TOO_MANY_REQUESTS = 429


@dataclass(frozen=True, slots=True)
class Answer:
    """The status and the JSON of an answer (None where it has none), and its headers."""

    status: int
    body: Any
    headers: Mapping[str, str]


class RemoteCalls:
    """One shop's API. Raises `ShopUnavailable` where it does not answer, is busy, fails, or answers no JSON.

    A call that got no answer is made once more; whoever makes a write must see to it that this does no harm.
    """

    def __init__(
        self,
        base_url: str,
        headers: Mapping[str, str],
        *,
        auth: tuple[str, str] | None = None,
        seconds: float = SECONDS,
    ) -> None:
        self._client = httpx.AsyncClient(
            base_url=base_url.rstrip("/"), headers=dict(headers), auth=auth, timeout=seconds, follow_redirects=False
        )

    async def close(self) -> None:
        await self._client.aclose()

    async def send(
        self,
        method: str,
        path: str,
        *,
        body: object = None,
        query: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        tries: int = TRIES,
    ) -> Answer:
        """The answer below 500; who calls decides what its status means."""
        for left in reversed(range(tries)):
            try:
                return await self._once(method, path, body, query, headers)
            except httpx.TransportError as error:
                if not left:
                    raise ShopUnavailable(f"the shop does not answer: {type(error).__name__}") from error
        raise ShopUnavailable("the shop was not asked")

    async def _once(
        self,
        method: str,
        path: str,
        body: object,
        query: Mapping[str, str] | None,
        headers: Mapping[str, str] | None,
    ) -> Answer:
        told = None if body is None else json.dumps(body, ensure_ascii=False).encode()
        sent = {"Content-Type": "application/json", **(headers or {})}
        params = dict(query) if query else None
        async with self._client.stream(method, path, content=told, params=params, headers=sent) as response:
            content = bytearray()
            async for piece in response.aiter_bytes():
                content += piece
                if len(content) > BYTES_AT_MOST:
                    raise ShopUnavailable(f"the shop's answer is over {BYTES_AT_MOST:,} bytes")
        status = response.status_code
        if status >= httpx.codes.INTERNAL_SERVER_ERROR or status == TOO_MANY_REQUESTS:
            raise ShopUnavailable(f"the shop answers {status}")
        if status in (httpx.codes.UNAUTHORIZED, httpx.codes.FORBIDDEN):
            raise ShopUnavailable(f"the shop does not accept our key ({status})")
        if response.is_redirect:
            raise ShopUnavailable(f"the shop's address redirects ({status}); name the one it redirects to")
        try:
            return Answer(status, json.loads(bytes(content)) if content else None, response.headers)
        except ValueError:
            raise ShopUnavailable("the shop's answer is no JSON") from None
