"""The event log: numbers without gaps, changes that are whole, and what a crash or a full disk may not do."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import create_engine

from agent.blocks import PhotoBlock, TextBlock
from server.clock import SystemClock, UlidIds
from server.errors import NotFound
from server.log import changes, people, statements
from server.log.errors import LogLocked, LogUnwritable, StaleEpoch
from server.log.log import EventLog, reading
from server.log.migrations import migrate
from server.log.records import Appended
from server.log.schema import metadata
from server.log.writer import Transaction
from server.wire.events import BOT, FeedbackGiven, MessageCreated, ToolRan, TurnEnded

TOOL = ToolRan(turn_id="t", call_id="c", name="n", arguments={}, outcome="ok", milliseconds=1.0)
FEEDBACK = FeedbackGiven(message_id="m", value=1)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "log.sqlite3"


async def open_log(path: Path) -> EventLog:
    clock = SystemClock()
    return await EventLog.open(path, clock=clock, ids=UlidIds(clock))


@pytest.fixture
async def log(path: Path) -> AsyncIterator[EventLog]:
    log = await open_log(path)
    await log.write(lambda tx: begin(tx, "conv"))
    yield log
    await log.close()


def begin(tx: Transaction, conversation_id: str) -> None:
    visitor = {"customer_id": None, "name": "", "email": "", "identity_expires_at": None, "created_at": tx.now}
    tx.run(statements.ADD_VISITOR, id=f"visitor of {conversation_id}", **visitor)
    tx.run(
        statements.ADD_CONVERSATION,
        id=conversation_id,
        visitor_id=f"visitor of {conversation_id}",
        inbox_seq=tx.next_inbox_seq(),
        created_at=tx.now,
        updated_at=tx.now,
    )


async def say(log: EventLog, text: str, *, key: str, conversation: str = "conv") -> Appended:
    return await log.write(lambda tx: changes.receive(tx, conversation, client_id=key, blocks=(TextBlock(text=text),)))


async def test_numbers_rise_by_one_whoever_writes_at_once(log: EventLog) -> None:
    await log.write(lambda tx: begin(tx, "other"))

    await asyncio.gather(*(say(log, f"{i}", key=f"{i}", conversation=("conv", "other")[i % 2]) for i in range(600)))

    for conversation in ("conv", "other"):
        events = await log.read.events_after(conversation, 0, "staff", limit=1000)
        assert [event.seq for event in events] == list(range(1, 301))


async def test_visitors_have_numbers_of_their_own_without_gaps(log: EventLog) -> None:
    for payload in (FEEDBACK, TOOL, TOOL, FEEDBACK):
        await log.write(lambda tx, payload=payload: tx.append("conv", payload))

    visitors = await log.read.events_after("conv", 0, "visitor")
    staff = await log.read.events_after("conv", 0, "staff")

    assert [(event.visitor_seq, event.seq) for event in visitors] == [(1, 1), (2, 4)]
    assert [event.seq for event in staff] == [1, 2, 3, 4]
    assert await log.read.visitor_seq_at("conv", 3) == 1


async def test_the_same_client_id_is_stored_once_also_after_a_restart(path: Path) -> None:
    log = await open_log(path)
    await log.write(lambda tx: begin(tx, "conv"))
    first = await say(log, "hello", key="k1")
    await log.close()
    log = await open_log(path)

    again = await say(log, "hello", key="k1")

    assert first == Appended(seq=1, visitor_seq=1)
    assert again == Appended(seq=1, visitor_seq=1, duplicate=True)
    assert len(await log.read.events_after("conv", 0, "staff")) == 1
    await log.close()


async def test_a_change_that_fails_is_undone_and_leaves_its_neighbours_alone(log: EventLog) -> None:
    def half(tx: Transaction) -> None:
        tx.append("conv", FEEDBACK)
        raise ValueError("half way")

    results = await asyncio.gather(
        say(log, "before", key="1"), log.write(half), say(log, "after", key="2"), return_exceptions=True
    )

    assert isinstance(results[1], ValueError)
    events = await log.read.events_after("conv", 0, "staff")
    assert [(event.seq, event.type) for event in events] == [(1, "message.created"), (2, "message.created")]


async def test_nothing_is_told_before_it_is_stored(log: EventLog, path: Path) -> None:
    heard: list[tuple[int, int]] = []

    def count(_conversation: str, seq: int) -> None:
        with sqlite3.connect(path) as other:  # another reader: sees only what is committed
            heard.append((seq, other.execute("SELECT max(seq) FROM events").fetchone()[0]))

    stop = log.notifier.listen(count)
    await asyncio.gather(*(say(log, f"{i}", key=f"{i}") for i in range(50)))
    stop()
    await say(log, "unheard", key="last")

    assert [seq for seq, _ in heard] == list(range(1, 51))
    assert all(committed >= seq for seq, committed in heard)


async def test_a_message_comes_with_the_turn_that_will_answer_it(log: EventLog) -> None:
    await say(log, "one", key="1")
    await say(log, "two", key="2")

    begun = await log.write(lambda tx: changes.begin_turn(tx, "conv"))

    assert begun is not None
    assert (begun.turn.after_seq, begun.turn.message_seq, begun.turn.attempt) == (0, 2, 1)
    assert await log.read.conversations_to_answer() == ["conv"]


async def test_a_turn_that_was_not_answered_is_read_again_by_the_next(log: EventLog) -> None:
    await say(log, "one", key="1")
    first = await log.write(lambda tx: changes.begin_turn(tx, "conv"))
    assert first is not None
    await say(log, "two", key="2")
    ended = TurnEnded(turn_id=first.turn.id, reason="stopped")
    await log.write(lambda tx: changes.end_turn(tx, first.turn, ended, answered=False))

    second = await log.write(lambda tx: changes.begin_turn(tx, "conv"))

    assert second is not None
    assert (second.turn.after_seq, second.turn.message_seq) == (0, 3)


async def test_the_bot_cannot_speak_for_an_epoch_that_is_over(log: EventLog) -> None:
    await say(log, "one", key="1")
    await log.write(lambda tx: people.queue_for_person(tx, "conv", by="visitor"))
    message = MessageCreated(message_id="m", author=BOT, blocks=(TextBlock(text="too late"),))

    with pytest.raises(StaleEpoch):
        await log.write(lambda tx: changes.say(tx, "conv", message, epoch=0))

    found = await log.read.conversation("conv")
    assert found is not None
    assert (found.last_seq, found.control, found.control_epoch) == (2, "queued", 1)


async def test_a_conversation_that_does_not_exist_takes_nothing(log: EventLog) -> None:
    with pytest.raises(NotFound):
        await say(log, "hello", key="1", conversation="none")


async def test_a_second_server_on_the_same_log_is_refused(log: EventLog, path: Path) -> None:
    with pytest.raises(LogLocked) as refused:
        await open_log(path)

    assert "VITRINE_DATA_DIR" in refused.value.expected


async def test_a_command_reads_beside_the_server(log: EventLog, path: Path) -> None:
    async with reading(path) as beside:
        assert await beside.conversation("conv") is not None


async def test_a_command_that_reads_locks_no_server_out(path: Path) -> None:
    async with reading(path) as beside:
        log = await open_log(path)
        await log.write(lambda tx: begin(tx, "conv"))
        assert await beside.conversation("conv") is not None
        await log.close()


async def test_every_write_waits_for_the_disk(log: EventLog, path: Path) -> None:
    settings = await log.write(
        lambda tx: {
            name: tx._connection.execute(f"PRAGMA {name}").fetchone()[0]
            for name in ("journal_mode", "synchronous", "foreign_keys", "secure_delete")
        }
    )

    assert settings == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "secure_delete": 1}


async def test_a_full_disk_acknowledges_nothing_and_later_goes_on(log: EventLog) -> None:
    await say(log, "before", key="1")
    pages = await log.write(lambda tx: tx._connection.execute("PRAGMA page_count").fetchone()[0])
    await log.write(lambda tx: tx._connection.execute(f"PRAGMA max_page_count={pages}").fetchone())

    results = await asyncio.gather(*(say(log, "x" * 9000, key=f"full {i}") for i in range(5)), return_exceptions=True)
    await log.write(lambda tx: tx._connection.execute("PRAGMA max_page_count=1000000").fetchone())
    after = await say(log, "after", key="2")

    assert {type(result) for result in results} == {LogUnwritable}
    assert after.seq == 2
    assert len(await log.read.events_after("conv", 0, "staff")) == 2


async def test_a_caller_that_goes_away_does_not_stop_the_write(log: EventLog) -> None:
    writing = asyncio.create_task(say(log, "hello", key="1"))
    await asyncio.sleep(0)
    writing.cancel()
    await asyncio.gather(writing, return_exceptions=True)

    again = await say(log, "hello", key="1")

    assert again.duplicate


async def test_an_erased_conversation_leaves_no_byte_behind(log: EventLog, path: Path) -> None:
    photo = PhotoBlock(upload_id="up_canary", url="u", thumbnail_url="t", width=1, height=1)
    words = TextBlock(text="the canary sings")
    await log.write(lambda tx: begin(tx, "other"))
    await say(log, "somebody else", key="1", conversation="other")
    await log.write(lambda tx: changes.receive(tx, "conv", client_id="k", blocks=(words, photo)))
    before = b"".join(file.read_bytes() for file in path.parent.iterdir())

    photos = await log.erase("conv")

    after = b"".join(file.read_bytes() for file in path.parent.iterdir())
    assert photos == ("up_canary",)
    assert b"canary" in before
    assert b"canary" not in after
    assert b"visitor of conv" not in after
    assert b"somebody else" in after
    with pytest.raises(NotFound):
        await log.erase("conv")


def test_the_migrations_make_the_tables_of_the_code(path: Path) -> None:
    migrate(path)
    migrate(path)

    with create_engine(f"sqlite:///{path}").connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []
