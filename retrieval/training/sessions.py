"""Simulated shoppers: what they view, one product after another, from tastes that no recommender is told.

What moves a shopper, each part with a strength of its own (`Habits`):

- **popularity**: a few products are viewed much more than others (Zipf's law over a random order);
- **taste**: a kind of goods with its relatives of the same category, one or two colours, a price level and a style
  (brand, material, pattern, …). It is built around a product that the shopper came for;
- **hidden appeal**: what no text or picture tells. Products and shoppers have points in a space of their own, and near
  ones attract; only other shoppers' views can teach it;
- **drift**: now and then the shopper turns to another kind of goods of the same taste;
- **noise**: some views are of whatever is popular.

It favours whoever reads the catalogue as far as taste is strong, and whoever counts views as far as hidden appeal and
popularity are. Real shoppers differ from it in ways that nobody here has measured.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from retrieval.documents import Product

LONGEST = 21  # views in a session: twenty that are known and the one to foresee
STYLE = ("brand", "material", "pattern", "usage", "for")

Floats = NDArray[np.float64]
Session = tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Habits:
    """How strong each part is: additions to a view's log odds, exponents and probabilities."""

    zipf: float = 0.8
    kind: float = 2.5
    category: float = 1.2
    colour: float = 1.2
    price: float = 1.0
    style: float = 0.8
    appeal: float = 0.8
    drift: float = 0.15
    noise: float = 0.15
    length: float = 6.0  # the mean number of views


@dataclass(frozen=True, slots=True)
class Traits:
    """The catalogue as the generator sees it: codes of kind, category, colour and styles (-1: none), and log prices."""

    kind: NDArray[np.int64]
    category: NDArray[np.int64]
    colour: NDArray[np.int64]
    styles: NDArray[np.int64]  # (products, styles)
    price: Floats

    @classmethod
    def of(cls, products: Sequence[Product]) -> Traits:
        def codes(values: Sequence[str]) -> NDArray[np.int64]:
            known = {value: code for code, value in enumerate(sorted({*values} - {""}))}
            return np.array([known.get(value, -1) for value in values], np.int64)

        def named(name: str) -> list[str]:
            return [p.brand if name == "brand" and p.brand else p.attributes.get(name, "") for p in products]

        return cls(
            kind=codes(named("type")),
            category=codes([p.category for p in products]),
            colour=codes(named("colour")),
            styles=np.stack([codes(named(name)) for name in STYLE], axis=1),
            price=np.log([max(float(p.price), 0.01) for p in products]),
        )


class Shoppers:
    """The visitors of one shop; the same seed makes the same shop of the same habits."""

    def __init__(self, products: Sequence[Product], seed: int, habits: Habits | None = None) -> None:
        self._habits = habits or Habits()
        self._chance = np.random.default_rng(seed)
        self._traits = Traits.of(products)
        ranks = self._chance.permutation(len(products)) + 1
        self.popularity: Floats = -self._habits.zipf * np.log(ranks)
        self._appeal = self._chance.normal(size=(len(products), 4))

    def sessions(self, count: int, launched: NDArray[np.bool_] | None = None) -> list[Session]:
        """So many sessions of at least two views, oldest view first; only `launched` products, where given."""
        return [self._session(launched) for _ in range(count)]

    def _session(self, launched: NDArray[np.bool_] | None) -> Session:
        habits, chance = self._habits, self._chance
        there = np.zeros(len(self.popularity)) if launched is None else np.where(launched, 0.0, -np.inf)
        seed = self._draw(self.popularity + there)
        taste = self._taste(seed)
        kind = self._kind_pull(seed)
        views = [seed]
        for _ in range(min(LONGEST, 2 + chance.geometric(1 / (habits.length - 1)) - 1) - 1):
            there[views[-1]] = -np.inf
            if not np.isfinite(there).any():
                break
            if chance.random() < habits.noise:
                views.append(self._draw(self.popularity + there))
                continue
            if chance.random() < habits.drift:
                kind = self._kind_pull(self._draw(self.popularity + taste + there))
            views.append(self._draw(self.popularity + taste + kind + there))
        return tuple(views)

    def _taste(self, seed: int) -> Floats:
        """The pull of every product on a shopper who came for `seed`, without its kind."""
        habits, chance, traits = self._habits, self._chance, self._traits
        colours = {int(traits.colour[seed]), int(chance.choice(traits.colour))}
        level = traits.price[seed] + chance.normal(0, 0.2)
        strict = chance.uniform(0.5, 1.5)
        same = (traits.styles == traits.styles[seed]) & (traits.styles >= 0)
        cared_for = chance.random(traits.styles.shape[1]) < 0.6
        person = (self._appeal[seed] + chance.normal(size=self._appeal.shape[1])) / np.sqrt(2)
        pull: Floats = (
            habits.colour * np.isin(traits.colour, sorted(colours))
            - habits.price * strict * np.abs(traits.price - level)
            + habits.style * (same & cared_for).sum(axis=1)
            + habits.appeal * (self._appeal @ person) / 2
        )
        return pull

    def _kind_pull(self, product: int) -> Floats:
        traits, habits = self._traits, self._habits
        pull: Floats = habits.kind * (traits.kind == traits.kind[product]) + habits.category * (
            traits.category == traits.category[product]
        )
        return pull

    def _draw(self, log_odds: Floats) -> int:
        odds = np.exp(log_odds - log_odds.max())
        return int(self._chance.choice(len(odds), p=odds / odds.sum()))


def split_last(sessions: Sequence[Session]) -> list[tuple[Session, int]]:
    """Each session as what is known, newest view first, and the view to foresee."""
    return [(tuple(reversed(session[:-1])), session[-1]) for session in sessions]


def counts(sessions: Sequence[Session], products: int) -> Mapping[str, NDArray[np.float32]]:
    """Views by product (products,), and by pair within a session (products, products)."""
    seen = np.zeros((len(sessions), products), np.float32)
    for row, session in enumerate(sessions):
        seen[row, list(session)] = 1
    return {"views": seen.sum(axis=0), "together": seen.T @ seen}
