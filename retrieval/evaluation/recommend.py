"""How often the next product that a simulated shopper views is among ten recommended ones.

Popularity and item-kNN (Sarwar et al., 2001, cosine of joint views) are the baselines; they learn from the same past
sessions of the same shop. Some products are new: no past session has them, and item-kNN cannot know them. What the
simulation favours stands in `retrieval.training.sessions`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from retrieval.likeness import Likeness
from retrieval.recommend import CONSIDERED, diverse
from retrieval.taste import Recent, Taste

if TYPE_CHECKING:
    from retrieval.training.session_shops import SessionShop
    from retrieval.training.sessions import Session

SHOWN = 10
PAST = (200, 2000, 20_000)
ASKED = 1000
NEW = 0.15
FADING = 0.8
RESAMPLED = 1000

Floats = NDArray[np.float32]
Score = Callable[["Session"], Floats]
OURS, DIVERSE, MEAN, KNN, POPULAR = "Vitrine", "Vitrine, as shown", "recency-weighted mean", "item-kNN", "popularity"


@dataclass(frozen=True, slots=True)
class Outcome:
    """Ranks of the views to foresee, by method, and which of these products were new; all of one length."""

    ranks: Mapping[str, NDArray[np.float64]]
    new: NDArray[np.bool_]


def evaluate_recommend(
    shops: Sequence[SessionShop],
    taste: Taste,
    *,
    seeds: Sequence[int] = (1, 2, 3),
    past: Sequence[int] = PAST,
    asked: int = ASKED,
) -> list[dict[str, Any]]:
    """A row a shop, number of past sessions and method, over the sessions of all seeds together."""
    rows: list[dict[str, Any]] = []
    for shop in shops:
        for sessions in past:
            outcomes = [_measure(shop, taste, sessions, asked, seed) for seed in seeds]
            rows += _rows(shop.name, sessions, outcomes)
    return rows


def _measure(shop: SessionShop, taste: Taste, past: int, asked: int, seed: int) -> Outcome:
    from retrieval.training.sessions import Shoppers, counts, split_last

    shoppers = Shoppers(shop.products, seed)
    launched = np.random.default_rng(seed).random(len(shop.products)) >= NEW
    known = shoppers.sessions(past, launched)
    cases = split_last(shoppers.sessions(asked))
    likeness = Likeness.of(shop.shelf, [[shop.products[i].id for i in session] for session in known])
    pairs, standing = likeness.pairs(np.arange(len(shop.products))), likeness.views.standing()
    seen = counts(known, len(shop.products))

    def by(chosen: Taste) -> Score:
        return lambda history: chosen.shares(pairs[:, list(history)]).sum(axis=1) + chosen.standing(standing)

    methods: dict[str, Score] = {
        OURS: by(taste),
        MEAN: by(Recent(FADING)),
        KNN: _neighbours(seen),
        POPULAR: lambda history: seen["views"],
    }
    ranks = {name: np.array([_rank(score(h), h, last) for h, last in cases]) for name, score in methods.items()}
    alike = likeness.among(np.arange(len(shop.products)))
    groups = [product.group or product.id for product in shop.products]
    ranks[DIVERSE] = np.array([_shown(methods[OURS](h), h, last, alike, groups) for h, last in cases])
    return Outcome(ranks, np.array([not launched[last] for _, last in cases]))


def _neighbours(seen: Mapping[str, Floats]) -> Score:
    """Item-kNN with the same weight on recent views; what it cannot tell apart it ranks by popularity."""
    views, together = seen["views"], seen["together"]
    cosine = together / np.sqrt(np.maximum(np.outer(views, views), 1))
    np.fill_diagonal(cosine, 0)
    popular = 1e-6 * views / max(float(views.max()), 1.0)

    def score(history: Session) -> Floats:
        weights = FADING ** np.arange(len(history), dtype=np.float32)
        scores: Floats = cosine[:, list(history)] @ weights + popular
        return scores

    return score


def _rank(scores: Floats, history: Session, last: int) -> float:
    """The place of the product to foresee among those not viewed; the middle one of equals."""
    left = np.ones(len(scores), np.bool_)
    left[list(history)] = False
    better, equal = scores[left] > scores[last], scores[left] == scores[last]
    return float(1 + better.sum() + (equal.sum() - 1) / 2)


def _shown(scores: Floats, history: Session, last: int, alike: Floats, groups: Sequence[str]) -> float:
    """Its place among the ten that are shown, one of a range and unlike each other; infinity where it is not there."""
    left = np.setdiff1d(np.arange(len(scores)), history)
    best = left[np.argsort(-scores[left], kind="stable")[: CONSIDERED + SHOWN]]
    chosen = best[diverse(alike[np.ix_(best, best)], scores[best], [groups[i] for i in best], SHOWN)].tolist()
    return chosen.index(last) + 1.0 if last in chosen else float("inf")


def _rows(shop: str, past: int, outcomes: Sequence[Outcome]) -> Iterator[dict[str, Any]]:
    ranks = {name: np.concatenate([o.ranks[name] for o in outcomes]) for name in outcomes[0].ranks}
    new = np.concatenate([o.new for o in outcomes])
    hits = {name: values <= SHOWN for name, values in ranks.items()}
    for name in (OURS, DIVERSE, MEAN, KNN, POPULAR):
        by_seed = [float((o.ranks[name] <= SHOWN).mean()) for o in outcomes]
        yield {
            "shop": shop,
            "past sessions": past,
            "method": name,
            "HR@10": float(hits[name].mean()),
            "by seed": " ".join(f"{value:.3f}" for value in by_seed),
            "MRR": float((1 / ranks[name]).mean()),
            "HR@10, new products": float(hits[name][new].mean()),
            f"over {POPULAR}": _over(hits[name], hits[POPULAR]),
            f"over {KNN}": _over(hits[name], hits[KNN]),
        }


def _over(ours: NDArray[np.bool_], theirs: NDArray[np.bool_]) -> str:
    """The mean difference with its 95 % interval, by a paired bootstrap over sessions."""
    difference = ours.astype(np.float64) - theirs
    chance = np.random.default_rng(0)
    means = [difference[chance.integers(0, len(difference), len(difference))].mean() for _ in range(RESAMPLED)]
    low, high = np.quantile(means, (0.025, 0.975))
    return f"{difference.mean():+.3f} [{low:+.3f}, {high:+.3f}]"
