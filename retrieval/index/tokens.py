"""Token vectors of every passage in a file, for late interaction with 50 candidates in milliseconds."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from retrieval.index.exact import VectorFile


class TokenFile:
    """Matrices of differing heights in half precision, one behind the other; a place is (first row, height)."""

    def __init__(self, path: Path, dimensions: int) -> None:
        self._file = VectorFile(path, dimensions, np.float16)

    def append(self, matrices: Sequence[NDArray[np.float32] | NDArray[np.float16]]) -> list[tuple[int, int]]:
        """Write matrices durably, and return their places."""
        heights = [len(matrix) for matrix in matrices]
        together = np.concatenate([np.asarray(matrix, np.float16) for matrix in matrices]) if matrices else None
        first = 0 if together is None else self._file.append(together)
        starts = first + np.cumsum([0, *heights[:-1]])
        return [(int(start), height) for start, height in zip(starts, heights, strict=True)]

    def rows(self) -> NDArray[np.float16]:
        rows: NDArray[np.float16] = self._file.rows()  # type: ignore[assignment]  # of the kind it was made with
        return rows

    def remove(self) -> None:
        self._file.remove()


def maxsim(query: NDArray[np.float32], passages: Sequence[NDArray[np.float16]]) -> NDArray[np.float32]:
    """Mean over the query's tokens of the best cosine with a passage's tokens (ColBERT, Khattab & Zaharia 2020).

    Shape (passages,); a query or a passage without tokens scores 0.
    """
    heights = np.array([len(passage) for passage in passages])
    scores = np.zeros(len(passages), np.float32)
    filled = np.flatnonzero(heights)
    if len(query) and len(filled):
        stacked = np.concatenate([passages[int(i)] for i in filled]).astype(np.float32)
        starts = np.cumsum(heights[filled]) - heights[filled]
        scores[filled] = np.maximum.reduceat(query @ stacked.T, starts, axis=1).mean(axis=0)
    return scores
