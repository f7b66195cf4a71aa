"""Fits the head that tells whether a text asks a shop, so that it can be tried on trades it has not seen."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression

from retrieval.asking import SURE
from retrieval.documents import Language
from retrieval.training.shops import Corpus, Elsewhere

Vectors = Callable[[Sequence[str]], NDArray[np.float32]]
Fitted = tuple[NDArray[np.float32], float]

SOFTNESS: Mapping[Language, float] = {"en": 3.0, "zh": 1.0}  # the inverse of the ridge
_OWN, _NEAR, _SHOPLIKE, _FAR = 2.0, 3.0, 2.0, 1.0  # weight of a trade's questions, of its off-topic texts, of others'


def fit_asking(
    shops: Sequence[Corpus], elsewhere: Sequence[Elsewhere], asked: Sequence[str], vectors: Vectors
) -> Fitted:
    """Weights and bias from shops, what they cannot answer, and questions to shops of any trade; sides weigh alike."""
    groups: list[tuple[Sequence[str], bool, float]] = [(asked, True, 1.0)]
    for shop in shops:
        groups += [(shop.texts(), True, _OWN), (shop.off_topic, False, _NEAR)]
    for part in elsewhere:
        groups += [(part.shoplike, False, _SHOPLIKE), (part.far, False, _FAR)]
    texts = [text for group, _, _ in groups for text in group]
    asks = np.array([side for group, side, _ in groups for _ in group])
    weight = np.array([weight for group, _, weight in groups for _ in group])
    for side in (True, False):
        weight[asks == side] *= len(texts) / 2 / weight[asks == side].sum()
    model = LogisticRegression(C=SOFTNESS[shops[0].language], max_iter=500)
    model.fit(vectors(texts), asks, sample_weight=weight)
    return model.coef_[0].astype(np.float32), float(model.intercept_[0])


def fit_by_trade(
    shops: Sequence[Corpus], elsewhere: Sequence[Elsewhere], asked: Sequence[str], vectors: Vectors
) -> dict[str, Fitted]:
    """A head for each trade that has seen neither the trade nor the part of the off-topic texts in step with it."""
    return {
        shop.name: fit_asking(
            [other for other in shops if other is not shop],
            [part for other, part in enumerate(elsewhere) if other != place],
            asked,
            vectors,
        )
        for place, shop in enumerate(shops)
    }


def log_odds(fitted: Fitted, vector: NDArray[np.float32]) -> float:
    weights, bias = fitted
    return float(np.clip(weights @ vector + bias, -SURE, SURE))
