"""A live conversation: everything once and in order, to whoever comes and goes."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from agent.blocks import TextBlock
from server.clock import SystemClock, UlidIds
from server.feeds import Feeds
from server.log import changes
from server.log.log import EventLog
from server.log.records import Event
from server.sessions import SessionRequest, Sessions, Site
from server.wire.events import Audience, Payload
from server.wire.server import StreamDelta, StreamEnd, StreamStart


@dataclass
class Page:
    """A watcher that keeps what it hears: seqs of stored events, and the text of deltas."""

    heard: list[int | str] = field(default_factory=list)
    is_lost: bool = False

    def event(self, event: Event) -> None:
        self.heard.append(event.seq)

    def live(self, conversation_id: str, payload: Payload, to: Audience | None) -> None:
        if isinstance(payload, StreamDelta):
            self.heard.append(payload.text)

    def lost(self) -> None:
        self.is_lost = True


@dataclass
class Live:
    log: EventLog
    feeds: Feeds
    cid: str
    said: int = 0

    async def say(self) -> None:
        self.said += 1
        key = f"k{self.said}"
        await self.log.write(lambda tx: changes.receive(tx, self.cid, client_id=key, blocks=(TextBlock(text="hello"),)))

    def stream(self, i: int) -> None:
        if i == 0:
            self.feeds.tell(self.cid, StreamStart(turn_id="t", message_id="m"))
        self.feeds.tell(self.cid, StreamDelta(message_id="m", i=i, text=f"word{i} "))

    def end(self) -> None:
        self.feeds.tell(self.cid, StreamEnd(turn_id="t", message_id="m", reason="done"))


@pytest.fixture
async def live(tmp_path: Path) -> AsyncIterator[Live]:
    clock = SystemClock()
    log = await EventLog.open(tmp_path / "log.sqlite3", clock=clock, ids=UlidIds(clock))
    sessions = Sessions(log, site=Site("demo"), signing_key=b"k", clock=clock)
    opened = await sessions.open(SessionRequest(site_key="demo"))
    feeds = Feeds(log)
    yield Live(log, feeds, opened.session.conversation_id)
    feeds.close()
    await log.close()


async def test_what_is_said_waits_for_what_was_stored_before(live: Live) -> None:
    page = Page()
    await live.feeds.join(live.cid, page)

    await live.say()
    live.stream(0)
    live.stream(1)
    await live.say()
    live.stream(2)
    await live.feeds.handed_on()

    assert page.heard == [1, "word0 ", "word1 ", 2, "word2 "]


async def test_who_joins_in_the_middle_hears_the_rest_and_gets_the_text_so_far(live: Live) -> None:
    await live.say()
    live.stream(0)
    live.stream(1)
    page = Page()

    joined = await live.feeds.join(live.cid, page)
    live.stream(2)
    await live.say()
    await live.feeds.handed_on()

    assert joined.seq == 1
    assert joined.speech is not None
    assert (joined.speech.text, joined.speech.next) == ("word0 word1 ", 2)
    assert page.heard == ["word2 ", 2]


async def test_pages_that_join_at_any_moment_together_with_the_log_have_everything_once(live: Live) -> None:
    pages: list[tuple[int, Page]] = []

    async def come() -> None:
        for _ in range(40):
            page = Page()
            pages.append(((await live.feeds.join(live.cid, page)).seq, page))
            await asyncio.sleep(0)

    async def talk() -> None:
        for _ in range(40):
            await live.say()

    await asyncio.gather(come(), talk(), come(), talk())
    await live.feeds.handed_on()

    assert [page.heard for _, page in pages] == [list(range(seq + 1, 81)) for seq, _ in pages]


async def test_who_leaves_hears_nothing_more_and_an_empty_feed_goes(live: Live) -> None:
    page = Page()
    await live.feeds.join(live.cid, page)
    await live.say()
    await live.feeds.handed_on()

    live.feeds.leave(live.cid, page)
    await live.say()
    live.stream(0)
    kept = len(live.feeds)
    live.end()

    assert page.heard == [1]
    assert (kept, len(live.feeds)) == (1, 0)


async def test_when_the_log_cannot_be_read_the_pages_are_told_to_come_back(live: Live) -> None:
    page = Page()
    await live.feeds.join(live.cid, page)

    await live.log.read.close()
    await live.say()
    await live.feeds.handed_on()

    assert page.is_lost
