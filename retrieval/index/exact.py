"""Vectors in a file, by row: exact scores for any set of them, without Chroma."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
from numpy.typing import NDArray


class VectorFile:
    """Rows of `dimensions` numbers of one kind, only ever appended; read through a memory map."""

    def __init__(self, path: Path, dimensions: int, kind: type[np.float32 | np.float16]) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._path = path
        self._dimensions = dimensions
        self._kind = np.dtype(kind)

    def __len__(self) -> int:
        return self._path.stat().st_size // self._row_bytes if self._path.exists() else 0

    @property
    def _row_bytes(self) -> int:
        return self._dimensions * self._kind.itemsize

    def append(self, rows: NDArray[np.float32] | NDArray[np.float16]) -> int:
        """Write rows durably behind the last one, and return the first one's number."""
        first = len(self)
        with self._path.open("ab") as file:
            file.truncate(first * self._row_bytes)  # half a row that a crash left
            file.write(np.ascontiguousarray(rows, self._kind).tobytes())
            file.flush()
            os.fsync(file.fileno())
        return first

    def rows(self) -> NDArray[np.float32] | NDArray[np.float16]:
        """All rows as they are now, shape (rows, dimensions); a later append does not change what was given."""
        count = len(self)
        if count == 0:
            return np.empty((0, self._dimensions), self._kind)
        return np.memmap(self._path, self._kind, "r", shape=(count, self._dimensions))

    def remove(self) -> None:
        """Unlink the file; memory maps given before stay readable."""
        self._path.unlink(missing_ok=True)


def similarities(
    vector: NDArray[np.float32], vectors: NDArray[np.float32], rows: NDArray[np.int64]
) -> NDArray[np.float32]:
    """Cosine of a unit vector with some rows of unit vectors, shape (rows,)."""
    scores: NDArray[np.float32] = vectors[rows] @ vector
    return scores
