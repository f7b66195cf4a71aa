"""What the reranker is tuned and judged on: the fifty candidates that the service's own first stage finds."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from retrieval.coattention import compared
from retrieval.documents import Faq, Language, Product, Query
from retrieval.fusion import Asked, score
from retrieval.index.ledger import Place
from retrieval.index.passages import passages_of
from retrieval.index.shelf import Shelf, shelve
from retrieval.index.space import Stored
from retrieval.roles import language_of
from retrieval.search import RERANKED
from retrieval.training.coattention_bank import NONE, Bank, Item
from retrieval.training.coattention_goods import Good, Range
from retrieval.training.coattention_texts import Intents, Part
from retrieval.training.coattention_wordings import Pointed, Recolouring
from retrieval.training.ranges import SimulatedRange

PHRASINGS, ASKED_AN_INTENT, ELSEWHERE = 5, 20, 150
_NO_TOKENS = np.empty((0, 1), np.float16)


@dataclass(frozen=True, slots=True)
class Listing:
    """A query and its candidates, best first by the first stage, whose scores are in `stages`.

    `ways` has the passages of the best candidates that are compared with the query, of so many as the service compares.
    `right` says which of them are what was asked for; nothing is where the shop does not have it (`answerable`).
    """

    query: Item
    candidates: tuple[Item, ...]
    ways: tuple[tuple[Item, ...], ...]
    right: NDArray[np.bool_]
    stages: Mapping[str, NDArray[np.float32]]
    answerable: bool = True


class Shop:
    """Documents on a shelf as the index would have them, with their pictures' rows in the bank by document id."""

    def __init__(
        self, documents: Sequence[Faq | Product], bank: Bank, pictures: Mapping[str, int] | None = None
    ) -> None:
        self._documents, self._bank = documents, bank
        self._pictures = pictures or {}
        row = bank.words.row
        places = {p.key: Place("", row[p.text]) for document in documents for p in passages_of(document)}
        shown = {id_: Place("", picture) for id_, picture in self._pictures.items()}
        self._shelf: Shelf = shelve(
            "faq" if documents and isinstance(documents[0], Faq) else "product",
            documents,
            Stored(places, bank.words.sentences, _NO_TOKENS),
            Stored(shown, bank.pictures.embeddings, _NO_TOKENS) if shown else None,
        )

    def listing(
        self, text: str, language: Language, right: set[str], *, picture: int = NONE, answerable: bool = True
    ) -> Listing:
        """The best candidates of the service's fusion, every document being one."""
        shelf, words = self._shelf, self._bank.words
        asked = Asked(
            Query(text, shelf.kind, language, photo=self._bank.pictures.embeddings[picture] if picture >= 0 else None),
            words.sentences[words.row[text]] if text else None,
            shelf.lexical.coverage(text),
            {},
        )
        best = score(shelf, asked, np.arange(len(self._documents))).best(RERANKED)
        found = list(zip(best.positions.tolist(), best.ways.tolist(), strict=True))
        candidates = tuple(self._item(position, way) for position, way in found)
        ids = [shelf.ids[position] for position in best.positions]
        return Listing(
            Item(words.row[text] if text else NONE, picture, whole=shelf.kind == "faq"),
            candidates,
            tuple(
                tuple(self._item(position, way) for way in ways)
                for (position, _), ways in zip(found, compared(shelf, found, asked.query), strict=False)
            ),
            np.array([id_ in right for id_ in ids]),
            {
                **best.scores,
                "seen": self._bank.seen(self._bank.words.row[text] if text else NONE, [c.picture for c in candidates]),
                "told": self._bank.told(picture, [c.text for c in candidates]),
            },
            answerable,
        )

    def _item(self, position: int, way: int) -> Item:
        document = self._documents[position]
        text = self._shelf.text.texts[way] if way >= 0 else next(passages_of(document)).text
        return Item(self._bank.words.row[text], self._pictures.get(document.id, NONE))


def question_listings(source: Intents, other: Intents, bank: Bank, chance: random.Random) -> list[Listing]:
    """Questions to a FAQ made of one part's intents; off-topic are texts of no intent and those of `other` intents."""
    faqs, asked = [], []
    for intent, texts in source.texts.items():
        shuffled = chance.sample(texts, len(texts))
        ways = min(PHRASINGS, max(1, len(texts) // 2))
        faqs.append(Faq(intent, shuffled[0], "", "", source.language, tuple(shuffled[1:ways])))
        asked += [(text, intent) for text in shuffled[ways : ways + ASKED_AN_INTENT]]
    shop = Shop(faqs, bank)
    elsewhere = list(dict.fromkeys(text for texts in other.texts.values() for text in texts[:ASKED_AN_INTENT]))
    off_topic = [*source.off_topic, *chance.sample(elsewhere, min(ELSEWHERE, len(elsewhere)))]
    return [shop.listing(text, source.language, {intent}) for text, intent in asked] + [
        shop.listing(text, source.language, set(), answerable=False) for text in off_topic
    ]


def faq_listings(
    faqs: Sequence[Faq], questions: Sequence[tuple[str, Language, str]], bank: Bank, language: Language
) -> list[Listing]:
    """Questions (text, language, id or "") in one language to a shop's real FAQ."""
    shop = Shop(faqs, bank)
    return [
        shop.listing(text, its, {answer} if answer else set(), answerable=bool(answer))
        for text, its, answer in questions
        if its == language
    ]


def wish_listings(ranges: Sequence[SimulatedRange], pictures: Mapping[str, int], bank: Bank) -> list[Listing]:
    """Words to products, in simulated shops of one language."""
    listings = []
    for each in ranges:
        shop = Shop(each.products, bank, {product.id: pictures[product.id] for product in each.products})
        for wish in each.wishes:
            right = {product.id for product in each.products if wish.fits(product)}
            listings.append(shop.listing(wish.text, each.language, right, answerable=bool(right)))
    return listings


def photo_listings(shop: Range, part: Part, bank: Bank) -> list[Listing]:
    """Photos of goods, to all goods of the shop."""
    counter = _counter(shop.goods, bank)
    return [
        counter.listing("", "en", {shop.goods[shot.good].product.id}, picture=shot.picture)
        for shot in shop.shots
        if shot.part == part
    ]


def recolouring_listings(shop: Range, part: Part, wanted: Sequence[Recolouring], bank: Bank) -> list[Listing]:
    """Photos with the words of another colour, to the goods of the part where a shop's goods are split, else to all."""
    split = len({good.part for good in shop.goods}) > 1
    counter = _counter([good for good in shop.goods if good.part == part or not split], bank)
    return [
        counter.listing(
            each.text,
            language_of(each.text),
            {shop.goods[i].product.id for i in each.right},
            picture=each.picture,
        )
        for each in wanted
    ]


def pointed_listings(shop: Range, asked: Sequence[Pointed], bank: Bank) -> list[Listing]:
    """Photos with words that ask for what they show, to all goods of the shop."""
    counter = _counter(shop.goods, bank)
    return [
        counter.listing(each.text, language_of(each.text), {shop.goods[each.good].product.id}, picture=each.picture)
        for each in asked
    ]


def _counter(goods: Sequence[Good], bank: Bank) -> Shop:
    return Shop([good.product for good in goods], bank, {good.product.id: good.picture for good in goods})
