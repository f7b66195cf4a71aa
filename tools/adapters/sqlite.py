"""A shop in an SQLite file: customers, orders and shipping options beside the catalogue's own tables.

Every query on orders and customers carries the scope in its SQL, so a record outside it never leaves the file.
"""

from __future__ import annotations

import asyncio
import json
import sqlite3
import unicodedata
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from datetime import UTC
from pathlib import Path
from typing import Any

from tools.errors import BadArguments, NotFound, ShopUnavailable
from tools.order_numbers import normalise
from tools.records import Assurance, Customer, CustomerScope, Order, ShippingOption

BUSY_SECONDS = 5.0

SCHEMA = """
create table if not exists customers (
    id text primary key,
    email_key text not null unique,
    record text not null
) strict;
create table if not exists orders (
    id text primary key,
    customer_id text not null references customers (id),
    placed_at text not null,
    status text not null,
    record text not null
) strict;
create index if not exists orders_of_customer on orders (customer_id, placed_at desc);
create table if not exists shipping_options (
    id text primary key,
    position integer not null,
    record text not null
) strict;
create table if not exists shipping_countries (
    option_id text not null references shipping_options (id),
    country text not null,
    primary key (country, option_id)
) strict;
"""


class SqliteShop:
    """The Shop port on a file; the tables are made on opening. Safe to use from many tasks and processes at once.

    Each call opens its own connection in a worker thread: readers never wait for one another, and the file is not held
    between calls. A file that cannot be read raises `ShopUnavailable`.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        with self._connection() as connection:
            connection.execute("pragma journal_mode = wal")
            connection.executescript(SCHEMA)

    async def verify(self, *, email: str, order_id: str) -> CustomerScope | None:
        rows = await self._read(
            """select orders.id, orders.customer_id from orders join customers on customers.id = orders.customer_id
               where orders.id = :order and customers.email_key = :email""",
            {"order": _order_id(order_id), "email": _email_key(email)},
        )
        if not rows:
            return None
        return CustomerScope(assurance=Assurance.ORDER, customer_id=rows[0][1], order_ids=frozenset({rows[0][0]}))

    async def customer(self, scope: CustomerScope) -> Customer:
        rows = await self._read(
            "select record from customers where id = :customer and :assurance >= :account",
            {"customer": scope.customer_id, "assurance": scope.assurance, "account": Assurance.ACCOUNT},
        )
        if not rows:
            raise NotFound("there is no such customer", record="customer")
        return Customer.model_validate_json(rows[0][0])

    async def orders(self, scope: CustomerScope) -> tuple[Order, ...]:
        rows = await self._read(
            f"select record from orders where {IN_SCOPE} order by placed_at desc, id", _scope(scope)
        )
        return tuple(Order.model_validate_json(record) for (record,) in rows)

    async def order(self, order_id: str, scope: CustomerScope) -> Order:
        rows = await self._read(
            f"select record from orders where id = :order and {IN_SCOPE}",
            {"order": _order_id(order_id), **_scope(scope)},
        )
        if not rows:
            raise NotFound("this customer has no such order", record="order")
        return Order.model_validate_json(rows[0][0])

    async def shipping_options(self, country: str | None = None) -> tuple[ShippingOption, ...]:
        rows = await self._read(
            """select record from shipping_options where :country is null
               or id in (select option_id from shipping_countries where country = :country) order by position""",
            {"country": country.upper() if country else None},
        )
        return tuple(ShippingOption.model_validate_json(record) for (record,) in rows)

    async def load(
        self,
        *,
        customers: Iterable[Customer] = (),
        orders: Iterable[Order] = (),
        shipping_options: Iterable[ShippingOption] = (),
    ) -> None:
        """Put records into the shop, all or none; one whose id is there already is replaced.

        `BadArguments` where an order's customer is missing, or two customers share an e-mail address.
        """
        await asyncio.to_thread(self._load, tuple(customers), tuple(orders), tuple(shipping_options))

    def _load(
        self, customers: tuple[Customer, ...], orders: tuple[Order, ...], options: tuple[ShippingOption, ...]
    ) -> None:
        with self._connection() as connection:
            connection.execute("begin immediate")
            connection.executemany(
                """insert into customers values (?, ?, ?)
                   on conflict (id) do update set email_key = excluded.email_key, record = excluded.record""",
                [(customer.id, _email_key(customer.email), customer.model_dump_json()) for customer in customers],
            )
            connection.executemany(
                """insert into orders values (?, ?, ?, ?, ?)
                   on conflict (id) do update set customer_id = excluded.customer_id, placed_at = excluded.placed_at,
                                                  status = excluded.status, record = excluded.record""",
                [
                    (
                        _order_id(order.id),
                        order.customer_id,
                        order.placed_at.astimezone(UTC).isoformat(),
                        order.status,
                        order.model_dump_json(),
                    )
                    for order in orders
                ],
            )
            for position, option in enumerate(options):
                connection.execute("delete from shipping_countries where option_id = ?", (option.id,))
                connection.execute(
                    """insert into shipping_options values (?, ?, ?)
                       on conflict (id) do update set position = excluded.position, record = excluded.record""",
                    (option.id, position, option.model_dump_json()),
                )
                connection.executemany(
                    "insert into shipping_countries values (?, ?)",
                    [(option.id, country.upper()) for country in option.countries],
                )
            connection.execute("commit")

    async def _read(self, query: str, values: dict[str, Any]) -> list[tuple[Any, ...]]:
        return await asyncio.to_thread(self._rows, query, values)

    def _rows(self, query: str, values: dict[str, Any]) -> list[tuple[Any, ...]]:
        with self._connection() as connection:
            return connection.execute(query, values).fetchall()

    @contextmanager
    def _connection(self) -> Iterator[sqlite3.Connection]:
        """A connection for one call; closing it rolls back what was not committed."""
        try:
            with closing(sqlite3.connect(self._path, timeout=BUSY_SECONDS, isolation_level=None)) as connection:
                connection.execute("pragma foreign_keys = on")
                yield connection
        except sqlite3.IntegrityError as error:
            raise BadArguments(f"these records do not fit together: {error}") from error
        except sqlite3.DatabaseError as error:
            raise ShopUnavailable(f"the shop's file does not answer: {error}") from error


IN_SCOPE = """(
    customer_id = :customer and (
        :assurance >= :account
        or (:assurance >= :order_level and id in (select value from json_each(:orders)))
    )
)"""


def _scope(scope: CustomerScope) -> dict[str, Any]:
    return {
        "customer": scope.customer_id,
        "assurance": scope.assurance,
        "account": Assurance.ACCOUNT,
        "order_level": Assurance.ORDER,
        "orders": json.dumps(sorted(scope.order_ids)),
    }


def _order_id(text: str) -> str:
    """The id as it is kept; what is no order number at all is nobody's order."""
    try:
        return normalise(text)
    except ValueError:
        return text


def _email_key(text: str) -> str:
    return unicodedata.normalize("NFKC", text).strip().casefold()
