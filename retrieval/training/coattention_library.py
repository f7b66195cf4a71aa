"""Everything that the reranker learns from and is judged by, with the vectors of all of it."""

from __future__ import annotations

import json
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import get_args

from retrieval.documents import Faq, Language
from retrieval.embedders.photo import PhotoEncoder
from retrieval.index.passages import passages_of
from retrieval.ingest.faq import read_faq
from retrieval.roles import TextEncoder
from retrieval.training.coattention_bank import Bank, PictureVectors, WordVectors
from retrieval.training.coattention_goods import Good, Range, read_ranges
from retrieval.training.coattention_lessons import (
    Lesson,
    LikeThisBut,
    OneAttribute,
    Photos,
    Questions,
    ThisOne,
    Traits,
    Wishes,
)
from retrieval.training.coattention_lists import (
    Listing,
    faq_listings,
    photo_listings,
    pointed_listings,
    question_listings,
    recolouring_listings,
    wish_listings,
)
from retrieval.training.coattention_pairs import Pair, make_chinese_denials, make_pairs, read_pairs
from retrieval.training.coattention_texts import Intents, Part, read_intents
from retrieval.training.coattention_wordings import Pointed, Recolouring, pointed, recolourings
from retrieval.training.ranges import SimulatedRange, simulate_range, with_denials
from retrieval.training.shops import read_shops

PARTS: tuple[Part, ...] = ("train", "dev", "test")
_PAIRS: Mapping[Part, int] = {"train": 7000, "dev": 300, "test": 900}
_DENIALS: Mapping[Part, int] = {"train": 1600, "dev": 150, "test": 150}
_SHOPS: Mapping[Part, int] = {"train": 24, "dev": 5, "test": 6}
# The demo shop's questions: the author of the first has seen the index, the author of the others never did.
_ASKED: Mapping[Part, tuple[str, str]] = {
    "dev": ("faq_paraphrases.jsonl", "off_topic.jsonl"),
    "test": ("faq_test.jsonl", "off_topic_test.jsonl"),
}
_TUNED = 200  # lists of each development set
# How often each lesson is drawn.
WEIGHTS: Mapping[str, float] = {
    "questions clinc150 en": 3, "questions banking77 en": 2, "questions shop en": 1.5, "questions shop zh": 2,
    "one attribute": 8, "wishes": 2, "photos clothes": 1.5, "photos groceries": 1, "photos demo": 1,
    "this one clothes": 1, "this one groceries": 0.5, "this one demo": 1,
    "like this but clothes": 4, "like this but demo": 2,
}  # fmt: skip

Sets = dict[str, tuple[str, list[Listing]]]  # name → case and listings


@dataclass(frozen=True)
class Library:
    """Texts and goods of all parts, and the bank of their vectors. Use `read`."""

    intents: tuple[Intents, ...]
    trades: tuple[Intents, ...]
    pairs: Mapping[Part, Sequence[Pair]]
    ranges: Mapping[Part, Sequence[SimulatedRange]]
    denying: Mapping[Part, Sequence[SimulatedRange]]
    shops: tuple[Range, ...]
    wanted: Mapping[tuple[str, Part], Sequence[Recolouring]]
    pointed: Mapping[tuple[str, Part], Sequence[Pointed]]
    chinese_denials: Mapping[Part, Sequence[Pair]]
    others_pairs: Sequence[Pair]
    faqs: tuple[Faq, ...]
    questions: Mapping[Part, Sequence[tuple[str, Language, str]]]
    bank: Bank
    text_encoder: str
    picture_encoder: str

    @classmethod
    def read(
        cls, data: Path, encoder: TextEncoder, eyes: PhotoEncoder, *, shop: Path, renders: Path | None, cache: Path
    ) -> Library:
        """`shop` is the demo shop's folder; vectors are kept in `cache`. Raises `BadImport` where a file is missing."""
        intents = read_intents(data)
        trades = tuple(
            Intents(trade.name, language, {topic: tuple(of) for topic, of in trade.topics.items()}, trade.off_topic)
            for language in get_args(Language)
            for trade in read_shops(language)
        )
        pairs = {part: make_pairs(part, count, random.Random(part)) for part, count in _PAIRS.items()}
        shops = _numbered(read_ranges(data, eyes.labels, shop, renders))
        ranges = {part: _ranges(shops[0].goods, intents, part) for part in PARTS}
        chances = {part: random.Random(part) for part in PARTS}
        denying = {part: [with_denials(each, part, chances[part]) for each in ranges[part]] for part in PARTS}
        wanted = {
            (each.name, part): recolourings(each, part, random.Random(part))
            for each in shops
            if each.name != "groceries"
            for part in PARTS
        }
        asked = {(each.name, part): pointed(each, part, random.Random(part)) for each in shops for part in PARTS}
        denials = {part: make_chinese_denials(part, count, random.Random(part)) for part, count in _DENIALS.items()}
        others_pairs = read_pairs()
        faqs = tuple(read_faq(shop / "faq.jsonl").rows)
        questions = {part: _questions(shop / "eval", *files) for part, files in _ASKED.items()}
        texts = [text for of in (*intents, *trades) for each in of.texts.values() for text in each]
        texts += [text for of in (*intents, *trades) for text in of.off_topic]
        texts += [
            text
            for of in (*pairs.values(), *denials.values(), others_pairs)
            for pair in of
            for text in (pair.wish, pair.fits, pair.fails)
        ]
        texts += [wish.text for of in (*ranges.values(), *denying.values()) for each in of for wish in each.wishes]
        texts += [each.text for of in wanted.values() for each in of]
        texts += [each.text for of in asked.values() for each in of]
        texts += [p.text for each in shops for good in each.goods for p in passages_of(good.product)]
        texts += [
            p.text for of in ranges.values() for each in of for product in each.products for p in passages_of(product)
        ]
        texts += [p.text for faq in faqs for p in passages_of(faq)] + [
            text for of in questions.values() for text, _, _ in of
        ]
        bank = Bank(
            WordVectors.make(encoder, texts, cache),
            PictureVectors.make(eyes, [picture for each in shops for picture in each.pictures], cache),
            eyes.place_words,
        )
        return cls(
            tuple(intents),
            trades,
            pairs,
            ranges,
            denying,
            tuple(shops),
            wanted,
            asked,
            denials,
            others_pairs,
            faqs,
            questions,
            bank,
            encoder.name,
            eyes.name,
        )

    def lessons(self) -> list[tuple[Lesson, float]]:
        """What is trained on, with how often each is drawn."""
        bank = self.bank
        clothes = [good for good in self.shops[0].goods if good.part == "train"]
        lessons: list[Lesson] = [Questions.of(of.part("train"), bank) for of in self.intents]
        lessons.append(OneAttribute([*self.pairs["train"], *self.chinese_denials["train"]], bank))
        wishes = [wish for each in (*self.ranges["train"], *self.denying["train"]) for wish in each.wishes]
        lessons.append(Wishes(wishes, clothes, bank, Traits.of(clothes)))
        photos = [Photos.of(each, bank) for each in self.shops]
        lessons += photos
        lessons += [ThisOne.of(each, self.pointed[each.shop.name, "train"]) for each in photos]
        lessons += [
            LikeThisBut.of(each, bank, self.wanted[each.name, "train"])
            for each in self.shops
            if each.name != "groceries"
        ]
        return [(lesson, WEIGHTS[lesson.name]) for lesson in lessons]

    def held_out(self) -> list[Lesson]:
        """Lists of the development part, for the learning curve: other questions, pairs, and wishes beside a photo."""
        questions: list[Lesson] = [Questions.of(of.part("dev"), self.bank) for of in self.intents]
        clothes = self.shops[0]
        likes = LikeThisBut.of(clothes, self.bank, self.wanted[clothes.name, "dev"])
        return [*questions, OneAttribute(self.pairs["dev"], self.bank), likes]

    def sets(self, part: Part) -> Sets:
        """What is tuned on (`dev`) or judged by (`test`): lists by name, each with the collection that it is about."""
        sets: Sets = {}
        others: Part = "dev" if part == "test" else "train"
        for of in self.intents:
            if of.language == "en":  # the Chinese encoder was trained on our own Chinese questions
                listings = question_listings(of.part(part), of.part(others), self.bank, random.Random(0))
                sets[f"questions {of.name} {of.language}"] = (f"faq-{of.language}", listings)
        nobody = Intents("nobody", "en", {}, ())
        for language in get_args(Language):
            listings = [
                listing
                for place, of in enumerate(self.trades)
                if of.language == language and (place % 2 == 0) == (part == "dev")
                for listing in question_listings(of, nobody, self.bank, random.Random(0))
            ]
            sets[f"questions to five trades {language}"] = (f"faq-{language}", listings)
            real = faq_listings(self.faqs, self.questions[part], self.bank, language)
            sets[f"demo FAQ {language}"] = (f"faq-{language}", real)
        pictures = {good.product.id: good.picture for good in self.shops[0].goods}
        for language in get_args(Language):
            for name, shops in (("wishes", self.ranges[part]), ("wishes that deny a colour", self.denying[part])):
                ranges = [each for each in shops if each.language == language]
                sets[f"{name} {language}"] = (f"product-{language}", wish_listings(ranges, pictures, self.bank))
        for shop in self.shops:
            sets[f"photos {shop.name}"] = ("photo", photo_listings(shop, part, self.bank))
        for shop in self.shops:
            if (shop.name, part) in self.wanted:
                listings = recolouring_listings(shop, part, self.wanted[shop.name, part], self.bank)
                sets[f"like this but {shop.name}"] = ("photo-words", listings)
            listings = pointed_listings(shop, self.pointed[shop.name, part], self.bank)
            sets[f"this one {shop.name}"] = ("photo-words", listings)
        if part == "dev":
            return {name: (case, _some(listings)) for name, (case, listings) in sets.items()}
        return sets


def _some(listings: Sequence[Listing]) -> list[Listing]:
    """Every so-manieth, so that weights are chosen in minutes."""
    return list(listings[:: max(1, round(len(listings) / _TUNED))])


def _numbered(shops: Sequence[Range]) -> list[Range]:
    """With their pictures one behind the other."""
    first, numbered = 0, []
    for shop in shops:
        numbered.append(shop.moved(first))
        first += len(shop.pictures)
    return numbered


def _ranges(goods: Sequence[Good], intents: Sequence[Intents], part: Part) -> list[SimulatedRange]:
    chance = random.Random(part)
    products = [good.product for good in goods if good.part == part]
    languages: tuple[Language, ...] = ("en", "zh")
    ranges = []
    for language in languages:
        elsewhere = [
            text
            for of in intents
            if of.language == language
            for texts in of.part(part).texts.values()
            for text in texts
        ]
        ranges += [simulate_range(products, elsewhere, language, chance) for _ in range(_SHOPS[part])]
    return ranges


def _questions(folder: Path, *files: str) -> list[tuple[str, Language, str]]:
    rows = [json.loads(line) for name in files for line in (folder / name).read_text(encoding="utf-8").splitlines()]
    return [(row["text"], row["language"], row.get("faq", "")) for row in rows]
