"""kill -9 in the middle of everything: what was acknowledged is there, once, and is answered."""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import random
import signal
import socket
import sys
import time
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, field
from multiprocessing import forkserver
from multiprocessing.context import ForkServerContext, ForkServerProcess
from pathlib import Path
from typing import Any

import httpx
import pytest
from chat_server import Client, serve
from websockets.exceptions import WebSocketException

SHOPPERS = 10
MESSAGES = 20
KILLS = 5
PAUSE = 0.01  # seconds between the words of an answer, so that kills meet answers half said


@dataclass(frozen=True)
class CrashFigures:
    """What was sent and what became of it."""

    sent: int
    acknowledged: int
    kills: int
    reconnects: int
    lost: int
    doubled: int
    unanswered: int
    answered_twice: int
    gaps: int
    views_that_differ: int
    seconds: float


class Server:
    """A server process on one port and folder that can be killed and started again."""

    def __init__(self, folder: Path, *, hasty: bool) -> None:
        self._folder = folder
        self._hasty = hasty
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port: int = free.getsockname()[1]
        self._context = multiprocessing.get_context("forkserver")
        _preload(self._context)
        self._process: ForkServerProcess | None = None
        self.kills = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        self._process = self._context.Process(
            target=serve, args=(self._folder, self.port, PAUSE, self._hasty), daemon=True
        )
        self._process.start()

    def kill(self) -> None:
        assert self._process is not None
        assert self._process.pid is not None
        os.kill(self._process.pid, signal.SIGKILL)
        self._process.join()
        self.kills += 1


def _preload(context: ForkServerContext) -> None:
    """Import the server once, so that each start is a fork: a restart takes milliseconds and not seconds."""
    context.set_forkserver_preload(["chat_server"])
    before = os.environ.get("PYTHONPATH")
    os.environ["PYTHONPATH"] = os.pathsep.join(sys.path)  # which the fork server does not take over by itself
    try:
        forkserver.ensure_running()
    finally:
        os.environ.pop("PYTHONPATH")
        if before is not None:
            os.environ["PYTHONPATH"] = before


@dataclass
class Shopper:
    """Sends messages through whatever happens, as the widget does: what was not acknowledged is sent again."""

    number: int
    server: Server
    http: httpx.AsyncClient
    wish: asyncio.Event
    token: str = ""
    cid: str = ""
    acknowledged: list[str] = field(default_factory=list)
    seen: list[dict[str, Any]] = field(default_factory=list)
    connects: int = 0

    def text(self, place: int) -> str:
        return f"<{self.number:02}-{place:02}>"

    async def run(self) -> None:
        while len(self.acknowledged) < MESSAGES or not self._answered():
            with suppress(OSError, WebSocketException, httpx.HTTPError, TimeoutError):
                await self._talk()
            await asyncio.sleep(0.02)

    async def _talk(self) -> None:
        body = {"site_key": "demo", **({"visitor_token": self.token} if self.token else {})}
        session = (await self.http.post(f"{self.server.url}/v1/sessions", json=body)).json()
        self.token, self.cid = session["visitor_token"], session["conversation_id"]
        after = self.seen[-1]["seq"] if self.seen else 0
        client = Client(self.server.port, session)
        try:
            await (await client.open(after=after)).next("resumed")
            self.connects += 1
            while len(self.acknowledged) < MESSAGES:
                text = self.text(len(self.acknowledged))
                await client.send("message.send", {"text": text}, key=f"key-{text[1:-1]}")
                await client.next("ack", seconds=10)
                self.acknowledged.append(text)
                self.wish.set()
                await asyncio.sleep(random.uniform(0, 0.05))
            while not self._answered(client.events):
                await client.next("turn.ended", seconds=10)
        finally:
            self.seen += client.events
            client.socket.transport.abort()

    def _answered(self, more: list[dict[str, Any]] | None = None) -> bool:
        return {self.text(place) for place in range(MESSAGES)} <= answers([*self.seen, *(more or [])]).keys()


def answers(events: list[dict[str, Any]]) -> Counter[str]:
    """How often each message was answered in full."""
    found: Counter[str] = Counter()
    for event in events:
        data = event["data"]
        if event["type"] == "message.created" and data["author"]["kind"] == "bot" and not data.get("interrupted"):
            found.update(data["blocks"][0]["text"].removeprefix("You said: ").split(" + "))
    return found


async def crash_run(folder: Path, *, kills: int = KILLS, hasty: bool = False, patience: float = 60) -> CrashFigures:
    """200 messages of ten shoppers, with the server killed again and again in between.

    `hasty` plants the mistake that this is to find: a server that acknowledges before it commits. After the last
    kill, shoppers wait `patience` seconds for their answers.
    """
    began = time.perf_counter()
    server = Server(folder, hasty=hasty)
    server.start()
    http = httpx.AsyncClient(verify=False, trust_env=False)
    shoppers = [Shopper(number, server, http, asyncio.Event()) for number in range(SHOPPERS)]
    running = [asyncio.create_task(shopper.run()) for shopper in shoppers]
    for kill in range(1, kills + 1):
        while sum(len(shopper.acknowledged) for shopper in shoppers) < SHOPPERS * MESSAGES * kill // (kills + 1):
            await asyncio.wait(
                [asyncio.create_task(shopper.wish.wait()) for shopper in shoppers],
                return_when=asyncio.FIRST_COMPLETED,
            )
            for shopper in shoppers:
                shopper.wish.clear()
        await asyncio.sleep(random.uniform(0, 0.03))
        await asyncio.to_thread(server.kill)
        server.start()
    _, waiting = await asyncio.wait(running, timeout=patience)
    for task in waiting:
        task.cancel()
    await asyncio.gather(*running, return_exceptions=True)
    logs = [await stored(server, shopper) for shopper in shoppers]
    await http.aclose()
    await asyncio.to_thread(server.kill)
    said = [Counter(event["data"]["blocks"][0]["text"] for event in log if is_visitors(event)) for log in logs]
    answered = [answers(log) for log in logs]
    return CrashFigures(
        sent=SHOPPERS * MESSAGES,
        acknowledged=sum(len(shopper.acknowledged) for shopper in shoppers),
        kills=kills,
        reconnects=sum(shopper.connects - 1 for shopper in shoppers),
        lost=sum(text not in said[s.number] for s in shoppers for text in s.acknowledged),
        doubled=sum(count - 1 for counts in said for count in counts.values()),
        unanswered=sum(text not in answered[s.number] for s in shoppers for text in s.acknowledged),
        answered_twice=sum(answered[s.number][text] > 1 for s in shoppers for text in s.acknowledged),
        gaps=sum([event["seq"] for event in log] != list(range(1, len(log) + 1)) for log in logs),
        views_that_differ=sum(s.seen != logs[s.number][: len(s.seen)] for s in shoppers),
        seconds=round(time.perf_counter() - began, 1),
    )


def is_visitors(event: dict[str, Any]) -> bool:
    return event["type"] == "message.created" and event["data"]["author"]["kind"] == "visitor"


async def stored(server: Server, shopper: Shopper) -> list[dict[str, Any]]:
    """The conversation as the log has it."""
    events: list[dict[str, Any]] = []
    url = f"{server.url}/v1/conversations/{shopper.cid}/events"
    while True:
        answer = await shopper.http.get(
            url,
            params={"after": events[-1]["seq"] if events else 0, "limit": 500},
            headers={"Authorization": f"Bearer {shopper.token}"},
        )
        page = answer.json()
        events += page["events"]
        if not page["more"]:
            return events


async def test_killing_the_server_loses_nothing_doubles_nothing_and_leaves_nothing_unanswered(tmp_path: Path) -> None:
    figures = await crash_run(tmp_path)

    print(figures)
    assert figures.acknowledged == figures.sent == 200
    assert figures.kills == KILLS
    assert figures.reconnects >= KILLS
    assert (figures.lost, figures.doubled, figures.gaps, figures.views_that_differ) == (0, 0, 0, 0)
    assert (figures.unanswered, figures.answered_twice) == (0, 0)


@pytest.mark.slow
async def test_a_server_that_acknowledges_before_it_commits_would_be_found_out(tmp_path: Path) -> None:
    figures = await crash_run(tmp_path, hasty=True, patience=5)

    print(figures)
    assert figures.lost > 0
