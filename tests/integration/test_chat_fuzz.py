"""Whatever a page sends, the server answers with one of its own errors and the neighbours notice nothing."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

from chat_server import running

from server.frames import SHOPPER_FRAMES
from server.hub import ChatLimits

FRAMES = 1500
ODD: tuple[Any, ...] = (
    None,
    True,
    -1,
    0,
    1,
    2**53,
    2**63,
    1.5,
    "",
    " ",
    "\x00",
    "\u202e\u200b",
    "x" * 9999,
    "<script>alert(1)</script>",
    "'; DROP TABLE events; --",
    "../../etc/passwd",
    "k1",
    [],
    ["a"] * 5,
    [[[[]]]],
    {},
    {"text": {"text": "x"}},
)
FIELDS = (
    "text",
    "photos",
    "reply_to",
    "context",
    "message_id",
    "action_id",
    "value",
    "turn_id",
    "on",
    "preview",
    "seq",
)
MORE_FIELDS = ("score", "comment", "reason", "before_seq", "limit", "cid", "t", "url", "unknown")


async def test_odd_frames_break_nothing(tmp_path: Path) -> None:
    chance = random.Random(7)
    kinds = sorted(set(SHOPPER_FRAMES) - {"hello"})
    limits = ChatLimits(messages_per_minute=60_000, frames_per_10_seconds=1_000_000)
    async with running(tmp_path, limits) as server:
        odd = await server.client(await server.session()).open()
        calm = await server.client(await server.session()).open()
        for number in range(FRAMES):
            names = chance.sample((*FIELDS, *MORE_FIELDS), chance.randrange(5))
            data = {name: chance.choice(ODD) for name in names}
            await odd.send(
                chance.choice(kinds), data if chance.random() < 0.9 else chance.choice(ODD), key=f"odd-{number}"
            )
            if number % 100 == 0:
                await calm.say("all well?")
                await calm.next("turn.ended", reason="done", seconds=20)
        await odd.send("feedback.set", {"message_id": "nobody's", "value": 1}, key="unknown")
        await odd.send("ping", {"t": "the end"}, key="last")
        await odd.next("pong", t="the end", seconds=30)

        codes = {frame["data"]["code"] for frame in odd.frames if frame["type"] == "error"}
        assert codes <= {"bad_request", "too_large", "not_found", "conflict", "unknown_type"}
        assert {"bad_request", "not_found"} <= codes
        assert [event["seq"] for event in odd.events] == list(range(1, len(odd.events) + 1))
        assert [event["seq"] for event in calm.events] == list(range(1, 61))
