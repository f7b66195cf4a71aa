"""How alike a shop's products are: in words, picture, price, and in who views them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from retrieval.index.shelf import Shelf, Vectors
from retrieval.views import Views

KIND_FIELDS = ("type", "product_type", "kind", "category")  # the first that a product has
SAMPLED = 400  # products among which a shop's usual likeness is measured

Floats = NDArray[np.float32]
Positions = NDArray[np.int64]
Scale = tuple[float, float]  # mean and spread of what is usual


@dataclass(frozen=True)
class Likeness:
    """The likeness between all products of a shelf and some of them.

    Cosines and distances of prices are put on the shop's own scale: 0 is usual between two of its products, 1 is a
    standard deviation more alike. That takes away how large the cosines of an encoder, or of a shop that sells nothing
    but shoes, usually are. What a product lacks (a picture, an earlier view) counts as usual.
    """

    shelf: Shelf
    prices: Floats  # logarithms
    views: Views
    scales: tuple[Scale, Scale, Scale] = ((0.0, 1.0), (0.0, 1.0), (0.0, 1.0))

    @classmethod
    def of(cls, shelf: Shelf, histories: Iterable[Sequence[str]] = ()) -> Likeness:
        """Measure a shelf; `histories` are what its visitors viewed."""
        prices = np.log(np.maximum(shelf.payload.lowest("price"), 0.01)).astype(np.float32)
        measured = cls(shelf, prices, Views.of(histories, shelf.positions))
        some = np.random.default_rng(0).permutation(len(shelf))[:SAMPLED]
        raw = [column[some].astype(np.float64) for column in measured._raw(some)]
        for column in raw:
            np.fill_diagonal(column, np.nan)  # a product is not like others as it is like itself
        scales = tuple(_usual(column) for column in raw)
        return cls(shelf, prices, measured.views, scales)  # type: ignore[arg-type]  # three columns, three scales

    def pairs(self, to: Positions) -> Floats:
        """The features `retrieval.taste.FEATURES` of every product with some: (products, len(to), 4)."""
        alike = [
            np.nan_to_num((column - mean) / spread, nan=0.0)
            for column, (mean, spread) in zip(self._raw(to), self.scales, strict=True)
        ]
        together = np.stack([self.views.together(int(position)) for position in to], axis=1)
        features: Floats = np.stack([*alike, together], axis=2).astype(np.float32)
        return features

    def of_a_kind(self, position: int) -> NDArray[np.bool_]:
        """Which products are of the same kind of goods, by the shop's own word for it, else of the same category."""
        kinds = (self.shelf.payload.sharing(field, position) for field in KIND_FIELDS)
        return next((kind for kind in kinds if kind.any()), np.zeros(len(self.shelf), np.bool_))

    def among(self, some: Positions) -> Floats:
        """How alike some products are to one another, in words and picture, on the shop's scale: (some, some)."""
        text, picture, _ = (
            (column[some] - mean) / spread for column, (mean, spread) in zip(self._raw(some), self.scales, strict=True)
        )
        mean: Floats = (text + np.nan_to_num(picture, nan=0.0)) / 2
        return mean

    def _raw(self, to: Positions) -> tuple[Floats, Floats, Floats]:
        """Cosines of words and pictures, and minus the distances of log prices, each (products, len(to))."""
        text = _cosines(self.shelf.text, to)
        pictures = self.shelf.pictures
        picture = _cosines(pictures, to) if pictures is not None else np.full_like(text, np.nan)
        return text, picture, -np.abs(self.prices[:, None] - self.prices[to][None, :])


def _cosines(vectors: Vectors, to: Positions) -> Floats:
    """The mean cosine of every document's vectors with the direction of some documents; NaN where one has none.

    Multiplies the file's rows as they lie: to gather them first would copy the whole space.
    """
    documents = len(vectors.starts) - 1
    counts = np.diff(vectors.starts)
    towards = np.stack([_direction(vectors, int(document)) for document in to])
    cosines = (vectors.stored.vectors @ towards.T)[vectors.rows]
    owners = np.repeat(np.arange(documents), counts)
    sums = np.stack([np.bincount(owners, column, documents) for column in cosines.T], axis=1)
    means: Floats = (sums / np.where(counts, counts, np.nan)[:, None]).astype(np.float32)
    return means


def _direction(vectors: Vectors, document: int) -> Floats:
    rows = vectors.rows[vectors.starts[document] : vectors.starts[document + 1]]
    dimensions = vectors.stored.vectors.shape[1]
    if not len(rows):
        return np.full(dimensions, np.nan, np.float32)
    mean = np.asarray(vectors.stored.vectors[rows]).mean(axis=0)
    direction: Floats = mean / max(float(np.linalg.norm(mean)), 1e-9)
    return direction


def _usual(values: NDArray[np.float64]) -> Scale:
    known = values[~np.isnan(values)]
    return (float(known.mean()), max(float(known.std()), 1e-6)) if len(known) else (0.0, 1.0)
