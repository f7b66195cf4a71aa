"""The shop's records at the end of a case: what they are, what they should be, and how the two differ."""

from __future__ import annotations

import json
import shutil
import sqlite3
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

from retrieval.documents import Findings, Product, Query
from server.testing.expecting import Difference
from server.testing.fixtures import Change, End, SignedIn
from tools.adapters.sqlite import SqliteShop
from tools.errors import ToolError
from tools.policy.reading import read_policy
from tools.policy.tables import NOTHING_OFFERED
from tools.quotes import Confirmed, Quote, digest_of
from tools.records import Assurance, CustomerScope
from tools.registry import read_arguments, shop_tools
from tools.results import Err
from tools.spec import ToolContext

Records = Mapping[str, Any]
TABLES = ("customers", "orders", "subscriptions")
_UNORDERED = ("item_ids", "swaps")  # which goods of a return or an exchange were named first


def records_of(database: Path) -> Records:
    """Customers, orders and subscriptions by table and id, and what is to be sent to whom."""
    with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as connection:
        found: dict[str, Any] = {
            table: {id_: json.loads(record) for id_, record in connection.execute(f"select id, record from {table}")}
            for table in TABLES
        }
        sent = connection.execute("select kind, email, order_id from outbox order by id").fetchall()
        return found | {"outbox": [list(row) for row in sent]}


def writes_in(database: Path) -> int:
    """How many changes the shop's ledger has."""
    with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as connection:
        count: int = connection.execute("select count(*) from writes").fetchone()[0]
        return count


async def end_differences(
    end: End,
    *,
    database: Path,
    before: Path,
    policy: Path | None,
    now: Callable[[], datetime],
    beside: Path,
    signed_in: SignedIn | None,
    write_snapshots: bool = False,
) -> list[Difference]:
    """What is otherwise in the shop than a case's `end` says; with `write_snapshots`, the snapshot is written anew."""
    found = []
    if end.ledger is not None and (written := writes_in(database)) != end.ledger:
        found.append(Difference(f"{end.ledger} changes in the ledger", str(written)))
    if end.database is None:
        return found
    records = records_of(database)
    if end.database.snapshot is not None:
        return found + list(_unlike_snapshot(beside / end.database.snapshot, records, write_snapshots))
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(shutil.copy(before, folder))
        try:
            await make_changes(end.database.changes or (), copy, policy, now, signed_in)
        except ToolError as error:
            return [*found, Difference("changes that the shop allows", str(error))]
        return found + list(diff(records_of(copy), records))


def _unlike_snapshot(path: Path, records: Records, write: bool) -> Iterator[Difference]:
    if write:
        path.write_text(json.dumps(records, ensure_ascii=False, indent=1) + "\n", "utf-8")
    if not path.exists():
        yield Difference(f"a snapshot {path.name} beside the script", "no such file; --write-snapshots writes it")
        return
    try:
        wanted = json.loads(path.read_bytes())
    except ValueError as error:
        yield Difference(f"JSON in the snapshot {path.name}", str(error))
        return
    yield from diff(wanted, records)


def diff(wanted: Any, got: Any, where: str = "") -> Iterator[Difference]:
    """Every value that differs, with the names that lead to it."""
    if isinstance(wanted, Mapping) and isinstance(got, Mapping):
        for name in dict.fromkeys((*wanted, *got)):
            yield from diff(wanted.get(name), got.get(name), f"{where} {name}".strip())
    elif isinstance(wanted, list) and isinstance(got, list) and len(wanted) == len(got):
        if where.endswith(_UNORDERED):
            wanted, got = sorted(wanted, key=json.dumps), sorted(got, key=json.dumps)
        for place, (one, other) in enumerate(zip(wanted, got, strict=True), 1):
            yield from diff(one, other, f"{where} [{place}]")
    elif wanted != got:
        yield Difference(f"in the shop: {where} {_shown(wanted)}", _shown(got))


async def make_changes(
    changes: tuple[Change, ...],
    database: Path,
    policy: Path | None,
    now: Callable[[], datetime],
    signed_in: SignedIn | None,
) -> None:
    """Make changes as the shop's own tools do: quoted, confirmed, carried out; `ToolError` where one is refused."""
    shop = SqliteShop(database, read_policy(policy) if policy else NOTHING_OFFERED, now)
    tools = shop_tools()
    for number, change in enumerate(changes, 1):
        scope = CustomerScope(assurance=Assurance.ACCOUNT, customer_id=_owner(change, database, signed_in))
        context = ToolContext(shop, _Nothing(), _Nothing(), scope, "wanted", "en", now)
        preview = await tools.preview(change.name, change.arguments, context)
        if isinstance(preview, Err) or not isinstance(preview.value, Quote):
            raise ToolError(f"{change.name}: {preview.message if isinstance(preview, Err) else 'no change'}")
        digest = digest_of(change.name, read_arguments(tools[change.name], change.arguments))
        yes = Confirmed(f"call-{number}", digest, preview.value.version)
        result = await tools.call(change.name, change.arguments, replace(context, confirmed=yes))
        if isinstance(result, Err):
            raise ToolError(f"{change.name}: {result.message}")


def _owner(change: Change, database: Path, signed_in: SignedIn | None) -> str | None:
    """Whose change it is: as it says, or the customer who is signed in, or the one whose order it is."""
    if change.customer or signed_in:
        return change.customer or (signed_in.id if signed_in else None)
    order = records_of(database)["orders"].get(str(change.arguments.get("order_id")))
    return str(order["customer_id"]) if order else None


class _Nothing:
    """A change needs no search and no catalogue."""

    async def search(self, query: Query) -> Findings:
        return Findings((), answered=False, probability=0.0)

    def product(self, product_id: str) -> Product | None:
        return None


def _shown(value: Any) -> str:
    return "nothing" if value is None else json.dumps(value, ensure_ascii=False)
