"""What waits for a slow client: bounded, in order, and never without what is stored."""

from __future__ import annotations

import asyncio

from server.connection import Item, Outbox
from server.wire.server import Status, StreamDelta


def stored(number: int, size: int = 100) -> Item:
    return Item(f"event {number}", size)


def delta(number: int) -> Item:
    return Item(StreamDelta(message_id="m", i=number, text=f"{number} "), 110)


STATUS = Item(Status(turn_id="t", stage="searching", text="…"), 200)


async def contents(outbox: Outbox) -> list[object]:
    return [(await outbox.pop()).content for _ in range(len(outbox))]


async def test_a_client_that_keeps_up_gets_every_delta() -> None:
    outbox = Outbox(max_events=8)

    pushed = [outbox.push(each) for each in (delta(0), delta(1), STATUS)]

    assert pushed == [True, True, True]
    assert len(outbox) == 3


async def test_a_slow_client_gets_deltas_merged_and_no_status() -> None:
    outbox = Outbox(max_events=8)

    for each in (stored(1), STATUS, delta(0), delta(1), delta(2), stored(2), delta(3)):
        assert outbox.push(each)

    assert await contents(outbox) == [
        "event 1",
        StreamDelta(message_id="m", i=0, text="0 1 2 ", n=3),
        "event 2",
        StreamDelta(message_id="m", i=3, text="3 "),
    ]


async def test_what_is_stored_is_never_dropped_but_does_not_always_fit() -> None:
    outbox = Outbox(max_events=4)

    pushed = [outbox.push(stored(number)) for number in range(5)]

    assert pushed == [True, True, True, True, False]


async def test_bytes_are_bounded_too() -> None:
    outbox = Outbox(max_bytes=1000)

    pushed = [outbox.push(stored(number, size=400)) for number in range(3)]

    assert pushed == [True, True, False]


async def test_a_million_deltas_take_no_more_room_than_their_text() -> None:
    outbox = Outbox()

    fits = [outbox.push(delta(number)) for number in range(5000)]

    assert all(fits)
    assert len(outbox) <= 256


async def test_who_waits_for_room_goes_on_when_the_client_has_read() -> None:
    outbox = Outbox(max_events=8)
    for number in range(4):
        outbox.push(stored(number))
    waiting = asyncio.create_task(outbox.room())

    await asyncio.sleep(0)
    waited = not waiting.done()
    await outbox.pop()
    await outbox.pop()

    await asyncio.wait_for(waiting, 1)
    assert waited
