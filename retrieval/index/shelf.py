"""A frozen picture of one kind of document in the index: what a search reads while an import prepares the next one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from retrieval.documents import Faq, Kind, Language, Product
from retrieval.index.codes import Codes
from retrieval.index.exact import similarities
from retrieval.index.lexical import Lexical
from retrieval.index.passages import passages_of, words_of
from retrieval.index.payload import PayloadIndex
from retrieval.index.space import Stored


@dataclass(frozen=True)
class Vectors:
    """The vectors of one space by document: those of document `d` are passages `starts[d]` to `starts[d + 1]`."""

    starts: NDArray[np.int64]
    rows: NDArray[np.int64]
    chinese: NDArray[np.bool_]
    texts: tuple[str, ...]
    owners: dict[str, int]
    stored: Stored
    token_places: NDArray[np.int64]

    def best(
        self, vector: NDArray[np.float32], documents: NDArray[np.int64], *, language: Language | None, foreign: float
    ) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
        """Each document's best cosine with a unit vector, and the passage that gave it (-1 and 0 where it has none).

        A passage in another language than `language` scores `foreign` less.
        """
        scores = np.zeros(len(documents), np.float32)
        passages = np.full(len(documents), -1, np.int64)
        counts = self.starts[documents + 1] - self.starts[documents]
        filled = np.flatnonzero(counts)
        if len(filled) == 0:
            return scores, passages
        counts = counts[filled]
        offsets = np.cumsum(counts) - counts
        flat = np.repeat(self.starts[documents[filled]] - offsets, counts) + np.arange(int(counts.sum()))
        values = similarities(vector, self.stored.vectors, self.rows[flat])
        if language is not None:
            values = values - np.float32(foreign) * (self.chinese[flat] != (language == "zh"))
        scores[filled] = np.maximum.reduceat(values, offsets)
        passages[filled] = [
            flat[start + int(values[start : start + count].argmax())]
            for start, count in zip(offsets, counts, strict=True)
        ]
        return scores, passages

    def token_matrix(self, passage: int) -> NDArray[np.float16]:
        """The token vectors of a passage, shape (tokens, dimensions)."""
        start, count = self.token_places[passage]
        return self.stored.tokens[start : start + count]


@dataclass(frozen=True)
class Shelf:
    """All documents of one kind, by position: positions are what every part of the index speaks of."""

    kind: Kind
    ids: tuple[str, ...]
    text: Vectors
    pictures: Vectors | None
    lexical: Lexical
    codes: Codes
    payload: PayloadIndex

    @cached_property
    def positions(self) -> dict[str, int]:
        """Where each document stands."""
        return {document: position for position, document in enumerate(self.ids)}

    def __len__(self) -> int:
        return len(self.ids)


def shelve(kind: Kind, documents: Sequence[Product | Faq], text: Stored, pictures: Stored | None) -> Shelf:
    """Put documents on a shelf with what the spaces hold of them."""
    products = [document for document in documents if isinstance(document, Product)]
    passages = [[(p.key, p.text, p.language == "zh") for p in passages_of(document)] for document in documents]
    return Shelf(
        kind=kind,
        ids=tuple(document.id for document in documents),
        text=_vectors(passages, text),
        pictures=_vectors([[(product.id, "", False)] for product in products], pictures) if pictures else None,
        lexical=Lexical([words_of(document) for document in documents]),
        codes=Codes(products),
        payload=PayloadIndex(products),
    )


def _vectors(passages: Sequence[Sequence[tuple[str, str, bool]]], stored: Stored) -> Vectors:
    """Those of the passages that are in the space."""
    there = [[(key, text, zh) for key, text, zh in of if key in stored.places] for of in passages]
    flat = [(key, text, zh, document) for document, of in enumerate(there) for key, text, zh in of]
    places = [stored.places[key] for key, *_ in flat]
    return Vectors(
        starts=np.concatenate([[0], np.cumsum([len(of) for of in there])]).astype(np.int64),
        rows=np.array([place.row for place in places], np.int64),
        chinese=np.array([zh for _, _, zh, _ in flat], np.bool_),
        texts=tuple(text for _, text, _, _ in flat),
        owners={key: document for key, _, _, document in flat},
        stored=stored,
        token_places=np.array([(p.token_start, p.token_count) for p in places], np.int64).reshape(-1, 2),
    )
