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
from retrieval.index.passages import Passage, passages_of, words_of
from retrieval.index.payload import PayloadIndex
from retrieval.index.space import Stored


@dataclass(frozen=True)
class Vectors:
    """The vectors of one space by document: those of document `d` are passages `starts[d]` to `starts[d + 1]`."""

    starts: NDArray[np.int64]
    rows: NDArray[np.int64]
    chinese: NDArray[np.bool_]
    body: NDArray[np.bool_]
    texts: tuple[str, ...]
    owners: dict[str, int]
    stored: Stored
    token_places: NDArray[np.int64]

    def compare(self, vector: NDArray[np.float32], documents: NDArray[np.int64]) -> Compared:
        """The cosine of a unit vector with every passage of some documents."""
        counts = self.starts[documents + 1] - self.starts[documents]
        offsets = np.cumsum(counts) - counts
        passages = np.repeat(self.starts[documents] - offsets, counts) + np.arange(int(counts.sum()))
        owners = np.repeat(np.arange(len(documents)), counts)
        return Compared(passages, owners, similarities(vector, self.stored.vectors, self.rows[passages]))

    def token_matrix(self, passage: int) -> NDArray[np.float16]:
        """The token vectors of a passage, shape (tokens, dimensions)."""
        start, count = self.token_places[passage]
        return self.stored.tokens[start : start + count]


@dataclass(frozen=True, slots=True)
class Compared:
    """Passages with the place of their document among those asked for, ascending, and their cosines."""

    passages: NDArray[np.int64]
    owners: NDArray[np.int64]
    cosines: NDArray[np.float32]

    def of(self, chosen: NDArray[np.bool_]) -> Compared:
        """Only some of the passages."""
        return Compared(self.passages[chosen], self.owners[chosen], self.cosines[chosen])

    def best(self, count: int) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
        """For each of `count` documents, the highest cosine and its passage; 0 and -1 where it has no passage."""
        scores, passages = np.zeros(count, np.float32), np.full(count, -1, np.int64)
        order = np.lexsort((self.cosines, self.owners))  # the best of each document comes last
        scores[self.owners[order]] = self.cosines[order]
        passages[self.owners[order]] = self.passages[order]
        return scores, passages

    def mean(self, count: int) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
        """For each of `count` documents, the mean cosine, and whether it has any passage."""
        sums = np.bincount(self.owners, self.cosines, count)
        counts = np.bincount(self.owners, minlength=count)
        return (sums / np.maximum(counts, 1)).astype(np.float32), counts > 0


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
    passages = [list(passages_of(document)) for document in documents]
    return Shelf(
        kind=kind,
        ids=tuple(document.id for document in documents),
        text=_vectors(passages, text),
        pictures=_vectors([[_Pictured(product.id)] for product in products], pictures) if pictures else None,
        lexical=Lexical([words_of(document) for document in documents]),
        codes=Codes(products),
        payload=PayloadIndex(products),
    )


@dataclass(frozen=True, slots=True)
class _Pictured:
    """A product's picture where the passages of a text would be."""

    key: str
    text: str = ""
    language: Language = "en"
    body: bool = False


def _vectors(passages: Sequence[Sequence[Passage | _Pictured]], stored: Stored) -> Vectors:
    """Those of the passages that are in the space."""
    there = [[passage for passage in of if passage.key in stored.places] for of in passages]
    flat = [passage for of in there for passage in of]
    places = [stored.places[passage.key] for passage in flat]
    return Vectors(
        starts=np.concatenate([[0], np.cumsum([len(of) for of in there])]).astype(np.int64),
        rows=np.array([place.row for place in places], np.int64),
        chinese=np.array([passage.language == "zh" for passage in flat], np.bool_),
        body=np.array([passage.body for passage in flat], np.bool_),
        texts=tuple(passage.text for passage in flat),
        owners={passage.key: document for document, of in enumerate(there) for passage in of},
        stored=stored,
        token_places=np.array([(p.token_start, p.token_count) for p in places], np.int64).reshape(-1, 2),
    )
