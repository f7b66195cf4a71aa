"""BM25 over the documents' words (Robertson & Zaragoza 2009, in Lucene's variant), on bm25s."""

from __future__ import annotations

from collections.abc import Sequence

import bm25s
import numpy as np
from numpy.typing import NDArray

from retrieval.index.tokenizer import tokens


class Lexical:
    """An immutable index: a change of the catalogue makes a new one (two to three seconds for 100,000 products)."""

    def __init__(self, texts: Sequence[str]) -> None:
        self._documents = len(texts)
        self._bm25 = bm25s.BM25(method="lucene", k1=1.2, b=0.75)
        words = [tokens(text) for text in texts]
        if any(words):
            self._bm25.index(words, show_progress=False)
            spread = np.diff(self._bm25.scores["indptr"])
            self._weights = self._weight(spread)
            self._vocabulary: dict[str, int] = self._bm25.vocab_dict
        else:
            self._vocabulary = {}
        self._unknown = float(self._weight(np.zeros(1))[0])

    def _weight(self, spread: NDArray[np.int64] | NDArray[np.float64]) -> NDArray[np.float64]:
        """Inverse document frequency as in Lucene."""
        return np.log1p((self._documents - spread + 0.5) / (spread + 0.5))

    def coverage(self, text: str) -> NDArray[np.float32]:
        """For each document, the share (0 to 1) of the query's weight that its words carry.

        It is the BM25 score divided by its upper bound for the query, words that the shop never uses included, so that
        the same value means the same in a small shop and a large one.
        """
        known, _, bound = self._weigh(text)
        if not known:
            return np.zeros(self._documents, np.float32)
        scores: NDArray[np.float32] = self._bm25.get_scores_from_ids(known)
        return scores / np.float32(bound)

    def known(self, text: str) -> float:
        """The share (0 to 1) of a text's weight that lies in words which any document uses."""
        known, weight, bound = self._weigh(text)
        return weight / bound if known else 0.0

    def _weigh(self, text: str) -> tuple[list[int], float, float]:
        """The words that the shop uses, their weight, and the weight of all words."""
        asked = tokens(text)
        known = [self._vocabulary[word] for word in asked if word in self._vocabulary]
        weight = float(self._weights[known].sum()) if known else 0.0
        return known, weight, weight + self._unknown * (len(asked) - len(known))
