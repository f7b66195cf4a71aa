"""kill -9 after the shop has written what a card shows and before anybody has said so: it is written once, and told."""

from __future__ import annotations

import asyncio
import os
import random
import signal
import socket
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from multiprocessing.context import ForkServerContext
from pathlib import Path
from typing import Any

import httpx
import orjson
import pytest
from acting_shop import PENDING, SIGNED_IN, open_shop
from card_server import serve_cards
from chat_server import Client
from test_chat_cards import settled, with_card
from test_crash_write import forks, lines_in_the_ledger
from websockets.exceptions import WebSocketException

KILLS = 50
PATIENCE = 30.0


def a_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
        return port


@asynccontextmanager
async def serving(
    context: ForkServerContext, folder: Path, port: int, *, hold: bool
) -> AsyncIterator[httpx.AsyncClient]:
    """A server process that is killed at the end, whatever it is doing."""
    process = context.Process(target=serve_cards, args=(folder, port, hold), daemon=True)
    process.start()
    try:
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", trust_env=False) as http:
            yield http
    finally:
        assert process.pid is not None
        with suppress(ProcessLookupError):
            os.kill(process.pid, signal.SIGKILL)
        await asyncio.to_thread(process.join)


async def session(http: httpx.AsyncClient, **more: str) -> dict[str, Any]:
    """The session of a new or a known visitor, as soon as the server is up."""
    async with asyncio.timeout(PATIENCE):
        while True:
            with suppress(httpx.TransportError):
                opened: dict[str, Any] = (await http.post("/v1/sessions", json={"site_key": "demo", **more})).json()
                return opened
            await asyncio.sleep(0.02)


async def killed_in_a_change(folder: Path, context: ForkServerContext, seconds: float | None) -> bool:
    """One card that the customer says yes to: the process is killed so many seconds later, or (None) once the change is
    in the shop and not yet told. Whether it was in the shop by then.
    """
    shop, port = await open_shop(folder), a_port()
    async with serving(context, folder, port, hold=seconds is None) as http:
        visitor = await session(http)
        page = await Client(port, visitor).open()
        press = {**await with_card(page), "value": "yes"}
        await page.send("message.action", press, "press-1")
        if seconds is None:
            await asyncio.to_thread(until_written, folder)
        else:
            await asyncio.sleep(seconds)
    there = lines_in_the_ledger(folder) == 1
    with suppress(TimeoutError, WebSocketException):
        await page.next("confirmation.settled", seconds=0.2)
    told = settled(page)

    async with serving(context, folder, port, hold=False) as http:
        again = Client(port, await session(http, visitor_token=visitor["visitor_token"]))
        await again.open(after=0)
        await again.next("resumed", seconds=PATIENCE)
        await again.send("message.action", press, "press-1")  # as a page does whose yes was never acknowledged
        async with asyncio.timeout(PATIENCE):
            while "done" not in settled(again) or again.events[-1]["type"] != "turn.ended":
                again.frames.append(orjson.loads(await again.socket.recv()))
        said = [event["data"] for event in again.events if event["type"] == "message.created"]
        await again.close()

    texts = [block["text"] for data in said for block in data["blocks"]]
    assert told in ([], ["done"])
    assert set(settled(again)) == {"done"}
    assert any("is cancelled" in text or "done once" in text for text in texts)
    if seconds is None:
        assert sum("is cancelled" in text for text in texts) == len(settled(again)) == 1
    order = await shop.order(PENDING, SIGNED_IN)
    assert (order.status, [payment.kind for payment in order.payments]) == ("cancelled", ["payment", "refund"])
    assert lines_in_the_ledger(folder) == 1
    return there


def until_written(folder: Path) -> None:
    deadline = time.monotonic() + PATIENCE
    while not lines_in_the_ledger(folder):
        assert time.monotonic() < deadline, "nothing was written"
        time.sleep(0.005)


async def kill_often(folder: Path, kills: int, within: float | None) -> list[bool]:
    context, chance = forks(), random.Random(4)
    there = []
    for number in range(kills):
        place = folder / str(number)
        place.mkdir()
        there.append(await killed_in_a_change(place, context, None if within is None else chance.uniform(0, within)))
    return there


async def test_a_change_whose_server_dies_before_it_tells_is_made_once_and_told_once(tmp_path: Path) -> None:
    assert await kill_often(tmp_path, 1, None) == [True]


@pytest.mark.slow
async def test_fifty_changes_whose_server_dies_before_it_tells_are_made_once_each(tmp_path: Path) -> None:
    assert await kill_often(tmp_path, KILLS, None) == [True] * KILLS


@pytest.mark.slow
async def test_fifty_changes_that_are_cut_off_anywhere_are_made_once_each(tmp_path: Path) -> None:
    there = await kill_often(tmp_path, KILLS, 0.15)

    print(f"written before the kill: {sum(there)} of {KILLS}")
    assert len(there) == KILLS
