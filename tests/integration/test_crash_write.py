"""kill -9 around a write in the shop: however often it is sent again, it is made once."""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import random
import signal
import sqlite3
import sys
import time
from contextlib import suppress
from decimal import Decimal
from multiprocessing import forkserver
from multiprocessing.context import ForkServerContext
from pathlib import Path
from typing import Any

import pytest
from acting_shop import BY_ORDER, GIFT_CARD, PENDING, SIGNED_IN, a_key, open_shop
from shop_writer import CHANGE, write_and_wait

KILLS = 50


def forks() -> ForkServerContext:
    """Processes that start as a fork of one that has imported everything: in milliseconds, not in seconds."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["shop_writer"])
    before = os.environ.get("PYTHONPATH")
    os.environ["PYTHONPATH"] = os.pathsep.join(sys.path)  # which the fork server does not take over by itself
    try:
        forkserver.ensure_running()
    finally:
        os.environ.pop("PYTHONPATH")
        if before is not None:
            os.environ["PYTHONPATH"] = before
    return context


async def killed(folder: Path, context: ForkServerContext, seconds: float | None) -> tuple[bool, bool]:
    """One write whose process is killed: after some seconds, or (None) once its write is in the file but not answered.

    Whether the write was there when the process died, and whether it had been acknowledged.
    """
    shop = await open_shop(folder)
    quote = await shop.quote(CHANGE, SIGNED_IN)
    ours, theirs = context.Pipe()
    process = context.Process(
        target=write_and_wait, args=(folder / "shop.sqlite3", quote.version, theirs, seconds is None)
    )
    process.start()
    try:
        assert await asyncio.to_thread(ours.recv) == "ready"
        ours.send("go")
        if seconds is None:
            await written_down(folder)
        else:
            await asyncio.sleep(seconds)
        assert process.pid is not None
        with suppress(ProcessLookupError):  # it may have come to its end by itself
            os.kill(process.pid, signal.SIGKILL)
        await asyncio.to_thread(process.join)
        acknowledged = ours.poll()
    finally:
        ours.close()
        theirs.close()
    there = lines_in_the_ledger(folder) == 1

    receipts = [await shop.apply(CHANGE, SIGNED_IN, a_key(CHANGE), quote.version) for _ in range(2)]

    assert [receipt.repeated for receipt in receipts] == [there, True]
    assert receipts[0].reference == receipts[1].reference
    order, methods = await shop.order(PENDING, BY_ORDER), await shop.payment_methods(SIGNED_IN)
    assert len(order.payments) == 2
    assert order.total == Decimal("51.60")
    assert {method.id: method.balance for method in methods}[GIFT_CARD.id] == Decimal("4.00")
    assert lines_in_the_ledger(folder) == 1
    return there, acknowledged


async def written_down(folder: Path) -> None:
    async with asyncio.timeout(60):
        await asyncio.to_thread(_until_written, folder)


def _until_written(folder: Path) -> None:
    while not lines_in_the_ledger(folder):
        time.sleep(0.002)


def lines_in_the_ledger(folder: Path) -> int:
    connection = sqlite3.connect(folder / "shop.sqlite3", timeout=5)
    try:
        lines: Any = connection.execute("select count(*) from writes").fetchone()[0]
        return int(lines)
    finally:
        connection.close()


@pytest.mark.slow
async def test_a_write_whose_acknowledgement_is_lost_is_made_once(tmp_path: Path) -> None:
    context = forks()
    rounds = []
    for number in range(KILLS):
        folder = tmp_path / f"held-{number}"
        folder.mkdir()
        rounds.append(await killed(folder, context, None))

    assert rounds == [(True, False)] * KILLS


@pytest.mark.slow
async def test_a_write_that_is_cut_off_anywhere_is_made_once_in_the_end(tmp_path: Path) -> None:
    context = forks()
    chance = random.Random(4)
    rounds = []
    for number in range(KILLS):
        folder = tmp_path / f"cut-{number}"
        folder.mkdir()
        rounds.append(await killed(folder, context, chance.uniform(0, 0.06)))

    print(f"written before the kill: {sum(there for there, _ in rounds)} of {KILLS}")
    assert all(there for there, acknowledged in rounds if acknowledged)


@pytest.mark.slow
async def test_two_processes_with_the_same_yes_write_once(tmp_path: Path) -> None:
    context = forks()
    for number in range(10):
        folder = tmp_path / f"both-{number}"
        folder.mkdir()
        shop = await open_shop(folder)
        quote = await shop.quote(CHANGE, SIGNED_IN)
        pipes = [context.Pipe() for _ in range(2)]
        processes = [
            context.Process(target=write_and_wait, args=(folder / "shop.sqlite3", quote.version, theirs, False))
            for _, theirs in pipes
        ]
        for process in processes:
            process.start()
        assert [await asyncio.to_thread(ours.recv) for ours, _ in pipes] == ["ready", "ready"]
        for ours, _ in pipes:
            ours.send("go")

        assert [await asyncio.to_thread(ours.recv) for ours, _ in pipes] == ["written", "written"]

        for process in processes:
            await asyncio.to_thread(process.join)
        order, methods = await shop.order(PENDING, BY_ORDER), await shop.payment_methods(SIGNED_IN)
        assert (len(order.payments), methods[1].balance) == (2, Decimal("4.00"))
