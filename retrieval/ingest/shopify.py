"""Shopify's product CSV, in its old and its new column names: one product over several rows, joined by its handle."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import groupby
from typing import Any

from retrieval.ingest.fields import price_of, stock_of, without_markup
from retrieval.ingest.parsed import NOTHING, Fault, Notes
from retrieval.ingest.records import Record

_OLD_NAMES = {
    "url handle": "handle",
    "description": "body (html)",
    "sku": "variant sku",
    "price": "variant price",
    "inventory quantity": "variant inventory qty",
    "inventory tracker": "variant inventory tracker",
    "continue selling when out of stock": "variant inventory policy",
    "product image url": "image src",
    "image position": "image position",
    "barcode": "variant barcode",
    "published on online store": "published",
}
_OPTIONS = (1, 2, 3)
_VARIANT_FIELDS = ("id", "options", "price", "stock")


def recognises(columns: Iterable[str]) -> bool:
    """Whether a table's header is that of a Shopify export."""
    return {"handle", "variant price"} <= {_OLD_NAMES.get(column, column) for column in columns}


def products(records: Iterable[Record], notes: Notes, currency: str) -> Iterator[Record]:
    """One record a product in our own columns; drafts and what is not published are left out."""
    renamed = (Record(r.line, {_OLD_NAMES.get(name, name): value for name, value in r.values.items()}) for r in records)
    for handle, rows in groupby(renamed, key=lambda record: str(record.values.get("handle", ""))):
        together = list(rows)
        first = together[0]
        if not handle:
            notes.refuse(first.line, Fault("handle", "a value", NOTHING), "")
        elif _is_public(first.values):
            yield _joined(handle, together, notes, currency)


def _is_public(values: Mapping[str, Any]) -> bool:
    return values.get("status", "active").lower() in ("active", "") and values.get("published", "").lower() != "false"


def _joined(handle: str, rows: list[Record], notes: Notes, currency: str) -> Record:
    first = rows[0].values
    names = {number: first.get(f"option{number} name") or f"option {number}" for number in _OPTIONS}
    variants = [variant for row in rows if (variant := _variant(row, names, notes, currency)) is not None]
    pictures = sorted((_position(row.values), row.values["image src"]) for row in rows if row.values.get("image src"))
    only = len(variants) == 1 and not variants[0]["options"]
    values: dict[str, Any] = {
        "id": handle,
        "title": first.get("title", ""),
        "description": without_markup(first.get("body (html)", "")),
        "price": min((variant["price"] for variant in variants), default=""),
        "image": pictures[0][1] if pictures else "",
        "category": first.get("type") or first.get("product category", "").split(">")[-1].strip(),
        "brand": first.get("vendor", ""),
        "url": f"/products/{handle}",
        "availability": "in stock" if any(variant["sold"] for variant in variants) else "out of stock",
        "tags": first.get("tags", "").replace(",", " |"),
        "sku": first.get("variant sku", "") if only else "",
        "barcode": first.get("variant barcode", "") if only else "",
        "stock": variants[0]["stock"] if only else None,
        "variants": [] if only else [{name: variant[name] for name in _VARIANT_FIELDS} for variant in variants],
    }
    return Record(rows[0].line, values)


def _variant(row: Record, names: Mapping[int, str], notes: Notes, currency: str) -> dict[str, Any] | None:
    """The variant on a row, or None where the row only adds a picture or its price cannot be read."""
    values = row.values
    if not values.get("variant price"):
        return None
    try:
        price, _ = price_of("variant price", values["variant price"], currency)
        tracked = bool(values.get("variant inventory tracker"))
        stock = stock_of("variant inventory qty", values.get("variant inventory qty")) if tracked else None
    except Fault as fault:
        notes.remark(row.line, fault)
        return None
    chosen = {names[number]: values.get(f"option{number} value", "") for number in _OPTIONS}
    goes_on = values.get("variant inventory policy", "").lower() in ("continue", "true")
    return {
        "id": values.get("variant sku") or None,
        "options": {name: value for name, value in chosen.items() if value and value != "Default Title"},
        "price": price,
        "stock": stock,
        "sold": stock is None or stock > 0 or goes_on,
    }


def _position(values: Mapping[str, Any]) -> int:
    position = values.get("image position", "")
    return int(position) if position.isdigit() else 0
