"""The books of what was written: which call, with which arguments, gave which receipt. One line a write, for good."""

from __future__ import annotations

import sqlite3

from tools.errors import KeyReused
from tools.quotes import Receipt, WriteKey

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
