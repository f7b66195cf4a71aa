"""The lists that the reranker is trained on: one right candidate among seven that are nearly right, or none at all."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from retrieval.index.passages import passages_of
from retrieval.training.coattention_bank import NONE, Bank, Item
from retrieval.training.coattention_goods import Good, Range
from retrieval.training.coattention_pairs import Pair
from retrieval.training.coattention_texts import Intents
from retrieval.training.coattention_wordings import Pointed, Recolouring
from retrieval.training.ranges import Wish

CANDIDATES = 8
NO_MATCH = 0.3
_HARD, _MINED = 5, 30
_FORMS = (("both", 0.7), ("text", 0.15), ("picture", 0.15))


@dataclass(frozen=True, slots=True)
class Listed:
    """A query with its candidates; the first one is right, unless none is."""

    query: Item
    candidates: tuple[Item, ...]
    matched: bool
    changes: bool | None = None  # whether words beside a photo ask for something else than it shows


class Lesson(Protocol):
    """Draws lists of one kind."""

    @property
    def name(self) -> str: ...

    @property
    def candidates(self) -> int:
        """How many each list has."""
        ...

    def draw(self, chance: random.Random) -> Listed: ...


@dataclass(frozen=True)
class Questions:
    """A question, another way to ask the same, and questions of other intents, most of them near in meaning."""

    name: str
    rows: NDArray[np.int64]
    intents: NDArray[np.int64]
    near: NDArray[np.int64]
    candidates: int = CANDIDATES

    @classmethod
    def of(cls, source: Intents, bank: Bank) -> Questions:
        texts = [(text, i) for i, of in enumerate(source.texts.values()) for text in of]
        rows = np.array([bank.words.row[text] for text, _ in texts])
        intents = np.array([intent for _, intent in texts])
        vectors = bank.words.sentences[rows]
        near = np.empty((len(rows), _MINED), np.int64)
        for start in range(0, len(rows), 512):
            cosines = vectors[start : start + 512] @ vectors.T
            cosines[intents[start : start + 512, None] == intents[None, :]] = -2
            near[start : start + 512] = np.argsort(-cosines, axis=1)[:, :_MINED]
        return cls(f"questions {source.name} {source.language}", rows, intents, near)

    def draw(self, chance: random.Random) -> Listed:
        asked = chance.randrange(len(self.rows))
        same = np.flatnonzero(self.intents == self.intents[asked])
        right = int(chance.choice([i for i in same.tolist() if i != asked] or [asked]))
        hard = chance.sample(self.near[asked].tolist(), _HARD + 1)
        easy = [self._other(asked, chance) for _ in range(CANDIDATES - _HARD - 1)]
        query = Item(int(self.rows[asked]), whole=True)
        return _listed(query, right, (hard, easy), chance, lambda i: Item(int(self.rows[i])))

    def _other(self, asked: int, chance: random.Random) -> int:
        while True:
            other = chance.randrange(len(self.rows))
            if self.intents[other] != self.intents[asked]:
                return other


@dataclass(frozen=True)
class OneAttribute:
    """A wish, the title that fits, and the one that differs in one attribute: nothing easier beside them."""

    pairs: Sequence[Pair]
    bank: Bank
    name: str = "one attribute"
    candidates: int = 2

    def draw(self, chance: random.Random) -> Listed:
        row, pair = self.bank.words.row, chance.choice(self.pairs)
        return Listed(Item(row[pair.wish]), (Item(row[pair.fits]), Item(row[pair.fails])), matched=True)


@dataclass(frozen=True)
class Wishes:
    """Words, a product that fits them, and products that do not, most of them in one thing only."""

    wishes: Sequence[Wish]
    goods: Sequence[Good]
    bank: Bank
    traits: Traits
    name: str = "wishes"
    candidates: int = CANDIDATES

    def draw(self, chance: random.Random) -> Listed:
        wish = chance.choice(self.wishes)
        fits, near = self.traits.judged(wish)
        right, hard_ones, rest = np.flatnonzero(fits), np.flatnonzero(near), np.flatnonzero(~fits)
        hard = [_one(hard_ones if len(hard_ones) else rest, chance) for _ in range(_HARD + 1)]
        easy = [_one(rest, chance) for _ in range(CANDIDATES - _HARD - 1)]
        query = Item(self.bank.words.row[wish.text])
        found = _one(right, chance) if len(right) else None
        return _listed(query, found, (hard, easy), chance, lambda i: shown(self.goods[i], self.bank, chance))


@dataclass(frozen=True)
class Traits:
    """What goods are, column by column."""

    kind: NDArray[np.str_]
    colour: NDArray[np.str_]
    who: NDArray[np.str_]

    @classmethod
    def of(cls, goods: Sequence[Good]) -> Traits:
        has = [good.product.attributes for good in goods]
        return cls(*(np.array([each[name] for each in has]) for name in ("type", "colour", "for")))

    def judged(self, wish: Wish) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
        """Which goods fit a wish, and which miss it although they share its kind or its colour."""
        wanted = ((self.kind, wish.kind), (self.colour, wish.colour), (self.who, wish.who))
        fits = np.full(len(self.kind), bool(wish.kind))
        for column, value in wanted:
            fits &= column == value if value else True
        fits &= self.colour != wish.denied
        near = ((self.kind == wish.kind) | (self.colour == (wish.colour or wish.denied or "-"))) & ~fits
        return fits, near


@dataclass(frozen=True)
class Photos:
    """A photo, the product it shows, and products that look most like it."""

    shop: Range
    bank: Bank
    near: NDArray[np.int64]
    shots: Sequence[int]
    candidates: int = CANDIDATES

    @classmethod
    def of(cls, shop: Range, bank: Bank) -> Photos:
        goods = bank.pictures.embeddings[[good.picture for good in shop.goods]]
        taken = bank.pictures.embeddings[[shot.picture for shot in shop.shots]]
        cosines = taken @ goods.T
        cosines[np.arange(len(taken)), [shot.good for shot in shop.shots]] = -2
        cosines[:, [good.part != "train" for good in shop.goods]] = -2
        near = np.argsort(-cosines, axis=1)[:, :_MINED]
        return cls(shop, bank, near, [i for i, shot in enumerate(shop.shots) if shot.part == "train"])

    @property
    def name(self) -> str:
        return f"photos {self.shop.name}"

    def draw(self, chance: random.Random) -> Listed:
        taken = chance.choice(self.shots)
        shot = self.shop.shots[taken]
        hard = chance.sample(self.near[taken].tolist(), _HARD + 1)
        own = [i for i, good in enumerate(self.shop.goods) if good.part == "train" and i != shot.good]
        easy = [chance.choice(own) for _ in range(CANDIDATES - _HARD - 1)]
        goods = self.shop.goods
        return _listed(
            Item(picture=shot.picture), shot.good, (hard, easy), chance, lambda i: shown(goods[i], self.bank, chance)
        )


@dataclass(frozen=True)
class LikeThisBut:
    """A photo and the words of another colour; the same kind of goods in that colour, and what has only one of both."""

    shop: Range
    bank: Bank
    wanted: Sequence[Recolouring]
    own: NDArray[np.bool_]
    family: NDArray[np.str_]
    colour: NDArray[np.str_]
    candidates: int = CANDIDATES

    @classmethod
    def of(cls, shop: Range, bank: Bank, wanted: Sequence[Recolouring]) -> LikeThisBut:
        own = np.array([good.part == "train" for good in shop.goods])
        family, colour = (np.array([getattr(good, name) for good in shop.goods]) for name in ("family", "colour"))
        return cls(shop, bank, wanted, own, family, colour)

    @property
    def name(self) -> str:
        return f"like this but {self.shop.name}"

    def draw(self, chance: random.Random) -> Listed:
        wanted, goods = chance.choice(self.wanted), self.shop.goods
        of_family, of_colour = self.family == wanted.family, self.colour == wanted.colour
        own, kin, dyed = (
            np.flatnonzero(self.own & some)
            for some in (~(of_family & of_colour), of_family & ~of_colour, of_colour & ~of_family)
        )
        hard = [wanted.good, *(_one(kin, chance) for _ in range(2))]
        hard += [_one(dyed if len(dyed) else kin, chance) for _ in range(_HARD + 1 - len(hard))]
        chance.shuffle(hard)
        easy = [_one(own, chance) for _ in range(CANDIDATES - _HARD - 1)]
        query = Item(self.bank.words.row[wanted.text], wanted.picture)
        right = chance.choice(wanted.right)
        found = _listed(query, right, (hard, easy), chance, lambda i: shown(goods[i], self.bank, chance))
        return replace(found, changes=True)


@dataclass(frozen=True)
class ThisOne:
    """A photo and words that ask for what it shows, the product, and products that look most like it."""

    photos: Photos
    asked: Mapping[int, Sequence[str]]

    @classmethod
    def of(cls, photos: Photos, pointed: Sequence[Pointed]) -> ThisOne:
        asked: dict[int, list[str]] = defaultdict(list)
        for each in pointed:
            asked[each.picture].append(each.text)
        return cls(photos, asked)

    @property
    def name(self) -> str:
        return f"this one {self.photos.shop.name}"

    @property
    def candidates(self) -> int:
        return self.photos.candidates

    def draw(self, chance: random.Random) -> Listed:
        listed = self.photos.draw(chance)
        text = chance.choice(self.asked[listed.query.picture])
        query = replace(listed.query, text=self.photos.bank.words.row[text])
        return replace(listed, query=query, changes=False)


def headline(good: Good) -> str:
    """The first way to ask for a product, by which it stands where no words were asked for."""
    return next(passages_of(good.product)).text


def shown(good: Good, bank: Bank, chance: random.Random) -> Item:
    """A product as a candidate: with its text and its picture, now and then with one of them only."""
    (form,) = chance.choices([form for form, _ in _FORMS], [weight for _, weight in _FORMS])
    texts = [p.text for p in passages_of(good.product) if not p.body]
    text = texts[0] if chance.random() < 0.8 else chance.choice(texts)
    return Item(
        NONE if form == "picture" else bank.words.row[text],
        NONE if form == "text" else good.picture,
    )


def _listed(
    query: Item,
    right: int | None,
    wrong: tuple[Sequence[int], Sequence[int]],
    chance: random.Random,
    item: Callable[[int], Item],
) -> Listed:
    """`wrong` is hard ones and easy ones; a hard one takes the right one's place in a list without a match."""
    hard, easy = wrong
    matched = right is not None and chance.random() >= NO_MATCH
    places = [right, *hard[:_HARD], *easy] if matched and right is not None else [*hard, *easy]
    filled = [*places, *hard][:CANDIDATES]
    return Listed(query, tuple(item(i) for i in filled), matched)


def _one(places: NDArray[np.int64], chance: random.Random) -> int:
    return int(places[chance.randrange(len(places))])
