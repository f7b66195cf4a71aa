"""The books of what was written: which call, with which arguments, gave which receipt. One line a write, for good."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from tools.errors import KeyReused, ShopUnavailable
from tools.quotes import Receipt, WriteKey

BUSY_SECONDS = 5.0
# Writes to our own file, and (`tools.adapters.remote_writes`) to a shop elsewhere.
TABLES = {"writes", "remote_writes"}

SCHEMA = """
create table if not exists writes (
    conversation_id text not null,
    call_id text not null,
    digest text not null,
    receipt text not null,
    primary key (conversation_id, call_id)
) strict;
"""


def written(connection: sqlite3.Connection, key: WriteKey) -> Receipt | None:
    """The receipt of the write of that key, or None; `KeyReused` where its call wrote something else."""
    row = connection.execute(
        "select digest, receipt from writes where conversation_id = ? and call_id = ?",
        (key.conversation_id, key.call_id),
    ).fetchone()
    if row is None:
        return None
    if row[0] != key.digest:
        raise KeyReused("this call was made with other arguments before; a new change needs a new call")
    return Receipt.model_validate_json(row[1]).model_copy(update={"repeated": True})


def write_down(connection: sqlite3.Connection, key: WriteKey, receipt: Receipt) -> None:
    """Keep the receipt; belongs in the transaction of the write itself, so that neither is there without the other."""
    connection.execute(
        "insert into writes values (?, ?, ?, ?)",
        (key.conversation_id, key.call_id, key.digest, receipt.model_dump_json()),
    )


def forget_writes(path: Path, conversation_id: str) -> None:
    """Erase a conversation's receipts from a ledger's file, so that no byte of them stays; the orders keep their state.

    A file without a ledger is left alone. `ShopUnavailable` where the file does not answer.
    """
    if not path.exists():
        return
    try:
        with closing(sqlite3.connect(path, timeout=BUSY_SECONDS, isolation_level=None)) as connection:
            connection.execute("pragma secure_delete = on")
            tables = {row[0] for row in connection.execute("select name from sqlite_schema where type = 'table'")}
            for table in sorted(TABLES & tables):
                connection.execute(f"delete from {table} where conversation_id = ?", (conversation_id,))
            connection.execute("pragma wal_checkpoint(truncate)")
    except sqlite3.DatabaseError as error:
        raise ShopUnavailable(f"the ledger of writes does not answer: {error}") from error
