"""Which passage lies where: its row in the vector file, its place in the token file, and what text was encoded."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

_SCHEMA = """
CREATE TABLE IF NOT EXISTS passages (
    space TEXT NOT NULL, key TEXT NOT NULL, digest TEXT NOT NULL,
    row INTEGER NOT NULL, token_start INTEGER NOT NULL, token_count INTEGER NOT NULL,
    PRIMARY KEY (space, key)
) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS spaces (name TEXT PRIMARY KEY, encoder TEXT NOT NULL, generation INTEGER NOT NULL) STRICT;
"""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a passage's vectors lie."""

    digest: str
    row: int
    token_start: int = 0
    token_count: int = 0


class Ledger:
    """Written after the files and Chroma, so that what it says is there is there."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        self._guard = threading.Lock()
        self._connection.execute("PRAGMA journal_mode=WAL")
        self._connection.executescript(_SCHEMA)

    def encoder(self, space: str) -> str | None:
        """The encoder that made the space's vectors; None where there is no such space yet."""
        found = self._connection.execute("SELECT encoder FROM spaces WHERE name = ?", (space,)).fetchone()
        return None if found is None else str(found[0])

    def generation(self, space: str) -> int:
        """The number in the names of the space's files."""
        found = self._connection.execute("SELECT generation FROM spaces WHERE name = ?", (space,)).fetchone()
        return 0 if found is None else int(found[0])

    def places(self, space: str) -> dict[str, Place]:
        rows = self._connection.execute(
            "SELECT key, digest, row, token_start, token_count FROM passages WHERE space = ?", (space,)
        )
        return {key: Place(*place) for key, *place in rows}

    def put(self, space: str, places: Mapping[str, Place]) -> None:
        with self._guard, self._connection:
            self._connection.execute("BEGIN")
            self._insert(space, places)

    def remove(self, space: str, keys: Iterable[str]) -> None:
        with self._guard, self._connection:
            self._connection.execute("BEGIN")
            self._connection.executemany(
                "DELETE FROM passages WHERE space = ? AND key = ?", [(space, key) for key in keys]
            )

    def start(self, space: str, encoder: str, generation: int, places: Mapping[str, Place]) -> None:
        """Begin a new generation of a space's files, holding those places and no others."""
        with self._guard, self._connection:
            self._connection.execute("BEGIN")
            self._connection.execute("INSERT OR REPLACE INTO spaces VALUES (?, ?, ?)", (space, encoder, generation))
            self._connection.execute("DELETE FROM passages WHERE space = ?", (space,))
            self._insert(space, places)

    def close(self) -> None:
        self._connection.close()

    def _insert(self, space: str, places: Mapping[str, Place]) -> None:
        self._connection.executemany(
            "INSERT OR REPLACE INTO passages VALUES (?, ?, ?, ?, ?, ?)",
            [(space, key, p.digest, p.row, p.token_start, p.token_count) for key, p in places.items()],
        )
