"""The tables of a shop in an SQLite file, and what of them is in a customer's scope."""

from __future__ import annotations

import json
import sqlite3
import unicodedata
from datetime import date
from typing import Any

from tools.adapters.catalogue_tables import variants_of
from tools.changes import Change, ChangeSubscription, ModifyAccountAddress, ModifyAccountEmail
from tools.errors import NotFound
from tools.order_numbers import normalise
from tools.policy.facts import Holding
from tools.records import Assurance, Customer, CustomerScope, Order, PaymentMethod, Subscription

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
create table if not exists subscriptions (
    id text primary key,
    customer_id text not null references customers (id),
    record text not null
) strict;
create table if not exists promo_codes (
    code text primary key,
    record text not null
) strict;
create table if not exists outbox (
    id integer primary key,
    kind text not null,
    email text not null,
    order_id text,
    at text not null
) strict;
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

IN_SCOPE = """(
    customer_id = :customer and (
        :assurance >= :account
        or (:assurance >= :order_level and id in (select value from json_each(:orders)))
    )
)"""


def scope_values(scope: CustomerScope) -> dict[str, Any]:
    return {
        "customer": scope.customer_id,
        "assurance": scope.assurance,
        "account": Assurance.ACCOUNT,
        "order_level": Assurance.ORDER,
        "orders": json.dumps(sorted(scope.order_ids)),
    }


def holding_of(connection: sqlite3.Connection, change: Change, scope: CustomerScope, today: date) -> Holding:
    """What is in scope of the change; `NotFound` where its order, subscription or account is not."""
    values = scope_values(scope)
    order: Order | None = None
    subscription: Subscription | None = None
    match change:
        case ModifyAccountAddress() | ModifyAccountEmail():
            if scope.assurance < Assurance.ACCOUNT:
                raise NotFound("there is no such customer", record="customer")
        case ChangeSubscription():
            row = connection.execute(
                """select record from subscriptions
                   where id = :id and customer_id = :customer and :assurance >= :account""",
                {"id": change.subscription_id, **values},
            ).fetchone()
            if row is None:
                raise NotFound("this customer has no such subscription", record="subscription")
            subscription = Subscription.model_validate_json(row[0])
        case _:
            row = connection.execute(
                f"select record from orders where id = :order and {IN_SCOPE}",
                {"order": order_key(change.order_id), **values},
            ).fetchone()
            if row is None:
                raise NotFound("this customer has no such order", record="order")
            order = Order.model_validate_json(row[0])
    products = {line.product_id for line in order.lines} if order else set()
    owner = connection.execute("select record from customers where id = :customer", values).fetchone()
    if owner is None:
        raise NotFound("there is no such customer", record="customer")
    return Holding(
        customer=Customer.model_validate_json(owner[0]),
        assurance=scope.assurance,
        today=today,
        order=order,
        methods=methods_of(connection, scope),
        variants=tuple(v for product_id in sorted(products) for v in variants_of(connection, product_id)),
        subscription=subscription,
    )


def methods_of(connection: sqlite3.Connection, scope: CustomerScope) -> tuple[PaymentMethod, ...]:
    """The account's payment methods; for single orders those that they were paid with."""
    values = scope_values(scope)
    row = connection.execute(
        "select record from customers where id = :customer and :assurance >= :order_level", values
    ).fetchone()
    if row is None:
        return ()
    methods = Customer.model_validate_json(row[0]).payment_methods
    if scope.assurance >= Assurance.ACCOUNT:
        return methods
    orders = connection.execute(f"select record from orders where {IN_SCOPE}", values).fetchall()
    used = {payment.method_id for (record,) in orders for payment in Order.model_validate_json(record).payments}
    return tuple(method for method in methods if method.id in used)


def order_key(text: str) -> str:
    """The id as it is kept; what is no order number at all is nobody's order."""
    try:
        return normalise(text)
    except ValueError:
        return text


def code_key(text: str) -> str:
    return "".join(unicodedata.normalize("NFKC", text).split()).upper()


def email_key(text: str) -> str:
    return unicodedata.normalize("NFKC", text).strip().casefold()
