"""The shop in an SQLite file."""

from __future__ import annotations

import asyncio
import sqlite3
from pathlib import Path

import pytest
from small_shop import (
    ANNA,
    ANNA_BY_ORDER,
    ANNA_SIGNED_IN,
    ANNAS,
    ANNAS_NEWER,
    BENS,
    STANDARD,
    an_order,
    open_shop,
)

from tools.adapters.sqlite import SqliteShop
from tools.errors import BadArguments, NotFound, ShopUnavailable
from tools.records import Customer


async def test_records_come_back_as_they_were_loaded(tmp_path: Path) -> None:
    shop = await open_shop(tmp_path)

    assert await shop.customer(ANNA_SIGNED_IN) == ANNA
    assert await shop.orders(ANNA_SIGNED_IN) == (ANNAS_NEWER, ANNAS)
    assert await shop.order("w10428", ANNA_BY_ORDER) == ANNAS
    assert await shop.shipping_options("de") == (STANDARD,)


async def test_loading_twice_changes_nothing(tmp_path: Path) -> None:
    await open_shop(tmp_path)

    shop = await open_shop(tmp_path)

    assert await shop.orders(ANNA_SIGNED_IN) == (ANNAS_NEWER, ANNAS)
    assert await shop.shipping_options() == (STANDARD,)


async def test_loading_again_replaces_a_record(tmp_path: Path) -> None:
    shop = await open_shop(tmp_path)
    cancelled = ANNAS_NEWER.model_copy(update={"status": "cancelled"})

    await shop.load(orders=[cancelled])

    assert await shop.order("#W10430", ANNA_SIGNED_IN) == cancelled


async def test_a_load_that_fails_leaves_nothing_behind(tmp_path: Path) -> None:
    shop = await open_shop(tmp_path)

    with pytest.raises(BadArguments, match="do not fit together"):
        await shop.load(orders=[an_order("#W10440", "C-1"), an_order("#W10441", "C-404")])

    with pytest.raises(NotFound):
        await shop.order("#W10440", ANNA_SIGNED_IN)


async def test_two_customers_cannot_share_an_address(tmp_path: Path) -> None:
    shop = await open_shop(tmp_path)

    with pytest.raises(BadArguments, match="do not fit together"):
        await shop.load(customers=[Customer(id="C-9", name="Eve", email="ANNA.keller@example.com")])


async def test_many_read_while_one_writes(tmp_path: Path) -> None:
    shop = await open_shop(tmp_path)

    async def write() -> None:
        for number in range(20):
            await shop.load(orders=[an_order(f"#W3{number:04}", "C-2")])

    async def read() -> None:
        for _ in range(20):
            assert await shop.orders(ANNA_SIGNED_IN) == (ANNAS_NEWER, ANNAS)

    await asyncio.gather(write(), *(read() for _ in range(8)))


async def test_the_catalogues_tables_in_the_same_file_stay(tmp_path: Path) -> None:
    path = tmp_path / "shop.sqlite3"
    with sqlite3.connect(path) as connection:
        connection.execute("create table products (id text)")
        connection.execute("insert into products values ('MUG-1041')")
    connection.close()

    shop = await open_shop(tmp_path)

    assert (
        await shop.order(
            "#W20001", ANNA_BY_ORDER.model_copy(update={"customer_id": "C-2", "order_ids": frozenset({"#W20001"})})
        )
        == BENS
    )
    with sqlite3.connect(path) as connection:
        assert connection.execute("select id from products").fetchall() == [("MUG-1041",)]
    connection.close()


def test_a_file_that_cannot_be_opened_is_said_so(tmp_path: Path) -> None:
    with pytest.raises(ShopUnavailable, match="the shop's file does not answer"):
        SqliteShop(tmp_path / "absent" / "shop.sqlite3")


def test_a_file_that_is_no_database_is_said_so(tmp_path: Path) -> None:
    path = tmp_path / "shop.sqlite3"
    path.write_text("id,title\nMUG,Mug\n" * 100)

    with pytest.raises(ShopUnavailable, match="the shop's file does not answer"):
        SqliteShop(path)
