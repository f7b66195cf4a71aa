"""Shops for simulated shoppers: real catalogue records and pictures, with prices and brands that we add.

Products are split once, by a hash of their id: what a shop for training sells, no shop for measuring does.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from hashlib import sha256
from pathlib import Path
from typing import Literal

import numpy as np
import pyarrow.parquet
from numpy.typing import NDArray
from PIL import Image

from retrieval.documents import Product
from retrieval.index.ledger import Place
from retrieval.index.passages import passages_of
from retrieval.index.shelf import Shelf, shelve
from retrieval.index.space import Stored
from retrieval.roles import PictureEncoder, TextEncoder
from retrieval.training.ranges import read_range

Part = Literal["training", "measuring"]
BASE_PRICE = 25.0


@dataclass(frozen=True, slots=True)
class SessionShop:
    """A shop to simulate shoppers in; the products stand in the order of the shelf."""

    name: str
    products: tuple[Product, ...]
    shelf: Shelf


class FashionRange:
    """Fashion Product Images (MIT), encoded once."""

    def __init__(self, data: Path, encoder: TextEncoder, pictures: PictureEncoder) -> None:
        """Raises `RetrievalError` where the data is missing."""
        self._products = read_range(data)
        passages = [passage for product in self._products for passage in passages_of(product)]
        self._text = dict(zip((p.key for p in passages), encoder.encode([p.text for p in passages]), strict=True))
        self._pictures = pictures.encode([_opened(content) for content in _pictures_of(data, self._products)])

    def shop(self, part: Part, size: int, seed: int) -> SessionShop:
        """So many products of a part, with prices and brands of their own; the same seed gives the same shop."""
        chance = np.random.default_rng(seed)
        pool = [i for i, product in enumerate(self._products) if _part(product) == part]
        chosen = sorted(chance.choice(pool, min(size, len(pool)), replace=False).tolist())
        products = tuple(_priced([self._products[i] for i in chosen], chance))
        keys = [[passage.key for passage in passages_of(self._products[i])] for i in chosen]
        text = _stored([key for of in keys for key in of], [self._text[key] for of in keys for key in of])
        pictures = _stored([product.id for product in products], self._pictures[chosen])
        return SessionShop(f"fashion, {len(products)} products", products, shelve("product", products, text, pictures))


def _part(product: Product) -> Part:
    return "measuring" if int(sha256(product.id.encode()).hexdigest(), 16) % 10 >= 7 else "training"


def _priced(products: Sequence[Product], chance: np.random.Generator) -> list[Product]:
    """The records have neither price nor brand: the title's first word is its brand; brands and kinds have a level."""
    levels: dict[str, float] = {}
    priced = []
    for product in products:
        brand = product.title.split()[0]
        for name, spread in ((brand, 0.4), (product.attributes["type"], 0.6)):
            levels.setdefault(name, chance.normal(0, spread))
        level = levels[brand] + levels[product.attributes["type"]] + chance.normal(0, 0.2)
        price = Decimal(str(round(BASE_PRICE * float(np.exp(level)), 2)))
        priced.append(replace(product, brand=brand, price=price))
    return priced


def _stored(keys: Sequence[str], vectors: Sequence[NDArray[np.float32]] | NDArray[np.float32]) -> Stored:
    places = {key: Place("", row) for row, key in enumerate(keys)}
    return Stored(places, np.stack(list(vectors)), np.empty((0, 1), np.float16))


def _pictures_of(data: Path, products: Sequence[Product]) -> list[bytes]:
    table = pyarrow.parquet.read_table(data / "fashion_train.parquet", columns=["id", "image"]).to_pylist()
    content = {row["id"]: row["image"] for row in table}
    return [content[product.id] for product in products]


def _opened(content: bytes) -> Image.Image:
    return Image.open(io.BytesIO(content)).convert("RGB")
