"""What else a shopper may like: products similar to one, and recommendations from what they viewed."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from retrieval.documents import Product, Suggestion
from retrieval.filters import Filters
from retrieval.likeness import Likeness
from retrieval.taste import HISTORY, Taste

if TYPE_CHECKING:
    from retrieval.catalogue import Catalogue
    from retrieval.index.shop import ShopIndex

CONSIDERED = 60  # products that diversity chooses among
DIVERSITY = 0.3  # its part of the choice; the rest is the score

TEXT = 0.7  # of what makes products similar; the rest is the picture
KIND = 1.0  # what being of the same kind of goods adds, in the shop's usual differences


@dataclass(frozen=True, slots=True)
class Scored:
    """A score for every product, and the viewed product (by position) that spoke most for it."""

    scores: NDArray[np.float32]
    because: NDArray[np.int64]

    def best(self, allowed: NDArray[np.bool_], limit: int) -> NDArray[np.int64]:
        """The positions of the best allowed products, best first."""
        candidates = np.flatnonzero(allowed)
        return candidates[np.argsort(-self.scores[candidates], kind="stable")[:limit]]


class Recommender:
    """The recommender of one shop; reads what the index holds, and `learn` tells it what visitors viewed.

    Blocking work runs in a thread of its own, one request at a time.
    """

    def __init__(self, index: ShopIndex, catalogue: Catalogue, taste: Taste) -> None:
        self._index = index
        self._catalogue = catalogue
        self._taste = taste
        self._histories: tuple[tuple[str, ...], ...] = ()
        self._measured: Likeness | None = None
        self._worker = ThreadPoolExecutor(1, thread_name_prefix="recommend")

    async def similar(
        self, product_id: str, filters: Filters | None = None, *, limit: int = 6
    ) -> tuple[Suggestion, ...]:
        """Products like one of the shop's, the most alike first, none of its own range and one of any other range.

        Empty for a product that the shop does not have. Raises `BadFilter` for a field that no product has, and
        `IndexUnavailable` where there is no index yet.
        """
        return await self._in_thread(lambda: self._similar(product_id, filters, limit))

    async def recommend(
        self, history: Sequence[str], filters: Filters | None = None, *, limit: int = 6
    ) -> tuple[Suggestion, ...]:
        """What fits a history of product ids, newest first; of those only the first `HISTORY` count.

        Nothing of the history itself, and one product of any range. Empty where the shop has none of what was viewed.
        Raises as `similar` does.
        """
        return await self._in_thread(lambda: self._recommend(history, filters, limit))

    def learn(self, histories: Iterable[Sequence[str]]) -> None:
        """Count who viewed what from now on; histories of product ids, one a visitor."""
        self._histories = tuple(tuple(history) for history in histories)
        self._measured = None

    def close(self) -> None:
        self._worker.shutdown(wait=True)

    async def _in_thread(self, work: Callable[[], tuple[Suggestion, ...]]) -> tuple[Suggestion, ...]:
        return await asyncio.get_running_loop().run_in_executor(self._worker, work)

    def _similar(self, product_id: str, filters: Filters | None, limit: int) -> tuple[Suggestion, ...]:
        likeness = self._likeness()
        position = likeness.shelf.positions.get(product_id)
        if position is None:
            return ()
        own = _group(self._catalogue.product(product_id))
        return self._choose(likeness, alike(likeness, position), (position,), filters, limit, without=own)

    def _recommend(self, history: Sequence[str], filters: Filters | None, limit: int) -> tuple[Suggestion, ...]:
        likeness = self._likeness()
        known = likeness.shelf.positions
        viewed = [known[product_id] for product_id in dict.fromkeys(history) if product_id in known][:HISTORY]
        if not viewed:
            return ()
        scored = fitting(likeness, self._taste, np.array(viewed, np.int64))
        return self._choose(likeness, scored, viewed, filters, limit)

    def _likeness(self) -> Likeness:
        """Measured once for each shelf that an import makes and for each learning."""
        shelf = self._index.shelf("product")
        measured = self._measured
        if measured is None or measured.shelf is not shelf:
            measured = self._measured = Likeness.of(shelf, self._histories)
        return measured

    def _choose(
        self,
        likeness: Likeness,
        scored: Scored,
        viewed: Sequence[int],
        filters: Filters | None,
        limit: int,
        *,
        without: str = "",
    ) -> tuple[Suggestion, ...]:
        """Of the best that the filters allow and nobody viewed, one of a range and none of the range `without`."""
        shelf = likeness.shelf
        allowed = shelf.payload.matching(filters) if filters else np.ones(len(shelf), np.bool_)
        allowed[list(viewed)] = False
        best = scored.best(allowed, CONSIDERED + limit)
        ids = [shelf.ids[position] for position in best]
        read = self._catalogue.documents("product", [*ids, *(shelf.ids[position] for position in viewed)])
        groups = [_group(read.get(product_id)) for product_id in ids]
        kept = [place for place, group in enumerate(groups) if group and group != without]
        best = best[kept]
        if not len(best):
            return ()
        chosen = diverse(likeness.among(best), scored.scores[best], [groups[place] for place in kept], limit)
        found = [
            (read[shelf.ids[position]], float(scored.scores[position]), read.get(shelf.ids[scored.because[position]]))
            for position in best[chosen]
        ]
        return tuple(
            Suggestion(product, score, because)
            for product, score, because in found
            if isinstance(product, Product) and isinstance(because, Product)
        )


def fitting(likeness: Likeness, taste: Taste, viewed: NDArray[np.int64]) -> Scored:
    """How well every product fits views, newest first."""
    shares = taste.shares(likeness.pairs(viewed))
    scores = shares.sum(axis=1) + taste.standing(likeness.views.standing())
    return Scored(scores.astype(np.float32), viewed[shares.argmax(axis=1)])


def alike(likeness: Likeness, product: int) -> Scored:
    """How alike every product is to one: in words and picture, and more so if it is of the same kind of goods.

    The weights are by hand: on the demo shop, words alone find the kind and pictures alone the colour.
    """
    text, picture = np.moveaxis(likeness.pairs(np.array([product]))[:, 0, :2], 1, 0)
    scores = TEXT * text + (1 - TEXT) * picture + KIND * likeness.of_a_kind(product)
    return Scored(scores.astype(np.float32), np.full(len(scores), product))


def diverse(
    likenesses: NDArray[np.float32], scores: NDArray[np.float32], groups: Sequence[str], limit: int
) -> list[int]:
    """Places of so many candidates, chosen one after another: good ones that are unlike those chosen before.

    `likenesses` (candidates, candidates) are of each to each; `scores` and `groups` are theirs.
    Maximal marginal relevance (Carbonell and Goldstein, 1998) on standardised scores; of one group there is only one.
    """
    if not len(scores):
        return []
    relevance = (scores - scores.mean()) / max(float(scores.std()), 1e-6)
    chosen: list[int] = []
    left = list(range(len(scores)))
    while left and len(chosen) < limit:
        likest = likenesses[:, chosen].max(axis=1) if chosen else np.zeros(len(scores), np.float32)
        best = max(left, key=lambda place: (1 - DIVERSITY) * relevance[place] - DIVERSITY * likest[place])
        chosen.append(best)
        left = [place for place in left if place != best and groups[place] != groups[best]]
    return chosen


def _group(document: object) -> str:
    """What counts as the same range; a product without one is a range of its own, and one that is gone is none."""
    return (document.group or document.id) if isinstance(document, Product) else ""
