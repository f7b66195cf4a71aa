"""Writes to a shop whose API has no idempotency keys: our policy and quote, and a ledger of what was begun and done.

A write is written down before the shop is asked (with the quote that was confirmed) and again when it has answered. If
we die between the two, the same key finds what was begun: the shop is asked whether the order is already as it was to
become, and only if it is not, it is asked again. That holds for every change offered here, because each brings an order
to a state that it does not leave by the same change. One process writes at a time, as everywhere with embedded stores.
"""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import ClassVar, Protocol, TypeVar
from weakref import WeakValueDictionary

from tools.changes import (
    CancelOrder,
    Change,
    ChangeSubscription,
    ExchangeItems,
    ModifyAccountAddress,
    ModifyAccountEmail,
    ModifyItems,
    ModifyOrderAddress,
    ReturnItems,
)
from tools.errors import KeyReused, NotFound, QuoteChanged, Refused, ShopUnavailable
from tools.policy.facts import Holding
from tools.policy.tables import NOT_OFFERED, Policy
from tools.quotes import Quote, Receipt, WriteKey
from tools.quoting import quote
from tools.records import Customer, CustomerScope, Order, PaymentMethod, Variant

T = TypeVar("T")

SCHEMA = """
create table if not exists remote_writes (
    conversation_id text not null,
    call_id text not null,
    digest text not null,
    quote text not null,
    receipt text,
    primary key (conversation_id, call_id)
) strict;
"""


class Remote(Protocol):
    """What an adapter gives: reads in scope, and a change made on the shop."""

    offers: ClassVar[frozenset[type[Change]]]

    async def customer(self, scope: CustomerScope) -> Customer: ...

    async def owner(self, order: Order | None, scope: CustomerScope) -> Customer:
        """The customer as far as this scope may know them."""
        ...

    async def order(self, order_id: str, scope: CustomerScope) -> Order: ...

    async def payment_methods(self, scope: CustomerScope) -> tuple[PaymentMethod, ...]: ...

    async def variants(self, product_id: str) -> tuple[Variant, ...]: ...

    async def perform(self, change: Change, quote: Quote, scope: CustomerScope, note: str) -> None:
        """Make the change; `Refused` where the shop will not. `note` names the write for the shop's people."""
        ...


@dataclass(frozen=True, slots=True)
class Begun:
    """A line of the ledger."""

    digest: str
    quote: Quote
    receipt: Receipt | None


class RemoteWrites:
    """Quotes changes by our policy, and makes them at most once a key."""

    def __init__(self, remote: Remote, policy: Policy, path: Path, clock: Callable[[], datetime]) -> None:
        self._remote = remote
        self._policy = policy
        self._path = path
        self._clock = clock
        self._locks: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()
        self._run(lambda connection: connection.executescript(SCHEMA))

    async def quote(self, change: Change, scope: CustomerScope) -> Quote:
        if type(change) not in self._remote.offers:
            raise Refused(f"{change.operation}.not_offered", NOT_OFFERED)
        return quote(change, await self._holding(change, scope), self._policy)

    async def apply(self, change: Change, scope: CustomerScope, key: WriteKey, version: str) -> Receipt:
        lock = self._locks.setdefault(key.token, asyncio.Lock())
        async with lock:
            begun = await asyncio.to_thread(self._look, key)
            if begun is None:
                begun = Begun(key.digest, await self._confirmed(change, scope, version), None)
                await asyncio.to_thread(self._begin, key, begun.quote)
                there = False
            elif begun.digest != key.digest:
                raise KeyReused("this call was made with other arguments before; a new change needs a new call")
            elif begun.receipt is not None:
                return begun.receipt.model_copy(update={"repeated": True})
            else:
                there = await self._is_there(change, begun.quote, scope)
            if not there:
                await self._perform(change, begun.quote, scope, key)
            receipt = await self._receipt(change, begun.quote, scope, key)
            await asyncio.to_thread(self._finish, key, receipt)
            return receipt.model_copy(update={"repeated": there})

    async def _confirmed(self, change: Change, scope: CustomerScope, version: str) -> Quote:
        quoted = await self.quote(change, scope)
        if quoted.version != version:
            raise QuoteChanged("the shop has changed since the customer said yes; show them what it is now")
        return quoted

    async def _perform(self, change: Change, quoted: Quote, scope: CustomerScope, key: WriteKey) -> None:
        try:
            await self._remote.perform(change, quoted, scope, f"vitrine {key.token[:16]}")
        except ShopUnavailable:  # nobody knows what the shop has done: the line stays
            raise
        except Exception:
            await asyncio.to_thread(self._forget, key)
            raise

    async def _is_there(self, change: Change, quoted: Quote, scope: CustomerScope) -> bool:
        """Whether the shop is already as the change would make it."""
        match change:
            case CancelOrder() | ReturnItems() | ExchangeItems():
                return (await self._remote.order(change.order_id, scope)).status == quoted.status
            case ModifyItems():
                return (await self._remote.order(change.order_id, scope)).items_modified
            case ModifyOrderAddress():
                return (await self._remote.order(change.order_id, scope)).address == quoted.address
            case ModifyAccountAddress():
                return (await self._remote.customer(scope)).address == quoted.address
            case ModifyAccountEmail():
                return (await self._remote.customer(scope)).email.casefold() == quoted.email.casefold()
            case _:
                return False

    async def _receipt(self, change: Change, quoted: Quote, scope: CustomerScope, key: WriteKey) -> Receipt:
        order = await self._remote.order(quoted.order_id, scope) if quoted.order_id else None
        reference = f"V-{key.token[:8].upper()}"
        return Receipt(operation=change.operation, reference=reference, at=self._clock(), quote=quoted, order=order)

    async def _holding(self, change: Change, scope: CustomerScope) -> Holding:
        order: Order | None = None
        match change:
            case ModifyAccountAddress() | ModifyAccountEmail():
                await self._remote.customer(scope)
            case ChangeSubscription():
                raise NotFound("this customer has no such subscription", record="subscription")
            case _:
                order = await self._remote.order(change.order_id, scope)
        swaps = order is not None and isinstance(change, ExchangeItems | ModifyItems)
        products = dict.fromkeys(line.product_id for line in order.lines) if order and swaps else {}
        variants = [variant for product in products for variant in await self._remote.variants(product)]
        return Holding(
            customer=await self._remote.owner(order, scope),
            assurance=scope.assurance,
            today=self._clock().date(),
            order=order,
            methods=await self._remote.payment_methods(scope),
            variants=tuple(variants),
        )

    def _look(self, key: WriteKey) -> Begun | None:
        def read(connection: sqlite3.Connection) -> Begun | None:
            row = connection.execute(
                "select digest, quote, receipt from remote_writes where conversation_id = ? and call_id = ?",
                (key.conversation_id, key.call_id),
            ).fetchone()
            if row is None:
                return None
            receipt = None if row[2] is None else Receipt.model_validate_json(row[2])
            return Begun(row[0], Quote.model_validate_json(row[1]), receipt)

        return self._run(read)

    def _begin(self, key: WriteKey, quoted: Quote) -> None:
        line = (key.conversation_id, key.call_id, key.digest, quoted.model_dump_json())
        self._run(lambda connection: connection.execute("insert into remote_writes values (?, ?, ?, ?, null)", line))

    def _finish(self, key: WriteKey, receipt: Receipt) -> None:
        line = (receipt.model_dump_json(), key.conversation_id, key.call_id)
        update = "update remote_writes set receipt = ? where conversation_id = ? and call_id = ?"
        self._run(lambda connection: connection.execute(update, line))

    def _forget(self, key: WriteKey) -> None:
        delete = "delete from remote_writes where conversation_id = ? and call_id = ?"
        self._run(lambda connection: connection.execute(delete, (key.conversation_id, key.call_id)))

    def _run(self, work: Callable[[sqlite3.Connection], T]) -> T:
        try:
            with closing(sqlite3.connect(self._path, timeout=5, isolation_level=None)) as connection:
                connection.execute("pragma journal_mode = wal")
                connection.execute("pragma synchronous = full")
                return work(connection)
        except sqlite3.DatabaseError as error:
            raise ShopUnavailable(f"the ledger of writes does not answer: {error}") from error
