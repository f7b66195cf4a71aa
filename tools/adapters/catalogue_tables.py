"""Reads variants from the catalogue's tables, which lie in the same SQLite file as the shop's own."""

from __future__ import annotations

import json
import sqlite3
from decimal import Decimal

from tools.records import Variant


def variants_of(connection: sqlite3.Connection, product_id: str) -> tuple[Variant, ...]:
    """What the product comes in, with today's prices; a product without variants is its own only one."""
    try:
        row = connection.execute(
            "select title, price, availability, stock, variants from products where id = ?", (product_id,)
        ).fetchone()
    except sqlite3.OperationalError:  # a shop whose catalogue has not been imported yet
        return ()
    if row is None:
        return ()
    title, price, availability, stock, variants = row
    sold = availability == "in stock"
    rows = json.loads(variants) or [{"id": product_id, "options": {}, "price": price, "stock": stock}]
    return tuple(
        Variant(
            id=variant["id"],
            product_id=product_id,
            title=title,
            options=variant["options"],
            price=Decimal(variant["price"]),
            available=sold and (variant["stock"] is None or variant["stock"] > 0),
            stock=variant["stock"],
        )
        for variant in rows
    )
