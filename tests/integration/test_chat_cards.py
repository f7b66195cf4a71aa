"""A change over the real socket: its card, its buttons, two pages that press at once, and a person who takes over."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from acting_shop import NOW, PENDING, SIGNED_IN
from chat_server import ChatServer, Client, running
from turn_parts import Parts

from agent.card import OPEN_MINUTES
from tools.adapters.sqlite import SqliteShop

ASKED = f"Please cancel order {PENDING}, I no longer need it. I am anna.keller@example.com"


@pytest.fixture
def parts(shop: SqliteShop) -> Parts:
    return Parts(shop=shop, now=NOW)


@pytest.fixture
async def server(tmp_path: Path, parts: Parts) -> AsyncIterator[ChatServer]:
    async with running(tmp_path, turn=parts.turn()) as server:
        yield server


async def with_card(client: Client) -> dict[str, Any]:
    """The message that carries the card, and the card's id as what a press names."""
    await client.say(ASKED)
    await client.next("turn.ended")
    message = next(e["data"] for e in reversed(client.events) if e["type"] == "message.created")
    card = next(block for block in message["blocks"] if block["type"] == "confirm")
    return {"message_id": message["message_id"], "action_id": card["id"]}


def settled(client: Client) -> list[str]:
    return [event["data"]["outcome"] for event in client.events if event["type"] == "confirmation.settled"]


async def test_the_button_on_a_card_makes_the_change(server: ChatServer, shop: SqliteShop) -> None:
    client = await server.client(await server.session()).open()
    press = await with_card(client)

    await client.send("message.action", {**press, "value": "yes"})
    await client.next("confirmation.settled")
    await client.next("turn.ended")

    assert settled(client) == ["done"]
    assert (await shop.order(PENDING, SIGNED_IN)).status == "cancelled"
    assert not [event for event in client.events if event["type"] in ("confirmation.asked", "confirmation.given")]


async def test_a_yes_after_the_card_expired_writes_nothing_and_is_told_so(
    server: ChatServer, shop: SqliteShop, parts: Parts
) -> None:
    client = await server.client(await server.session()).open()
    press = await with_card(client)

    parts.now += timedelta(minutes=OPEN_MINUTES)
    await client.send("message.action", {**press, "value": "yes"})
    await client.next("turn.ended")

    told = [event["data"]["blocks"] for event in client.events if event["type"] == "message.created"]
    assert settled(client) == ["expired"]
    assert "That card has expired, so nothing was changed." in str(told[-1])
    assert (await shop.order(PENDING, SIGNED_IN)).status == "pending"


async def test_two_pages_that_press_the_same_card_at_once_make_one_change(server: ChatServer, shop: SqliteShop) -> None:
    session = await server.session()
    first = await server.client(session).open()
    again = await server.session(visitor_token=session["visitor_token"])
    second = await server.client(again).open(cid=session["conversation_id"])
    press = await with_card(first)

    pages = (("press-1", first), ("press-2", second))
    await asyncio.gather(*(page.send("message.action", {**press, "value": "yes"}, key) for key, page in pages))
    await first.next("confirmation.settled", outcome="done")
    await asyncio.sleep(0.5)

    order = await shop.order(PENDING, SIGNED_IN)
    assert order.status == "cancelled"
    assert [payment.kind for payment in order.payments] == ["payment", "refund"]


async def test_a_button_that_the_card_does_not_have_is_refused(server: ChatServer) -> None:
    client = await server.client(await server.session()).open()
    press = await with_card(client)

    await client.send("message.action", {**press, "value": "maybe"})

    assert (await client.next("error"))["data"]["code"] == "not_found"


async def test_a_card_from_before_a_person_was_asked_for_no_longer_counts(server: ChatServer, shop: SqliteShop) -> None:
    client = await server.client(await server.session()).open()
    press = await with_card(client)
    await client.send("handoff.request", {})
    await client.next("control.changed")

    await client.send("message.action", {**press, "value": "yes"})
    await client.send("handoff.cancel", {})
    await client.next("confirmation.settled", outcome="replaced")

    assert (await shop.order(PENDING, SIGNED_IN)).status == "pending"
