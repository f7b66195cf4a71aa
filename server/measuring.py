"""Measures the whole service: product searches as the agent understands them, and turns over a real socket."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx

from server.chat_client import Answer, open_chat
from server.report import percentile
from server.settings import Settings

if TYPE_CHECKING:
    from agent.understand.understanding import Understanding
    from server.parts import Knowledge

Rows = list[dict[str, Any]]

DEMO = Path(__file__).parent / "demo"
EVAL = DEMO / "eval"
SHOWN = 6
START_SECONDS = 240.0


async def measure_products(knowledge: Knowledge, understanding: Understanding) -> Rows:
    """Searches in words: how many of what is shown fits, and how many of what fits is shown, by language.

    `plain` is the same search without the conditions that the agent reads from the words.
    """
    from agent.evidence import gather
    from agent.guard import Incoming
    from agent.memory import Memory
    from retrieval.documents import Language, Query

    asked = [json.loads(line) for line in (EVAL / "product_queries.jsonl").read_text("utf-8").splitlines()]
    rows: Rows = []
    languages: tuple[Language, ...] = ("en", "zh")
    for language in languages:
        questions = [row for row in asked if row["language"] == language]
        scores: dict[str, list[tuple[float, float]]] = {"vitrine": [], "plain": []}
        for row in questions:
            need = await understanding.need(Incoming(row["text"], (), {}), Memory(), (), language)
            evidence = await gather(need, knowledge.searcher, knowledge.catalogue, None, ())
            plain = await knowledge.searcher.search(Query(text=row["text"], language=language, limit=SHOWN))
            right = frozenset(row["ids"])
            scores["vitrine"].append(_fit([hit.id for hit in evidence.products.hits], right))
            scores["plain"].append(_fit([hit.id for hit in plain.hits], right))
        rows += [
            {
                "method": method,
                "language": language,
                "queries": len(found),
                "shown that fit": sum(p for p, _ in found) / len(found),
                "fitting that are shown": sum(r for _, r in found) / len(found),
            }
            for method, found in scores.items()
        ]
    return rows


async def measure_chat(settings: Settings, rounds: int, port: int) -> Rows:
    """Turns of the demo shop over a real socket against a server in a process of its own; milliseconds."""
    questions = [json.loads(line) for line in (EVAL / "faq_paraphrases.jsonl").read_text("utf-8").splitlines()]
    photos = sorted((DEMO / "photos").glob("*.jpg"))
    async with running_server(settings, port) as url:
        faq = [answer async for answer in _answers(url, [(q["text"], None) for q in _spread(questions, rounds)])]
        seen = [answer async for answer in _answers(url, [("", photo) for photo in _spread(photos, rounds)])]
    return [
        _times("FAQ turn: first sentence", [answer.first_words for answer in faq]),
        _times("FAQ turn: acknowledged", [answer.first("ack") for answer in faq]),
        _times("FAQ turn: ended", [answer.first("turn.ended") for answer in faq]),
        _times("photo: sent, made safe and stored", [answer.upload_seconds for answer in seen]),
        _times("photo turn: described", [answer.first("photo.described") for answer in seen]),
        _times("photo turn, no words in photo: products", [a.until_block("products") for a in seen if not _read(a)]),
        _times("photo turn, words in photo: products", [a.until_block("products") for a in seen if _read(a)]),
    ]


async def _answers(url: str, messages: Sequence[tuple[str, Path | None]]) -> AsyncIterator[Answer]:
    """A new shopper after ten messages, so that no limit is met, and after a hand-over."""
    left = list(messages)
    while left:
        async with open_chat(url) as client:
            for text, photo in left[:10]:
                left = left[1:]
                answer = await client.ask(text, photo)
                yield answer
                if answer.data("control.changed"):
                    break


@asynccontextmanager
async def running_server(settings: Settings, port: int) -> AsyncIterator[str]:
    """A server with the demo shop in a process of its own, once it is ready; its address.

    Raises RuntimeError where it ends or is not ready in time.
    """
    url = f"http://localhost:{port}"
    server = _start(settings, port)
    try:
        await asyncio.to_thread(_wait_until_ready, url, server)
        yield url
    finally:
        server.terminate()
        await asyncio.to_thread(server.wait, 40)


def _start(settings: Settings, port: int) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "server", "--data-dir", str(settings.data_dir), "serve", "--demo"]
    return subprocess.Popen([*command, "--port", str(port)], stdout=subprocess.DEVNULL)


def _wait_until_ready(url: str, server: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        if server.poll() is not None:
            raise RuntimeError(f"the server ended with exit code {server.returncode} before it was ready")
        try:
            if httpx.get(f"{url}/ready", timeout=2).status_code == httpx.codes.OK:
                return
        except httpx.HTTPError:
            pass
        time.sleep(0.2)
    raise RuntimeError(f"the server was not ready within {START_SECONDS:g} seconds")


def _read(answer: Answer) -> bool:
    """Whether words were found in a photo."""
    return any(described["text"] for described in answer.data("photo.described"))


def _times(what: str, seconds: Sequence[float | None]) -> dict[str, Any]:
    came = [value * 1000 for value in seconds if value is not None]
    return {
        "what": what,
        "turns": len(seconds),
        "without": len(seconds) - len(came),
        "p50 ms": percentile(came, 0.5),
        "p95 ms": percentile(came, 0.95),
        "max ms": max(came, default=0.0),
    }


def _fit(shown: Sequence[str], right: frozenset[str]) -> tuple[float, float]:
    """Share of what is shown that fits, and share of what fits (and had room) that is shown."""
    first = list(shown)[:SHOWN]
    hits = sum(id_ in right for id_ in first)
    return hits / len(first) if first else float(not right), hits / min(len(right), SHOWN) if right else 1.0


def _spread(values: Sequence[Any], count: int) -> Iterator[Any]:
    """So many values at equal distances, the same ones each time."""
    step = max(1, len(values) // count)
    return iter(values[::step][:count])
