"""What a shop's visitors viewed: how often each product, and which ones by the same people."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

SHRINKAGE = 3.0  # views that must come together before a surprise counts much


@dataclass(frozen=True, slots=True)
class Views:
    """Histories as two lists of the same pairs: products by visitor, and visitors by product.

    `visitor_starts` (visitors + 1,) cuts `products`, `product_starts` (products + 1,) cuts `visitors`.
    """

    visitor_starts: NDArray[np.int64]
    products: NDArray[np.int64]
    product_starts: NDArray[np.int64]
    visitors: NDArray[np.int64]

    @classmethod
    def of(cls, histories: Iterable[Sequence[str]], positions: Mapping[str, int]) -> Views:
        """From what each visitor viewed; products that the shop no longer has are left out."""
        known = [sorted({positions[id] for id in history if id in positions}) for history in histories]
        known = [history for history in known if history]
        lengths = np.array([len(history) for history in known], np.int64)
        products = np.array([product for history in known for product in history], np.int64)
        owners = np.repeat(np.arange(len(known)), lengths)
        by_product = np.argsort(products, kind="stable")
        counts = np.bincount(products, minlength=len(positions))
        return cls(_starts(lengths), products, _starts(counts), owners[by_product])

    @property
    def counts(self) -> NDArray[np.int64]:
        """How many visitors viewed each product (products,)."""
        counts: NDArray[np.int64] = np.diff(self.product_starts)
        return counts

    def together(self, product: int) -> NDArray[np.float32]:
        """How much more often than by chance visitors of one product also viewed each other one (products,).

        The logarithm of observed over expected joint views, both shrunk by a constant, so that few views say little and
        none say nothing (0); pointwise mutual information with smoothing.
        """
        seen = self.visitors[self.product_starts[product] : self.product_starts[product + 1]]
        spans = [self.products[self.visitor_starts[v] : self.visitor_starts[v + 1]] for v in seen]
        size = len(self.product_starts) - 1
        joint = np.bincount(np.concatenate(spans), minlength=size) if spans else np.zeros(size)
        visitors = max(len(self.visitor_starts) - 1, 1)
        expected = self.counts * (len(seen) / visitors)
        surprise: NDArray[np.float32] = np.log((joint + SHRINKAGE) / (expected + SHRINKAGE)).astype(np.float32)
        return surprise

    def standing(self) -> NDArray[np.float32]:
        """(products, 2): how popular each is against the mean, as a logarithm, and 1 where nobody has viewed it yet.

        What nobody has viewed counts as usual: it may have come only today.
        """
        counts = self.counts
        if not len(counts):
            return np.zeros((0, 2), np.float32)
        popular = np.where(counts > 0, np.log((counts + SHRINKAGE) / (counts.mean() + SHRINKAGE)), 0.0)
        return np.stack([popular, counts == 0], axis=1).astype(np.float32)


def _starts(lengths: NDArray[np.int64]) -> NDArray[np.int64]:
    return np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64)
