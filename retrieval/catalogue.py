"""The shop's products and FAQ in SQLite: the source of truth that the index can always be made from again."""

from __future__ import annotations

import hashlib
import json
import sqlite3
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any, Generic, TypeVar

from retrieval.documents import Faq, Kind, Product, Variant
from retrieval.ingest.parsed import Parsed, Problem

# `source` is the file a row came from: the next import of that file removes the rows that are gone from it.
_SCHEMA = """
CREATE TABLE IF NOT EXISTS products (
    id TEXT PRIMARY KEY, source TEXT NOT NULL, hash TEXT NOT NULL,
    title TEXT NOT NULL, description TEXT NOT NULL, price TEXT NOT NULL, currency TEXT NOT NULL, image TEXT NOT NULL,
    url TEXT NOT NULL, category TEXT NOT NULL, brand TEXT NOT NULL, availability TEXT NOT NULL,
    product_group TEXT NOT NULL, stock INTEGER, attributes TEXT NOT NULL, variants TEXT NOT NULL
) STRICT;
CREATE TABLE IF NOT EXISTS faq (
    id TEXT PRIMARY KEY, source TEXT NOT NULL, hash TEXT NOT NULL,
    question TEXT NOT NULL, answer TEXT NOT NULL, category TEXT NOT NULL, language TEXT NOT NULL, variants TEXT NOT NULL
) STRICT;
"""
_IDS_A_QUERY = 500

Row = TypeVar("Row", Product, Faq)


@dataclass(frozen=True, slots=True)
class ImportReport:
    """What an import did: ids by what became of them, and what was wrong with the file."""

    source: str
    added: tuple[str, ...]
    changed: tuple[str, ...]
    removed: tuple[str, ...]
    unchanged: int
    problems: tuple[Problem, ...]

    def __str__(self) -> str:
        return (
            f"{self.source}: {len(self.added)} added, {len(self.changed)} changed, {len(self.removed)} removed, "
            f"{self.unchanged} unchanged, {len(self.problems)} problems"
        )


@dataclass(frozen=True, slots=True)
class _Table(Generic[Row]):
    """How a value lies in its table."""

    name: str
    columns: tuple[str, ...]
    cells: Callable[[Row], tuple[Any, ...]]
    value: Callable[[tuple[Any, ...]], Row]

    @property
    def selection(self) -> str:
        return f"SELECT id, {', '.join(self.columns)} FROM {self.name}"


class Catalogue:
    """Products and FAQ by id, in the order in which they first came; for use from any thread. Imports take turns."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._path = path
        self._local = threading.local()
        self._connections: list[sqlite3.Connection] = []
        self._guard = threading.Lock()
        self._writing = threading.Lock()
        self._connection().executescript(_SCHEMA)

    def products(self) -> tuple[Product, ...]:
        return tuple(self._all(_PRODUCTS))

    def faqs(self) -> tuple[Faq, ...]:
        return tuple(self._all(_FAQ))

    def product(self, product_id: str) -> Product | None:
        return self._some(_PRODUCTS, (product_id,)).get(product_id)

    def faq(self, faq_id: str) -> Faq | None:
        return self._some(_FAQ, (faq_id,)).get(faq_id)

    def documents(self, kind: Kind, ids: Iterable[str]) -> dict[str, Product | Faq]:
        """The documents of those ids that the shop (still) has."""
        if kind == "product":
            return dict(self._some(_PRODUCTS, tuple(ids)))
        return dict(self._some(_FAQ, tuple(ids)))

    def counts(self) -> dict[Kind, int]:
        """How many products and FAQ entries there are."""
        connection = self._connection()
        return {
            "product": connection.execute("SELECT count(*) FROM products").fetchone()[0],
            "faq": connection.execute("SELECT count(*) FROM faq").fetchone()[0],
        }

    def import_products(self, parsed: Parsed[Product], *, keep: bool = False) -> ImportReport:
        """Make the catalogue say what a product file says; the same file twice changes nothing.

        Rows that came from the same source and are gone from it are removed, unless `keep`; rows of other sources stay.
        A row that the file has but that could not be read keeps what the catalogue knew of it.
        """
        return self._import(_PRODUCTS, parsed, keep)

    def import_faq(self, parsed: Parsed[Faq], *, keep: bool = False) -> ImportReport:
        """The same for a FAQ file."""
        return self._import(_FAQ, parsed, keep)

    def close(self) -> None:
        """Close every thread's connection."""
        with self._guard:
            for connection in self._connections:
                connection.close()
            self._connections.clear()
        self._local = threading.local()

    def _import(self, table: _Table[Row], parsed: Parsed[Row], keep: bool) -> ImportReport:
        with self._writing, self._transaction() as connection:
            known = {
                row_id: (source, digest)
                for row_id, source, digest in connection.execute(f"SELECT id, source, hash FROM {table.name}")
            }
            added: list[str] = []
            changed: list[str] = []
            written: list[tuple[Any, ...]] = []
            for row in parsed.rows:
                cells: tuple[Any, ...] = table.cells(row)
                digest = hashlib.sha256(json.dumps(cells, ensure_ascii=False).encode()).hexdigest()
                if row.id not in known:
                    added.append(row.id)
                elif known[row.id][1] != digest:
                    changed.append(row.id)
                elif known[row.id][0] == parsed.source:
                    continue
                written.append((row.id, parsed.source, digest, *cells))
            removed = [] if keep or parsed.unnamed else self._gone(known, parsed)
            _write(connection, table, written)
            connection.executemany(f"DELETE FROM {table.name} WHERE id = ?", [(row_id,) for row_id in removed])
        unchanged = len(parsed.rows) - len(added) - len(changed)
        return ImportReport(parsed.source, tuple(added), tuple(changed), tuple(removed), unchanged, parsed.problems)

    @staticmethod
    def _gone(known: dict[str, tuple[str, str]], parsed: Parsed[Any]) -> list[str]:
        there = {row.id for row in parsed.rows} | parsed.refused
        return [row_id for row_id, (source, _) in known.items() if source == parsed.source and row_id not in there]

    def _all(self, table: _Table[Row]) -> Iterator[Row]:
        return map(table.value, self._connection().execute(f"{table.selection} ORDER BY rowid"))

    def _some(self, table: _Table[Row], ids: tuple[str, ...]) -> dict[str, Row]:
        found: dict[str, Row] = {}
        for start in range(0, len(ids), _IDS_A_QUERY):
            some = ids[start : start + _IDS_A_QUERY]
            marks = ", ".join("?" * len(some))
            for cells in self._connection().execute(f"{table.selection} WHERE id IN ({marks})", some):
                found[cells[0]] = table.value(cells)
        return found

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        connection = self._connection()
        connection.execute("BEGIN IMMEDIATE")
        try:
            yield connection
        except BaseException:
            connection.rollback()
            raise
        connection.commit()

    def _connection(self) -> sqlite3.Connection:
        connection: sqlite3.Connection | None = getattr(self._local, "connection", None)
        if connection is None:
            # Another thread closes it at the end; otherwise each thread keeps to its own.
            connection = sqlite3.connect(self._path, timeout=10, isolation_level=None, check_same_thread=False)
            connection.execute("PRAGMA journal_mode=WAL")
            connection.execute("PRAGMA synchronous=FULL")
            self._local.connection = connection
            with self._guard:
                self._connections.append(connection)
        return connection


def _write(connection: sqlite3.Connection, table: _Table[Any], rows: list[tuple[Any, ...]]) -> None:
    columns = ("id", "source", "hash", *table.columns)
    replaced = ", ".join(f"{column} = excluded.{column}" for column in columns[1:])
    connection.executemany(
        f"INSERT INTO {table.name} ({', '.join(columns)}) VALUES ({', '.join('?' * len(columns))}) "
        f"ON CONFLICT (id) DO UPDATE SET {replaced}",
        rows,
    )


def _product_cells(product: Product) -> tuple[Any, ...]:
    variants = [
        {"id": v.id, "options": dict(v.options), "price": str(v.price), "stock": v.stock} for v in product.variants
    ]
    return (
        product.title, product.description, str(product.price), product.currency, product.image, product.url,
        product.category, product.brand, product.availability, product.group, product.stock,
        json.dumps(dict(product.attributes), ensure_ascii=False), json.dumps(variants, ensure_ascii=False),
    )  # fmt: skip


def _product(cells: tuple[Any, ...]) -> Product:
    (row_id, title, description, price, currency, image, url, category, brand, availability, group, stock,
     attributes, variants) = cells  # fmt: skip
    return Product(
        id=row_id, title=title, description=description, price=Decimal(price), currency=currency, image=image, url=url,
        category=category, brand=brand, availability=availability, group=group, stock=stock,
        attributes=json.loads(attributes),
        variants=tuple(
            Variant(id=v["id"], options=v["options"], price=Decimal(v["price"]), stock=v["stock"])
            for v in json.loads(variants)
        ),
    )  # fmt: skip


def _faq_cells(faq: Faq) -> tuple[Any, ...]:
    return faq.question, faq.answer, faq.category, faq.language, json.dumps(faq.variants, ensure_ascii=False)


def _faq(cells: tuple[Any, ...]) -> Faq:
    row_id, question, answer, category, language, variants = cells
    return Faq(row_id, question, answer, category, language, tuple(json.loads(variants)))


_PRODUCTS = _Table(
    "products",
    ("title", "description", "price", "currency", "image", "url", "category", "brand", "availability", "product_group",
     "stock", "attributes", "variants"),
    _product_cells,
    _product,
)  # fmt: skip
_FAQ = _Table("faq", ("question", "answer", "category", "language", "variants"), _faq_cells, _faq)
