"""Rerankers that need no model of their own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from retrieval.documents import Carried, Hit, Query
from retrieval.index.tokens import maxsim
from retrieval.roles import TextEncoder

if TYPE_CHECKING:
    from retrieval.index.shop import ShopIndex


class KeepOrder:
    """The reranker for when there is none."""

    def rank(self, query: Query, hits: Sequence[Hit], *, limit: int) -> list[Hit]:
        return list(hits[:limit])

    def explain(self, query: Query, hits: Sequence[Hit]) -> list[Carried]:
        return [Carried() for _ in hits]


class MaxSim:
    """Adds late interaction to the score at a small weight: each of the query's tokens looks for its like in a passage.

    The tokens' vectors come from the index (ColBERT's score, Khattab & Zaharia 2020); a document counts by the best of
    its passages in the query's language.
    """

    def __init__(self, index: ShopIndex, encoder: TextEncoder, weight: float) -> None:
        self._index = index
        self._encoder = encoder
        self._weight = weight

    def rank(self, query: Query, hits: Sequence[Hit], *, limit: int) -> list[Hit]:
        if not query.text or not hits:
            return list(hits[:limit])
        texts = self._index.shelf(query.kind).text
        positions = self._index.shelf(query.kind).positions
        (asked,) = self._encoder.encode_tokens([query.text])
        passages: list[int] = []
        owners: list[int] = []
        for i, hit in enumerate(hits):
            for passage in range(*texts.starts[positions[hit.id] : positions[hit.id] + 2]):
                if texts.chinese[passage] == (query.language == "zh"):
                    passages.append(passage)
                    owners.append(i)
        scores = np.zeros(len(hits), np.float32)
        np.maximum.at(scores, owners, maxsim(asked, [texts.token_matrix(passage) for passage in passages]))
        ranked = [
            replace(hit, score=hit.score + self._weight * float(score), stages={**hit.stages, "rerank": float(score)})
            for hit, score in zip(hits, scores, strict=True)
        ]
        return sorted(ranked, key=lambda hit: -hit.score)[:limit]

    def explain(self, query: Query, hits: Sequence[Hit]) -> list[Carried]:
        return [Carried() for _ in hits]
