"""Hybrid search: nearest meanings, words and codes, fused into one score that says how sure it is."""

from __future__ import annotations

import asyncio
import time
import unicodedata
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from retrieval import fusion
from retrieval.asking import AskingHead
from retrieval.calibration import Calibrator, Wording, signals_of
from retrieval.documents import Findings, Hit, Query
from retrieval.index.passages import words_of
from retrieval.roles import Reranker, TextEncoder

if TYPE_CHECKING:
    from retrieval.catalogue import Catalogue
    from retrieval.index.shelf import Shelf
    from retrieval.index.shop import ShopIndex

RECALL = 100  # passages from Chroma, and documents from BM25
EXACT_BELOW = 4_000  # so few filtered products are each scored, not looked for among the nearest
OVERFETCH_CAP = 500
RERANKED = 50
JUDGED = 15  # hits that the calibration compares with one another, however few were asked for
MAX_CHARACTERS = 2_000


class HybridSearch:
    """The searcher of one shop. Blocking work runs in a thread of its own, one search at a time."""

    def __init__(
        self,
        index: ShopIndex,
        catalogue: Catalogue,
        encoder: TextEncoder,
        reranker: Reranker,
        calibrator: Calibrator,
        *,
        asking: AskingHead | None = None,
        exact_below: int = EXACT_BELOW,
    ) -> None:
        self._index = index
        self._catalogue = catalogue
        self._encoder = encoder
        self._reranker = reranker
        self._calibrator = calibrator
        self._asking = asking
        self._exact_below = exact_below
        self._worker = ThreadPoolExecutor(1, thread_name_prefix="search")

    async def search(self, query: Query) -> Findings:
        """What the shop has for a query, best first.

        Raises `BadFilter` for a field that no product has, and `IndexUnavailable` where there is no index to search.
        """
        return await asyncio.get_running_loop().run_in_executor(self._worker, self.find, query)

    def find(self, query: Query) -> Findings:
        """`search`, for callers without an event loop."""
        watch = Stopwatch()
        query = replace(query, text=normalised(query.text))
        shelf = self._index.shelf(query.kind)
        with watch("filter"):
            allowed = shelf.payload.matching(query.filters) if query.filters else None
        with watch("encode"):
            vector = self._encoder.encode([query.text])[0] if query.text else None
        with watch("recall"):
            asked = fusion.Asked(query, vector, shelf.lexical.coverage(query.text), shelf.codes.find(query.text))
            positions = self._recall(shelf, asked, allowed)
        with watch("fuse"):
            best = fusion.score(shelf, asked, positions).best(max(RERANKED, query.limit))
        with watch("read"):
            hits = self._read(shelf, query, best)
        with watch("rerank"):
            ranked = self._reranker.rank(query, hits, limit=max(query.limit, JUDGED))
        with watch("decide"):
            findings = self._decide(query, ranked, self._wording(shelf, asked))
        with watch("explain"):
            findings = replace(findings, hits=_explained(shelf, asked, best, findings.hits))
            if query.explain:
                carried = zip(findings.hits, self._reranker.explain(query, findings.hits), strict=True)
                findings = replace(findings, hits=tuple(replace(hit, carried=what) for hit, what in carried))
        return replace(findings, milliseconds=watch.milliseconds())

    def threshold(self, query: Query) -> float:
        """The probability from which on a query of this kind and language is answered."""
        return self._calibrator.threshold(query)

    def close(self) -> None:
        self._worker.shutdown(wait=True)

    def _recall(self, shelf: Shelf, asked: fusion.Asked, allowed: NDArray[np.bool_] | None) -> NDArray[np.int64]:
        """The positions of all documents that could be among the best.

        Of a few filtered products each is a candidate. Of many, those near the query are looked for; where that leaves
        fewer than were asked for, all that match are candidates after all, so that the cut loses none.
        """
        if allowed is None:
            return np.empty(0, np.int64) if asked.nothing else self._nearest(shelf, asked, RECALL)
        matching = np.flatnonzero(allowed)
        if asked.nothing or len(matching) <= self._exact_below:
            return matching
        count = min(OVERFETCH_CAP, RECALL * len(allowed) // len(matching))
        near = self._nearest(shelf, replace(asked, lexical=asked.lexical * allowed), count)
        near = near[allowed[near]]
        return near if len(near) >= asked.query.limit else matching

    def _nearest(self, shelf: Shelf, asked: fusion.Asked, count: int) -> NDArray[np.int64]:
        """What Chroma, BM25 and the codes find."""
        found = set(asked.codes)
        if asked.vector is not None:
            keys = self._index.nearest_texts(shelf.kind, asked.vector, count)
            found.update(shelf.text.owners[key] for key in keys if key in shelf.text.owners)
        if asked.query.photo is not None and shelf.pictures is not None:
            ids = self._index.nearest_pictures(asked.query.photo, count)
            found.update(shelf.pictures.owners[key] for key in ids if key in shelf.pictures.owners)
        words = asked.lexical
        top = np.argpartition(-words, RECALL)[:RECALL] if len(words) > RECALL else np.arange(len(words))
        found.update(top[words[top] > 0].tolist())
        return np.array(sorted(found), np.int64)

    def _read(self, shelf: Shelf, query: Query, best: fusion.Candidates) -> list[Hit]:
        """The candidates' documents from the shop's tables; an import may have removed one a moment ago."""
        ids = [shelf.ids[position] for position in best.positions]
        documents = self._catalogue.documents(query.kind, ids)
        return [
            Hit(documents[id_], float(best.scores["fused"][i]), 0.0, best.stages(i), passage=int(best.ways[i]))
            for i, id_ in enumerate(ids)
            if id_ in documents
        ]

    def _wording(self, shelf: Shelf, asked: fusion.Asked) -> Wording:
        """Of a question to the FAQ; what is said of goods is judged by what was found alone."""
        text, vector = asked.query.text, asked.vector
        if shelf.kind != "faq" or vector is None:
            return Wording()
        asks = self._asking.log_odds(text, vector, self._encoder.name) if self._asking else 0.0
        return Wording(shelf.lexical.known(text), asks)

    def _decide(self, query: Query, hits: list[Hit], wording: Wording) -> Findings:
        """Calibrated probabilities, and whether the surest hit is sure enough to be an answer.

        Where nothing but filters was asked, every match is what was asked for.
        """
        if not query.text and query.photo is None:
            found = tuple(replace(hit, probability=1.0) for hit in hits[: query.limit])
            return Findings(found, bool(found), 1.0 if found else 0.0)
        judged = tuple(
            replace(hit, probability=self._calibrator.probability(query, signals_of(hits, i, wording)))
            for i, hit in enumerate(hits[: query.limit])
        )
        surest = max((hit.probability for hit in judged), default=0.0)
        return Findings(judged, bool(judged) and surest >= self._calibrator.threshold(query), surest)


def _explained(shelf: Shelf, asked: fusion.Asked, best: fusion.Candidates, hits: tuple[Hit, ...]) -> tuple[Hit, ...]:
    places = {shelf.ids[position]: i for i, position in enumerate(best.positions)}
    return tuple(
        replace(hit, why=fusion.explain(shelf, asked, best, places[hit.id], words_of(hit.document))) for hit in hits
    )


class Stopwatch:
    """Milliseconds by step; `total` counts from the start."""

    def __init__(self) -> None:
        self._start = time.perf_counter()
        self._steps: dict[str, float] = {}

    @contextmanager
    def __call__(self, step: str) -> Iterator[None]:
        start = time.perf_counter()
        yield
        self._steps[step] = (time.perf_counter() - start) * 1000

    def milliseconds(self) -> dict[str, float]:
        return {**self._steps, "total": (time.perf_counter() - self._start) * 1000}


def normalised(text: str) -> str:
    """NFKC on one line, cut where no question is that long. A path or an address stays words: nothing is opened."""
    return " ".join(unicodedata.normalize("NFKC", text[:MAX_CHARACTERS]).split())


def as_json(query: str, findings: Findings) -> dict[str, Any]:
    """What `vitrine search --json` prints for a query."""
    return {
        "query": query,
        "answered": findings.answered,
        "probability": round(findings.probability, 4),
        "hits": [
            {
                "id": hit.id,
                "score": round(hit.score, 4),
                "probability": round(hit.probability, 4),
                "stages": {name: round(value, 4) for name, value in hit.stages.items()},
                "why": hit.why,
                "words": {word: round(lost, 4) for word, lost in hit.carried.words},
                "regions": [[round(lost, 4) for lost in row] for row in hit.carried.regions],
            }
            for hit in findings.hits
        ],
    }
