"""How well exact codes are found: SKUs and model numbers in a generated catalogue, written as customers write them."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal

from retrieval.catalogue import Catalogue
from retrieval.documents import Product, Query
from retrieval.index.shop import ShopIndex
from retrieval.ingest.parsed import Parsed
from retrieval.search import HybridSearch

_BRANDS = ("Lumora", "Halvorsen", "Nordlicht", "Tamiko", "Brightwell", "Castellan", "Orvane", "Pinecrest")
_GOODS = (
    "desk lamp", "floor lamp", "kettle", "toaster", "drill", "headphones", "keyboard", "monitor", "backpack", "tent",
    "coffee grinder", "blender", "speaker", "router", "heater", "fan",
)  # fmt: skip
_COLOURS = ("black", "white", "red", "blue", "green", "silver")
_WAYS = {
    "bare code": "{code}",
    "code without separators": "{joined}",
    "code in lower case with spaces": "{spaced}",
    "code in a question": "is the {code} {goods} in stock",
    "brand, code and a word": "{brand} {code} warranty",
    "code in Chinese": "请问{code}有货吗",
}


@dataclass(frozen=True, slots=True)
class CodeScore:
    """One way to write a code: of how many questions the product meant came first."""

    way: str
    questions: int
    recall_at_1: float


def generated_catalogue(count: int, seed: int = 0) -> list[Product]:
    """Products that differ in little but their codes; model numbers look like `KX-4821`, SKUs like `10-48213`."""
    chance = random.Random(seed)
    codes: dict[str, None] = {}
    while len(codes) < count:
        letters = "".join(chance.choices("ABCDEFGHKLMNPRSTVWXZ", k=2))
        codes[f"{letters}-{chance.randint(1000, 9999)}"] = None
    return [_product(number, code, chance) for number, code in enumerate(codes)]


def _product(number: int, code: str, chance: random.Random) -> Product:
    brand, goods, colour = chance.choice(_BRANDS), chance.choice(_GOODS), chance.choice(_COLOURS)
    return Product(
        id=f"10-{40_000 + number}",
        title=f"{brand} {goods} {code}",
        description="",
        price=Decimal(chance.randint(500, 30_000)) / 100,
        currency="EUR",
        brand=brand,
        category=goods,
        attributes={"colour": colour},
        stock=chance.randint(0, 40),
    )


def evaluate_codes(
    index: ShopIndex, catalogue: Catalogue, searcher: HybridSearch, *, products: int = 4_000, asked: int = 200
) -> list[CodeScore]:
    """Fill an empty index with a generated catalogue, and ask for some of its products in every way."""
    range_ = generated_catalogue(products)
    catalogue.import_products(Parsed("generated", tuple(range_)))
    index.sync(catalogue)
    chosen = random.Random(1).sample(range_, min(asked, len(range_)))
    return [CodeScore(way, len(chosen), share_found(searcher, way, chosen)) for way in _WAYS]


def share_found(searcher: HybridSearch, way: str, products: Sequence[Product]) -> float:
    """Of how many of the products a question for their code finds them first."""
    found = [
        [hit.id for hit in searcher.find(Query(text, "product", limit=1)).hits] == [product.id]
        for product, text in _questions(way, products)
    ]
    return sum(found) / len(found)


def _questions(way: str, products: Sequence[Product]) -> Iterator[tuple[Product, str]]:
    for product in products:
        code = product.title.split()[-1]
        yield (
            product,
            _WAYS[way].format(
                code=code,
                joined=code.replace("-", ""),
                spaced=code.replace("-", " ").lower(),
                goods=product.category,
                brand=product.brand,
            ),
        )
