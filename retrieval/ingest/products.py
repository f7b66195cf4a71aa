"""Reads a shop's product file in any of the formats that shops export."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

from retrieval.documents import Product, Variant
from retrieval.errors import BadImport
from retrieval.ingest import merchant, shopify
from retrieval.ingest.fields import (
    availability_of,
    id_of,
    picture_of,
    price_of,
    required,
    stock_of,
    text_of,
    without_markup,
)
from retrieval.ingest.parsed import Fault, Notes, Parsed, Said
from retrieval.ingest.records import Record, json_lines, layout_of, read_text, table

REQUIRED = ("id", "title", "price")
_OWN_FIELDS = frozenset(
    (
        "id",
        "title",
        "description",
        "price",
        "currency",
        "image",
        "url",
        "category",
        "brand",
        "availability",
        "stock",
        "group",
        "attributes",
        "variants",
    )
)
MAX_VARIANTS = 500


def read_products(
    path: Path, *, source: str = "", pictures: Path | None = None, currency: str = "EUR", allow_urls: bool = False
) -> Parsed[Product]:
    """The products in a generic CSV or JSON-lines file, a Shopify export, or a Google Merchant feed (XML or TSV).

    `source` names the file in problems and in the catalogue (its own name by default); relative pictures start from
    `pictures` (the file's folder by default); `currency` is for prices that name none. A row that cannot be read is
    left out and reported; a product whose picture is missing is kept without it. Raises `BadImport` where no row
    can be read: no text, no known format, or required columns missing.
    """
    notes = Notes(source or path.name)
    text = read_text(path)
    folder = pictures or path.parent
    return notes.parsed(_rows(_records(path, text, notes, currency), notes, folder, currency, allow_urls))


def _records(path: Path, text: str, notes: Notes, currency: str) -> Iterable[Record]:
    """Records in the generic columns, whatever the file's own format is."""
    match layout_of(text):
        case "xml":
            return merchant.from_xml(path, notes)
        case "jsonl":
            return json_lines(path, text, notes)
        case "table":
            columns, records = table(path, text, notes)
    if shopify.recognises(columns):
        return shopify.products(records, notes, currency)
    if merchant.recognises(columns):
        return merchant.from_table(records)
    missing = [name for name in REQUIRED if name not in columns]
    if missing:
        raise BadImport(
            f"{path.name}:1: expected the columns {', '.join(REQUIRED)}, a Shopify export or a Google Merchant feed; "
            f"missing {', '.join(missing)}, got {', '.join(columns[:20])}"
        )
    return records


def _rows(records: Iterable[Record], notes: Notes, folder: Path, currency: str, allow_urls: bool) -> dict[str, Product]:
    rows: dict[str, Product] = {}
    first_line: dict[str, int] = {}
    for record in records:
        row_id = ""
        try:
            row_id = id_of(record.values)
            if row_id in first_line:
                raise Fault("id", f"an id that appears once (it was on line {first_line[row_id]})", row_id)
            first_line[row_id] = record.line
            image = _picture(record, notes, folder, allow_urls)
            rows[row_id] = _product(row_id, record.values, image, currency)
        except Fault as fault:
            notes.refuse(record.line, fault, row_id)
    return rows


def _picture(record: Record, notes: Notes, folder: Path, allow_urls: bool) -> str:
    try:
        return picture_of(record.values.get("image"), folder, allow_urls=allow_urls)
    except Fault as fault:
        notes.remark(record.line, fault)
        return ""


def _product(row_id: str, values: Mapping[str, Any], image: str, currency: str) -> Product:
    currency = text_of("currency", values.get("currency")).upper() or currency
    if not re.fullmatch(r"[A-Z]{3}", currency):
        raise Fault("currency", "a code of three letters such as EUR", currency)
    price, currency = price_of("price", required("price", values), currency)
    variants = _variants(row_id, values.get("variants"), price, currency)
    stock = stock_of("stock", values.get("stock"))
    if stock is None and variants and all(variant.stock is not None for variant in variants):
        stock = sum(variant.stock or 0 for variant in variants)
    return Product(
        id=row_id,
        title=required("title", values),
        description=without_markup(text_of("description", values.get("description"))),
        price=price,
        currency=currency,
        image=image,
        url=_link(text_of("url", values.get("url"))),
        category=text_of("category", values.get("category")),
        brand=text_of("brand", values.get("brand")),
        availability=availability_of("availability", values.get("availability"), stock),
        group=text_of("group", values.get("group")),
        attributes=_attributes(values),
        variants=variants,
        stock=stock,
    )


def _link(url: str) -> str:
    """A web address or a path in the shop; anything else (`javascript:` above all) is a trap in a product card."""
    if url and not re.match(r"(https?://|/(?!/))", url, re.IGNORECASE):
        raise Fault("url", "an address that starts with http://, https:// or /", url)
    return url


def _attributes(values: Mapping[str, Any]) -> dict[str, str]:
    given = values.get("attributes") or {}
    if not isinstance(given, Mapping):
        raise Fault("attributes", "an object of names and values", given)
    further = {name: value for name, value in values.items() if name and name not in _OWN_FIELDS}
    named = {attribute_name(name): text_of(str(name), value) for name, value in {**further, **given}.items()}
    return {name: value for name, value in named.items() if value}


def attribute_name(name: object) -> str:
    """Lower case, words joined by `_`, and one spelling of colour."""
    joined = "_".join(str(name).lower().split())
    return {"color": "colour"}.get(joined, joined)


def _variants(row_id: str, given: Any, price: Decimal, currency: str) -> tuple[Variant, ...]:
    if isinstance(given, str) and given:
        try:
            given = json.loads(given, parse_float=Decimal)
        except (json.JSONDecodeError, RecursionError):
            raise Fault("variants", "a JSON list", given) from None
    if not given:
        return ()
    if not isinstance(given, list) or not all(isinstance(entry, dict) for entry in given):
        raise Fault("variants", "a list of objects", given)
    if len(given) > MAX_VARIANTS:
        raise Fault("variants", f"at most {MAX_VARIANTS}", len(given))
    variants = tuple(_variant(f"{row_id}-{number}", entry, price, currency) for number, entry in enumerate(given, 1))
    if len({variant.id for variant in variants}) < len(variants):
        raise Fault("variants", "a different id for each", [variant.id for variant in variants])
    return variants


def _variant(default_id: str, entry: Mapping[str, Any], price: Decimal, currency: str) -> Variant:
    options = entry.get("options") or {}
    if not isinstance(options, dict):
        raise Fault("variants", "options as an object of names and values", options)
    if entry.get("price") is not None:
        price, its_currency = price_of("variants", entry["price"], currency)
        if its_currency != currency:
            raise Fault("variants", f"prices in {currency}", Said(its_currency))
    return Variant(
        id=text_of("variants", entry.get("id")) or default_id,
        options={attribute_name(name): text_of("variants", value) for name, value in options.items()},
        price=price,
        stock=stock_of("variants", entry.get("stock")),
    )
