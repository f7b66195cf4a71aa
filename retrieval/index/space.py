"""One space of vectors: its Chroma collection, its files and its ledger, kept equal to what is wanted."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Generic, TypeVar

import numpy as np
from numpy.typing import NDArray

from retrieval.errors import IndexMismatch
from retrieval.index.chroma import ChromaIndex, collection_name
from retrieval.index.exact import VectorFile
from retrieval.index.ledger import Ledger, Place
from retrieval.index.tokens import TokenFile

Content = TypeVar("Content")
BATCH = 256
_WORTH_RENEWING = 200
_DEAD_SHARE = 0.2
_PROBED = 50

Progress = Callable[[str, int, int], None]


@dataclass(frozen=True, slots=True)
class Encoded:
    """What an encoder made of some contents: a row (and a token matrix) for each that is not `missing`.

    `missing` are the positions of contents that it could not read.
    """

    vectors: NDArray[np.float32]
    tokens: Sequence[NDArray[np.float32]] = ()
    missing: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class Wanted(Generic[Content]):
    """What should be in the space under a key; the digest tells whether it has changed."""

    digest: str
    content: Content


@dataclass(frozen=True, slots=True)
class Stored:
    """What lies in the space: places by key, and the rows they speak of."""

    places: Mapping[str, Place]
    vectors: NDArray[np.float32]
    tokens: NDArray[np.float16]


class Space(Generic[Content]):
    """Opens a space of one encoder, and refuses vectors that another one made."""

    def __init__(
        self,
        name: str,
        encoder: str,
        dimensions: int,
        encode: Callable[[Sequence[Content]], Encoded],
        *,
        folder: Path,
        ledger: Ledger,
        chroma: ChromaIndex,
    ) -> None:
        self.name = name
        self._encoder = encoder
        self._dimensions = dimensions
        self._encode = encode
        self._folder = folder
        self._ledger = ledger
        self._chroma = chroma
        made_by = ledger.encoder(name)
        if made_by is None:
            ledger.start(name, self._identity, 1, {})
        elif made_by != self._identity:
            raise IndexMismatch(
                f"the index of {name} was made by {made_by}, the settings name {self._identity}; "
                "`vitrine import rebuild` makes it anew"
            )
        self._collection_name, self._vectors, self._tokens = self._parts(ledger.generation(name))
        self._collection = chroma.space(self._collection_name)

    @property
    def _identity(self) -> str:
        return f"{self._encoder} ({self._dimensions} dimensions)"

    def _parts(self, generation: int) -> tuple[str, VectorFile, TokenFile]:
        """A generation's collection name and files."""
        stem = self._folder / f"{self.name}.{generation}"
        return (
            collection_name(self.name, self._encoder, self._dimensions, generation),
            VectorFile(stem.with_name(f"{stem.name}.f32"), self._dimensions, np.float32),
            TokenFile(stem.with_name(f"{stem.name}.tokens.f16"), self._dimensions),
        )

    def stored(self) -> Stored:
        vectors: NDArray[np.float32] = self._vectors.rows()  # type: ignore[assignment]  # of the kind it was made with
        return Stored(self._ledger.places(self.name), vectors, self._tokens.rows())

    def nearest(self, vector: NDArray[np.float32], count: int) -> list[str]:
        return self._collection.nearest(vector, count)

    def sync(self, wanted: Mapping[str, Wanted[Content]], progress: Progress) -> tuple[int, int, int, list[str]]:
        """Make the space hold exactly what is wanted; only what is new or changed is encoded.

        Returns how many were encoded, removed and healed (put back into Chroma from the file), and the keys of
        contents that could not be read.
        """
        places = self._ledger.places(self.name)
        in_chroma = self._collection.keys()
        self._collection.remove(in_chroma - wanted.keys())
        gone = places.keys() - wanted.keys()
        self._ledger.remove(self.name, gone)
        fresh = [key for key, item in wanted.items() if key not in places or places[key].digest != item.digest]
        lost = [key for key in wanted.keys() - in_chroma if key in places and places[key].digest == wanted[key].digest]
        self._put_back(lost, places)
        unreadable = self._add(fresh, wanted, progress)
        if (fresh or gone or lost) and self._is_worn():
            self.renew()
        return len(fresh) - len(unreadable), len(gone), len(lost), unreadable

    def _put_back(self, lost: list[str], places: Mapping[str, Place]) -> None:
        if lost:
            rows = self._vectors.rows()
            self._collection.put(lost, np.asarray(rows[[places[key].row for key in lost]], np.float32))

    def _add(self, fresh: list[str], wanted: Mapping[str, Wanted[Content]], progress: Progress) -> list[str]:
        unreadable: list[str] = []
        for start in range(0, len(fresh), BATCH):
            batch = fresh[start : start + BATCH]
            encoded = self._encode([wanted[key].content for key in batch])
            unreadable += [batch[i] for i in sorted(encoded.missing)]
            keys = [key for i, key in enumerate(batch) if i not in encoded.missing]
            if keys:
                # The ledger comes last: after a crash it knows less than there is, never more.
                first = self._vectors.append(encoded.vectors)
                tokens = self._tokens.append(encoded.tokens) if encoded.tokens else [(0, 0)] * len(keys)
                self._collection.put(keys, encoded.vectors)
                self._ledger.put(
                    self.name,
                    {key: Place(wanted[key].digest, first + i, *tokens[i]) for i, key in enumerate(keys)},
                )
            progress(self.name, start + len(batch), len(fresh))
        self._forget(unreadable)
        return unreadable

    def _forget(self, keys: list[str]) -> None:
        """A changed content that cannot be read any more must not be found by what it was before."""
        self._collection.remove(keys)
        self._ledger.remove(self.name, keys)

    def probe(self, sample: int, seed: int) -> list[str]:
        """Which of a sample of keys do not find themselves among the ten nearest to their own vector."""
        stored = self.stored()
        keys = sorted(stored.places)
        chosen = random.Random(seed).sample(keys, min(sample, len(keys)))
        return [key for key in chosen if not self._finds_itself(key, stored)]

    def _finds_itself(self, key: str, stored: Stored) -> bool:
        own = np.array(stored.vectors[stored.places[key].row])
        found = self.nearest(own, 10)
        if key in found:
            return True
        # Many passages may say the same; then any ten of them are right.
        twins = [other for other in found if other in stored.places]
        return len(twins) == 10 and all(float(own @ stored.vectors[stored.places[t].row]) > 0.9999 for t in twins)

    def renew(self) -> None:
        """Make the next generation: a new collection and new files without what was deleted; encodes nothing.

        Searches go on with the old one until the new one is complete. After many deletions and updates Chroma's graph
        no longer reaches every record, and nothing but building it anew mends that.
        """
        stored = self.stored()
        old = (self._collection_name, self._vectors, self._tokens)
        generation = self._ledger.generation(self.name) + 1
        name, vectors, tokens = self._parts(generation)
        self._chroma.drop(name)  # what a crash may have left of an earlier attempt
        vectors.remove()
        tokens.remove()
        collection = self._chroma.space(name)
        places: dict[str, Place] = {}
        keys = sorted(stored.places, key=lambda key: stored.places[key].row)
        for start in range(0, len(keys), BATCH):
            batch = keys[start : start + BATCH]
            olds = [stored.places[key] for key in batch]
            rows = np.array(stored.vectors[[place.row for place in olds]])
            first = vectors.append(rows)
            matrices = [np.array(stored.tokens[p.token_start : p.token_start + p.token_count]) for p in olds]
            heights = tokens.append(matrices)
            collection.put(batch, rows)
            places |= {key: Place(olds[i].digest, first + i, *heights[i]) for i, key in enumerate(batch)}
        self._ledger.start(self.name, self._identity, generation, places)
        self._collection_name, self._vectors, self._tokens = name, vectors, tokens
        self._collection = collection
        self._chroma.drop(old[0])
        old[1].remove()
        old[2].remove()

    def _is_worn(self) -> bool:
        """Many rows are of passages that are gone, or some passages are not found any more."""
        dead = len(self._vectors) - len(self._ledger.places(self.name))
        return dead > max(_WORTH_RENEWING, len(self._vectors) * _DEAD_SHARE) or bool(self.probe(_PROBED, seed=dead))
