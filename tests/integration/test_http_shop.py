"""The adapter for a shop's own server, against a real one that follows docs/shop-api.md."""

from __future__ import annotations

import asyncio
import json
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import shop_api
from acting_shop import (
    ANNA,
    BY_ORDER,
    CARD,
    COFFEE,
    FOREIGN,
    ORDERS,
    PENDING,
    SHIPPED,
    SIGNED_IN,
    an_order,
    open_shop,
)
from local_api import running

from tools.adapters.http import HttpShop
from tools.adapters.sqlite import SqliteShop
from tools.changes import CancelOrder, ModifyItems, ReturnItems
from tools.errors import KeyReused, NotFound, QuoteChanged, Refused, ShopUnavailable
from tools.quotes import WriteKey, digest_of
from tools.records import Assurance, CustomerScope, Swap

CANCEL = CancelOrder(order_id=PENDING, reason="no longer needed")
LARGER = ModifyItems(order_id=PENDING, swaps=(Swap(item_id="PLT-1-S", new_item_id="PLT-1-L"),))


def key_of(change: Any, call_id: str | None = None) -> WriteKey:
    return WriteKey("c1", call_id or uuid.uuid4().hex, digest_of(change.operation, change))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("api")


@pytest.fixture(scope="module")
def address(folder: Path) -> Iterator[str]:
    with running("shop_api", folder / "shop.sqlite3") as url:
        yield url


@pytest.fixture
async def kept(folder: Path) -> SqliteShop:
    """The records behind the server, as new."""
    return await open_shop(folder)


@pytest.fixture
async def shop(address: str, kept: SqliteShop) -> AsyncIterator[HttpShop]:
    shop = HttpShop(address, shop_api.KEY)
    yield shop
    await shop.close()


async def test_records_come_through_whole(shop: HttpShop, kept: SqliteShop) -> None:
    assert await shop.customer(SIGNED_IN) == ANNA
    assert await shop.orders(SIGNED_IN) == await kept.orders(SIGNED_IN)
    assert await shop.order(PENDING, BY_ORDER) == ORDERS[0]
    assert await shop.subscriptions(SIGNED_IN) == (COFFEE,)
    assert await shop.variants("PLT-1") == await kept.variants("PLT-1")
    assert await shop.variants("NO-1") == ()
    assert await shop.shipping_options("DE") == ()
    assert await shop.promo_code("NOPE") is None


async def test_an_order_and_its_address_prove_that_order_alone(shop: HttpShop) -> None:
    scope = await shop.verify(email="Anna.Keller@example.com", order_id=PENDING)

    assert scope == CustomerScope(assurance=Assurance.ORDER, customer_id="C-1", order_ids=frozenset({PENDING}))
    assert await shop.verify(email="ben.li@example.com", order_id=PENDING) is None
    assert await shop.payment_methods(scope) == (CARD,)


@pytest.mark.parametrize("order_id", [FOREIGN, "#W99999", SHIPPED])
async def test_an_order_out_of_scope_is_not_there(shop: HttpShop, order_id: str) -> None:
    with pytest.raises(NotFound):
        await shop.order(order_id, BY_ORDER)
    with pytest.raises(NotFound):
        await shop.quote(CancelOrder(order_id=order_id, reason="other"), BY_ORDER)


async def test_a_change_is_quoted_made_once_and_its_receipt_given_again(shop: HttpShop, kept: SqliteShop) -> None:
    quote, key = await shop.quote(LARGER, SIGNED_IN), key_of(LARGER)

    receipts = await asyncio.gather(*(shop.apply(LARGER, SIGNED_IN, key, quote.version) for _ in range(5)))

    assert quote.price_difference == Decimal("6.00")
    assert sorted(receipt.repeated for receipt in receipts) == [False, True, True, True, True]
    assert len((await kept.order(PENDING, SIGNED_IN)).payments) == 2


async def test_what_the_shop_refuses_comes_with_its_sentence(shop: HttpShop) -> None:
    with pytest.raises(Refused) as refused:
        await shop.quote(ReturnItems(order_id=PENDING, item_ids=("MUG-1",)), SIGNED_IN)

    assert refused.value.rule == "return_items.not-sent-yet"
    assert refused.value.sentence.zh == f"订单 {PENDING} 尚未送达，暂时无法退货。"


async def test_a_stale_yes_and_a_used_key_are_refused(shop: HttpShop) -> None:
    old = await shop.quote(CANCEL, SIGNED_IN)
    key = key_of(LARGER)
    await shop.apply(LARGER, SIGNED_IN, key, (await shop.quote(LARGER, SIGNED_IN)).version)

    with pytest.raises(QuoteChanged):
        await shop.apply(CANCEL, SIGNED_IN, key_of(CANCEL), old.version)
    with pytest.raises(KeyReused):
        await shop.apply(CANCEL, SIGNED_IN, key_of(CANCEL, key.call_id), old.version)


async def test_a_wrong_key_is_a_shop_that_does_not_answer(address: str, kept: SqliteShop) -> None:
    shop = HttpShop(address, "another key")

    with pytest.raises(ShopUnavailable, match="does not accept our key"):
        await shop.orders(SIGNED_IN)

    await shop.close()


async def test_nobody_there_is_a_shop_that_does_not_answer() -> None:
    shop = HttpShop("http://127.0.0.1:9", "key")

    with pytest.raises(ShopUnavailable, match="does not answer"):
        await shop.orders(SIGNED_IN)

    await shop.close()


Reply = Callable[[asyncio.StreamWriter], Awaitable[None]]


async def answering(reply: Reply, ask: Callable[[HttpShop], Awaitable[object]]) -> None:
    """One question to a server that answers just this."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        await reply(writer)
        writer.close()

    async with await asyncio.start_server(serve, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        shop = HttpShop(f"http://127.0.0.1:{port}", "key", seconds=0.5)
        try:
            await ask(shop)
        finally:
            await shop.close()


def saying(status: str, body: bytes) -> Reply:
    async def reply(writer: asyncio.StreamWriter) -> None:
        head = f"HTTP/1.1 {status}\r\nContent-Length: {len(body)}\r\nLocation: /x\r\nConnection: close\r\n\r\n"
        writer.write(head.encode() + body)
        await writer.drain()

    return reply


async def silence(writer: asyncio.StreamWriter) -> None:
    await asyncio.sleep(2)


SOMEONE_ELSES = json.dumps([an_order(PENDING, "pending", owner="C-2").model_dump(mode="json")]).encode()


@pytest.mark.parametrize(
    "reply",
    [
        saying("200 OK", b"<html>"),
        saying("200 OK", b'[{"id": 7}]'),
        saying("200 OK", b'"' + b"x" * 6_000_000 + b'"'),
        saying("302 Found", b""),
        saying("418 Teapot", b"{}"),
        saying("429 Too Many", b"{}"),
        saying("503 Later", b"{}"),
        saying("409 Conflict", b'{"code": "refused", "rule": "x"}'),
        silence,
    ],
    ids=["html", "misfit", "huge", "redirect", "teapot", "busy", "down", "no sentence", "silent"],
)
async def test_an_answer_that_is_none_of_the_contracts_is_no_answer(reply: Reply) -> None:
    with pytest.raises(ShopUnavailable):
        await answering(reply, lambda shop: shop.orders(SIGNED_IN))


async def test_a_server_that_hands_out_someone_elses_order_is_not_believed() -> None:
    async def ask(shop: HttpShop) -> None:
        assert await shop.orders(SIGNED_IN) == ()

    await answering(saying("200 OK", SOMEONE_ELSES), ask)
