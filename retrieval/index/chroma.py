"""Chroma as the nearest-neighbour index: one process, cosine, ids and distances only on the hot path."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from pathlib import Path

import chromadb
import numpy as np
from chromadb.api.client import Client
from chromadb.api.collection_configuration import CreateHNSWConfiguration
from chromadb.config import Settings
from numpy.typing import NDArray

from retrieval.errors import IndexUnavailable

MAX_BATCH = 5_461  # Chroma's own limit
_HNSW: CreateHNSWConfiguration = {
    "space": "cosine",
    "max_neighbors": 32,
    "ef_construction": 200,
    "ef_search": 200,
}


class ChromaIndex:
    """The collections of one folder. Only one process may have it open: two that write corrupt it silently."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        try:
            client = chromadb.PersistentClient(str(folder), Settings(anonymized_telemetry=False))
            assert isinstance(client, Client)
            self._client = client
        except Exception as error:  # chromadb raises what its Rust core and SQLite raise
            raise IndexUnavailable(f"expected a Chroma index in {folder}, but it cannot be opened: {error}") from error

    def names(self) -> list[str]:
        return [collection.name for collection in self._client.list_collections()]

    def space(self, name: str) -> ChromaSpace:
        return ChromaSpace(self._client, name)

    def drop(self, name: str) -> None:
        """Delete a collection, if there is one of that name."""
        if name in self.names():
            self._client.delete_collection(name)

    def close(self) -> None:
        self._client.close()


class ChromaSpace:
    """One collection: unit vectors by key."""

    def __init__(self, client: Client, name: str) -> None:
        # Without `embedding_function=None`, Chroma downloads an encoder of its own on first use.
        self._collection = client.get_or_create_collection(name, configuration={"hnsw": _HNSW}, embedding_function=None)

    def keys(self) -> set[str]:
        return set(self._collection.get(include=[])["ids"])

    def put(self, keys: Sequence[str], vectors: NDArray[np.float32]) -> None:
        for start in range(0, len(keys), MAX_BATCH):
            batch = slice(start, start + MAX_BATCH)
            self._collection.upsert(ids=list(keys[batch]), embeddings=np.ascontiguousarray(vectors[batch]))

    def remove(self, keys: Iterable[str]) -> None:
        gone = list(keys)
        for start in range(0, len(gone), MAX_BATCH):
            self._collection.delete(ids=gone[start : start + MAX_BATCH])

    def nearest(self, vector: NDArray[np.float32], count: int) -> list[str]:
        """Keys of the nearest vectors, nearest first."""
        try:
            found = self._collection.query(
                query_embeddings=vector[None], n_results=max(1, count), include=["distances"]
            )
        except Exception as error:  # the Rust core has no public exception classes
            raise IndexUnavailable(
                f"Chroma could not be searched; `vitrine import rebuild` makes it anew: {error}"
            ) from error
        return found["ids"][0]


def collection_name(space: str, encoder: str, dimensions: int, generation: int = 1) -> str:
    """`faq_text-all-MiniLM-L6-v2-384.1`: vectors are not portable between encoders, so the name says whose they are."""
    return f"{space}-{re.sub(r'[^A-Za-z0-9._-]+', '-', encoder).strip('-._')}-{dimensions}.{generation}"
