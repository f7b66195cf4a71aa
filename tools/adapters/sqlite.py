"""A shop in an SQLite file: customers, orders and shipping options beside the catalogue's own tables.

A change, its line in the ledger and what is to be sent because of it are one transaction. Every query on orders and
customers carries the scope in its SQL, so a record outside it never leaves the file.
"""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

from tools import ledger
from tools.adapters.catalogue_tables import variants_of
from tools.adapters.shop_tables import (
    IN_SCOPE,
    SCHEMA,
    code_key,
    email_key,
    holding_of,
    methods_of,
    order_key,
    scope_values,
)
from tools.changes import (
    Change,
    ExchangeItems,
    ModifyAccountEmail,
    ReturnItems,
    SendInvoice,
)
from tools.errors import BadArguments, NotFound, QuoteChanged, ShopUnavailable
from tools.policy.facts import Holding
from tools.policy.tables import NOTHING_OFFERED, Policy
from tools.quotes import Quote, Receipt, WriteKey
from tools.quoting import quote
from tools.records import (
    Assurance,
    Customer,
    CustomerScope,
    Order,
    PaymentMethod,
    PromoCode,
    ShippingOption,
    Subscription,
    Variant,
)
from tools.refusals import refused
from tools.settling import Settled, settle

BUSY_SECONDS = 5.0
REFERENCE = "V-"

T = TypeVar("T")


class SqliteShop:
    """The Shop port on a file; the tables are made on opening. Safe to use from many tasks and processes at once.

    Each call opens its own connection in a worker thread: readers never wait for one another, and the file is not held
    between calls. A file that cannot be read raises `ShopUnavailable`.
    """

    def __init__(
        self, path: Path, policy: Policy = NOTHING_OFFERED, clock: Callable[[], datetime] = lambda: datetime.now(UTC)
    ) -> None:
        self._path = path
        self._policy = policy
        self._clock = clock
        with self._connection() as connection:
            connection.execute("pragma journal_mode = wal")
            connection.executescript(SCHEMA + ledger.SCHEMA)

    async def verify(self, *, email: str, order_id: str) -> CustomerScope | None:
        rows = await self._read(
            """select orders.id, orders.customer_id from orders join customers on customers.id = orders.customer_id
               where orders.id = :order and customers.email_key = :email""",
            {"order": order_key(order_id), "email": email_key(email)},
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
            f"select record from orders where {IN_SCOPE} order by placed_at desc, id", scope_values(scope)
        )
        return tuple(Order.model_validate_json(record) for (record,) in rows)

    async def order(self, order_id: str, scope: CustomerScope) -> Order:
        rows = await self._read(
            f"select record from orders where id = :order and {IN_SCOPE}",
            {"order": order_key(order_id), **scope_values(scope)},
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

    async def subscriptions(self, scope: CustomerScope) -> tuple[Subscription, ...]:
        rows = await self._read(
            """select record from subscriptions where customer_id = :customer and :assurance >= :account
               order by id""",
            scope_values(scope),
        )
        return tuple(Subscription.model_validate_json(record) for (record,) in rows)

    async def promo_code(self, code: str) -> PromoCode | None:
        rows = await self._read("select record from promo_codes where code = :code", {"code": code_key(code)})
        return PromoCode.model_validate_json(rows[0][0]) if rows else None

    async def payment_methods(self, scope: CustomerScope) -> tuple[PaymentMethod, ...]:
        return await asyncio.to_thread(self._reading, lambda connection: methods_of(connection, scope))

    async def variants(self, product_id: str) -> tuple[Variant, ...]:
        return await asyncio.to_thread(self._reading, lambda connection: variants_of(connection, product_id))

    async def quote(self, change: Change, scope: CustomerScope) -> Quote:
        return await asyncio.to_thread(self._reading, lambda connection: self._quoted(connection, change, scope)[0])

    async def apply(self, change: Change, scope: CustomerScope, key: WriteKey, version: str) -> Receipt:
        return await asyncio.to_thread(self._apply, change, scope, key, version)

    def _apply(self, change: Change, scope: CustomerScope, key: WriteKey, version: str) -> Receipt:
        with self._connection() as connection:
            # The lock comes first: of two that write at once, the second finds what the first has written down.
            connection.execute("begin immediate")
            known = ledger.written(connection, key)
            if known is not None:
                return known
            quote, held = self._quoted(connection, change, scope)
            if quote.version != version:
                raise QuoteChanged("the shop has changed since the customer said yes; show them what it is now")
            settled = settle(change, quote, held)
            self._keep(connection, settled)
            self._post(connection, change, held)
            receipt = Receipt(
                operation=change.operation,
                reference=f"{REFERENCE}{key.token[:8].upper()}",
                at=self._clock(),
                quote=quote,
                order=settled.order,
            )
            ledger.write_down(connection, key, receipt)
            connection.execute("commit")
        return receipt

    def _quoted(self, connection: sqlite3.Connection, change: Change, scope: CustomerScope) -> tuple[Quote, Holding]:
        held = holding_of(connection, change, scope, self._clock().date())
        return quote(change, held, self._policy), held

    def _keep(self, connection: sqlite3.Connection, settled: Settled) -> None:
        if settled.order is not None:
            connection.execute(
                "update orders set status = ?, record = ? where id = ?",
                (settled.order.status, settled.order.model_dump_json(), settled.order.id),
            )
        if (customer := settled.customer) is not None:
            try:
                connection.execute(
                    "update customers set email_key = ?, record = ? where id = ?",
                    (email_key(customer.email), customer.model_dump_json(), customer.id),
                )
            except sqlite3.IntegrityError:
                raise refused("email_taken") from None
        if (subscription := settled.subscription) is not None:
            connection.execute(
                "update subscriptions set record = ? where id = ?", (subscription.model_dump_json(), subscription.id)
            )

    def _post(self, connection: sqlite3.Connection, change: Change, held: Holding) -> None:
        """What is to be sent because of the change. The shop's own mailer takes it from the outbox."""
        order_id = held.order.id if held.order else None
        kinds = {SendInvoice: "invoice", ReturnItems: "return_label", ExchangeItems: "return_label"}
        kind = kinds.get(type(change), "email_changed" if isinstance(change, ModifyAccountEmail) else None)
        if kind is not None:
            connection.execute(
                "insert into outbox (kind, email, order_id, at) values (?, ?, ?, ?)",
                (kind, held.customer.email, order_id, self._clock().isoformat()),
            )

    async def load(
        self,
        *,
        customers: Iterable[Customer] = (),
        orders: Iterable[Order] = (),
        shipping_options: Iterable[ShippingOption] = (),
        subscriptions: Iterable[Subscription] = (),
        promo_codes: Iterable[PromoCode] = (),
    ) -> None:
        """Put records into the shop, all or none; one whose id is there already is replaced.

        `BadArguments` where an order's customer is missing, or two customers share an e-mail address.
        """
        await asyncio.to_thread(
            self._load,
            tuple(customers),
            tuple(orders),
            tuple(shipping_options),
            tuple(subscriptions),
            tuple(promo_codes),
        )

    def _load(
        self,
        customers: tuple[Customer, ...],
        orders: tuple[Order, ...],
        options: tuple[ShippingOption, ...],
        subscriptions: tuple[Subscription, ...],
        promo_codes: tuple[PromoCode, ...],
    ) -> None:
        with self._connection() as connection:
            connection.execute("begin immediate")
            connection.executemany(
                "insert into promo_codes values (?, ?) on conflict (code) do update set record = excluded.record",
                [(code_key(held.code), held.model_dump_json()) for held in promo_codes],
            )
            connection.executemany(
                """insert into customers values (?, ?, ?)
                   on conflict (id) do update set email_key = excluded.email_key, record = excluded.record""",
                [(customer.id, email_key(customer.email), customer.model_dump_json()) for customer in customers],
            )
            connection.executemany(
                """insert into orders values (?, ?, ?, ?, ?)
                   on conflict (id) do update set customer_id = excluded.customer_id, placed_at = excluded.placed_at,
                                                  status = excluded.status, record = excluded.record""",
                [
                    (
                        order_key(order.id),
                        order.customer_id,
                        order.placed_at.astimezone(UTC).isoformat(),
                        order.status,
                        order.model_dump_json(),
                    )
                    for order in orders
                ],
            )
            connection.executemany(
                """insert into subscriptions values (?, ?, ?)
                   on conflict (id) do update set customer_id = excluded.customer_id, record = excluded.record""",
                [(held.id, held.customer_id, held.model_dump_json()) for held in subscriptions],
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

    def _reading(self, read: Callable[[sqlite3.Connection], T]) -> T:
        """Several reads of one moment."""
        with self._connection() as connection:
            connection.execute("begin")
            return read(connection)

    @contextmanager
    def _connection(self) -> Iterator[sqlite3.Connection]:
        """A connection for one call; closing it rolls back what was not committed."""
        try:
            with closing(sqlite3.connect(self._path, timeout=BUSY_SECONDS, isolation_level=None)) as connection:
                connection.execute("pragma foreign_keys = on")
                connection.execute("pragma synchronous = full")  # what was acknowledged survives a power cut
                yield connection
        except sqlite3.IntegrityError as error:
            raise BadArguments(f"these records do not fit together: {error}") from error
        except sqlite3.DatabaseError as error:
            raise ShopUnavailable(f"the shop's file does not answer: {error}") from error
